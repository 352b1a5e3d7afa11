"""The main job, end to end, as a user runs it: `dialer demo`, then a look at all it left."""

import json
import os
import subprocess
import sys
import wave
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes, policy
from hashlib import sha256
from pathlib import Path

import pytest
import vobject
from sqlalchemy import Engine, create_engine, text

from dialer import launch
from dialer.embedded import EmbeddedPostgres

EXPECTED = {
    "Mary": "appointment_booked",
    "Robert": "appointment_booked",
    "Alan": "appointment_booked",
    "Kevin": "appointment_booked",
    "Susan": "appointment_booked",
    "Andrew": "appointment_booked",
    "Linda": "not_interested",
    "Paul": "not_interested",
    "Nancy": "callback_requested",
    "Mark": "callback_requested",
    "James": "wrong_number",
    "Carol": "do_not_call",
    "George": "do_not_call",
    "Emma": "voicemail_left",
    "Peter": "voicemail_left",
    "Helen": "silent",
    "Frank": "hung_up",
    "Diane": "busy",
    "Eric": "no_answer",
    "Kimo": None,
    "Ruth": None,
}
BOOKED = [name for name, disposition in EXPECTED.items() if disposition == "appointment_booked"]
pytestmark = [pytest.mark.slow, pytest.mark.timeout(480)]


@dataclass
class Demo:
    """What one run of the demo left behind."""

    exit_code: int
    output: str
    directory: Path
    report: dict
    engine: Engine

    def rows(self, query: str, **values: object):
        with self.engine.connect() as connection:
            return connection.execute(text(query), values).all()

    def value(self, query: str, **values: object):
        return self.rows(query, **values)[0][0]


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """The demo, run once; its database is started again for the tests to look into."""
    home = tmp_path_factory.mktemp("demo")
    environment = {
        **os.environ,
        "WEB_PORT": str(launch.free_port()),
        "FLOWER_PORT": str(launch.free_port()),
    }
    for name in ("DATABASE_URL", "REDIS_URL"):
        environment.pop(name, None)
    ran = subprocess.run(
        [sys.executable, "-m", "dialer.cli", "demo"],
        cwd=home,
        env=environment,
        capture_output=True,
        text=True,
        timeout=450,
    )
    directory = home / "build" / "demo"
    output = ran.stdout + ran.stderr
    assert ran.returncode == 0, output[-4000:]
    report = json.loads((directory / "report.json").read_text())
    with EmbeddedPostgres(directory, durable=False) as server:
        engine = create_engine(server.url)
        yield Demo(ran.returncode, output, directory, report, engine)
        engine.dispose()


def test_bad_rows_are_named_and_the_rest_is_imported(demo: Demo) -> None:
    assert (demo.report["leads_imported"], demo.report["rows_rejected"]) == (21, 3)
    told = " ".join(demo.output.split())
    assert "line 12, column phone" in told
    assert "line 18, column phone: is empty" in told
    assert "line 22, column timezone: 'Mountain'" in told


def test_every_lead_ends_as_expected(demo: Demo) -> None:
    got = dict(demo.rows("select first_name, disposition from leads"))
    assert got == EXPECTED


def test_leads_are_conserved(demo: Demo) -> None:
    counts = dict(demo.rows("select state, count(*) from leads group by state"))
    assert sum(counts.values()) == demo.report["leads_imported"]
    assert counts.get("in_call", 0) == 0
    assert counts["ready"] == 1  # Kimo, whose place is closed
    assert counts["suppressed"] == 3


def test_the_law_stayed_on(demo: Demo) -> None:
    (kimo,) = [one for one in demo.report["waiting_list"] if one["lead"] == "Kimo"]
    assert kimo["reason"].startswith("outside the hours of ")
    assert kimo["reason"].endswith(" in Pacific/Honolulu")
    assert kimo["local_time"].startswith("Tue ")
    assert kimo["local_time"].endswith(", 10:00 AM HST")
    assert (
        demo.value(
            "select count(*) from attempts a join leads l on l.id = a.lead_id"
            " where l.first_name in ('Kimo', 'Ruth')"
        )
        == 0
    )


def test_every_dial_has_its_two_decisions(demo: Demo) -> None:
    rows = demo.rows(
        "select a.id, array_agg(d.stage order by d.id) from attempts a"
        " left join decisions d on d.attempt_id = a.id and d.allowed group by a.id"
    )
    assert len(rows) == 19
    assert all(stages == ["reserve", "place"] for _, stages in rows)


def test_nobody_was_dialed_twice(demo: Demo) -> None:
    assert demo.report["double_dials"] == 0
    assert (
        demo.value(
            "select max(n) from (select count(distinct carrier_sid) n from carrier_events"
            " group by attempt_id) t"
        )
        == 1
    )
    assert (
        demo.value("select max(n) from (select count(*) n from attempts group by phone_id) t") == 1
    )


def test_never_more_than_five_at_once(demo: Demo) -> None:
    rows = demo.rows("select placing_at, ended_at from attempts where placing_at is not null")
    most = max(sum(1 for since, until in rows if since <= at < until) for at, _ in rows)
    assert most == demo.report["max_concurrent"]
    assert 4 <= most <= 5


def test_the_ledger_balances(demo: Demo) -> None:
    for scope, reserved, settled, released in demo.rows(
        "select scope, sum(amount_micros) filter (where kind = 'reserve'),"
        " sum(amount_micros) filter (where kind = 'settle'),"
        " sum(amount_micros) filter (where kind = 'release') from ledger_entries group by scope"
    ):
        assert reserved == settled + released, scope
        assert settled == demo.value("select sum(cost_micros) from attempts")
        assert demo.rows(
            "select sum(spent_micros), sum(reserved_micros) from budget_days where scope = :s",
            s=scope,
        ) == [(settled, 0)]
        assert float(demo.report["spent_usd"]) == pytest.approx(float(settled) / 1e6)
    assert float(demo.report["reserved_usd"]) == 0


def test_bookings_are_appointments_with_invites(demo: Demo) -> None:
    assert demo.report["appointments"] == demo.report["invites_sent"] == len(BOOKED)
    rows = demo.rows(
        "select p.uid, lower(p.during), g.email from appointments p"
        " join agents g on g.id = p.agent_id where p.state = 'booked'"
    )
    assert len(rows) == len(BOOKED)
    for uid, starts_at, email in rows:
        event = vobject.readOne((demo.directory / "invites" / f"{uid}.ics").read_text()).vevent
        assert event.dtstart.value == starts_at
        assert event.attendee.value == f"mailto:{email}"
        raw = (demo.directory / "invites" / f"{uid}.0.eml").read_bytes()
        mail = message_from_bytes(raw, policy=policy.default)
        assert mail["To"] == email
        kinds = {part.get_content_type(): part for part in mail.walk()}
        assert kinds["text/calendar"].get_param("method") == "REQUEST"


def test_an_opt_out_suppresses_the_number_with_its_words(demo: Demo) -> None:
    rows = demo.rows(
        "select l.first_name, s.evidence, l.state from suppressions s"
        " join phones p on p.e164 = s.e164 join leads l on l.phone_id = p.id"
        " where s.source = 'call'"
    )
    assert {name for name, _, _ in rows} == {"Carol", "George"}
    assert all(words and state == "suppressed" for _, words, state in rows)


def test_recordings_have_both_voices_and_their_hash(demo: Demo) -> None:
    rows = demo.rows(
        "select outcome->'recording'->>'path', outcome->'recording'->>'sha256'"
        " from attempts where outcome->'recording'->>'path' is not null and disposition"
        " in ('appointment_booked', 'not_interested')"
    )
    assert len(rows) == 8
    for path, digest in rows:
        file = Path(path)
        assert sha256(file.read_bytes()).hexdigest() == digest
        with wave.open(str(file)) as recording:
            assert (recording.getnchannels(), recording.getframerate()) == (2, 8000)
            frames = recording.readframes(recording.getnframes())
        left, right = memoryview(frames).cast("h")[0::2], memoryview(frames).cast("h")[1::2]
        assert max(left) > 1000
        assert max(right) > 1000


def test_transcripts_hold_both_sides_and_the_disclosure(demo: Demo) -> None:
    spoken = 0
    for path in (demo.directory / "transcripts").glob("*.json"):
        account = json.loads(path.read_text())
        agent = [turn["text"] for turn in account["transcript"] if turn["speaker"] == "agent"]
        if account["disposition"] in {"appointment_booked", "not_interested", "do_not_call"}:
            spoken += 1
            assert "AI assistant" in agent[0]
            assert "recorded line" in agent[0]
            assert any(turn["speaker"] == "callee" for turn in account["transcript"])
    assert spoken == 10


def test_retries_are_scheduled(demo: Demo) -> None:
    waiting = {
        name
        for name, at in demo.rows(
            "select first_name, next_attempt_at from leads where state = 'waiting'"
        )
        if at is not None
    }
    assert waiting == {"Nancy", "Mark", "Emma", "Peter", "Helen", "Frank", "Diane", "Eric"}


def test_the_delay_of_the_answers_is_measured(demo: Demo) -> None:
    assert demo.report["voice_to_voice_ms"]["count"] >= 30
    assert demo.report["voice_to_voice_ms"]["p50"] > 0


def test_the_report_can_be_read_by_people(demo: Demo) -> None:
    page = (demo.directory / "report.html").read_text()
    assert "<html" in page
    assert "Dana Reyes" in page or "Sam Ortiz" in page
    assert "http://" not in page.replace("http://www.w3.org", "")
