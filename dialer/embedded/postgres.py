"""A PostgreSQL on a Unix socket in the data directory, from a wheel's binaries or the system's."""

import os
import shutil
import signal
import subprocess
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

import psycopg2

from dialer.child_process import ChildProcess, ProcessSpec
from dialer.embedded.directory import (
    DirectoryLock,
    claim_socket_directory,
    leave_socket_directory,
    prepare_data_dir,
    socket_directory,
)
from dialer.embedded.postgres_binaries import (
    Identity,
    Installation,
    choose_identity,
    find_installation,
    give,
)
from dialer.errors import Unavailable

DATABASE = "dialer"
USER = "dialer"
PORT = 5432  # names the socket; no TCP port is opened
# LC_ALL=C keeps messages in English and needs no locale; PATH finds unshare, setpriv and sh.
ENVIRONMENT = {"LC_ALL": "C", "PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"}
NOT_DURABLE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class EmbeddedPostgres(ChildProcess):
    """A PostgreSQL that lives in `data_dir`, reached over a socket that only its owner may open.

    Without `durable` it does not wait for the disk: faster, and lost with the machine (tests).
    Start is idempotent: the cluster and the database `dialer` are made when they are missing.
    """

    def __init__(self, data_dir: Path, *, durable: bool = True) -> None:
        self.data_dir = data_dir.absolute()
        self.socket_dir = socket_directory(data_dir)
        self._durable = durable
        self._lock = DirectoryLock(self.data_dir / "postgres.lock")
        spec = ProcessSpec(
            name="postgres",
            argv=(),
            env=ENVIRONMENT,
            stop_signal=signal.SIGINT,  # fast: open transactions are rolled back
            stop_timeout_s=30.0,
            hurry_timeout_s=10.0,
            orphan_signal=signal.SIGINT,
        )
        super().__init__(spec, self.data_dir / "logs")

    @property
    def url(self) -> str:
        """For SQLAlchemy, with the psycopg2 driver."""
        host = quote(str(self.socket_dir), safe="/")
        return f"postgresql+psycopg2://{USER}@/{DATABASE}?host={host}&port={PORT}"

    def spawn(self) -> None:
        """Make the cluster if there is none and start the server.

        Raises `Unavailable`: no binaries, wrong version, no rights, no room, or in use.
        """
        prepare_data_dir(self.data_dir)
        first = not self._lock.held
        lock = self._lock.acquire()
        programs = find_installation(_major(self.data_dir / "postgres"))
        identity, programs, cluster = choose_identity(programs, self.data_dir)
        if not cluster.exists():
            self._make_cluster(identity, programs, cluster)
        give(cluster, identity.uid)
        give(claim_socket_directory(self.data_dir), identity.uid)
        if first:
            # The new lock says that no server and no backend of one lives, whatever process has
            # the number in this file. After a crash under our own lock PostgreSQL must judge.
            (cluster / "postmaster.pid").unlink(missing_ok=True)
        server = (str(programs.bin_dir / "postgres"), "-D", str(cluster), *self._options())
        self.spec = replace(self.spec, argv=(*identity.prefix, *server), pass_fds=(lock,))
        super().spawn()

    def _make_cluster(self, identity: Identity, programs: Installation, cluster: Path) -> None:
        """initdb beside and rename, so that a cluster that exists is whole."""
        fresh = cluster.with_name("postgres.new")
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o700)
        give(fresh, identity.uid)
        options = ["-U", USER, "-A", "trust", "-E", "UTF8", "--no-locale"]
        if not self._durable:
            options.append("--no-sync")
        initdb = str(programs.bin_dir / "initdb")
        command = [*identity.prefix, initdb, "-D", str(fresh), *options]
        made = subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True)
        if made.returncode:
            shutil.rmtree(fresh, ignore_errors=True)
            raise _initdb_failure(made.stderr, self.data_dir)
        fresh.rename(cluster)

    def _options(self) -> list[str]:
        options = {
            "listen_addresses": "",
            "port": str(PORT),
            "unix_socket_directories": str(self.socket_dir),
            "unix_socket_permissions": "0700",
            "max_connections": "100",
            "timezone": "UTC",
            "log_timezone": "UTC",
        } | ({} if self._durable else NOT_DURABLE)
        return [word for key, value in options.items() for word in ("-c", f"{key}={value}")]

    def ready(self) -> bool:
        """Whether it accepts a connection; then the database is made if it is missing."""
        try:
            connection = psycopg2.connect(
                host=str(self.socket_dir), port=PORT, user=USER, dbname="postgres"
            )
        except psycopg2.OperationalError:
            return False
        try:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute("select 1 from pg_database where datname = %s", (DATABASE,))
                if cursor.fetchone() is None:
                    cursor.execute(f"create database {DATABASE}")
        finally:
            connection.close()
        return True

    def released(self) -> None:
        """Let the data directory go."""
        leave_socket_directory(self.data_dir)
        self._lock.release()


def _major(cluster: Path) -> int | None:
    """The PostgreSQL version that made the cluster; None when there is none yet."""
    mark = cluster / "PG_VERSION"
    return int(mark.read_text().split(".")[0]) if mark.exists() else None


def _initdb_failure(stderr: str, data_dir: Path) -> Unavailable:
    if os.strerror(28) in stderr:
        return Unavailable(
            f"the disk of DATA_DIR {data_dir} is full", "Free some room, or set another DATA_DIR"
        )
    return Unavailable(
        f"PostgreSQL cannot make its data directory in {data_dir}: {stderr.strip()}",
        "Set another DATA_DIR, or set DATABASE_URL",
    )
