"""Talkers to measure with: the machine's own voices and, where installed, recorded people.

Recordings come with the Debian packages asterisk-core-sounds-en-wav, pocketsphinx-testdata and
codec2-examples. Everything is kept under build/acoustics, so the voices speak once.
"""

import wave
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from acoustics.signals import RATE, Signal, at_level
from media import simulator
from media.audio import g711
from media.audio.resample import Resampler, to_samples
from media.engines.tts import espeak, flite
from media.engines.tts.port import Voice

STORE = Path("build/acoustics/speech")
LEVEL_DBFS = -26.0
SECONDS = 10
_AGENT_SECONDS = 40
_ESPEAK = ("en-us", "en-gb-x-rp", "en-us+f3", "en-gb-x-rp+f2", "en-us+m7", "en-gb-scotland")

SENTENCES = (
    "The birch canoe slid on the smooth planks. Glue the sheet to the dark blue background.",
    "It's easy to tell the depth of a well. These days a chicken leg is a rare dish.",
    "Rice is often served in round bowls. The juice of lemons makes fine punch.",
    "The box was thrown beside the parked truck. The hogs were fed chopped corn and garbage.",
    "Four hours of steady work faced us. A large size in stockings is hard to sell.",
    "The boy was there when the sun rose. A rod is used to catch pink salmon.",
    "The source of the huge river is the clear spring. Kick the ball straight and follow through.",
    "Help the woman get back to her feet. A pot of tea helps to pass the evening.",
    "Smoky fires lack flame and heat. The soft cushion broke the man's fall.",
    "The salt breeze came across from the sea. The girl at the booth sold fifty bonds.",
)
"""Harvard sentences (IEEE Recommended Practice for Speech Quality Measurements, 1969)."""

_ASTERISK = Path("/usr/share/asterisk/sounds/en_US_f_Allison")
_SPHINX = Path("/usr/share/pocketsphinx/test/data")
_CODEC2 = Path("/usr/share/codec2/wav")
_RECORDINGS = {
    "librivox-870": _SPHINX / "librivox/sense_and_sensibility_01_austen_64kb-0870.wav",
    "librivox-880": _SPHINX / "librivox/sense_and_sensibility_01_austen_64kb-0880.wav",
    "librivox-930": _SPHINX / "librivox/sense_and_sensibility_01_austen_64kb-0930.wav",
    "allison-demo": _ASTERISK / "demo-instruct.wav",
    "allison-menu": _ASTERISK / "basic-pbx-ivr-main.wav",
    "codec2-hts1a": _CODEC2 / "hts1a.wav",
    "codec2-morig": _CODEC2 / "morig.wav",
    "codec2-forig": _CODEC2 / "forig.wav",
    "codec2-hts2a": _CODEC2 / "hts2a.wav",
}


@dataclass(frozen=True, eq=False, slots=True)
class Talker:
    """Some seconds of one voice at an active level of -26 dBFS; `real` where a person spoke it."""

    name: str
    pcm: Signal
    real: bool = False


@cache
def corpus() -> tuple[Talker, ...]:
    """All talkers of this machine, up to 10 s of each, always in the same order.

    The people of the carrier twin, which the product ships coded in mu-law, serve only where
    there is neither a voice nor a recording.
    """
    spoken = (Talker(talker.name, _fit(talker.pcm)) for talker in _synthetic())
    found = (*spoken, *_recorded())
    return found or tuple(_shipped())


def _synthetic() -> Iterator[Talker]:
    voices = [flite.voice(name) for name in flite.VOICES if flite.installed(name)]
    if espeak.installed():
        voices += [espeak.voice(name) for name in _ESPEAK]
    for index, voice in enumerate(voices):
        yield Talker(voice.name, _kept(voice, index))


@cache
def agents() -> tuple[Talker, ...]:
    """Who speaks at the far end: the machine's own voices at length, or whoever there is."""
    return tuple(_synthetic()) or corpus()


def _kept(voice: Voice, index: int) -> Signal:
    path = STORE / f"{voice.name.replace(':', '-')}.npy"
    if not path.exists():
        first = 2 * index % len(SENTENCES)
        text = " ".join((*SENTENCES[first:], *SENTENCES[:first]))
        path.parent.mkdir(parents=True, exist_ok=True)
        np.save(path, to_samples(b"".join(voice.synthesize(text))))
    return _fit(np.load(path), _AGENT_SECONDS)


def _recorded() -> Iterator[Talker]:
    for name, path in _RECORDINGS.items():
        if path.exists():
            yield Talker(name, _fit(_read(path)), real=True)


def _shipped() -> Iterator[Talker]:
    for path in sorted((Path(simulator.__path__[0]) / "callees").glob("*.ul")):
        yield Talker(path.stem, _fit(to_samples(g711.decode(path.read_bytes()))), real=True)


def _read(path: Path) -> Signal:
    with wave.open(str(path)) as file:
        pcm, rate = to_samples(file.readframes(file.getnframes())), file.getframerate()
    if rate == RATE:
        return pcm
    resampler = Resampler(rate, RATE)
    return np.concatenate((resampler.process(pcm), resampler.flush()))


def _fit(pcm: Signal, seconds: int = SECONDS) -> Signal:
    return at_level(pcm[: seconds * RATE], LEVEL_DBFS)


def callees() -> tuple[Talker, ...]:
    """Who speaks at the near end: recorded people, or whoever there is."""
    return tuple(talker for talker in corpus() if talker.real) or corpus()


def running(n: int, first: int = 0, talkers: tuple[Talker, ...] | None = None) -> Signal:
    """`n` samples of talkers one after the other, from talker `first` on, round and round."""
    chosen = corpus() if talkers is None else talkers
    pieces: list[Signal] = []
    while sum(map(len, pieces)) < n:
        pieces.append(chosen[(first + len(pieces)) % len(chosen)].pcm)
    return np.concatenate(pieces)[:n]
