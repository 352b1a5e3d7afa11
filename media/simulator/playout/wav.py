"""Reads WAV sound as telephone mu-law: PCM of 8 or 16 bits or mu-law, any rate, mono or stereo."""

from struct import error as StructError
from struct import unpack_from

import numpy as np

from media.audio import g711
from media.audio.resample import Resampler, Samples, to_pcm, to_samples
from media.simulator.playout.playback import SAMPLE_RATE

_PCM, _MULAW, _EXTENSIBLE = 1, 7, 0xFFFE
_RATES = (4000, 96_000)


class NotWav(Exception):
    """The bytes are no WAV file that can be played on a telephone; the message says what to do."""


def telephone_sound(content: bytes) -> bytes:
    """The file's sound, mu-law at 8 kHz mono; channels are averaged. Raises `NotWav`.

    Mu-law at 8 kHz mono comes out byte for byte.
    """
    chunks = _chunks(content)
    try:
        kind, channels, rate, _, _, bits = unpack_from("<HHIIHH", chunks[b"fmt "])
        data = chunks[b"data"]
        if kind == _EXTENSIBLE:
            (kind,) = unpack_from("<H", chunks[b"fmt "], 24)
    except (KeyError, StructError):
        raise NotWav("it has no format or no data; export it again as WAV, 16 bit PCM") from None
    if channels not in (1, 2) or not _RATES[0] <= rate <= _RATES[1]:
        raise NotWav(f"{channels} channels at {rate} Hz; export it as mono at 8000 or 16000 Hz")
    if (kind, bits, channels, rate) == (_MULAW, 8, 1, SAMPLE_RATE):
        return _not_empty(data)
    return _not_empty(g711.encode(to_pcm(_narrow(_mono(data, kind, bits, channels), rate))))


def _chunks(content: bytes) -> dict[bytes, bytes]:
    if content[:4] != b"RIFF" or content[8:12] != b"WAVE":
        raise NotWav("it does not begin like a WAV file; export it as WAV, 16 bit PCM")
    chunks: dict[bytes, bytes] = {}
    at = 12
    while at + 8 <= len(content):
        name, size = content[at : at + 4], int.from_bytes(content[at + 4 : at + 8], "little")
        chunks.setdefault(name, content[at + 8 : at + 8 + size])
        at += 8 + size + size % 2
    return chunks


def _mono(data: bytes, kind: int, bits: int, channels: int) -> Samples:
    """Float samples in 16-bit steps, the channels averaged."""
    if (kind, bits) == (_MULAW, 8):
        samples = to_samples(g711.decode(data))
    elif (kind, bits) == (_PCM, 16):
        samples = to_samples(data[: len(data) // 2 * 2])
    elif (kind, bits) == (_PCM, 8):
        samples = (np.frombuffer(data, dtype=np.uint8).astype(np.float32) - 128) * 256
    else:
        raise NotWav(f"format {kind} with {bits} bits; export it as 16 bit PCM or 8 bit mu-law")
    whole = samples[: len(samples) // channels * channels].reshape(-1, channels)
    return np.asarray(whole.mean(axis=1), dtype=np.float32)


def _narrow(samples: Samples, rate: int) -> Samples:
    if rate == SAMPLE_RATE:
        return samples
    try:
        resampler = Resampler(rate, SAMPLE_RATE)
    except ValueError:
        raise NotWav(f"{rate} Hz; export it at 8000 or 16000 Hz") from None
    return np.concatenate((resampler.process(samples), resampler.flush()))


def _not_empty(sound: bytes) -> bytes:
    if not sound:
        raise NotWav("it holds no sound")
    return sound
