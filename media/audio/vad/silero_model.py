"""Silero's model on onnxruntime: where its file is, the session of the process, bound runs."""

from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]

WINDOW, CONTEXT = 256, 32
"""One step judges 32 ms of new samples behind the last 4 ms of the window before."""
STATE = 128
"""Width of the state of each of two layers."""
_INPUTS = {"input", "state", "sr"}
_SHIPPED = (
    ("silero_vad", "data/silero_vad.onnx"),
    ("livekit", "plugins/silero/resources/silero_vad.onnx"),
    ("livekit", "agents/vad/silero/resources/silero_vad.onnx"),
)
"""Packages that carry the model with both rates, and where inside."""


class SileroMissing(RuntimeError):
    """Silero is not installed: pip install '.[silero]', pip install --no-deps silero-vad"""


def model_file() -> Path:
    """The model in an installed package, none of which is imported. Raises `SileroMissing`."""
    for package, inside in _SHIPPED:
        spec = find_spec(package)
        for place in (spec.submodule_search_locations or ()) if spec else ():
            if (file := Path(place) / inside).is_file():
                return file
    raise SileroMissing(SileroMissing.__doc__)


@cache
def shared_session() -> Any:
    """One per process, made with its first detector.

    One thread and in sequence: a pool costs more than it saves on work of 50 us, and without
    threads of its own the session lives on in a process forked after it.
    """
    file = model_file()
    try:
        import onnxruntime as ort
    except ImportError as error:
        raise SileroMissing(SileroMissing.__doc__) from error
    options = ort.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.execution_mode = ort.ExecutionMode.ORT_SEQUENTIAL
    options.enable_cpu_mem_arena = False
    options.log_severity_level = 3
    try:
        session = ort.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime's own errors have no base of theirs
        raise SileroMissing(f"{file} cannot be loaded: {error}") from error
    if {put.name for put in session.get_inputs()} != _INPUTS:
        raise SileroMissing(f"{file} is no Silero model with a native 8 kHz path")
    return session


class BoundRun:
    """One step of the model on fixed arrays, whose addresses are bound once.

    `sound` [n, 288] float32 of -1 to 1, `state` and `next_state` [2, n, 128]; the result is in
    `probability` [n, 1] and `next_state`. All must be C-contiguous. Raises `SileroMissing`.
    """

    def __init__(self, sound: Floats, state: Floats, next_state: Floats) -> None:
        self.probability: Floats = np.zeros((len(sound), 1), np.float32)
        rate = np.array(8000, np.int64)
        self._bound = (sound, state, next_state, rate)
        session = shared_session()
        binding = session.io_binding()
        for name, array in (("input", sound), ("state", state), ("sr", rate)):
            binding.bind_input(name, "cpu", 0, array.dtype.type, array.shape, array.ctypes.data)
        for name, array in (("output", self.probability), ("stateN", next_state)):
            binding.bind_output(name, "cpu", 0, array.dtype.type, array.shape, array.ctypes.data)
        self._binding = binding
        self._run = session.run_with_iobinding

    def __call__(self) -> None:
        self._run(self._binding)
