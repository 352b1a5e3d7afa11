"""Sound files in and out: any rate and format in as telephone channels, 16-bit WAV out."""

import wave
from pathlib import Path

import numpy as np

from media.audio.g711 import SAMPLE_RATE
from media.audio.resample import Resampler, Samples

EXTRA = "pip install 'batch-dialer[analysis]'"
_FULL_SCALE = 32_768


class SoundFileFailed(Exception):
    """A file that cannot be read or written: what is wrong with which, and what to do."""

    def __init__(self, problem: str, remedy: str) -> None:
        super().__init__(problem)
        self.problem = problem
        self.remedy = remedy


def read(path: Path) -> list[Samples]:
    """Its channels at 8 kHz, in 16-bit steps.

    WAV of 16 bits needs nothing else, other formats the extra `analysis`. Raises
    `SoundFileFailed` for what is no sound file, or empty.
    """
    try:
        sound, rate = _read_wav(path) or _read_other(path)
    except OSError as error:
        raise SoundFileFailed(
            f"{path} cannot be read: {error.strerror or error}", "Check the path and its rights"
        ) from error
    if not sound.size:
        raise SoundFileFailed(f"{path} holds no sound", "A call that was never answered has none")
    try:
        return [_telephone(channel, rate) for channel in sound.T]
    except ValueError as error:
        raise SoundFileFailed(f"{path}: {error}", "Convert it to 8000 or 16000 Hz") from error


def _read_wav(path: Path) -> tuple[Samples, int] | None:
    """Samples (n, channels) and rate; None where it is no WAV of 16 bits."""
    try:
        with wave.open(str(path), "rb") as file:
            if file.getsampwidth() != 2:
                return None
            pcm = file.readframes(file.getnframes())
            whole = len(pcm) - len(pcm) % (2 * file.getnchannels())
            sound = np.frombuffer(pcm[:whole], dtype="<i2").reshape(-1, file.getnchannels())
            return sound.astype(np.float32), file.getframerate()
    except (wave.Error, EOFError):
        return None


def _read_other(path: Path) -> tuple[Samples, int]:
    try:
        import soundfile
    except (ImportError, OSError) as error:
        raise SoundFileFailed(f"{path} is no WAV file of 16-bit PCM", EXTRA) from error
    try:
        sound, rate = soundfile.read(path, dtype="float32", always_2d=True)
    except soundfile.LibsndfileError as error:
        raise SoundFileFailed(
            f"{path} is no sound file: {error.error_string}", "Give a WAV, FLAC, OGG or MP3 file"
        ) from error
    return sound * np.float32(_FULL_SCALE), int(rate)


def _telephone(channel: Samples, rate: int) -> Samples:
    """Second by second, as the resampler's matrices take 50 times the room of what goes in."""
    resampler = Resampler(rate, SAMPLE_RATE)
    pieces = [
        resampler.process(channel[start : start + rate]) for start in range(0, len(channel), rate)
    ]
    return np.concatenate((*pieces, resampler.flush()))


def write(path: Path, pcm: bytes) -> None:
    """One channel of PCM s16le at 8 kHz. Raises `SoundFileFailed` when it cannot be written."""
    try:
        with path.open("wb") as sink, wave.open(sink, "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(SAMPLE_RATE)
            file.writeframes(pcm)
    except OSError as error:
        raise SoundFileFailed(
            f"{path} cannot be written: {error.strerror or error}", "Choose another path"
        ) from error
