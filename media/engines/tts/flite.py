"""Voices of CMU Flite, in process through its shared libraries (Debian: flite or libflite1)."""

import ctypes
import ctypes.util

import numpy as np

from media.engines.tts.native import Emit, NativeVoice
from media.engines.tts.port import VoiceFailed

VOICES = ("slt", "rms", "awb", "kal16")
_GO_ON, _STOP = 0, -1


class _Wave(ctypes.Structure):
    """`cst_wave` of cst_wave.h."""

    _fields_ = (
        ("type", ctypes.c_char_p),
        ("sample_rate", ctypes.c_int),
        ("num_samples", ctypes.c_int),
        ("num_channels", ctypes.c_int),
        ("samples", ctypes.POINTER(ctypes.c_short)),
    )


_Callback = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(_Wave), ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_void_p
)


class _Streaming(ctypes.Structure):
    """The head of `cst_audio_streaming_info` of cst_audio.h; the library allocates it."""

    _fields_ = (
        ("min_buffsize", ctypes.c_int),
        ("callback", _Callback),
        ("userdata", ctypes.c_void_p),
    )


class _VoiceHead(ctypes.Structure):
    """The head of `cst_voice` of cst_voice.h."""

    _fields_ = (("name", ctypes.c_char_p), ("features", ctypes.c_void_p))


def _library(name: str) -> ctypes.CDLL:
    try:
        return ctypes.CDLL(f"lib{name}.so.1")
    except OSError:
        return ctypes.CDLL(ctypes.util.find_library(name) or f"lib{name}.so")


def installed(voice: str = VOICES[0]) -> bool:
    """Whether the libraries of Flite and of this voice can be loaded."""
    try:
        _library("flite")
        _library(f"flite_cmu_us_{voice}")
    except OSError:
        return False
    return True


class _Engine:
    """One voice in native memory: an `Engine`."""

    sample_rate = 16_000

    def __init__(self, voice: str) -> None:
        self._flite = _library("flite")
        self._declare()
        self._flite.flite_init()
        self._data = _library(f"flite_cmu_us_{voice}")
        register = self._data[f"register_cmu_us_{voice}"]
        register.argtypes, register.restype = [ctypes.c_char_p], ctypes.POINTER(_VoiceHead)
        self._voice = register(None)
        self._callback = _Callback(self._on_audio)
        self._emit: Emit | None = None
        streaming = self._flite.new_audio_streaming_info()
        streaming.contents.callback = self._callback
        value = self._flite.audio_streaming_info_val(streaming)
        self._flite.feat_set(self._voice.contents.features, b"streaming_info", value)

    def _declare(self) -> None:
        pointer, flite = ctypes.c_void_p, self._flite
        flite.new_audio_streaming_info.restype = ctypes.POINTER(_Streaming)
        flite.audio_streaming_info_val.argtypes = [pointer]
        flite.audio_streaming_info_val.restype = pointer
        flite.feat_set.argtypes = [pointer, ctypes.c_char_p, pointer]
        flite.flite_text_to_wave.argtypes = [ctypes.c_char_p, pointer]
        flite.flite_text_to_wave.restype = ctypes.POINTER(_Wave)
        flite.delete_wave.argtypes = [ctypes.POINTER(_Wave)]

    def speak(self, text: str, emit: Emit) -> None:
        """Blocks until all is emitted or `emit` says stop."""
        self._emit = emit
        # The C library reads bytes; letters that it has no sound for are left out.
        wave = self._flite.flite_text_to_wave(text.encode("ascii", "ignore"), self._voice)
        self._emit = None
        if not wave:
            raise VoiceFailed(f"flite could not speak {text!r}")
        self._flite.delete_wave(wave)

    def _on_audio(self, wave: "ctypes._Pointer[_Wave]", start: int, size: int, *_: object) -> int:
        samples = np.ctypeslib.as_array(wave.contents.samples, (start + size,))[start:]
        if self._emit is not None and self._emit(samples.astype(np.float32)):
            return _GO_ON
        return _STOP


def voice(name: str = VOICES[0]) -> NativeVoice:
    """Flite's voice `name`, one of `VOICES` or another installed one; loaded when it speaks."""
    return NativeVoice(f"flite:{name}", lambda: _Engine(name))
