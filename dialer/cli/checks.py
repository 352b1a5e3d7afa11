"""What `dialer doctor` checks besides the two servers: carrier, voice, model, mail, room."""

import ctypes.util
import importlib.util
import json
import shutil
import smtplib
import urllib.error
import urllib.request
from collections.abc import Iterator
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict

from dialer.carrier.port import CarrierError, Rejected
from dialer.errors import DialerError
from dialer.phone import PhoneInvalid, parse
from dialer.processes import LOOPBACK, check_ports, listens
from dialer.settings import Settings
from dialer.wiring import Product

TIMEOUT_S = 3.0
ROOM_BYTES = 2_000_000_000
UNHEARD_OF_SID = "CA" + "0" * 32
NO_SUCH_CALL = 20404


class Status(StrEnum):
    """How a check went; only `fail` keeps the product from working."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


class Check(BaseModel):
    """One thing that was looked at."""

    model_config = ConfigDict(frozen=True)

    name: str
    status: Status
    told: str
    remedy: str = ""

    def __init__(self, name: str, status: Status, told: str, remedy: str = "") -> None:
        super().__init__(name=name, status=status, told=told, remedy=remedy)


def carrier(settings: Settings, online: bool) -> Check:
    """Account and caller id are set; with `online` the account is shown to the carrier."""
    name = "carrier"
    if not settings.twilio_account_sid or not settings.twilio_auth_token.get_secret_value():
        return Check(
            name,
            Status.WARN,
            "TWILIO_ACCOUNT_SID or TWILIO_AUTH_TOKEN is not set",
            "Copy both from the Twilio console; `dialer demo` needs neither",
        )
    try:
        parse(settings.twilio_phone_number)
    except PhoneInvalid as fault:
        return Check(
            name, Status.FAIL, f"TWILIO_PHONE_NUMBER {fault}", "Set the account's number, E.164"
        )
    if not online:
        return Check(name, Status.OK, "account and caller id are set (not asked; see --online)")
    return _account(settings)


def public_url(settings: Settings) -> Check:
    """The carrier must be able to reach the webhooks."""
    host = urlsplit(settings.public_url).hostname or ""
    if settings.rehearsing or host not in {"localhost", "127.0.0.1", "::1"}:
        return Check("webhooks", Status.OK, settings.public_url)
    return Check(
        "webhooks",
        Status.WARN,
        f"PUBLIC_URL is {settings.public_url}, which no carrier can reach",
        "Set it to the public https origin in front of `web`",
    )


def voice(settings: Settings) -> Check:
    """A local speech engine is installed. The engines themselves are not loaded."""
    found = [
        *(["flite"] if ctypes.util.find_library("flite") else []),
        *(["espeak"] if importlib.util.find_spec("espeakng_loader") else []),
    ]
    wanted = settings.tts_voice.split(":")[0]
    if not found or (wanted != "auto" and wanted not in found):
        return Check(
            "voice",
            Status.FAIL,
            f"TTS_VOICE is {settings.tts_voice}; installed: {', '.join(found) or 'none'}",
            "apt-get install libflite1, or pip install 'batch-dialer[espeak]'",
        )
    return Check("voice", Status.OK, f"{settings.tts_voice}; installed: {', '.join(found)}")


def language_model(settings: Settings) -> Iterator[Check]:
    """With LLM_BACKEND=ollama: the server answers, has the model, and it fits the GPU limit."""
    if settings.llm_backend != "ollama":
        yield Check("language model", Status.OK, "rules; no server needed")
        return
    host, model = settings.ollama_host.rstrip("/"), settings.ollama_model
    try:
        tags, running = _get(f"{host}/api/tags"), _get(f"{host}/api/ps")
    except (OSError, ValueError) as error:
        told = f"Ollama at {host} does not answer: {error}"
        yield Check("language model", Status.FAIL, told, "Start it, or set OLLAMA_HOST")
        return
    if model not in _sizes(tags):
        told = f"Ollama has no model {model}"
        yield Check("language model", Status.FAIL, told, f"ollama pull {model}")
        return
    yield Check("language model", Status.OK, f"{model} on {host}")
    yield _gpu(_sizes(running).get(model), settings.llm_gpu_memory_limit)


def mail(settings: Settings) -> Check:
    """The mail server takes connections."""
    if not settings.smtp_host:
        return Check(
            "mail", Status.WARN, "SMTP_HOST is not set: invites wait in the outbox", "Set SMTP_HOST"
        )
    where = f"{settings.smtp_host}:{settings.smtp_port}"
    try:
        with smtplib.SMTP(settings.smtp_host, settings.smtp_port, timeout=TIMEOUT_S) as server:
            server.noop()
    except (OSError, smtplib.SMTPException) as error:
        return Check("mail", Status.FAIL, f"{where}: {error}", "Check SMTP_HOST and SMTP_PORT")
    return Check("mail", Status.OK, where)


def access(settings: Settings) -> Check:
    """There is a token, without which API and console let nobody in."""
    if settings.api_token.get_secret_value():
        return Check("access", Status.OK, "API_TOKEN is set")
    return Check(
        "access",
        Status.WARN,
        "API_TOKEN is not set: API and console refuse everybody",
        "Set it; `dialer up` makes one up and keeps it in DATA_DIR",
    )


def disk(settings: Settings) -> Check:
    """There is room for recordings."""
    path = settings.data_dir.absolute()
    while not path.exists():
        path = path.parent
    free = shutil.disk_usage(path).free
    told = f"{free / 1e9:.1f} GB free for {settings.data_dir}"
    if free < ROOM_BYTES:
        return Check("disk", Status.WARN, told, "An hour of recordings takes 115 MB; make room")
    return Check("disk", Status.OK, told)


def ports(settings: Settings) -> Iterator[Check]:
    """The ports are free, or something answers there (this product, it is hoped)."""
    wanted = {
        "WEB_PORT": (settings.web_host, settings.web_port),
        "FLOWER_PORT": (LOOPBACK, settings.flower_port),
    }
    for name, (host, port) in wanted.items():
        try:
            check_ports({name: (host, port)})
        except DialerError as error:
            in_use = listens(LOOPBACK if host in {"0.0.0.0", "::"} else host, port)
            told = f"{host}:{port} is in use" if in_use else error.problem
            remedy = "That is right while the product runs; else stop the other program"
            yield Check(name, Status.WARN, told, remedy if in_use else error.remedy)
        else:
            yield Check(name, Status.OK, f"{host}:{port} is free")


def _account(settings: Settings) -> Check:
    """One authenticated request: a call that cannot exist is unknown to an account that does."""
    try:
        Product(settings).carrier.fetch(UNHEARD_OF_SID)
    except CarrierError as error:
        if isinstance(error, Rejected) and error.code == NO_SUCH_CALL:
            return Check("carrier", Status.OK, "the carrier knows the account")
        return Check("carrier", Status.FAIL, str(error), "Check TWILIO_ACCOUNT_SID and the token")
    return Check("carrier", Status.OK, "the carrier knows the account")


def _gpu(size_bytes: int | None, limit_mib: int) -> Check:
    if size_bytes is None:
        return Check("GPU memory", Status.OK, "the model is not loaded now, so it was not measured")
    used = size_bytes // 2**20
    told = f"the model takes {used} MiB of GPU memory, LLM_GPU_MEMORY_LIMIT is {limit_mib}"
    if used > limit_mib:
        return Check("GPU memory", Status.FAIL, told, "Choose a smaller model or raise the limit")
    return Check("GPU memory", Status.OK, told)


def _get(url: str) -> dict[str, Any]:
    if urlsplit(url).scheme not in {"http", "https"}:
        raise ValueError("OLLAMA_HOST is no http address")
    try:
        with urllib.request.urlopen(url, timeout=TIMEOUT_S) as answer:
            value: dict[str, Any] = json.load(answer)
    except urllib.error.HTTPError as error:
        raise ValueError(f"status {error.code}") from error
    return value


def _sizes(listing: dict[str, Any]) -> dict[str, int]:
    return {one["name"]: int(one.get("size_vram", 0)) for one in listing.get("models", [])}
