"""A real PostgreSQL and Redis for the tests: those of DATABASE_URL and REDIS_URL, else embedded."""

import itertools
import os
import shutil
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from hypothesis import HealthCheck, settings
from sqlalchemy import URL, NullPool, create_engine, make_url, text

from dialer import calling_rules, db
from dialer.embedded import EmbeddedPostgres, EmbeddedRedis

# No property fails because the machine is slow or busy.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")

collect_ignore = ["peers"]
"""They have an environment of their own: `make test-peers`."""

WORKER = os.environ.get("PYTEST_XDIST_WORKER", "")
"""Which of several test processes this is; those share no database and no Redis."""
TEMPLATE = f"dialer_test_template{WORKER}"
MEMORY = Path("/dev/shm")
ROOM_BYTES = 4 << 30
INSTALLED_AT = datetime(2026, 1, 1, tzinfo=UTC)
_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def server_dir() -> Iterator[Path]:
    """Where the embedded servers live: short and enterable, unlike pytest's own directories.

    In memory where there is room, since every test has a database of its own.
    """
    roomy = MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ROOM_BYTES
    path = Path(tempfile.mkdtemp(prefix="dialer-test-", dir=MEMORY if roomy else None))
    yield path
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres_url(server_dir: Path) -> Iterator[str]:
    """A PostgreSQL server in which the tests may make databases."""
    if given := os.environ.get("DATABASE_URL"):
        yield given
        return
    with EmbeddedPostgres(server_dir, durable=False) as server:
        yield server.url


@pytest.fixture(scope="session")
def redis_url(server_dir: Path) -> Iterator[str]:
    """A Redis server, as REDIS_URL names it; each test process takes a database of its own."""
    if given := os.environ.get("REDIS_URL"):
        first = urlsplit(given)
        number = int(first.path.strip("/") or 0) + int(WORKER.removeprefix("gw") or 0)
        yield first._replace(path=f"/{number}").geturl()
        return
    with EmbeddedRedis(server_dir, durable=False) as server:
        yield server.celery_url


@pytest.fixture(scope="session")
def migrated_template(postgres_url: str) -> Iterator[URL]:
    """A database with the newest schema and the shipped law, to be cloned."""
    template = make_url(postgres_url).set(database=TEMPLATE)
    administer(postgres_url, f"drop database if exists {TEMPLATE}", f"create database {TEMPLATE}")
    db.upgrade(template.render_as_string(hide_password=False))
    engine = create_engine(template, poolclass=NullPool)
    with db.transaction(db.sessions(engine)) as session:
        calling_rules.install(session, INSTALLED_AT)
    yield template
    administer(postgres_url, f"drop database {TEMPLATE} with (force)")


@pytest.fixture
def database(postgres_url: str, migrated_template: URL) -> Iterator[str]:
    """The URL of a freshly migrated, empty database of the test's own."""
    name = f"dialer_test_{os.getpid()}_{next(_numbers)}"
    administer(postgres_url, f"create database {name} template {TEMPLATE}")
    yield migrated_template.set(database=name).render_as_string(hide_password=False)
    administer(postgres_url, f"drop database {name} with (force)")


@pytest.fixture
def terminal(
    database: str, redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """An empty directory in which commands are typed, wide enough, with the servers set."""
    monkeypatch.chdir(tmp_path)
    for name, value in {
        "DATABASE_URL": database,
        "REDIS_URL": redis_url,
        "TWILIO_PHONE_NUMBER": "+12125550100",
        "COLUMNS": "200",
    }.items():
        monkeypatch.setenv(name, value)
    return tmp_path


def administer(url: str, *statements: str) -> None:
    """Run statements that stand outside of any transaction and any database of the tests."""
    engine = create_engine(
        make_url(url).set(database="postgres"), isolation_level="AUTOCOMMIT", poolclass=NullPool
    )
    with engine.connect() as connection:
        for statement in statements:
            connection.execute(text(statement))
