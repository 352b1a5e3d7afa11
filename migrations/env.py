"""Runs the migrations in one transaction, under a lock so that two starters do no harm."""

from alembic import context
from sqlalchemy import create_engine, pool, text

from dialer.models import Base

MIGRATION_LOCK = 7_316_001

engine = create_engine(
    context.config.get_main_option("sqlalchemy.url") or "", poolclass=pool.NullPool
)
with engine.connect() as connection:
    context.configure(connection=connection, target_metadata=Base.metadata)
    with context.begin_transaction():
        connection.execute(text("select pg_advisory_xact_lock(:key)"), {"key": MIGRATION_LOCK})
        context.run_migrations()
