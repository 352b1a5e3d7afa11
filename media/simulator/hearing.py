"""Makes words of telephone sound: for `<Gather input="speech">` and for callees who react.

pocketsphinx over one talk spurt: the sentence by the shipped language model of such calls, and
the given phrases by keyword spotting, with the whole English pronunciation dictionary.
"""

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock
from typing import Any

from pocketsphinx import Decoder, get_model_path

from media.audio import g711
from media.audio.resample import FoldedUpsampler, to_pcm, to_samples
from media.engines.stt.build import dictionary_text, pronunciations
from media.engines.stt.sphinx import Models, SphinxRecognizer

_one_listener = Lock()
"""Decoders keep state; one sound is understood at a time."""
_LEAD_IN, _TAIL = b"\xff" * 2400, b"\xff" * 4000
"""Quiet around a spurt, which the language model expects as the sentence's two ends."""
_SURE = 0.35
"""Below this the sentence is what a closed vocabulary makes of foreign words."""
_SPOTTED = 0.6
_PER_PHONE, _OFFSET = 2.0, 4.0
"""Measured on two synthetic voices: 23 of 30 phrases of an agent found, one found wrongly."""
_WORD = re.compile(r"[a-z']+")


@dataclass(frozen=True, slots=True)
class Heard:
    """Lower-case words, empty when nothing was understood, and a confidence of 0.0 to 1.0."""

    text: str
    confidence: float


async def understand(mulaw: bytes, phrases: Sequence[str]) -> Heard:
    """One talk spurt, mu-law at 8 kHz, in a worker thread.

    The text is the sentence, followed by those of `phrases` (the caller's hints) that were heard
    in the sound but are not in the sentence.
    """
    return await asyncio.to_thread(understood, mulaw, tuple(phrases))


def understood(mulaw: bytes, phrases: tuple[str, ...]) -> Heard:
    """As `understand`, in this thread."""
    if not mulaw:
        return Heard("", 0.0)
    with _one_listener:
        sentence, confidence = _sentence(mulaw)
        spotted = _spotted(mulaw, tuple(dict.fromkeys(map(_plain, phrases))))
    if confidence < _SURE and (spotted or phrases):
        sentence = ""
    missing = [phrase for phrase in spotted if f" {phrase} " not in f" {sentence} "]
    text = " ".join(part for part in (sentence, *missing) if part)
    return Heard(text, max(confidence, _SPOTTED) if spotted else confidence)


def _plain(phrase: str) -> str:
    return " ".join(_WORD.findall(phrase.lower()))


@lru_cache(maxsize=1)
def _models() -> Models:
    return Models()


def _sentence(mulaw: bytes) -> tuple[str, float]:
    recognizer = SphinxRecognizer(_models())
    recognizer.start()
    recognizer.accept(g711.decode(_LEAD_IN + mulaw + _TAIL))
    heard = recognizer.finish().result()
    return heard.text, heard.confidence


def _spotted(mulaw: bytes, phrases: tuple[str, ...]) -> list[str]:
    """The phrases in the sound, in the order of their first time."""
    spotter = _spotter(phrases)
    if spotter is None:
        return []
    spotter.start_utt()
    samples = to_samples(g711.decode(_LEAD_IN + mulaw + _TAIL))
    spotter.process_raw(to_pcm(FoldedUpsampler().process(samples)), False, True)
    spotter.end_utt()
    found = sorted(spotter.seg(), key=lambda one: int(one.start_frame)) if spotter.hyp() else []
    return list(dict.fromkeys(one.word.strip() for one in found))


@lru_cache(maxsize=16)
def _spotter(phrases: tuple[str, ...]) -> Any:
    """A decoder that listens for phrases whose every word has a pronunciation; None for none."""
    known = _pronunciations()
    sayable = [
        phrase for phrase in phrases if phrase and all(word in known for word in phrase.split())
    ]
    if not sayable:
        return None
    words = sorted({word for phrase in sayable for word in phrase.split()})
    with TemporaryDirectory() as folder:
        dictionary, listing = Path(folder, "words.dict"), Path(folder, "phrases.txt")
        dictionary.write_text(dictionary_text(words, known), encoding="utf-8")
        listing.write_text("".join(_line(phrase, known) for phrase in sayable), encoding="utf-8")
        return Decoder(
            hmm=get_model_path("en-us/en-us"),
            dict=str(dictionary),
            kws=str(listing),
            samprate=16_000,
            loglevel="FATAL",
        )


def _line(phrase: str, known: dict[str, list[str]]) -> str:
    """A phrase with its threshold: the longer it is, the less likely is it as a whole."""
    phones = sum(len(known[word][0].split()) for word in phrase.split())
    return f"{phrase} /1e-{_least(phones)}/\n"


def _least(phones: int) -> int:
    return max(1, round(_PER_PHONE * phones - _OFFSET))


@lru_cache(maxsize=1)
def _pronunciations() -> dict[str, list[str]]:
    return pronunciations()
