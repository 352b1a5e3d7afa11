"""The eSpeak NG voice, through the library that the optional package espeakng-loader brings.

GPL-3: nothing of it is part of this product; it is loaded at run time where it is installed.
"""

import ctypes
from importlib.util import find_spec

import numpy as np

from media.engines.tts.native import Emit, NativeVoice
from media.engines.tts.port import VoiceFailed

_SYNCHRONOUS, _BUFFER_MS, _UTF8, _END_PAUSE, _OK = 2, 40, 1, 0x1000, 0
_GO_ON, _STOP = 0, 1
_Callback = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p
)


def installed() -> bool:
    """Whether the optional package is there."""
    return find_spec("espeakng_loader") is not None


class _Engine:
    """The library's one global synthesiser: an `Engine`."""

    def __init__(self, voice: str) -> None:
        import espeakng_loader

        self._espeak = ctypes.CDLL(espeakng_loader.get_library_path())
        data = espeakng_loader.get_data_path().encode()
        self.sample_rate = self._espeak.espeak_Initialize(_SYNCHRONOUS, _BUFFER_MS, data, 0)
        if self.sample_rate <= 0:
            raise VoiceFailed("espeak found no voice data")
        if self._espeak.espeak_SetVoiceByName(voice.encode()) != _OK:
            raise VoiceFailed(f"espeak has no voice {voice!r}")
        self._callback = _Callback(self._on_audio)
        self._espeak.espeak_SetSynthCallback(self._callback)
        self._emit: Emit | None = None

    def speak(self, text: str, emit: Emit) -> None:
        """Blocks until all is emitted or `emit` says stop."""
        self._emit = emit
        data = text.encode()
        flags = _UTF8 | _END_PAUSE
        done = self._espeak.espeak_Synth(data, len(data) + 1, 0, 1, 0, flags, None, None)
        self._emit = None
        if done != _OK:
            raise VoiceFailed(f"espeak could not speak {text!r}")

    def _on_audio(self, samples: "ctypes._Pointer[ctypes.c_short]", count: int, _: object) -> int:
        if self._emit is None:
            return _STOP
        if not samples or count <= 0:
            return _GO_ON
        piece = np.ctypeslib.as_array(samples, (count,)).astype(np.float32)
        return _GO_ON if self._emit(piece) else _STOP


def voice(name: str = "en-us") -> NativeVoice:
    """eSpeak's voice `name`; loaded when it speaks."""
    return NativeVoice(f"espeak:{name}", lambda: _Engine(name))
