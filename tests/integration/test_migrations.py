"""The schema comes from the migrations alone: up, down, up, and the tables say the same."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, inspect, text

from dialer import db
from dialer.models import Base


def test_down_and_up_again(database: str) -> None:
    db.downgrade(database, "base")
    engine = create_engine(database)
    assert set(inspect(engine).get_table_names()) <= {"alembic_version"}
    db.upgrade(database)
    assert set(inspect(engine).get_table_names()) > {"leads", "attempts", "ledger_entries"}
    engine.dispose()


def test_leads_of_the_first_schema_come_under_the_laws_of_their_states(database: str) -> None:
    db.downgrade(database, "0001")
    engine = create_engine(database)
    with engine.begin() as connection:
        connection.execute(text(FIRST))
    db.upgrade(database)
    with engine.connect() as connection:
        rows = connection.execute(text(PLACED)).all()
        held = connection.execute(text("select state, next_attempt_at is null from leads")).all()
        places = connection.execute(text("select count(*) from campaign_localities")).scalar_one()
    engine.dispose()
    assert rows == [
        ("+12065550123", ["US-WA"], ["America/Los_Angeles"]),
        ("+12125550123", ["US-NJ", "US-NY"], ["America/New_York"]),
    ]
    assert set(held) == {("ready", False)}
    assert places == 2


FIRST = """
insert into campaigns (name, state, state_reason, epoch, timezone, window_start, window_end,
  window_days, daily_budget_micros, cost_per_call_micros, max_attempts, max_call_seconds,
  ring_timeout_seconds, caller_id, script, priority, created_at)
values ('old', 'running', '', 2, 'America/New_York', '10:00', '17:00', '{0,1}', 1, 1, 3, 300, 25,
  '+12125550100', '{}', 0, now());
insert into phones (e164, country, zones, created_at) values
  ('+12065550123', 'US', '{America/Los_Angeles}', now()),
  ('+12125550123', 'US', '{America/New_York}', now());
insert into leads (campaign_id, phone_id, state, attempts_made, reason, external_id, first_name,
  last_name, email, address, city, region, postal_code, timezone, intent, extra)
select c.id, p.id, 'ready', 0, '', '', '', '', '', '', '',
  case p.e164 when '+12125550123' then 'NJ' else '' end, '', '', 'sell', '{}'
from campaigns c, phones p;
"""
PLACED = """
select p.e164, o.states, o.zones from leads l join phones p on p.id = l.phone_id
join localities o on o.id = l.locality_id order by p.e164
"""


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
