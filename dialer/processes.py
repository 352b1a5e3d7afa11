"""The product's own processes: their commands, probes and order. Procfile and compose say the same.

They are known by command line only: the dialer imports neither the workers nor the media.
"""

import socket
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import kombu.exceptions
import redis
from celery import Celery
from celery.utils.nodenames import gethostname

from dialer.child_process import ChildProcess, ProcessSpec
from dialer.embedded import celery_url
from dialer.errors import Unavailable
from dialer.settings import Settings
from dialer.supervisor import Stage

# In {braces}: settings. `--disable-prefetch`: a busy call worker must not hoard the next call.
COMMANDS: Mapping[str, str] = {
    "web": "python -m uvicorn dialer.api.app:create_app --factory --host {WEB_HOST} "
    "--port {WEB_PORT} --ws websockets-sansio --ws-per-message-deflate false --no-access-log "
    "--timeout-graceful-shutdown 5",
    "media": "python -m celery -A workers.app worker -I workers.media -Q media -n media@%h "
    "-P prefork -c {MAX_CONCURRENT_CALLS} --disable-prefetch --without-gossip --without-mingle -E",
    "dial": "python -m celery -A workers.app worker "
    "-I workers.dialing,workers.imports,workers.outcomes,workers.invites,workers.upkeep "
    "-Q dial,followup,imports -n dial@%h -P prefork -c 2 --without-gossip --without-mingle -E",
    "flower": "python -m celery -A workers.app flower --address={FLOWER_ADDRESS} "
    "--port={FLOWER_PORT}",
    "beat": "python -m celery -A workers.app beat -s {DATA_DIR}/beat-schedule",
}

# Nothing new is started, then the live calls end, then what they spoke through.
STOP_ORDER: Sequence[Sequence[str]] = (
    ("beat",),
    ("dial",),
    ("media",),
    ("web", "carrier"),
    ("flower",),
    ("redis",),
    ("postgres",),
)
LOOPBACK = "127.0.0.1"


def standard_processes(
    settings: Settings, environment: Mapping[str, str], flower_basic_auth: str
) -> list[ProcessSpec]:
    """The five processes in their order of start.

    `environment` is the whole environment of the children; DATABASE_URL, REDIS_URL and the ports
    in it must be those of `settings`. `flower_basic_auth` is `user:password`.
    """
    broker = celery_url(environment["REDIS_URL"])
    environment = {**environment, "REDIS_URL": broker, "PYTHONUNBUFFERED": "1"}
    control = Celery("supervisor", broker=broker, set_as_current=False)

    def spec(
        name: str, ready: Callable[[], bool] | None, stop_timeout_s: float = 15.0
    ) -> ProcessSpec:
        # Flower reads FLOWER_BASIC_AUTH itself, so the password is in no process list.
        secret = {"FLOWER_BASIC_AUTH": flower_basic_auth} if name == "flower" else {}
        return ProcessSpec(
            name=name,
            argv=command(name, settings),
            env={**environment, **secret},
            ready=ready,
            stop_timeout_s=stop_timeout_s,
        )

    host = LOOPBACK if settings.web_host in ("0.0.0.0", "::") else settings.web_host
    return [
        spec("web", lambda: listens(host, settings.web_port)),
        spec("media", lambda: answers(control, "media"), settings.max_call_seconds + 30.0),
        spec("dial", lambda: answers(control, "dial"), 60.0),
        spec("flower", lambda: listens(LOOPBACK, settings.flower_port)),
        spec("beat", None),
    ]


def command(name: str, settings: Settings) -> tuple[str, ...]:
    """The command line of one process, run by this interpreter."""
    values = {
        "WEB_HOST": settings.web_host,
        "WEB_PORT": settings.web_port,
        "FLOWER_ADDRESS": LOOPBACK,
        "FLOWER_PORT": settings.flower_port,
        "MAX_CONCURRENT_CALLS": settings.max_concurrent_calls,
        "DATA_DIR": settings.data_dir.absolute(),
    }
    python, *words = COMMANDS[name].split()
    assert python == "python"
    return (sys.executable, *(word.format_map(values) for word in words))


def stages(
    foundations: Sequence[ChildProcess],
    migrate: Callable[[], None],
    processes: Sequence[ProcessSpec],
    log_dir: Path,
) -> list[Stage]:
    """The order of start: embedded servers, migration, everything else, Flower and beat last.

    Flower shows only workers that are there when it starts; beat is what makes calls begin.
    """
    children = [ChildProcess(spec, log_dir) for spec in processes]
    last = [child for child in children if child.name in ("flower", "beat")]
    first = [child for child in children if child not in last]
    return [Stage(foundations, then=migrate), Stage(first), Stage(last)]


def check_ports(wanted: Mapping[str, tuple[str, int]]) -> None:
    """See that each setting has its (host, port) free. Raises `Unavailable` naming both."""
    for setting, (host, port) in wanted.items():
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError as error:
                raise Unavailable(
                    f"port {port} on {host} cannot be used: {error.strerror}",
                    f"Stop the program that listens there, or set {setting} to another port",
                ) from None


def listens(host: str, port: int) -> bool:
    """Whether somebody accepts connections there."""
    try:
        socket.create_connection((host, port), timeout=0.5).close()
    except OSError:
        return False
    return True


def answers(control: Celery, worker: str) -> bool:
    """Whether a Celery worker of this machine answers a ping over the broker."""
    node = f"{worker}@{gethostname()}"
    try:
        replies = control.control.inspect(destination=[node], limit=1, timeout=0.5).ping()
    except (kombu.exceptions.KombuError, redis.RedisError, OSError):
        return False
    return bool(replies and node in replies)
