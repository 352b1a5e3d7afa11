"""What of Whisper's output to believe: it was trained to write something, even of silence."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

_NO_SPEECH = 0.6
_UNLIKELY = -1.0
_COMPRESSED = 2.4
"""Thresholds of Whisper's own decoding (Radford et al. 2022, section 4.5)."""
_REPEATS = 3
_NEVER_SAID = frozenset(
    {
        "thank you for watching",
        "thanks for watching",
        "please subscribe",
        "subtitles by the amara org community",
        "you",
    }
)
"""What it writes of noise, from the subtitles that it learned from."""


@dataclass(frozen=True, slots=True)
class Segment:
    """One stretch of Whisper's output with its own doubts about it."""

    text: str
    avg_logprob: float
    no_speech_prob: float
    compression_ratio: float


def believable(segment: Segment) -> bool:
    """Whether somebody may have said this."""
    if math.isnan(segment.avg_logprob) or segment.compression_ratio > _COMPRESSED:
        return False
    if segment.no_speech_prob > _NO_SPEECH and segment.avg_logprob < _UNLIKELY:
        return False
    words = plain(segment.text)
    return bool(words) and words not in _NEVER_SAID and not _stutters(words.split())


def confidence(segments: Sequence[Segment]) -> float:
    """0.0-1.0: the mean probability of a token, weighted by the length of the text."""
    letters = sum(len(segment.text) for segment in segments)
    if not letters:
        return 0.0
    mean = sum(segment.avg_logprob * len(segment.text) for segment in segments) / letters
    return max(0.0, min(1.0, math.exp(mean)))


def plain(text: str) -> str:
    """Lower case words without punctuation, as the other recogniser gives them.

    Digits stay, with what belongs to a number: `3:30`, `450,000`, `2.5`, `$`.
    """
    text = text.lower().replace("’", "'")
    text = re.sub(r"(?<!\d)[.,:]|[.,:](?!\d)", " ", text)
    return " ".join(re.sub(r"[^\w'$%.,:&-]|_", " ", text).replace("-", " ").split())


def _stutters(words: list[str]) -> bool:
    """The same word or pair of words over and over."""
    for length in (1, 2, 3):
        for start in range(len(words) - length * _REPEATS):
            part = words[start : start + length]
            if words[start : start + length * (_REPEATS + 1)] == part * (_REPEATS + 1):
                return True
    return False
