"""`dialer up`: the whole product on one machine, from one command."""

import socket
import sys
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path

from pydantic import SecretStr
from rich.console import Console

from dialer import calling_rules, db
from dialer.child_process import ProcessSpec
from dialer.embedded import EmbeddedPostgres, EmbeddedRedis
from dialer.errors import Unavailable
from dialer.kept_secret import kept
from dialer.processes import STOP_ORDER, check_ports, listens, stages, standard_processes
from dialer.settings import Settings, environment
from dialer.supervisor import Happening, Report, Supervisor
from dialer.wiring import ERASURE_KEY_FILE, Product

LOOPBACK = "127.0.0.1"
_given_ports: set[int] = set()
Work = Callable[[Settings, Supervisor], int]


def run_up(settings: Settings) -> int:
    """Run until told to stop; returns the exit code."""
    console = Console(stderr=True)
    _ = Product(settings).limits  # refuses an incomplete account before anything starts
    settings = with_secrets(settings)

    def watch(effective: Settings, supervisor: Supervisor) -> int:
        for line in whereabouts(effective):
            console.print(line)
        supervisor.watch_until_stopped()
        return 0

    return run(settings, teller(console), watch)


def run(
    settings: Settings,
    report: Report,
    work: Work,
    extra: Sequence[ProcessSpec] = (),
    durable: bool = True,
) -> int:
    """Start everything, do `work` with the settings as they turned out, stop in order.

    `extra` processes (the carrier twin) start before the product's own. Raises `Unavailable` for
    ports in use, a full disk or a process that does not start.
    """
    prepare_directory(settings.data_dir)
    check_house_ports(settings)
    foundations: list[EmbeddedPostgres | EmbeddedRedis] = []
    if not settings.database_url:
        postgres = EmbeddedPostgres(settings.data_dir, durable=durable)
        foundations.append(postgres)
        settings = settings.model_copy(update={"database_url": postgres.url})
    if not settings.redis_url:
        broker = EmbeddedRedis(settings.data_dir, durable=durable)
        foundations.append(broker)
        settings = settings.model_copy(update={"redis_url": broker.celery_url})
    sink = [] if settings.smtp_host else _sink(settings)
    if sink:
        port = int(sink[0].argv[-1])
        told = {"smtp_host": LOOPBACK, "smtp_port": port, "smtp_starttls": False}
        settings = settings.model_copy(update=told)
    own = standard_processes(
        settings, environment(settings), settings.flower_basic_auth.get_secret_value()
    )
    supervisor = Supervisor(
        stages(
            foundations,
            lambda: _prepare(settings),
            [*sink, *extra, *own],
            settings.data_dir / "logs",
        ),
        report,
        STOP_ORDER,
    )
    return supervisor.run_with(lambda: work(settings, supervisor)) or 0


def check_house_ports(settings: Settings) -> None:
    """See that nobody else listens where we will. Raises `Unavailable` naming the setting."""
    check_ports(
        {
            "WEB_PORT": (settings.web_host, settings.web_port),
            "FLOWER_PORT": (LOOPBACK, settings.flower_port),
        }
    )


def with_secrets(settings: Settings) -> Settings:
    """Fill in the API token, Flower's password and the erasure key where none is set; kept in
    DATA_DIR."""
    prepare_directory(settings.data_dir)
    made: dict[str, SecretStr] = {}
    if not settings.api_token.get_secret_value():
        made["api_token"] = SecretStr(kept(settings.data_dir / "api-token"))
    if not settings.erasure_key.get_secret_value():
        made["erasure_key"] = SecretStr(kept(settings.data_dir / ERASURE_KEY_FILE))
    if not settings.flower_basic_auth.get_secret_value():
        secret = kept(settings.data_dir / "flower-password")
        made["flower_basic_auth"] = SecretStr(f"operator:{secret}")
    return settings.model_copy(update=made)


def whereabouts(settings: Settings) -> list[str]:
    """Where a person finds the console, the API and Flower, and the keys to them."""
    origin = f"http://{settings.web_host}:{settings.web_port}"
    user, _, password = settings.flower_basic_auth.get_secret_value().partition(":")
    lines = [
        f"Console  {origin}/  (token {settings.api_token.get_secret_value()})",
        f"API      {origin}/docs",
        f"Flower   http://{LOOPBACK}:{settings.flower_port}/  ({user} / {password})",
    ]
    if settings.smtp_host == LOOPBACK:
        lines.append(f"Mail     filed in {settings.data_dir / 'mail'} (SMTP_HOST is not set)")
    return lines


def teller(console: Console) -> Report:
    """Says what happens to the processes, a line each."""

    def tell(name: str, happening: Happening, detail: str) -> None:
        if happening is not Happening.STARTING:
            console.print(f"[dim]{name:<9}[/dim] {happening.value} {detail}", highlight=False)

    return tell


def free_port() -> int:
    """A port that nobody listens on at the moment, another one each time it is asked.

    Those given before may not be listened on yet, and the system would give them again.
    """
    while True:
        with socket.socket() as probe:
            probe.bind((LOOPBACK, 0))
            port: int = probe.getsockname()[1]
        if port not in _given_ports:
            _given_ports.add(port)
            return port


def prepare_directory(path: Path) -> None:
    """Make the data directory and see that it can be written. Raises `Unavailable`."""
    try:
        path.mkdir(parents=True, exist_ok=True)
        probe = path / ".writable"
        probe.write_bytes(b"\0" * 4096)
        probe.unlink()
    except OSError as error:
        raise Unavailable(
            f"DATA_DIR {path} cannot be written: {error.strerror}",
            "Free some disk space, or set DATA_DIR to another directory",
        ) from None


def _prepare(settings: Settings) -> None:
    """Bring the database to the newest schema and the shipped rules of law."""
    db.upgrade(settings.database_url)
    it = Product(settings)
    with db.transaction(it.sessions) as session:
        calling_rules.install(session, it.clock.of(session))
    it.engine.dispose()


def _sink(settings: Settings) -> list[ProcessSpec]:
    """The local mail sink, where its package is installed."""
    if find_spec("aiosmtpd") is None:
        return []
    port = free_port()
    directory = settings.data_dir.absolute() / "mail"
    return [
        ProcessSpec(
            name="mail",
            argv=(sys.executable, "-m", "dialer.mail_sink", str(directory), str(port)),
            ready=lambda: listens(LOOPBACK, port),
        )
    ]
