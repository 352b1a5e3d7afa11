"""What the line makes of the agent's account, and which engines can be chosen."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from dialer.call import AnsweredBy, AttemptId, CallBrief, Disposition, EndedBy, LeadBrief, SlotId
from media.agent.port import AgentResult
from media.outcome import Ending, Evidence, disposition, outcome
from media.session import MediaSettings, build_session

BROKEN = Ending(EndedBy.ERROR, "broke off")
TALKED = Evidence(answered_by=AnsweredBy.HUMAN, talk_ms=9000)
MACHINE = Evidence(answered_by=AnsweredBy.MACHINE, talk_ms=9000)


@pytest.mark.parametrize(
    ("said", "ending", "evidence", "counts"),
    [
        (Disposition.HUNG_UP, Ending(EndedBy.CALLEE), TALKED, Disposition.HUNG_UP),
        (Disposition.HUNG_UP, BROKEN, TALKED, Disposition.INTERRUPTED),
        (Disposition.HUNG_UP, BROKEN, Evidence(), Disposition.FAILED),
        (Disposition.DO_NOT_CALL, BROKEN, TALKED, Disposition.DO_NOT_CALL),
        (Disposition.APPOINTMENT_BOOKED, BROKEN, TALKED, Disposition.APPOINTMENT_BOOKED),
        (
            Disposition.VOICEMAIL_LEFT,
            Ending(EndedBy.AGENT),
            MACHINE,
            Disposition.VOICEMAIL_SKIPPED,
        ),
        (
            Disposition.VOICEMAIL_LEFT,
            Ending(EndedBy.AGENT),
            replace(MACHINE, message_left=True),
            Disposition.VOICEMAIL_LEFT,
        ),
    ],
)
def test_disposition(
    said: Disposition, ending: Ending, evidence: Evidence, counts: Disposition
) -> None:
    assert disposition(said, ending, evidence) is counts


def test_the_envelope_is_complete() -> None:
    result = AgentResult(
        Disposition.APPOINTMENT_BOOKED, {"timeline": "soon"}, 1.2, SlotId("s1"), email="a@b.c"
    )
    envelope = outcome(AttemptId("a1"), result, Ending(EndedBy.AGENT), TALKED)
    assert envelope.attempt_id == "a1" and envelope.slot_id == "s1" and envelope.score == 1.0
    assert envelope.answers == {"timeline": "soon"} and envelope.email == "a@b.c"
    assert envelope.talk_ms == 9000 and envelope.error is None


@pytest.mark.parametrize("engine", [{"stt": "parrot"}, {"llm": "parrot"}])
def test_an_engine_nobody_knows_is_named(engine: dict[str, Any]) -> None:
    brief = CallBrief(
        attempt_id=AttemptId("a1"),
        campaign="c",
        assistant_name="Sam",
        brand="Acme",
        purpose="p",
        now=datetime(2026, 11, 23, tzinfo=UTC),
        lead=LeadBrief(first_name="Ann", timezone="UTC"),
        max_seconds=60,
    )
    ports: Any = None
    with pytest.raises(ValueError, match="parrot"):
        build_session(replace(MediaSettings(), **engine), brief, ports)
