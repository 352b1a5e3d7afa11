"""`<Dial>` and conferences, heard at the ears of those who talk."""

import asyncio

import pytest
from wire.dial_stage import AGENT, BUSY, DEAF, LEAD, OWN, THIRD, Scene, heard_ms, hears, scene

from media.simulator.records.call import Direction, Status
from media.simulator.records.conference import ConferenceStatus, Reason
from media.simulator.records.recording import RecordingStatus


def test_two_are_joined_hear_each_other_and_part() -> None:
    async def work(at: Scene) -> None:
        at.documents["/after"] = "<Response><Hangup/></Response>"
        lead = at.place(LEAD, f"<Response><Dial action='ORIGIN/after'>{AGENT}</Dial></Response>")
        await asyncio.sleep(14)
        (leg,) = at.legs_of(lead)
        assert leg.call.direction is Direction.DIAL and leg.call.request.from_ == OWN
        assert hears(leg, lead, offset_ms=0) and hears(lead, leg, offset_ms=0)
        leg.callee_hangs_up()
        await at.quiet()
        (after,) = at.told("/after")
        assert (after["DialCallStatus"], after["DialBridged"]) == ("completed", "true")
        assert after["DialCallSid"] == leg.call.sid
        assert int(after["DialCallDuration"]) >= 1
        assert lead.call.price is not None and leg.call.price is not None, "each leg is billed"

    scene(work)


@pytest.mark.parametrize(
    ("number", "status"), [(BUSY, "busy"), (DEAF, "no-answer"), ("+12125550", "failed")]
)
def test_who_cannot_be_reached_is_told_and_the_document_goes_on(number: str, status: str) -> None:
    async def work(at: Scene) -> None:
        dial = f"<Dial timeout='5' action='ORIGIN/after'>{number}</Dial>"
        at.place(LEAD, f"<Response>{dial}</Response>")
        await at.quiet()
        (after,) = at.told("/after")
        assert (after["DialCallStatus"], after["DialBridged"]) == (status, "false")

    scene(work)


def test_without_an_action_the_next_verb_runs() -> None:
    async def work(at: Scene) -> None:
        twiml = f"<Response><Dial>{BUSY}</Dial><Redirect>ORIGIN/next</Redirect></Response>"
        at.place(LEAD, twiml)
        await at.quiet()
        assert len(at.told("/next")) == 1

    scene(work)


@pytest.mark.parametrize(
    ("dial", "code"),
    [
        ("<Dial>+442071838750</Dial>", 13227),
        ("<Dial>12</Dial>", 13224),
        (f"<Dial callerId='+19995550100'>{AGENT}</Dial>", 13214),
    ],
)
def test_what_may_not_be_dialed_is_in_the_debugger(dial: str, code: int) -> None:
    async def work(at: Scene) -> None:
        lead = at.place(LEAD, f"<Response>{dial}</Response>")
        await at.quiet()
        assert code in at.twin.debugger.codes(lead.call.sid)
        assert at.legs_of(lead) == []

    scene(work)


def test_the_first_to_answer_is_joined_and_the_others_are_let_go() -> None:
    async def work(at: Scene) -> None:
        numbers = f"<Number>{THIRD}</Number><Number>{AGENT}</Number>"
        lead = at.place(LEAD, f"<Response><Dial timeLimit='5'>{numbers}</Dial></Response>")
        await at.quiet()
        third, agent = at.legs_of(lead)
        assert third.call.status is Status.CANCELED and agent.call.status is Status.COMPLETED
        assert agent.line is not None and abs(agent.line.callee.now_ms - 5000) < 300

    scene(work)


def test_the_called_one_hears_a_document_of_his_own_first_and_the_joined_are_recorded() -> None:
    async def work(at: Scene) -> None:
        at.documents["/whisper"] = "<Response><Say>A lead for you.</Say></Response>"
        number = f"<Number url='ORIGIN/whisper'>{AGENT}</Number>"
        dial = f"<Dial record='record-from-answer-dual' timeLimit='12'>{number}</Dial>"
        lead = at.place(LEAD, f"<Response>{dial}</Response>")
        await at.quiet()
        (leg,) = at.legs_of(lead)
        (whisper,) = at.told("/whisper")
        assert whisper["ParentCallSid"] == lead.call.sid
        assert heard_ms(leg)[0][0] < 1000, "the whisper"
        (made,) = at.twin.exchange.desk.recordings.values()
        assert (made.source.value, made.channels) == ("DialVerb", 2)
        assert made.status is RecordingStatus.COMPLETED and made.call_sid == lead.call.sid

    scene(work)


ROOM = (
    "<Response><Dial><Conference statusCallback='ORIGIN/room' beep='false'"
    " statusCallbackEvent='start end join leave mute hold' {}>room</Conference></Dial></Response>"
)


def test_a_conference_begins_with_the_second_and_ends_with_its_leader() -> None:
    async def work(at: Scene) -> None:
        lead = at.place(LEAD, ROOM.format("startConferenceOnEnter='true' record='true'"))
        await asyncio.sleep(1)
        (meeting,) = at.twin.exchange.hall.meetings.values()
        assert meeting.record.status is ConferenceStatus.INIT
        agent = at.place(AGENT, ROOM.format("endConferenceOnExit='true'"))
        await asyncio.sleep(14)
        assert meeting.record.status is ConferenceStatus.IN_PROGRESS
        assert hears(agent, lead, offset_ms=1000) and hears(lead, agent, offset_ms=-1000)
        agent.callee_hangs_up()
        await at.quiet()
        assert meeting.record.reason is Reason.LEADER_LEFT
        assert meeting.record.ended_by == agent.call.sid
        events = [one["StatusCallbackEvent"] for one in at.told("/room")]
        joins, leaves = "participant-join", "participant-leave"
        assert events == [joins, joins, "conference-start", leaves, "conference-end", leaves]
        assert at.told("/room")[4]["ReasonConferenceEnded"] == Reason.LEADER_LEFT
        (made,) = at.twin.exchange.desk.recordings.values()
        assert (made.conference_sid, made.status) == (
            meeting.record.sid,
            RecordingStatus.COMPLETED,
        )

    scene(work)


def test_the_muted_are_not_heard_and_the_held_do_not_hear() -> None:
    async def work(at: Scene) -> None:
        lead = at.place(LEAD, ROOM.format("muted='true' waitUrl=''"))
        agent = at.place(AGENT, ROOM.format(""))
        await asyncio.sleep(0.5)
        (meeting,) = at.twin.exchange.hall.meetings.values()
        held = meeting.record.participants[lead.call.sid]
        held.hold = True
        at.twin.exchange.hall.change(meeting, held, "participant-hold")
        await asyncio.sleep(13)
        assert heard_ms(agent) == [] and heard_ms(lead) == []
        at.twin.exchange.hall.end(meeting, Reason.API)
        await at.quiet()
        assert meeting.record.participants == {}

    scene(work)
