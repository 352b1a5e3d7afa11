"""Performs `<Gather>`: keys and words, while prompts play and after them."""

import asyncio

from media.simulator.line import Line
from media.simulator.people.callee import Said
from media.simulator.people.ear import Ear, Ended, Loudness
from media.simulator.playout.metronome import BEAT_S
from media.simulator.program import prompts
from media.simulator.program.playing import Playing
from media.simulator.program.ports import Ports
from media.simulator.twiml.verbs import Gather

_LOUD_DBFS = -45.0
_AUTO_S = 1.0
"""The pause that ends a sentence when the carrier judges by itself."""
_PRE_ROLL = 15
"""300 ms before speech is noticed: its first consonant may be too soft."""


class _Listener:
    """Takes the callee's keys and words; `over` is set when there will be no more."""

    def __init__(self, verb: Gather) -> None:
        self._verb = verb
        gap_s = _AUTO_S if verb.speech_timeout_s is None else verb.speech_timeout_s
        self._ear = Ear(Loudness(_LOUD_DBFS), max(1, round(gap_s / BEAT_S)))
        self._frames: list[bytes] = []
        self._idle = 0
        self._complete = False
        self._prompting = True
        self.digits = ""
        self.finished_on = ""
        self.speech = b""
        self.begun = asyncio.Event()
        self.over = asyncio.Event()

    def prompted(self) -> None:
        """The prompts are over: from now on silence counts."""
        self._prompting = False
        self._idle = 0
        if self._complete:
            self.over.set()

    def said(self, said: Said) -> None:
        if self._complete:
            return
        if self._verb.keys:
            for key in said.digits:
                self._press(key)
        if self._verb.speech and not self.digits:
            self._listen(said.frame)
        self._idle += 1
        if not self._prompting and not self._ear.talking and self._patience_is_over():
            self._complete = True
        if self._complete and not self._prompting:
            self.over.set()

    def _patience_is_over(self) -> bool:
        return self._idle * BEAT_S >= self._verb.timeout_s

    def _press(self, key: str) -> None:
        if self._complete:
            return
        self._idle = 0
        self.begun.set()
        if key == self._verb.finish_on_key:
            self.finished_on, self._complete = key, True
            return
        self.digits += key
        self._complete = len(self.digits) == self._verb.num_digits

    def _listen(self, frame: bytes) -> None:
        self._frames.append(frame)
        news = self._ear.hear(frame)
        if self._ear.talking:
            self.begun.set()
            self._idle = 0
        elif not isinstance(news, Ended):
            del self._frames[:-_PRE_ROLL]
        if isinstance(news, Ended) or len(self._frames) * BEAT_S >= self._verb.max_speech_s:
            self.speech = b"".join(self._frames)
            self._complete = True


async def gather(verb: Gather, line: Line, ports: Ports) -> dict[str, str] | None:
    """The fields that the action is told; None when it is told nothing and the next verb runs."""
    listener = _Listener(verb)
    with Playing(line, listener.said) as playing:
        await _prompt(verb, listener, playing, ports)
        listener.prompted()
        await listener.over.wait()
    if listener.digits:
        return {"Digits": listener.digits, "FinishedOnKey": listener.finished_on}
    if listener.speech:
        heard = await ports.understand(listener.speech, verb.hints)
        if heard.text:
            return {"SpeechResult": heard.text, "Confidence": f"{heard.confidence:.8f}"}
    if not verb.action_on_empty:
        return None
    empty = {"Digits": "", "FinishedOnKey": listener.finished_on} if verb.keys else {}
    return empty | ({"SpeechResult": "", "Confidence": "0.0"} if verb.speech else {})


async def _prompt(verb: Gather, listener: _Listener, playing: Playing, ports: Ports) -> None:
    """Play the prompts, until the callee begins where that may interrupt."""

    async def play() -> None:
        for prompt in verb.nested:
            await prompts.perform(prompt, playing, ports)

    tasks = {asyncio.create_task(play())}
    if verb.barge_in:
        tasks.add(asyncio.create_task(_begun(listener)))
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        playing.hush()


async def _begun(listener: _Listener) -> None:
    await listener.begun.wait()
