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
    "allison-demo": _ASTERISK / "demo-instruct.wav",
    "allison-menu": _ASTERISK / "basic-pbx-ivr-main.wav",
    "librivox-870": _SPHINX / "librivox/sense_and_sensibility_01_austen_64kb-0870.wav",
    "librivox-880": _SPHINX / "librivox/sense_and_sensibility_01_austen_64kb-0880.wav",
    "librivox-930": _SPHINX / "librivox/sense_and_sensibility_01_austen_64kb-0930.wav",
    "codec2-hts1a": _CODEC2 / "hts1a.wav",
    "codec2-morig": _CODEC2 / "morig.wav",
    "codec2-david": _CODEC2 / "david4.wav",
    "codec2-vk5qi": _CODEC2 / "vk5qi.wav",
}


@dataclass(frozen=True, eq=False, slots=True)
class Talker:
    """Up to 10 s of one voice at an active level of -26 dBFS; `real` where a person spoke it."""

    name: str
    pcm: Signal
    real: bool = False


@cache
def corpus() -> tuple[Talker, ...]:
    """All talkers of this machine, always in the same order; at least those of the carrier twin.

    The people of the twin, which the product ships coded in mu-law, serve only where there is
    neither a voice nor a recording.
    """
    found = (*_synthetic(), *_recorded())
    return found or tuple(_shipped())


def _synthetic() -> Iterator[Talker]:
    voices = [flite.voice(name) for name in flite.VOICES if flite.installed(name)]
    if espeak.installed():
        voices += [espeak.voice(name) for name in _ESPEAK]
    for index, voice in enumerate(voices):
        yield Talker(voice.name, _kept(voice, index))


def _kept(voice: Voice, index: int) -> Signal:
    path = STORE / f"{voice.name.replace(':', '-')}.npy"
    if not path.exists():
        text = " ".join(SENTENCES[(2 * index + step) % len(SENTENCES)] for step in range(3))
        path.parent.mkdir(parents=True, exist_ok=True)
        np.save(path, _fit(to_samples(b"".join(voice.synthesize(text)))))
    stored: Signal = np.load(path)
    return stored


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


def _fit(pcm: Signal) -> Signal:
    return at_level(pcm[: SECONDS * RATE], LEVEL_DBFS)


def running(n: int, first: int = 0, talkers: tuple[Talker, ...] | None = None) -> Signal:
    """`n` samples of talkers one after the other, from talker `first` on, round and round."""
    chosen = corpus() if talkers is None else talkers
    pieces: list[Signal] = []
    while sum(map(len, pieces)) < n:
        pieces.append(chosen[(first + len(pieces)) % len(chosen)].pcm)
    return np.concatenate(pieces)[:n]
