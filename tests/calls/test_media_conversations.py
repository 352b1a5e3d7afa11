"""Whole conversations in virtual time, from the carrier's messages to the outcome."""

import asyncio
import wave
from collections.abc import Awaitable
from pathlib import Path

import numpy as np
import pytest
from far_end import FarEnd
from scripted_call import BRIEF, MESSAGE, OPENING, ScriptedAgent, play

from dialer.call import AnsweredBy, CallOutcome, Disposition, EndedBy
from media.agent.port import Reply
from media.audio.processor import AudioProcessor
from media.conversation import APOLOGY, TIME_UP
from media.engines.stt.port import Recognition

BOOKED = Reply(("Wonderful, you are booked.", "Goodbye."), end=True)
QUESTION = Reply(("When would you like to move?",))
LONG = Reply(("We have many houses that are very nice and close to the old city park",))


async def hello(far: FarEnd) -> None:
    await far.wait(200)
    await far.speak(500)


async def books(far: FarEnd) -> None:
    await hello(far)
    await far.answer()
    await far.answer(900)
    await far.wait(60_000)


def test_a_call_that_books() -> None:
    agent = ScriptedAgent([QUESTION, BOOKED])
    call = play(books, lines=["hello", "yes", "next spring"], agent=agent)
    outcome = call.outcome
    assert (outcome.disposition, outcome.ended_by) == (
        Disposition.APPOINTMENT_BOOKED,
        EndedBy.AGENT,
    )
    assert (outcome.answered_by, outcome.error) == (AnsweredBy.HUMAN, None)
    assert agent.heard == ["yes", "next spring"] and agent.cuts == []
    assert call.said == [
        ("callee", "hello"),
        ("agent", " ".join(OPENING)),
        ("callee", "yes"),
        ("agent", QUESTION.sentences[0]),
        ("callee", "next spring"),
        ("agent", " ".join(BOOKED.sentences)),
    ]
    assert call.ports.hung_up == 1 and call.far.closed_by_us
    assert [len(state["heard"]) for state in call.ports.saved] == [0, 1, 2]
    kinds = {event["kind"] for event in call.ports.events}
    assert kinds == {"state", "heard", "said", "listening", "ended"}
    assert outcome.talk_ms > 0 and outcome.tts_characters > 0


def test_latency_is_measured_from_speech_to_the_far_ear() -> None:
    call = play(books, lines=["hello", "yes", "spring"], agent=ScriptedAgent([QUESTION, BOOKED]))
    opening, first, second = call.outcome.latency
    assert opening.endpoint_ms == 480
    for turn in (first, second):
        assert turn.endpoint_ms == 480
        assert 480 <= turn.recognized_ms <= turn.decided_ms <= turn.first_audio_ms <= 520
        assert turn.voice_to_voice_ms is not None
        # The network's delay of 30 ms counts once each way.
        assert turn.first_audio_ms + 40 <= turn.voice_to_voice_ms <= turn.first_audio_ms + 100


def test_the_transcript_has_the_times_of_the_far_end() -> None:
    call = play(books, lines=["hello", "yes", "spring"], agent=ScriptedAgent([QUESTION, BOOKED]))
    agent_turns = [turn for turn in call.outcome.transcript if turn.speaker.value == "agent"]
    begins = [
        ms for i, ms in enumerate(call.far.loud_ms) if i == 0 or ms - call.far.loud_ms[i - 1] > 20
    ]
    for turn, began in zip(agent_turns, begins, strict=True):
        assert abs(turn.started_ms - (began + call.far.offset_ms)) <= 40


def test_the_recording_holds_both_sides_as_they_were_heard(tmp_path: Path) -> None:
    call = play(
        books,
        lines=["hello", "yes", "spring"],
        agent=ScriptedAgent([QUESTION, BOOKED]),
        recording_dir=tmp_path,
    )
    recording = call.outcome.recording
    assert recording is not None
    with wave.open(recording.path) as wav:
        samples = np.frombuffer(wav.readframes(wav.getnframes()), "<i2").reshape(-1, 2)
    loud = np.abs(samples).reshape(-1, 8, 2).max(axis=1) > 500
    played = np.zeros(len(loud), dtype=bool)
    for ms in call.far.loud_ms:
        played[ms + call.far.offset_ms : ms + call.far.offset_ms + 20] = True
    assert (loud[:, 1] != played).mean() < 0.02
    said = np.flatnonzero(loud[:, 0])
    first = call.outcome.transcript[0]
    assert abs(said[0] - first.started_ms) <= 20
    assert abs(said[said < first.ended_ms + 100][-1] - first.ended_ms) <= 20
    assert abs(recording.duration_ms - call.outcome.talk_ms) <= 40


def test_no_recording_where_the_brief_forbids_it(tmp_path: Path) -> None:
    agent = ScriptedAgent([BOOKED], brief=BRIEF.model_copy(update={"record": False}))
    call = play(books, lines=["hello", "yes"], agent=agent, recording_dir=tmp_path)
    assert call.outcome.recording is None and list(tmp_path.iterdir()) == []


def test_barge_in_cuts_the_memory_to_what_was_heard() -> None:
    async def callee(far: FarEnd) -> None:
        await hello(far)
        await far.answer()
        await far.until(lambda: far.agent_talking)
        await far.wait(2000)
        began.append(far.clock_ms)
        await far.speak(900)
        await far.wait(60_000)

    began: list[int] = []
    agent = ScriptedAgent([LONG, BOOKED])
    call = play(callee, lines=["hello", "yes", "stop I mean spring"], agent=agent)
    assert call.far.cleared == 1
    silent = next(ms for ms in range(began[0], began[0] + 9000, 20) if ms not in call.far.loud_ms)
    # 240 ms of speech decide, and the network takes 30 ms each way.
    assert 240 < silent - began[0] <= 240 + 60 + 40
    (heard,) = agent.cuts
    assert heard and LONG.sentences[0].startswith(heard) and heard != LONG.sentences[0]
    cut = next(turn for turn in call.outcome.transcript if turn.interrupted)
    assert cut.text == heard
    assert agent.heard == ["yes", "stop I mean spring"]
    assert call.outcome.disposition is Disposition.APPOINTMENT_BOOKED


def test_what_a_barge_in_threw_away_is_no_echo_to_expect(monkeypatch: pytest.MonkeyPatch) -> None:
    expected: dict[int, int] = {}

    def played(_: AudioProcessor, ulaw: bytes, at_samples: int) -> None:
        for offset, byte in enumerate(ulaw):
            expected[(at_samples + offset) // 8] = byte

    async def callee(far: FarEnd) -> None:
        await hello(far)
        await far.answer()
        await far.until(lambda: far.agent_talking)
        await far.wait(2000)
        await far.speak(900)
        await far.wait(400)
        silent.append(far.clock_ms + far.offset_ms)
        far.hang_up()

    silent: list[int] = []
    monkeypatch.setattr(AudioProcessor, "played", played)
    call = play(callee, lines=["hello", "yes", "stop"], agent=ScriptedAgent([LONG, BOOKED]))
    assert call.far.cleared == 1
    cut = next(turn for turn in call.outcome.transcript if turn.interrupted)
    after = [byte for ms, byte in expected.items() if cut.ended_ms + 100 < ms < silent[0]]
    assert after and set(after) == {0xFF}


def test_a_short_aside_does_not_stop_the_agent() -> None:
    async def callee(far: FarEnd) -> None:
        await hello(far)
        await far.answer()
        await far.until(lambda: far.agent_talking)
        await far.wait(1000)
        await far.speak(160)
        await far.answer()
        await far.wait(60_000)

    agent = ScriptedAgent([LONG, BOOKED])
    call = play(callee, lines=["hello", "yes", "uh huh", "spring"], agent=agent)
    assert call.far.cleared == 0 and agent.cuts == []
    assert agent.heard == ["yes", "spring"]
    assert ("callee", "uh huh") in call.said


def test_the_callee_hangs_up_in_mid_sentence() -> None:
    async def callee(far: FarEnd) -> None:
        await hello(far)
        await far.answer()
        await far.until(lambda: far.agent_talking)
        await far.wait(1500)
        far.hang_up()

    agent = ScriptedAgent([LONG])
    call = play(callee, lines=["hello", "yes"], agent=agent)
    assert (call.outcome.disposition, call.outcome.ended_by) == (
        Disposition.HUNG_UP,
        EndedBy.CALLEE,
    )
    assert call.outcome.error is None and call.ports.hung_up == 0
    assert LONG.sentences[0].startswith(agent.cuts[0]) and agent.cuts[0] != LONG.sentences[0]


def test_words_before_hanging_up_still_reach_the_agent() -> None:
    async def callee(far: FarEnd) -> None:
        await hello(far)
        await far.answer(700)
        far.hang_up()

    agent = ScriptedAgent([BOOKED])
    call = play(callee, lines=["hello", "stop calling me"], agent=agent)
    assert agent.heard == ["stop calling me"] and agent.cuts == [""]
    assert call.outcome.ended_by is EndedBy.CALLEE
    assert call.said[-1] == ("callee", "stop calling me")


def test_a_stream_that_breaks_off_is_an_interruption() -> None:
    async def callee(far: FarEnd) -> None:
        await hello(far)
        await far.listen()
        far.break_off()

    call = play(callee, lines=["hello"])
    assert (call.outcome.disposition, call.outcome.ended_by) == (
        Disposition.INTERRUPTED,
        EndedBy.ERROR,
    )
    assert call.outcome.error and call.ports.hung_up == 0


def test_a_frozen_connection_is_found_out() -> None:
    async def callee(far: FarEnd) -> None:
        await hello(far)
        await far.listen()
        far.freeze()

    call = play(callee, lines=["hello"])
    assert call.outcome.disposition is Disposition.INTERRUPTED


def test_a_stream_that_breaks_off_during_the_goodbye_was_the_callee() -> None:
    async def callee(far: FarEnd) -> None:
        await hello(far)
        await far.answer()
        await far.until(lambda: far.agent_talking)
        await far.wait(500)
        far.break_off()

    call = play(callee, lines=["hello", "yes"], agent=ScriptedAgent([BOOKED]))
    assert (call.outcome.disposition, call.outcome.ended_by) == (
        Disposition.APPOINTMENT_BOOKED,
        EndedBy.CALLEE,
    )


def test_silence_is_asked_after_and_then_given_up() -> None:
    async def callee(far: FarEnd) -> None:
        await far.wait(120_000)

    agent = ScriptedAgent([])
    call = play(callee, agent=agent)
    assert (call.outcome.answered_by, agent.silences) == (AnsweredBy.SILENCE, 3)
    assert (call.outcome.disposition, call.outcome.ended_by) == (
        Disposition.SILENT,
        EndedBy.AGENT,
    )
    opening, first, *_ = call.outcome.transcript
    assert opening.started_ms <= 102 + 1200 + 120
    assert abs(first.started_ms - opening.ended_ms - 6000) <= 150


def test_the_call_ends_before_its_time_is_over() -> None:
    async def callee(far: FarEnd) -> None:
        await hello(far)
        while True:
            await far.answer()

    replies: list[Reply | Exception] = [LONG] * 50
    agent = ScriptedAgent(replies, brief=BRIEF.model_copy(update={"max_seconds": 40}))
    call = play(callee, lines=["hello", *["yes"] * 50], agent=agent)
    assert call.outcome.ended_by is EndedBy.LIMIT and call.outcome.error is None
    assert call.said[-1][1] == " ".join(TIME_UP)
    assert 30_000 < call.outcome.talk_ms <= 40_000
    assert call.ports.hung_up == 1


def test_the_call_ends_after_its_last_turn() -> None:
    async def callee(far: FarEnd) -> None:
        await hello(far)
        while True:
            await far.answer()

    replies: list[Reply | Exception] = [QUESTION] * 50
    agent = ScriptedAgent(replies, brief=BRIEF.model_copy(update={"max_turns": 3}))
    call = play(callee, lines=["hello", *["yes"] * 50], agent=agent)
    assert call.outcome.ended_by is EndedBy.LIMIT
    assert len(agent.heard) == 4 and call.said[-1][1] == " ".join(TIME_UP)


@pytest.mark.parametrize("where", ["agent", "recognizer"])
def test_an_engine_that_fails_ends_in_an_apology(where: str) -> None:
    failure = ValueError("out of order")
    agent = ScriptedAgent([failure if where == "agent" else QUESTION])
    lines = ["hello", "yes" if where == "agent" else failure]
    call = play(books, lines=lines, agent=agent)
    assert (call.outcome.disposition, call.outcome.ended_by) == (
        Disposition.INTERRUPTED,
        EndedBy.ERROR,
    )
    assert call.outcome.error == "ValueError: out of order"
    assert call.said[-1] == ("agent", " ".join(APOLOGY)) and call.ports.hung_up == 1


def test_a_voice_that_fails_still_says_what_was_made_before() -> None:
    agent = ScriptedAgent([QUESTION])
    call = play(books, lines=["hello", "yes"], agent=agent, fails=QUESTION.sentences)
    assert call.outcome.error and "VoiceFailed" in call.outcome.error
    assert call.said[-1] == ("agent", " ".join(APOLOGY))


def test_ports_that_fail_do_not_end_the_call() -> None:
    agent = ScriptedAgent([QUESTION, BOOKED])
    call = play(books, lines=["hello", "yes", "spring"], agent=agent, ports_broken=True)
    assert call.outcome.disposition is Disposition.APPOINTMENT_BOOKED
    assert call.outcome.error is None and call.far.closed_by_us


async def machine_with_beep(far: FarEnd) -> None:
    await far.wait(300)
    await far.speak(6000)
    await far.wait(400)
    await far.beep()
    await far.wait(60_000)


def test_a_message_is_left_after_the_beep() -> None:
    call = play(machine_with_beep, lines=["you have reached the mailbox of ann"])
    assert call.outcome.answered_by is AnsweredBy.MACHINE
    assert call.outcome.disposition is Disposition.VOICEMAIL_LEFT
    assert call.said[-1] == ("agent", MESSAGE)
    assert call.outcome.transcript[-1].started_ms >= 102 + 300 + 6000 + 400 + 500
    assert call.ports.hung_up == 1 and call.outcome.ended_by is EndedBy.AGENT


def test_without_a_message_a_machine_is_hung_up_on() -> None:
    agent = ScriptedAgent([], brief=BRIEF.model_copy(update={"voicemail_text": ""}))
    call = play(machine_with_beep, lines=["you have reached ann"], agent=agent)
    assert call.outcome.disposition is Disposition.VOICEMAIL_SKIPPED
    assert call.ports.hung_up == 1 and call.far.loud_ms == []


def test_a_message_that_the_machine_cut_off_was_not_left() -> None:
    async def callee(far: FarEnd) -> None:
        await far.wait(300)
        await far.speak(5000)
        await far.wait(400)
        await far.beep()
        await far.until(lambda: far.agent_talking)
        await far.wait(300)
        far.hang_up()

    call = play(callee, lines=["please leave a message"])
    assert call.outcome.disposition is Disposition.VOICEMAIL_SKIPPED


def test_a_machine_found_out_late_gets_its_message_after_all() -> None:
    async def callee(far: FarEnd) -> None:
        await far.wait(300)
        await far.speak(600)
        await far.wait(900)
        await far.speak(3000)
        await far.wait(400)
        await far.beep()
        await far.wait(60_000)

    agent = ScriptedAgent([])
    call = play(callee, lines=["hi", "please leave a message after the tone"], agent=agent)
    assert call.outcome.disposition is Disposition.VOICEMAIL_LEFT
    assert agent.cuts and call.said[-1] == ("agent", MESSAGE) and agent.heard == []


def test_a_machine_found_out_while_the_agent_thinks_is_not_talked_to() -> None:
    class Slow(ScriptedAgent):
        async def hear(self, text: str, confidence: float, keyphrases: tuple[str, ...]) -> Reply:
            await asyncio.sleep(2)
            return await super().hear(text, confidence, keyphrases)

    async def callee(far: FarEnd) -> None:
        await far.wait(200)
        await far.speak(500)
        await far.until(lambda: far.agent_talking)
        await far.wait(1300)
        await far.speak(700)
        await far.wait(800)
        await far.beep()
        await far.wait(60_000)

    agent = Slow([QUESTION])
    call = play(callee, lines=["hi", "we are out"], agent=agent)
    assert agent.heard == ["we are out"] and agent.cuts[-1] == ""
    assert call.outcome.disposition is Disposition.VOICEMAIL_LEFT
    assert ("agent", QUESTION.sentences[0]) not in call.said


def test_an_opt_out_before_the_first_word_is_heard() -> None:
    async def callee(far: FarEnd) -> None:
        await far.wait(200)
        await far.speak(1000)
        await far.wait(60_000)

    agent = ScriptedAgent([BOOKED])
    line = Recognition("stop calling me", 0.9, ("stop calling",))
    call = play(callee, lines=[line], agent=agent)
    assert agent.heard == ["stop calling me"]
    assert call.outcome.ended_by is EndedBy.AGENT


def test_an_opt_out_over_the_goodbye_is_heard() -> None:
    async def callee(far: FarEnd) -> None:
        await hello(far)
        await far.answer()
        await far.until(lambda: far.agent_talking)
        await far.wait(400)
        await far.speak(700)
        await far.wait(60_000)

    agent = ScriptedAgent([BOOKED, Reply()])
    line = Recognition("never call again", 0.9, ("never call",))
    call = play(callee, lines=["hello", "yes", line], agent=agent)
    assert agent.heard == ["yes", "never call again"]
    assert call.far.cleared == 0 and ("agent", " ".join(BOOKED.sentences)) in call.said


def test_a_resumed_call_goes_on_without_an_opening() -> None:
    async def callee(far: FarEnd) -> None:
        await far.answer()
        await far.wait(60_000)

    call = play(callee, lines=["yes"], agent=ScriptedAgent([BOOKED]), resumed=True)
    assert [text for _, text in call.said] == [
        "Sorry, I am back.",
        "yes",
        " ".join(BOOKED.sentences),
    ]


def test_another_codec_is_refused_with_an_outcome() -> None:
    def change(far: FarEnd) -> None:
        far.media_format["sampleRate"] = 16000

    call = play(books, change=change)
    assert call.outcome.disposition is Disposition.FAILED
    assert call.outcome.error and "16000" in call.outcome.error


def test_a_cancelled_call_has_an_outcome_too() -> None:
    async def around(run: Awaitable[CallOutcome]) -> CallOutcome:
        task = asyncio.ensure_future(run)
        await asyncio.sleep(8)
        task.cancel()
        return await task

    call = play(books, lines=["hello", "yes"], agent=ScriptedAgent([LONG]), around=around)
    assert (call.outcome.disposition, call.outcome.ended_by) == (
        Disposition.INTERRUPTED,
        EndedBy.ERROR,
    )
    assert call.said[0] == ("callee", "hello") and call.far.closed_by_us


def test_what_is_said_while_the_agent_thinks_is_answered_instead() -> None:
    class Slow(ScriptedAgent):
        async def hear(self, text: str, confidence: float, keyphrases: tuple[str, ...]) -> Reply:
            await asyncio.sleep(0.8)
            return await super().hear(text, confidence, keyphrases)

    async def callee(far: FarEnd) -> None:
        await hello(far)
        await far.answer()
        await far.wait(700)
        await far.speak(600)
        await far.wait(60_000)

    agent = Slow([QUESTION, BOOKED])
    call = play(callee, lines=["hello", "I was thinking", "next spring"], agent=agent)
    assert agent.heard == ["I was thinking", "next spring"] and agent.cuts == [""]
    assert ("agent", QUESTION.sentences[0]) not in call.said


def test_a_noise_without_end_does_not_keep_the_agent_from_answering() -> None:
    class Slow(ScriptedAgent):
        async def hear(self, text: str, confidence: float, keyphrases: tuple[str, ...]) -> Reply:
            await asyncio.sleep(0.5)
            return await super().hear(text, confidence, keyphrases)

    async def callee(far: FarEnd) -> None:
        await hello(far)
        await far.answer()
        await far.wait(600)
        await far.speak(14_000)

    call = play(callee, lines=["hello", "yes"], agent=Slow([BOOKED]))
    assert call.outcome.disposition is Disposition.APPOINTMENT_BOOKED


def test_a_carrier_that_returns_no_marks_is_talked_to_all_the_same() -> None:
    def change(far: FarEnd) -> None:
        far.returns_marks = False

    agent = ScriptedAgent([QUESTION, BOOKED])
    call = play(books, lines=["hello", "yes", "spring"], agent=agent, change=change)
    assert call.outcome.disposition is Disposition.APPOINTMENT_BOOKED and agent.cuts == []
    assert ("agent", QUESTION.sentences[0]) in call.said
    assert all(turn.voice_to_voice_ms is None for turn in call.outcome.latency)
