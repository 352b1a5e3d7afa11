"""The settings: environment and `.env`, checked at start, refused by name with the remedy."""

import os
import re
from datetime import timedelta
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from dialer.clock import Clock
from dialer.errors import SettingsError

LOOPBACK = {"127.0.0.1", "localhost", "::1"}


class Settings(BaseSettings):
    """Every setting of the product; the README's table is made from these descriptions."""

    model_config = SettingsConfigDict(env_file=".env", extra="ignore", frozen=True)

    database_url: str = Field("", description="PostgreSQL; empty = the embedded one (`dialer up`)")
    redis_url: str = Field("", description="Redis broker and live state; empty = the embedded one")
    data_dir: Path = Field(Path("var"), description="recordings, phrase cache, embedded data, logs")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field("INFO", description="log level")

    twilio_account_sid: str = Field("", description="the account that calls")
    twilio_auth_token: SecretStr = Field(SecretStr(""), description="its token; signs the webhooks")
    twilio_phone_number: str = Field("", description="caller id, owned by the account, E.164")
    twilio_api_base: str = Field("https://api.twilio.com", description="base URL of the carrier")
    public_url: str = Field(
        "http://127.0.0.1:8080", description="origin under which the carrier reaches `web`"
    )
    web_host: str = Field("127.0.0.1", description="address that `web` binds")
    web_port: int = Field(8080, ge=0, le=65535, description="port of `web`")
    flower_port: int = Field(5555, ge=0, le=65535, description="port of Flower")
    flower_basic_auth: SecretStr = Field(
        SecretStr(""), description="user:password of Flower; empty = made up and kept in DATA_DIR"
    )
    api_token: SecretStr = Field(
        SecretStr(""), description="bearer token of the API; empty = made up and kept in DATA_DIR"
    )
    erasure_key: SecretStr = Field(
        SecretStr(""),
        description="keys the hashes of erased numbers; never change it; empty = made up and kept"
        " in DATA_DIR",
    )

    daily_budget: Decimal = Field(Decimal("50.00"), gt=0, description="USD a day, all campaigns")
    cost_per_call_limit: Decimal = Field(Decimal("0.10"), gt=0, description="USD a call, at most")
    budget_timezone: str = Field("America/New_York", description="zone of the global budget day")
    rate_voice_per_minute: Decimal = Field(
        Decimal("0.0140"), ge=0, description="USD per started minute of a call to +1"
    )
    rate_stream_per_minute: Decimal = Field(
        Decimal("0.0044"), ge=0, description="USD per started minute of media stream"
    )
    rate_voice_by_prefix: str = Field(
        "+1907=0.0900", description="USD per started minute, by prefix: `+44=0.0300,+61=0.0450`"
    )
    rate_recording_per_minute: Decimal = Field(
        Decimal("0"), ge=0, description="USD per recorded minute; 0: the product records itself"
    )
    rate_amd_per_call: Decimal = Field(
        Decimal("0.0075"), ge=0, description="USD per answered call with the carrier's detection"
    )
    rate_tts_per_character: Decimal = Field(
        Decimal("0"), ge=0, description="USD per character spoken; 0: a local voice"
    )
    rate_llm_per_minute: Decimal = Field(
        Decimal("0"), ge=0, description="USD per started minute of the chat model; 0: a local one"
    )
    rate_stt_per_minute: Decimal = Field(
        Decimal("0"), ge=0, description="USD per started minute of recognition; 0: a local one"
    )
    max_concurrent_calls: int = Field(
        5, ge=1, le=100, description="calls ringing or live at once, over everything"
    )
    calls_per_second: float = Field(1.0, gt=0, le=30, description="the account's CPS")
    ready_timeout_seconds: int = Field(
        45, ge=10, le=300, description="how long a media worker may take to get ready for a call"
    )
    ring_timeout_seconds: int = Field(25, ge=15, le=120, description="ring time (law: 15 or more)")
    max_call_seconds: int = Field(300, ge=30, le=3600, description="longest conversation")
    max_attempts: int = Field(3, ge=1, le=10, description="attempts per lead, at most")
    qualification_threshold: float = Field(
        0.8, ge=0, le=1, description="score from which an appointment is offered"
    )

    stt_engine: Literal["sphinx", "faster-whisper"] = Field(
        "sphinx", description="speech recognition; faster-whisper is an extra (`whisper`)"
    )
    whisper_model: str = Field(
        "small.en", description="its size, downloaded once, or a directory with a converted model"
    )
    whisper_device: Literal["auto", "cpu", "cuda"] = Field("auto", description="where it runs")
    whisper_compute_type: str = Field("int8", description="how exact: int8, float16, ...")
    echo_cancellation: Literal["auto", "speex", "nlms", "off"] = Field(
        "auto", description="echo canceller; auto: speex, nlms where its library is missing"
    )
    noise_reduction: Literal["auto", "speex", "spectral", "webrtc", "noisereduce", "off"] = Field(
        "auto", description="noise reducer of live calls; noisereduce has to be forced"
    )
    noise_reduction_forced: bool = Field(
        False, description="let noisereduce into live calls, though it breaks their 20 ms limit"
    )
    voice_activity: Literal["auto", "silero", "webrtc", "energy"] = Field(
        "auto", description="who finds speech; auto: the best one installed"
    )
    loss_concealment: Literal["pitch", "simple", "linear", "spectral", "off"] = Field(
        "pitch", description="what fills frames that the carrier lost"
    )
    tts_voice: str = Field("auto", description="`flite:slt`, `flite:rms`, `espeak:en-us` or auto")
    llm_backend: Literal["rules", "ollama"] = Field("rules", description="the agent's chat model")
    ollama_host: str = Field("http://localhost:11434", description="Ollama server")
    ollama_model: str = Field("llama3.1:8b-instruct-q4_0", description="Ollama model")
    llm_max_concurrent: int = Field(
        5, ge=1, description="requests the model serves at once; calls may not exceed it"
    )
    llm_gpu_memory_limit: int = Field(
        6144, ge=0, description="MiB of GPU memory for the model; `dialer doctor` compares"
    )
    elevenlabs_api_key: SecretStr = Field(
        SecretStr(""), description="premium voice (arrives with the premium tier)"
    )
    elevenlabs_model: str = Field("eleven_flash_v2_5", description="premium voice model")
    elevenlabs_voice: str = Field("", description="premium voice id")

    smtp_host: str = Field("", description="mail server for invites; empty = local sink")
    smtp_port: int = Field(587, ge=1, le=65535, description="its port")
    smtp_username: str = Field("", description="its user")
    smtp_password: SecretStr = Field(SecretStr(""), description="its password")
    smtp_starttls: bool = Field(True, description="encrypt the connection to it")
    alert_email: str = Field("", description="who is mailed about budgets, breakers and lists")
    mail_from: str = Field("appointments@localhost", description="sender and organizer of invites")

    clock_shift_seconds: float = Field(
        0.0, description="rehearsal only: moves the product's clock; refused with a real carrier"
    )

    @field_validator("twilio_api_base", "public_url")
    @classmethod
    def _origin(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query:
            raise ValueError("write it as https://host or http://host:port")
        return value.rstrip("/")

    @field_validator("rate_voice_by_prefix")
    @classmethod
    def _prefixes(cls, value: str) -> str:
        prefix_prices(value)
        return value

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.clock_shift_seconds and not self.rehearsing:
            raise ValueError(
                "CLOCK_SHIFT_SECONDS: a moved clock would place unlawful calls; "
                "it is allowed only while TWILIO_API_BASE is a loopback address"
            )
        if self.llm_backend == "ollama" and self.max_concurrent_calls > self.llm_max_concurrent:
            raise ValueError(
                "LLM_MAX_CONCURRENT: the model must serve every live call; "
                "raise it to MAX_CONCURRENT_CALLS or lower that"
            )
        return self

    @property
    def voice_prices(self) -> dict[str, Decimal]:
        """USD per started minute of connection, by the prefix of the number."""
        return {"+1": self.rate_voice_per_minute} | prefix_prices(self.rate_voice_by_prefix)

    @property
    def rehearsing(self) -> bool:
        """Whether the carrier is on this machine, so that nobody real can be called."""
        return urlsplit(self.twilio_api_base).hostname in LOOPBACK

    @property
    def clock(self) -> Clock:
        """The product's clock."""
        return Clock(timedelta(seconds=self.clock_shift_seconds))


def prefix_prices(text: str) -> dict[str, Decimal]:
    """`+44=0.0300,+61=0.0450` as a mapping. Raises `ValueError` naming the part that is wrong."""
    prices: dict[str, Decimal] = {}
    for part in filter(None, (one.strip() for one in text.split(","))):
        found = re.fullmatch(r"([+][1-9][0-9]{0,14})\s*=\s*([0-9]+(?:[.][0-9]+)?)", part)
        if not found:
            raise ValueError(f"{part!r} is not written as +44=0.0300")
        if found[1] in prices:
            raise ValueError(f"{found[1]} stands there twice")
        prices[found[1]] = Decimal(found[2])
    return prices


def load(**overrides: object) -> Settings:
    """Read and check the settings. Raises `SettingsError` naming each wrong one."""
    try:
        return Settings(**overrides)  # type: ignore[arg-type]  # fields are checked by pydantic
    except ValidationError as error:
        lines = []
        for fault in error.errors():
            name = ".".join(str(part) for part in fault["loc"]).upper()
            words = str(fault["msg"]).removeprefix("Value error, ")
            lines.append(f"{name}: {words}" if name else words)
        raise SettingsError(
            "wrong settings: " + "; ".join(lines), "Mend them in the environment or in .env"
        ) from None


@lru_cache(maxsize=1)
def current() -> Settings:
    """The settings of this process, read once."""
    return load()


def environment(settings: Settings) -> dict[str, str]:
    """The environment for a child process: this one's, with these settings as they stand."""
    told = dict(os.environ)
    for name in Settings.model_fields:
        value = getattr(settings, name)
        told[name.upper()] = (
            value.get_secret_value() if isinstance(value, SecretStr) else str(value)
        )
    return told
