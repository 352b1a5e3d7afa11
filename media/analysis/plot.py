"""A passage over time as a picture: levels, ERLE, voice activity, loss, spectrogram."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from media.analysis.passage import Passage
from media.audio.g711 import FRAME_BYTES, FRAME_MS, SAMPLE_RATE

_MEL_BANDS = 48
_FFT = 256
_FLOOR_DB = -80.0
_MARKED_HZ = (300, 1000, 2000, 3400)


def draw(passage: Passage, lost: Sequence[int], title: str, path: Path) -> None:
    """Write a PNG. Raises ImportError without the extra `analysis`, OSError when it cannot."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(14, 11), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots(5, 1, sharex=True, height_ratios=(3, 2, 1.2, 1, 3))
    figure.suptitle(title)
    seconds = np.arange(len(passage.speech)) * FRAME_MS / 1000
    _levels(axes[0], seconds, passage)
    axes[1].plot(seconds, passage.erle_db, color="tab:green")
    axes[1].set_ylabel("ERLE, dB")
    _flags(axes[2], seconds, passage)
    _losses(axes[3], lost)
    _spectrogram(axes[4], passage)
    axes[4].set_xlabel("seconds")
    figure.savefig(path, dpi=100)


def _levels(axes: Any, seconds: Any, passage: Passage) -> None:
    axes.plot(seconds, passage.callee_dbfs, color="tab:gray", lw=0.8, label="callee, line")
    axes.plot(seconds, passage.agent_dbfs, color="tab:orange", lw=0.8, label="agent")
    axes.plot(seconds, passage.clean_dbfs, color="tab:blue", lw=0.9, label="callee, clean")
    axes.set_ylim(_FLOOR_DB, 0)
    axes.set_ylabel("level, dBFS")
    axes.legend(loc="lower right", ncols=3)


def _flags(axes: Any, seconds: Any, passage: Passage) -> None:
    rows = {"speech": passage.speech, "agent": passage.echo, "both talk": passage.double_talk}
    for row, flag in enumerate(rows.values()):
        axes.fill_between(seconds, row, row + 0.8 * flag, step="post", lw=0)
    axes.set_ylim(0, len(rows))
    axes.set_yticks([row + 0.4 for row in range(len(rows))], list(rows))


def _losses(axes: Any, lost: Sequence[int]) -> None:
    axes.bar(np.arange(len(lost)), lost, width=1.0, align="edge", color="tab:red")
    axes.set_ylim(0, max((5, *lost)))
    axes.set_ylabel("lost,\nframes/s" if lost else "lost:\nno record")


def _spectrogram(axes: Any, passage: Passage) -> None:
    """Mel spectrogram of the callee in dB against its peak."""
    import librosa

    samples = np.frombuffer(passage.callee, dtype="<i2").astype(np.float32) / 32768
    power = librosa.feature.melspectrogram(
        y=samples, sr=SAMPLE_RATE, n_fft=_FFT, hop_length=FRAME_BYTES, n_mels=_MEL_BANDS
    )
    decibels = librosa.power_to_db(power, ref=np.max, top_db=-_FLOOR_DB)
    extent = (0.0, passage.seconds, 0, _MEL_BANDS)
    axes.imshow(decibels, origin="lower", aspect="auto", extent=extent, vmin=_FLOOR_DB)
    bands = librosa.mel_frequencies(n_mels=_MEL_BANDS, fmax=SAMPLE_RATE / 2)
    axes.set_yticks(np.searchsorted(bands, _MARKED_HZ), [str(hz) for hz in _MARKED_HZ])
    axes.set_ylabel("callee, Hz")
