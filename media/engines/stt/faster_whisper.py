"""Whisper through faster-whisper (CTranslate2, without torch); extra `whisper`."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from media.audio.resample import Resampler, to_samples
from media.engines.stt.background import BackgroundRecognizer
from media.engines.stt.phrases import phrases_in
from media.engines.stt.port import Recognition
from media.engines.stt.whisper_guard import Segment, believable, confidence, plain

_LINE_HZ, _MODEL_HZ = 8000, 16_000
_FULL_SCALE = 32768.0
_SHORTEST_BYTES = 16 * 100
"""A tenth of a second has no word in it."""
_TOKENS_PER_SECOND, _LEAST_TOKENS = 6, 12


@dataclass(frozen=True, slots=True)
class ModelChoice:
    """Which weights, where, and how exact. `model` is a size ("small.en") or a directory."""

    model: str = "small.en"
    device: str = "auto"
    compute_type: str = "int8"
    threads: int = 0


@cache
def model(choice: ModelChoice) -> Any:
    """The weights, loaded once in a process. Raises ValueError with the remedy."""
    try:
        from faster_whisper import WhisperModel
    except ImportError as error:
        raise ValueError(
            "STT_ENGINE=faster-whisper needs: pip install 'batch-dialer[whisper]'"
        ) from error
    try:
        return WhisperModel(
            choice.model,
            device=choice.device,
            compute_type=choice.compute_type,
            cpu_threads=choice.threads,
        )
    except Exception as error:
        raise ValueError(
            f"WHISPER_MODEL {choice.model!r} cannot be loaded: {error}. It is a size such as"
            " small.en, which is downloaded once, or a directory with a converted model"
        ) from error


@dataclass(frozen=True, slots=True)
class Transcriber:
    """One call's way of using the model: its language, and words that may well be said."""

    model: Any
    language: str = "en"
    hotwords: tuple[str, ...] = ()

    def __call__(self, pcm: bytes) -> Recognition:
        """PCM s16le at 8 kHz -> plain words; empty for noise and for what it made up."""
        if len(pcm) < _SHORTEST_BYTES:
            return Recognition("", 0.0)
        segments = [one for one in self._segments(pcm) if believable(one)]
        text = " ".join(plain(one.text) for one in segments)
        return Recognition(text, confidence(segments), phrases_in(text))

    def _segments(self, pcm: bytes) -> list[Segment]:
        seconds = len(pcm) / (2 * _LINE_HZ)
        found, _ = self.model.transcribe(
            _wide(pcm),
            language=self.language,
            beam_size=1,
            temperature=0.0,
            condition_on_previous_text=False,
            without_timestamps=True,
            max_new_tokens=_LEAST_TOKENS + int(_TOKENS_PER_SECOND * seconds),
            vad_filter=True,
            hotwords=" ".join(self.hotwords) or None,
        )
        return [
            Segment(one.text, one.avg_logprob, one.no_speech_prob, one.compression_ratio)
            for one in found
        ]


def recognizer(choice: ModelChoice, language: str, hotwords: Sequence[str]) -> BackgroundRecognizer:
    """A `Recognizer` for one call. Raises ValueError when the model cannot be had."""
    return BackgroundRecognizer(Transcriber(model(choice), language, tuple(hotwords)))


def _wide(pcm: bytes) -> "np.ndarray[Any, np.dtype[np.float32]]":
    """float32 at 16 kHz, full scale 1.0, as the model wants it."""
    resampler = Resampler(_LINE_HZ, _MODEL_HZ)
    samples = np.concatenate((resampler.process(to_samples(pcm)), resampler.flush()))
    return (samples / _FULL_SCALE).astype(np.float32)
