"""The schema comes from the migrations alone: up, down, up, and the tables say the same."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, inspect

from dialer import db
from dialer.models import Base


def test_down_and_up_again(database: str) -> None:
    db.downgrade(database, "base")
    engine = create_engine(database)
    assert set(inspect(engine).get_table_names()) <= {"alembic_version"}
    db.upgrade(database)
    assert set(inspect(engine).get_table_names()) > {"leads", "attempts", "ledger_entries"}
    engine.dispose()


def test_the_models_describe_the_migrated_schema(database: str) -> None:
    engine = create_engine(database)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        found = compare_metadata(context, Base.metadata)
    engine.dispose()
    # Indexes and exclusion constraints live in the migrations only; columns must agree.
    kinds = {change[0] for change in found if isinstance(change, tuple)}
    assert not kinds & {"add_table", "remove_table", "add_column", "remove_column"}, found
    assert not [change for change in found if isinstance(change, list)], found
