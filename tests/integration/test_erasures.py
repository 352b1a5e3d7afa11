"""Erasure: nothing about the person is left, the law's records are, and nobody calls again."""

import json
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import inspect, text
from sqlalchemy.orm import Session

from dialer import consents, db, dnc_lists, erased_records, erasures, suppressions
from dialer.erasures import Key
from dialer.errors import Conflict, InputError, SettingsError
from dialer.kept_secret import kept
from dialer.models import Attempt, Consent
from dialer.phone import E164
from integration.people import AUTUMN, LENA, MARIA, NOON, WINTER, People, people

KEY = Key("a-key-of-the-tests")
PERSONAL = (MARIA, "Maria", "Silva", "maria@", "Elm St", "Rex", "my knee hurts", "stop it")
OUTCOME = {
    "attempt_id": "x",
    "disposition": "not_interested",
    "answered_by": "human",
    "ended_by": "callee",
    "answers": {"timing": "my knee hurts"},
    "email": "maria@home.example",
    "transcript": [{"text": "Maria speaking, my knee hurts"}],
    "recording": {"path": "var/recordings/a.wav", "sha256": "0", "duration_ms": 1},
    "talk_ms": 4200,
}
EVENT = {"CallSid": "CA1", "CallStatus": "completed", "To": MARIA, "ToCity": "NYC"}


@pytest.fixture
def house(database: str) -> Iterator[People]:
    with people(database) as found:
        yield found


def full_life(house: People) -> UUID:
    """Maria in two campaigns, called once, with everything that the house can know of her."""
    attempt = house.attempt(house.lead(MARIA, state="done"), json.dumps(OUTCOME))
    house.lead(MARIA, WINTER)
    with db.transaction(house.sessions) as session:
        consents.record(
            session,
            E164(MARIA),
            wording="I agree to calls",
            channel="web",
            form="written",
            captured_at=NOON,
            purpose="sales",
            source="site",
            evidence="Maria Silva, 10.0.0.1",
            now=NOON,
        )
        consents.revoke(session, E164(MARIA), "stop it, says Maria", NOON)
        suppressions.add(session, E164(MARIA), "by letter", "operator", NOON)
        fill = {"attempt": attempt, "now": NOON, "event": json.dumps(EVENT), "number": MARIA}
        for words in FILLED:
            session.execute(text(words), fill)
    return attempt


FILLED = (
    "insert into carrier_events (attempt_id, carrier_sid, kind, status, sequence, payload,"
    " received_at) values (:attempt, 'CA1', 'status', 'completed', 1, cast(:event as jsonb), :now)",
    "insert into outbox (key, kind, payload, due_at, tries, last_error) values ('webhook:1',"
    " 'webhook', jsonb_build_object('phone', cast(:number as text)), :now, 0, '')",
    "insert into imports (campaign_id, filename, sha256, state, rows_total, rows_imported,"
    " rows_rejected, error, created_at) values (1, 'f', '0', 'ready', 1, 0, 1, '', :now)",
    'insert into import_errors (import_id, line, "column", reason)'
    " values (1, 2, 'phone', :number || ' is in this campaign already')",
    "insert into alerts (key, kind, severity, message, at)"
    " values ('a', 'k', 'notice', 'no answer from ' || :number, :now)",
)


def everything(session: Session) -> str:
    """All rows of all tables as one text."""
    names = inspect(session.connection()).get_table_names()
    rows = (session.execute(text(f'select t::text from "{name}" t')).scalars() for name in names)
    return "\n".join(row for table in rows for row in table)


def test_nothing_about_the_person_is_left_in_any_table(house: People) -> None:
    attempt = full_life(house)
    with house.sessions() as session:
        before = everything(session)
    assert all(words in before for words in PERSONAL)
    with db.transaction(house.sessions) as session:
        done = erasures.erase(session, KEY, E164(MARIA), "by letter", NOON)
    assert (done.leads, done.attempts, done.files) == (
        2,
        (attempt,),
        [Path("var/recordings/a.wav")],
    )
    with house.sessions() as session:
        after = everything(session)
    assert [words for words in PERSONAL if words in after] == []


def test_the_records_that_the_law_wants_stay_without_the_number(house: People) -> None:
    attempt = full_life(house)
    with db.transaction(house.sessions) as session:
        erasures.erase(session, KEY, E164(MARIA), "by letter", NOON)
        kept_call = session.get_one(Attempt, attempt)
        assert (kept_call.duration_seconds, kept_call.disposition) == (42, "not_interested")
        assert kept_call.outcome is not None and kept_call.outcome["talk_ms"] == 4200
        [agreed] = session.query(Consent).all()
        assert (agreed.wording, agreed.captured_at) == ("I agree to calls", NOON)
        assert session.scalar(text("select payload from carrier_events")) == {
            "CallSid": "CA1",
            "CallStatus": "completed",
        }
        message = session.execute(text("select payload, failed_at from outbox")).one()
        assert tuple(message) == ({}, NOON)


def test_the_number_stays_uncallable_and_its_leads_never_come_back(house: People) -> None:
    lead = house.lead(MARIA)
    with db.transaction(house.sessions) as session:
        suppressions.add_pattern(session, "+1212*", "a slip", "operator", NOON)
        erasures.erase(session, KEY, E164(MARIA), "by letter", NOON)
        suppressions.lift(session, 1, "a slip", NOON)
        assert erasures.erased(session, KEY, [MARIA, LENA]) == {MARIA}
        with pytest.raises(Conflict, match="erased"):
            erasures.refuse(session, KEY, MARIA)
        mark = erasures.MARK + KEY.hash(MARIA)
        assert suppressions.against(session, {7: mark}, AUTUMN, NOON) == {7: "erased"}
    assert house.state(lead) == ("suppressed", "erased", None)


def test_a_call_under_way_refuses_the_erasure_whole(house: People) -> None:
    house.attempt(house.lead(MARIA, state="done"), state="reserved")
    for state in ("reserved", "placing", "unknown", "ringing", "answered"):
        with db.transaction(house.sessions) as session:
            session.execute(text("update attempts set state = :state"), {"state": state})
            before = everything(session)
        with pytest.raises(Conflict, match="under way"), db.transaction(house.sessions) as session:
            erasures.erase(session, KEY, E164(MARIA), "by letter", NOON)
        with house.sessions() as session:
            assert everything(session) == before


def test_a_call_that_waits_to_be_recorded_refuses_it_too(house: People) -> None:
    house.attempt(house.lead(MARIA, state="in_call"), state="no_answer")
    with pytest.raises(Conflict, match="under way"), db.transaction(house.sessions) as session:
        erasures.erase(session, KEY, E164(MARIA), "by letter", NOON)


def test_a_file_that_is_being_read_may_hold_the_person(house: People) -> None:
    full_life(house)
    with db.transaction(house.sessions) as session:
        for state in ("uploaded", "staged", "normalised"):
            session.execute(text("update imports set state = :state"), {"state": state})
            with pytest.raises(Conflict, match="is being read"):
                erasures.erase(session, KEY, E164(MARIA), "by letter", NOON)
        session.execute(text("update imports set state = 'failed'"))
        assert erasures.erase(session, KEY, E164(MARIA), "by letter", NOON).leads == 2


def test_twice_and_for_a_number_nobody_knows_it_does_no_harm(house: People) -> None:
    with db.transaction(house.sessions) as session:
        for _ in range(2):
            done = erasures.erase(session, KEY, E164(MARIA), "by letter", NOON)
            assert (done.leads, done.files) == (0, [])
        assert erasures.erased(session, KEY, [MARIA]) == {MARIA}
    for _ in range(2):  # the number comes in again past all checks, and goes again
        house.lead(MARIA)
        with db.transaction(house.sessions) as session:
            assert erasures.erase(session, KEY, E164(MARIA), "by letter", NOON).leads == 1
    with house.sessions() as session:
        assert MARIA not in everything(session)


def test_another_key_fails_closed(house: People) -> None:
    other = Key("another key")
    with db.transaction(house.sessions) as session:
        erasures.check(session, other)
        erasures.erase(session, KEY, E164(MARIA), "by letter", NOON)
        with pytest.raises(SettingsError, match="ERASURE_KEY"):
            erasures.erased(session, other, [LENA])
        with pytest.raises(SettingsError, match="ERASURE_KEY"):
            erasures.erase(session, other, E164(LENA), "by letter", NOON)
        with pytest.raises(InputError, match="reason"):
            erasures.erase(session, KEY, E164(LENA), " ", NOON)
    with pytest.raises(SettingsError):
        Key("")


def test_a_do_not_call_list_does_not_keep_the_number_of_an_erased_person(house: People) -> None:
    with db.transaction(house.sessions) as session:
        dnc_lists.take(session, "own", "internal", NOON.date(), [MARIA, LENA], "0", NOON)
        erasures.erase(session, KEY, E164(MARIA), "by letter", NOON)
        assert MARIA not in everything(session)


def test_files_of_the_attempts_are_deleted_and_missing_ones_are_told(
    house: People, tmp_path: Path
) -> None:
    attempt = full_life(house)
    folder, ends = "recordings", ("wav", "2.wav")
    names = [f"{folder}/{attempt}.{end}" for end in ends] + [f"transcripts/{attempt}.json"]
    for name in names:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("my knee hurts")
    elsewhere = tmp_path / "elsewhere.wav"
    assert erased_records.delete_files(tmp_path, [elsewhere], [attempt]) == [elsewhere]
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_a_kept_secret_stays_the_same_and_is_its_owners(tmp_path: Path) -> None:
    path = tmp_path / "new" / "erasure-key"
    assert kept(path) == kept(path) != ""
    assert path.stat().st_mode & 0o777 == 0o600
    assert [one.name for one in path.parent.iterdir()] == ["erasure-key"]
