"""libspeexdsp through ctypes: its echo canceller and its preprocessor.

The library may come from three places, of which the first that is there serves: the system
(`libspeexdsp1` on Debian), the `speexdsp` package, which is built against it, and the
`speexdsp-ns` wheel, which carries a copy, so that `pip install` alone is enough. The SWIG class of
the `speexdsp` package is passed by: it knows no preprocessor.
"""

import ctypes
from collections.abc import Iterator
from ctypes import c_char_p, c_int, c_void_p
from functools import cache
from importlib.util import find_spec
from pathlib import Path

_ECHO_SET_SAMPLING_RATE = 24
PREPROCESS_SET_DENOISE = 0
PREPROCESS_SET_NOISE_SUPPRESS = 18
PREPROCESS_SET_ECHO_SUPPRESS = 20
PREPROCESS_SET_ECHO_SUPPRESS_ACTIVE = 22
_PREPROCESS_SET_ECHO_STATE = 24
"""Requests of `speex_echo_ctl` and `speex_preprocess_ctl`, from the library's public headers."""


class SpeexMissing(RuntimeError):
    """libspeexdsp is nowhere: pip install speexdsp-ns, or apt-get install libspeexdsp1."""


def _candidates() -> Iterator[str]:
    yield "libspeexdsp.so.1"
    for package, pattern in (("speexdsp", "_speexdsp*"), ("speexdsp_ns", "../speexdsp_ns.libs/*")):
        spec = find_spec(package)
        for place in (spec.submodule_search_locations or ()) if spec else ():
            yield from sorted(str(path) for path in Path(place).glob(f"{pattern}.so*"))


@cache
def library() -> ctypes.CDLL:
    """The library with its functions declared. Raises `SpeexMissing`."""
    for candidate in _candidates():
        try:
            return _declare(ctypes.CDLL(candidate))
        except (OSError, AttributeError):
            continue
    raise SpeexMissing(SpeexMissing.__doc__)


def _declare(lib: ctypes.CDLL) -> ctypes.CDLL:
    made = {
        "speex_echo_state_init": ([c_int, c_int], c_void_p),
        "speex_echo_cancellation": ([c_void_p, c_char_p, c_char_p, c_void_p], None),
        "speex_echo_state_reset": ([c_void_p], None),
        "speex_echo_state_destroy": ([c_void_p], None),
        "speex_echo_ctl": ([c_void_p, c_int, c_void_p], c_int),
        "speex_preprocess_state_init": ([c_int, c_int], c_void_p),
        "speex_preprocess_run": ([c_void_p, c_void_p], c_int),
        "speex_preprocess_state_destroy": ([c_void_p], None),
        "speex_preprocess_ctl": ([c_void_p, c_int, c_void_p], c_int),
    }
    for name, (argtypes, restype) in made.items():
        function = getattr(lib, name)
        function.argtypes, function.restype = argtypes, restype
    return lib


class EchoState:
    """The MDF canceller (Valin 2007, on adjusting the learning rate in double talk).

    `tail` samples of echo path at `sample_rate`; frames of `frame` samples. Raises `SpeexMissing`.
    """

    def __init__(self, frame: int, tail: int, sample_rate: int = 8000) -> None:
        lib = library()
        self._state: int = lib.speex_echo_state_init(frame, tail)
        self._cancel = lib.speex_echo_cancellation
        self._reset = lib.speex_echo_state_reset
        self._destroy = lib.speex_echo_state_destroy
        self._out = ctypes.create_string_buffer(2 * frame)
        self._out_at = ctypes.addressof(self._out)
        lib.speex_echo_ctl(self._state, _ECHO_SET_SAMPLING_RATE, ctypes.byref(c_int(sample_rate)))

    @property
    def address(self) -> int:
        """What a `Preprocessor` needs to know of the residual echo."""
        return self._state

    def cancel(self, near: bytes, far: bytes) -> bytes:
        """One frame of PCM s16le of each; both must have the frame's length, which is unchecked."""
        self._cancel(self._state, near, far, self._out_at)
        return self._out.raw

    def reset(self) -> None:
        """Forget the echo path."""
        self._reset(self._state)

    def __del__(self) -> None:
        if getattr(self, "_state", None):
            self._destroy(self._state)


class Preprocessor:
    """Noise suppression (Ephraim-Malah gains on a Bark scale) of overlapping frames.

    Output lags input by one `frame`. Raises `SpeexMissing`.
    """

    def __init__(self, frame: int, sample_rate: int = 8000) -> None:
        lib = library()
        self._state: int = lib.speex_preprocess_state_init(frame, sample_rate)
        self._run = lib.speex_preprocess_run
        self._ctl = lib.speex_preprocess_ctl
        self._destroy = lib.speex_preprocess_state_destroy
        self._frame = ctypes.create_string_buffer(2 * frame)
        self._frame_at = ctypes.addressof(self._frame)
        self._echo: EchoState | None = None

    def set(self, request: int, value: int) -> None:
        """`speex_preprocess_ctl` with an integer: one of the `PREPROCESS_SET_` requests."""
        self._ctl(self._state, request, ctypes.byref(c_int(value)))

    def follow(self, echo: EchoState | None) -> None:
        """Suppress the residual echo of a canceller too, which is kept alive as long as this."""
        self._echo = echo
        address = echo.address if echo is not None else None
        self._ctl(self._state, _PREPROCESS_SET_ECHO_STATE, address)

    def run(self, pcm: bytes) -> bytes:
        """One frame of PCM s16le in, of exactly the frame's length, one out. Raises ValueError."""
        self._frame.raw = pcm
        self._run(self._state, self._frame_at)
        return self._frame.raw

    def __del__(self) -> None:
        if getattr(self, "_state", None):
            self._destroy(self._state)
