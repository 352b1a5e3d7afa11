"""The engines that ship, in virtual time: recorded callees, real recognition, voice and agent."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest
from far_end import FarEnd
from scripted_call import BRIEF, RecordingPorts
from virtual_time import run_virtually

from dialer.call import AnsweredBy, CallOutcome, Disposition, EndedBy, Slot, SlotId, Speaker
from media.agent.port import Snapshot
from media.audio.path import AudioSettings
from media.engines.tts import choose
from media.session import MediaSettings, build_session
from media.simulator.people.room import Room

CALLEES = Path(__file__).parents[2] / "media" / "simulator" / "callees"
LISTENS = "listens"
NO_VOICE = not choose.available()
pytestmark = pytest.mark.skipif(NO_VOICE, reason="no speech engine is installed")


def slots() -> tuple[Slot, ...]:
    start = BRIEF.now + timedelta(days=1)
    hour = timedelta(hours=1)
    return tuple(
        Slot(
            slot_id=SlotId(f"s{n}"),
            agent_name="Bob",
            starts_at=start + n * 3 * hour,
            ends_at=start + (n * 3 + 1) * hour,
        )
        for n in range(2)
    )


def says(*phrases: str) -> Callable[[FarEnd], Awaitable[None]]:
    async def callee(far: FarEnd) -> None:
        await far.wait(300)
        for index, phrase in enumerate(phrases):
            if index:
                await far.listen()
                await far.wait(300)
            if phrase != LISTENS:
                await far.say((CALLEES / f"{phrase}.ul").read_bytes())
        await far.wait(60_000)

    return callee


def call(
    callee: Callable[[FarEnd], Awaitable[None]],
    cache_dir: Path,
    snapshot: Snapshot | None = None,
    room: Room | None = None,
    audio: AudioSettings | None = None,
) -> tuple[CallOutcome, RecordingPorts]:
    async def scenario() -> tuple[CallOutcome, RecordingPorts]:
        far = FarEnd(callee)
        far.room = room
        ports = RecordingPorts(far.hang_up)
        settings = replace(MediaSettings(), cache_dir=cache_dir, audio=audio or AudioSettings())
        brief = BRIEF.model_copy(update={"slots": slots()})
        session = build_session(settings, brief, ports, snapshot)
        await session.prepare()
        return await session.run(far), ports

    return run_virtually(scenario())


@pytest.fixture(scope="module")
def phrases(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("phrases")


def test_an_appointment_is_booked_and_another_worker_could_have_gone_on(phrases: Path) -> None:
    wanted = ("have-minute", "want-sell", "three-months", "not-yet", "decide", "second", "right")
    outcome, ports = call(says("rms-hello", *(f"rms-{name}" for name in wanted)), phrases)
    assert outcome.disposition is Disposition.APPOINTMENT_BOOKED
    assert (outcome.slot_id, outcome.ended_by) == ("s1", EndedBy.AGENT)
    assert outcome.answers["timeline"] == "within_3_months"
    waits = [turn.voice_to_voice_ms for turn in outcome.latency]
    assert len(waits) == 8 and all(wait is not None and wait < 800 for wait in waits)

    read_back = ports.saved[-2]
    outcome, _ = call(says(LISTENS, "rms-right"), phrases, read_back)
    assert outcome.disposition is Disposition.APPOINTMENT_BOOKED, "the other worker's end"
    assert outcome.slot_id == "s1"


def test_an_opt_out_ends_the_call(phrases: Path) -> None:
    outcome, _ = call(says("rms-hello", "rms-take-off"), phrases)
    assert outcome.disposition is Disposition.DO_NOT_CALL and outcome.opt_out_words


def test_a_machine_gets_the_message(phrases: Path) -> None:
    outcome, _ = call(says("slt-greeting"), phrases)
    assert outcome.answered_by is AnsweredBy.MACHINE
    assert outcome.disposition is Disposition.VOICEMAIL_LEFT


@pytest.mark.parametrize(("loss_db", "delay_ms"), [(6.0, 60.0), (12.0, 400.0)])
def test_a_speakerphone_does_not_make_the_agent_interrupt_itself(
    phrases: Path, loss_db: float, delay_ms: float
) -> None:
    people = says("rms-hello", "rms-have-minute", "rms-want-sell", "rms-bye")
    room = Room(loss_db, delay_ms, Random(1))
    outcome, _ = call(people, phrases, room=room)
    assert not any(turn.interrupted for turn in outcome.transcript)
    heard = [turn.text for turn in outcome.transcript if turn.speaker is Speaker.CALLEE]
    assert "yes i have a minute" in heard and "yes i want to sell my house" in heard
    assert outcome.audio is not None and outcome.audio.erle_db is not None
    assert outcome.audio.erle_db > 20 and outcome.audio.double_talk_ms < outcome.audio.far_ms / 4
    assert outcome.audio.echo_delay_ms is not None
    assert abs(outcome.audio.echo_delay_ms - delay_ms) < 40

    outcome, _ = call(people, phrases, room=room, audio=AudioSettings(echo="off"))
    assert any(turn.interrupted for turn in outcome.transcript), "the room was too quiet to test"


def test_a_callee_is_heard_over_the_agents_echo(phrases: Path) -> None:
    async def callee(far: FarEnd) -> None:
        await far.wait(300)
        await far.say((CALLEES / "rms-hello.ul").read_bytes())
        await far.listen()
        await far.wait(300)
        await far.say((CALLEES / "rms-have-minute.ul").read_bytes())
        await far.until(lambda: far.agent_talking)
        await far.wait(1500)
        await far.say((CALLEES / "rms-take-off.ul").read_bytes())
        await far.wait(60_000)

    outcome, _ = call(callee, phrases, room=Room(12.0, 200.0, Random(1)))
    assert outcome.disposition is Disposition.DO_NOT_CALL and outcome.opt_out_words
    assert any(turn.interrupted for turn in outcome.transcript)
