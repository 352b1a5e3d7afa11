"""The warm transfer and what can go otherwise in it: at the ears, in the records, on the bill."""

import asyncio
from itertools import pairwise

import pytest
from wire.dial_stage import AGENT, LEAD, SCREENER, Scene, heard_ms, hears, scene

from media.simulator.calls.live_call import LiveCall
from media.simulator.people.speech import tone
from media.simulator.records.call import Status
from media.simulator.records.conference import Reason

TALK = "<Response><Connect><Stream url='SOCKETS/media'/></Connect></Response>"
SCREEN = (
    "<Response><Gather action='ORIGIN/{}' numDigits='1' timeout='5'>"
    "<Say>A lead in Main Street wants to sell.</Say></Gather><Hangup/></Response>"
)


def room(attributes: str = "") -> str:
    conference = f"<Conference beep='false' {attributes}>deal</Conference>"
    return f"<Response><Dial action='ORIGIN/left'>{conference}</Dial></Response>"


def test_a_lead_on_a_stream_is_given_to_an_agent_who_accepted() -> None:
    """Twilio's recipe: the agent hears a summary and presses a key; then the lead is sent in."""

    async def work(at: Scene) -> None:
        lead = at.place(LEAD, TALK)
        at.documents["/accepted"] = room("endConferenceOnExit='true' waitUrl=''")
        at.reactions["/accepted"] = lambda: at.send_to(lead, room())
        agent = at.place(SCREENER, SCREEN.format("accepted"))
        await asyncio.sleep(20)
        assert at.told("/accepted")[0]["Digits"] == "1"
        assert at.streamed[0] == "connected" and at.streamed[-1] == "stop"
        assert hears(agent, lead, offset_ms=0) and hears(lead, agent, offset_ms=0)
        agent.callee_hangs_up()
        await at.quiet()
        assert [one["DialCallStatus"] for one in at.told("/left")] == ["answered"]
        assert {lead.call.status, agent.call.status} == {Status.COMPLETED}
        assert lead.call.price and agent.call.price, "each leg is billed"
        (meeting,) = at.twin.exchange.hall.meetings.values()
        assert (meeting.record.reason, meeting.record.ended_by) == (
            Reason.LEADER_LEFT,
            agent.call.sid,
        )

    scene(work)


@pytest.mark.parametrize(("agent", "accepted"), [(SCREENER, True), (AGENT, False)])
def test_a_dialed_agent_is_joined_only_when_he_accepts(agent: str, accepted: bool) -> None:
    async def work(at: Scene) -> None:
        at.documents["/screen"] = SCREEN.format("accepted")
        number = f"<Number url='ORIGIN/screen'>{agent}</Number>"
        lead = at.place(
            LEAD, f"<Response><Dial timeLimit='22' action='ORIGIN/left'>{number}</Dial></Response>"
        )
        await at.quiet()
        (leg,) = at.legs_of(lead)
        (left,) = at.told("/left")
        assert left["DialBridged"] == str(accepted).lower()
        assert hears(leg, lead, offset_ms=0) is accepted

    scene(work)


def test_a_leg_that_gets_another_document_leaves_the_one_who_dialed_it() -> None:
    async def work(at: Scene) -> None:
        lead = at.place(LEAD, f"<Response><Dial action='ORIGIN/left'>{AGENT}</Dial></Response>")
        await asyncio.sleep(2)
        (leg,) = at.legs_of(lead)
        at.send_to(leg, "<Response><Pause length='3'/></Response>")
        await asyncio.sleep(1)
        (left,) = at.told("/left")
        assert (left["DialCallStatus"], left["DialBridged"]) == ("completed", "true")
        assert leg.call.status is Status.IN_PROGRESS, "it lives on"
        await at.quiet()
        assert leg.call.status is Status.COMPLETED

    scene(work)


def test_digits_for_an_extension_are_pressed_before_the_two_are_joined() -> None:
    async def work(at: Scene) -> None:
        number = f"<Number sendDigits='ww12'>{AGENT}</Number>"
        lead = at.place(LEAD, f"<Response><Dial timeLimit='9'>{number}</Dial></Response>")
        await at.quiet()
        (leg,) = at.legs_of(lead)
        begun, ended = heard_ms(leg)[0]
        assert 950 < begun < 1150 and 200 < ended - begun < 500, "after a second, two keys"
        assert hears(leg, lead, offset_ms=0)

    scene(work)


def waits(at: Scene, attributes: str, seconds: float = 4) -> LiveCall:
    """Somebody who is alone in a conference of his own for so long."""
    alone = room(attributes).replace("deal", f"for {attributes.replace(chr(39), '')}.")
    return at.place(AGENT, alone.replace("<Dial ", f"<Dial timeLimit='{seconds:g}' "))


def test_who_waits_hears_music_or_what_the_customer_wants() -> None:
    async def work(at: Scene) -> None:
        at.documents["/wait"] = "<Response><Pause length='2'/><Play>ORIGIN/none</Play></Response>"
        at.documents["/said"] = "<Response><Pause length='1'/><Say>Hold on.</Say></Response>"
        usual, silent = waits(at, ""), waits(at, "waitUrl=''")
        spoken, broken = waits(at, "waitUrl='ORIGIN/said'"), waits(at, "waitUrl='ORIGIN/wait'")
        await at.quiet()
        ((begun, ended),) = heard_ms(usual)
        assert begun < 200 and ended > 3000
        assert heard_ms(silent) == heard_ms(broken) == []
        assert 900 < heard_ms(spoken)[0][0] < 1500
        assert at.twin.debugger.codes(broken.call.sid) == [12300]

    scene(work)


def test_an_announcement_is_heard_over_the_others_and_delays_nobody() -> None:
    async def work(at: Scene) -> None:
        lead, agent = at.place(LEAD, room()), at.place(AGENT, room())
        await asyncio.sleep(2)
        (meeting,) = at.twin.exchange.hall.meetings.values()
        at.twin.exchange.hall.announce(meeting, tone(1500))
        await asyncio.sleep(12)
        assert hears(agent, lead, offset_ms=0) and hears(lead, agent, offset_ms=0)
        for one in (lead, agent):
            assert any(1400 < ended - begun < 1700 for begun, ended in heard_ms(one))
            assert one.line is not None and one.line.playback.buffered <= 160, "one beat"
        at.twin.exchange.hall.end(meeting, Reason.API)

    scene(work)


@pytest.mark.parametrize(
    ("attributes", "code", "asks"),
    [
        ("participantLabel='one'", 16025, False),
        ("maxParticipants='2'", 16020, True),
        (f"coach='CA{'0' * 32}'", 13240, True),
    ],
)
def test_who_cannot_enter_is_told_so(attributes: str, code: int, asks: bool) -> None:
    """A label that is taken leads to the next verb, the others to the action (Twilio's errors)."""

    async def work(at: Scene) -> None:
        for label in ("one", "two"):
            at.place(AGENT, room(f"participantLabel='{label}'"))
        await asyncio.sleep(1)
        late = at.place(LEAD, room(attributes))
        await asyncio.sleep(1)
        assert at.twin.debugger.codes(late.call.sid) == [code]
        assert [one["DialCallStatus"] for one in at.told("/left")] == ["failed"] * asks
        assert late.call.status is Status.COMPLETED

    scene(work)


def test_the_words_of_one_reach_the_other_without_holes() -> None:
    async def work(at: Scene) -> None:
        lead, agent = at.place(LEAD, room()), at.place(AGENT, room())
        await asyncio.sleep(8)
        assert lead.line is not None
        ((said),) = lead.line.callee.diary.said
        spurts = [one for one in heard_ms(agent) if one[0] * 8 >= said.started - 1600]
        assert all(b[0] - a[1] < 900 for a, b in pairwise(spurts))
        assert agent.line is not None and agent.line.playback.underruns == 0

    scene(work)
