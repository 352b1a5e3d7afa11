"""How good a processed signal is: PESQ, STOI, echo return loss enhancement, convergence."""

import numpy as np
import numpy.typing as npt

from acoustics.signals import FRAME, RATE, Signal

_WINDOW = 5 * FRAME
_AUDIBLE = 32768.0 * 10 ** (-50.0 / 20)


def pesq_nb(ref: Signal, deg: Signal) -> float:
    """ITU-T P.862 with P.862.1 mapping (narrowband MOS-LQO, 1.0-4.5).

    Finds delays itself. Raises ImportError without the `pesq` package, which needs a C compiler.
    """
    from pesq import pesq

    return float(pesq(RATE, ref.astype(np.float32), deg.astype(np.float32), "nb"))


def stoi(ref: Signal, deg: Signal) -> float:
    """Short-time objective intelligibility (Taal 2011), 0-1; compensates up to 40 ms of delay.

    Raises ImportError without the `pystoi` package.
    """
    from pystoi import stoi as intelligibility

    lag = lag_of(ref, deg)
    return float(intelligibility(ref[: len(ref) - lag], deg[lag : len(ref)], RATE))


def lag_of(ref: Signal, deg: Signal, most: int = 320) -> int:
    """By how many samples `deg` lags `ref`: the peak of their cross-correlation."""
    n = min(len(ref), len(deg))
    size = n + most
    product = np.fft.rfft(deg[:n], size) * np.conj(np.fft.rfft(ref[:n], size))
    return int(np.argmax(np.fft.irfft(product, size)[: most + 1]))


def rms(signal: Signal) -> float:
    """Root mean square in 16-bit steps."""
    return float(np.sqrt(np.mean(signal.astype(np.float64) ** 2)))


def dbfs(signal: Signal) -> float:
    """RMS level in dBFS; silence is -96."""
    return float(20 * np.log10(max(rms(signal), 0.5) / 32768.0))


def erle_db(mic: Signal, out: Signal) -> float:
    """Echo return loss enhancement (ITU-T G.168): power of `mic` over power of `out`, in dB."""
    return float(20 * np.log10(max(rms(mic), 0.5) / max(rms(out), 0.5)))


def reached_s(mic: Signal, out: Signal, least_db: float) -> float:
    """First time from which the ERLE is `least_db` in 90 % of the next second; infinite if never.

    ERLE of windows of 100 ms every 20 ms, those left out where the microphone is under -50 dBFS.
    """
    levels = [_windows(signal) for signal in (mic, out)]
    audible = levels[0] >= _AUDIBLE
    good = levels[0] >= levels[1] * 10 ** (least_db / 20)
    second = RATE // FRAME
    for at in range(len(good) - second):
        heard = audible[at : at + second]
        if heard.any() and good[at : at + second][heard].mean() >= 0.9:
            return at * FRAME / RATE
    return float("inf")


def t20(mic: Signal, out: Signal) -> float:
    """`reached_s` of 20 dB."""
    return reached_s(mic, out, 20.0)


def _windows(signal: Signal) -> npt.NDArray[np.float64]:
    whole = signal[: len(signal) // FRAME * FRAME].astype(np.float64).reshape(-1, FRAME)
    total = np.concatenate(([0.0], np.cumsum((whole**2).sum(axis=1))))
    step = _WINDOW // FRAME
    levels: npt.NDArray[np.float64] = np.sqrt((total[step:] - total[:-step]) / _WINDOW)
    return levels
