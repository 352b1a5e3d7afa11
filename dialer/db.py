"""The database: engine, sessions, transactions and migrations."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session, sessionmaker

from dialer.errors import Unavailable

Sessions = sessionmaker[Session]


def connect(url: str, pool_size: int = 5) -> Engine:
    """A pooled engine. Dead connections are replaced on checkout, so a restart heals itself."""
    return create_engine(
        url, pool_size=pool_size, max_overflow=pool_size, pool_pre_ping=True, pool_timeout=10
    )


def sessions(engine: Engine) -> Sessions:
    """The factory of sessions; objects stay readable after commit."""
    return sessionmaker(engine, expire_on_commit=False)


@contextlib.contextmanager
def transaction(factory: Sessions) -> Iterator[Session]:
    """One transaction: committed at the end of the block, rolled back on any exception."""
    with factory() as session, session.begin():
        yield session


def migrations(url: str) -> Config:
    """Alembic's configuration for this database, without an ini file."""
    import migrations as package  # the scripts are a package so that an installed product has them

    config = Config()
    config.set_main_option("script_location", str(Path(package.__file__).parent))
    config.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
    return config


def upgrade(url: str) -> None:
    """Bring the schema to the newest version. Raises `Unavailable` when there is no database."""
    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            connection.execute(text("select 1"))
    except OperationalError as error:
        raise Unavailable(
            f"the database cannot be reached: {error.orig}",
            "Check DATABASE_URL, or unset it to use the embedded PostgreSQL",
        ) from None
    finally:
        engine.dispose()
    command.upgrade(migrations(url), "head")


def downgrade(url: str, revision: str) -> None:
    """Take the schema back to `revision` (`base` = empty)."""
    command.downgrade(migrations(url), revision)
