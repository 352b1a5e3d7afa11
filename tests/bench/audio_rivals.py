"""What else cleans telephone sound, frame by frame: libspeexdsp alone, WebRTC, noisereduce."""

import sys
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import numpy as np

from acoustics.signals import FRAME, RATE, Signal
from media.audio.resample import to_pcm, to_samples
from media.audio.speexdsp import (
    PREPROCESS_SET_NOISE_SUPPRESS,
    EchoState,
    Preprocessor,
    SpeexMissing,
    library,
)
from tests.bench.optional import installed

Cancel = Callable[[bytes, bytes], bytes]
"""Microphone and reference, each 20 ms of PCM s16le -> the microphone without echo."""
Reduce = Callable[[bytes], bytes]

_TAIL = 1024


def speex_echo() -> Cancel:
    """libspeexdsp's canceller of 128 ms without any stage of ours."""
    return EchoState(FRAME, _TAIL).cancel


def speex_echo_and_noise() -> Cancel:
    """The same with its own preprocessor behind it, residual echo suppression on."""
    echo, preprocessor = EchoState(FRAME, _TAIL), Preprocessor(FRAME)
    preprocessor.follow(echo)
    return lambda near, far: preprocessor.run(echo.cancel(near, far))


def speex_noise(suppress_db: int = -15) -> Reduce:
    """libspeexdsp's preprocessor as it comes."""
    preprocessor = Preprocessor(FRAME)
    preprocessor.set(PREPROCESS_SET_NOISE_SUPPRESS, suppress_db)
    return preprocessor.run


def webrtc(echo: bool, noise: bool) -> Cancel:
    """WebRTC's audio processing module as the livekit wheel has it: AEC3, NS; frames of 10 ms."""
    from livekit import rtc

    module = rtc.AudioProcessingModule(echo_cancellation=echo, noise_suppression=noise)

    def frames(pcm: bytes) -> Iterator[Any]:
        for at in (0, FRAME):
            yield rtc.AudioFrame(bytearray(pcm[at : at + FRAME]), RATE, 1, FRAME // 2)

    def cancel(near: bytes, far: bytes) -> bytes:
        out = b""
        for heard, played in zip(frames(near), frames(far), strict=True):
            if echo:
                module.process_reverse_stream(played)
                module.set_stream_delay_ms(0)
            module.process_stream(heard)
            out += bytes(heard.data.cast("B"))
        return out

    return cancel


def webrtc_noise() -> Reduce:
    """WebRTC's noise suppressor alone."""
    cancel = webrtc(echo=False, noise=True)
    return lambda pcm: cancel(pcm, pcm)


def noisereduce_streaming(context_s: float = 0.25) -> Reduce:
    """noisereduce on each frame together with the sound before it; the frame's part is kept."""
    from noisereduce import reduce_noise

    held = np.zeros(round(context_s * RATE), np.float32)

    def reduce(pcm: bytes) -> bytes:
        nonlocal held
        held = np.concatenate((held[FRAME:], to_samples(pcm)))
        return to_pcm(np.nan_to_num(reduce_noise(held, RATE)[-FRAME:]).astype(np.float32))

    return reduce


def noisereduce_offline(signal: Signal) -> Signal:
    """noisereduce on the whole signal."""
    from noisereduce import reduce_noise

    cleaned: Signal = np.asarray(reduce_noise(signal, RATE), np.float32)
    return cleaned


@cache
def has_speex() -> bool:
    """Whether libspeexdsp is there; a note says what it takes."""
    try:
        library()
    except SpeexMissing as error:
        print(f"left out what needs Speex: {error}", file=sys.stderr)
        return False
    return True


def cancellers() -> dict[str, Callable[[], Cancel]]:
    """Rival cancellers that are installed, by name."""
    found: dict[str, Callable[[], Cancel]] = {}
    if has_speex():
        found["Speex alone"] = speex_echo
        found["Speex + its preprocessor"] = speex_echo_and_noise
    if installed("livekit"):
        found["WebRTC AEC3 (livekit)"] = lambda: webrtc(echo=True, noise=False)
    return found


def reducers() -> dict[str, Callable[[], Reduce]]:
    """Rival noise reducers for live use that are installed, by name."""
    found: dict[str, Callable[[], Reduce]] = {"Speex alone": speex_noise} if has_speex() else {}
    if installed("livekit"):
        found["WebRTC NS (livekit)"] = webrtc_noise
    return found
