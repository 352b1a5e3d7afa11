"""The embedded servers: start, stop, come back, refuse clearly, and leave nothing behind."""

import importlib.util
import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
from collections import namedtuple
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
import redis
from sqlalchemy import create_engine, text

from dialer import live
from dialer.child_process import wait_until
from dialer.embedded import EmbeddedPostgres, EmbeddedRedis, celery_url
from dialer.embedded.directory import prepare_data_dir, socket_directory
from dialer.errors import Unavailable

# As root the server runs in a user namespace or, where that is forbidden, as nobody.
IDENTITIES = ["own", "nobody"] if os.geteuid() == 0 else ["own"]

BOTH = """
import pathlib, sys, threading
from dialer.embedded import EmbeddedPostgres, EmbeddedRedis
place = pathlib.Path(sys.argv[1])
servers = [EmbeddedPostgres(place).start(), EmbeddedRedis(place).start()]
print(*(server.pid for server in servers), flush=True)
threading.Event().wait()
"""


@pytest.fixture
def place() -> Iterator[Path]:
    path = Path(tempfile.mkdtemp(prefix="dialer-test-"))
    yield path
    shutil.rmtree(path)
    assert not socket_directory(path).exists()


def ask(server: EmbeddedPostgres, *statements: str) -> object:
    """Run statements in one transaction; the first value of the last one's answer, if any."""
    engine = create_engine(server.url)
    try:
        with engine.begin() as connection:
            answers = [connection.execute(text(statement)) for statement in statements]
            return answers[-1].scalar() if answers[-1].returns_rows else None
    finally:
        engine.dispose()


@pytest.mark.parametrize("identity", IDENTITIES)
def test_postgres_keeps_its_data_over_a_restart(
    identity: str, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if identity == "nobody":
        refusing = place / "bin"
        refusing.mkdir(mode=0o755)
        (refusing / "unshare").write_text("#!/bin/sh\nexit 1\n")
        (refusing / "unshare").chmod(0o755)
        monkeypatch.setenv("PATH", f"{refusing}:{os.environ['PATH']}")
    with EmbeddedPostgres(place) as server:
        ask(server, "create table kept (n int)", "insert into kept values (7)")
        owner = psutil.Process(server.pid).uids().effective
        assert owner == (65534 if identity == "nobody" else os.geteuid())
    with EmbeddedPostgres(place) as server:
        assert ask(server, "select n from kept") == 7
        assert ask(server, "select current_database()") == "dialer"
        assert ask(server, "show server_encoding") == "UTF8"
        assert ask(server, "show fsync") == "on"


def test_postgres_is_reached_over_a_private_socket_only(place: Path) -> None:
    with EmbeddedPostgres(place, durable=False) as server:
        assert ask(server, "show listen_addresses") == ""
        assert ask(server, "show fsync") == "off"
        assert stat.S_IMODE(server.socket_dir.stat().st_mode) == 0o700
        assert not psutil.Process(server.pid).net_connections(kind="inet")


def test_a_second_owner_of_a_data_directory_is_refused_by_name(place: Path) -> None:
    with EmbeddedPostgres(place, durable=False), EmbeddedRedis(place, durable=False):
        for other in (EmbeddedPostgres(place), EmbeddedRedis(place)):
            with pytest.raises(Unavailable, match=f"in use by process {os.getpid()}") as refusal:
                other.start()
            assert "DATA_DIR" in refusal.value.remedy


def test_a_stale_pid_file_that_names_a_living_process_does_not_block(place: Path) -> None:
    EmbeddedPostgres(place, durable=False).start().stop()
    pid_file = place / "postgres" / "postmaster.pid"
    pid_file.write_text(f"{os.getppid()}\n{place / 'postgres'}\n1\n5432\n/tmp\n\n1 1\nready\n")
    with EmbeddedPostgres(place, durable=False) as server:
        assert ask(server, "select 1") == 1


def test_a_cluster_of_another_version_is_refused_and_left_alone(place: Path) -> None:
    (place / "postgres").mkdir()
    (place / "postgres" / "PG_VERSION").write_text("9\n")
    with pytest.raises(Unavailable, match="made by PostgreSQL 9"):
        EmbeddedPostgres(place).start()
    assert [entry.name for entry in (place / "postgres").iterdir()] == ["PG_VERSION"]


def test_redis_keeps_its_data_over_a_restart(place: Path) -> None:
    with EmbeddedRedis(place) as server, redis.Redis.from_url(server.url) as client:
        client.set("kept", "7")
        assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
        assert client.config_get("port") == {"port": "0"}
        assert stat.S_IMODE(server.socket.stat().st_mode) == 0o700
    with EmbeddedRedis(place) as server, redis.Redis.from_url(server.url) as client:
        assert client.get("kept") == b"7"


def test_servers_die_with_a_killed_parent_and_start_again(place: Path) -> None:
    command = [sys.executable, "-c", BOTH, str(place)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout
        servers = [psutil.Process(int(pid)) for pid in parent.stdout.readline().split()]
        family = [*servers, *(child for one in servers for child in one.children(recursive=True))]
        parent.send_signal(signal.SIGKILL)
    with EmbeddedPostgres(place) as postgres, EmbeddedRedis(place) as cache:
        assert not [process for process in family if alive(process)]
        assert ask(postgres, "select 1") == 1
        assert cache.ready()


def alive(process: psutil.Process) -> bool:
    """Whether it still runs; a zombie does not."""
    try:
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def test_a_killed_server_is_noticed_and_starts_again_under_the_same_lock(place: Path) -> None:
    with EmbeddedPostgres(place, durable=False) as server:
        assert server.pid
        os.kill(server.pid, signal.SIGKILL)
        assert wait_until(lambda: server.exit_code() is not None, 10)
        server.start()
        assert ask(server, "select 1") == 1


def test_a_long_path_gets_a_short_socket_directory(place: Path) -> None:
    deep = place / ("d" * 120)
    assert len(str(socket_directory(deep))) < 80
    assert socket_directory(deep) == socket_directory(deep)
    with EmbeddedRedis(deep, durable=False) as server:
        assert server.ready()


def test_a_data_directory_that_cannot_be_written_is_refused(place: Path) -> None:
    (place / "file").write_text("")
    with pytest.raises(Unavailable, match="cannot be written") as refusal:
        EmbeddedPostgres(place / "file" / "below").start()
    assert "DATA_DIR" in refusal.value.remedy


def test_a_full_disk_is_refused(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage(10**9, 10**9, 5_000_000))
    with pytest.raises(Unavailable, match="full: 5 MB left"):
        prepare_data_dir(place)


def test_without_binaries_the_remedy_is_named(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    monkeypatch.setattr(shutil, "which", lambda name: None)
    monkeypatch.setattr(Path, "glob", lambda path, pattern: iter(()))
    with pytest.raises(Unavailable, match="no PostgreSQL") as refusal:
        EmbeddedPostgres(place).start()
    assert "batch-dialer[embedded]" in refusal.value.remedy
    assert "DATABASE_URL" in refusal.value.remedy
    with pytest.raises(Unavailable, match="no Redis") as refusal:
        EmbeddedRedis(place).start()
    assert "REDIS_URL" in refusal.value.remedy


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("unix:///run/r.sock?db=3", "redis+socket:///run/r.sock?virtual_host=3"),
        ("unix:///run/r.sock", "redis+socket:///run/r.sock"),
        ("rediss://:secret@host:6380/1", "rediss://:secret@host:6380/1"),
    ],
)
def test_celery_names_the_same_server(url: str, told: str) -> None:
    assert celery_url(url) == told


def test_the_session_servers_take_work(postgres_url: str, redis_url: str) -> None:
    engine = create_engine(postgres_url)
    with engine.connect() as connection:
        assert connection.execute(text("select 1")).scalar() == 1
    engine.dispose()
    with live.connect(redis_url) as client:
        assert client.ping()


def test_each_test_gets_an_empty_database_of_the_newest_schema(database: str) -> None:
    engine = create_engine(database)
    with engine.connect() as connection:
        assert connection.execute(text("select count(*) from leads")).scalar() == 0
        assert connection.execute(text("select version_num from alembic_version")).scalar()
    engine.dispose()
