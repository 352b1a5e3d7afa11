"""Makes the callees' recordings of `phrases.yaml` with the `flite` program and the eSpeak library.

Run `python -m media.simulator.people.record`. Each is raw mu-law at 8 kHz in
`<voice>-<phrase>.ul` beside its `phrases.yaml`, at -20 dBFS active level and without the silence
around it. The same engines make the same bytes.
"""

import subprocess
import sys
import tempfile
import wave
from pathlib import Path

import yaml

from media.audio import g711, gain, level
from media.audio.resample import Resampler, to_pcm, to_samples
from media.engines.tts import espeak, flite
from media.simulator.people.ear import Loudness
from media.simulator.playout.playback import SAMPLE_RATE

CALLEES = Path(__file__).parent.parent / "callees"
FOLDERS = (CALLEES, CALLEES / "people")
LEVEL_DBFS = -20.0
_KEEP = 20 * 8
"""20 ms of the engine's silence stay on both sides, so that soft consonants are not cut."""


def synthesize(voice: str, text: str) -> tuple[bytes, int]:
    """PCM s16le mono and its sample rate. Raises `CalledProcessError`, `VoiceFailed`."""
    if voice not in flite.VOICES:
        return b"".join(espeak.voice(voice).synthesize(text)), SAMPLE_RATE
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "speech.wav"
        command = ["flite", "-voice", voice, "-t", text, "-o", str(file)]
        subprocess.run(command, check=True, capture_output=True)
        with wave.open(str(file), "rb") as sound:
            return sound.readframes(sound.getnframes()), sound.getframerate()


def telephone(pcm: bytes, rate: int) -> bytes:
    """Any PCM as trimmed telephone mu-law at `LEVEL_DBFS`."""
    resampler = Resampler(rate, SAMPLE_RATE)
    samples = [resampler.process(to_samples(pcm)), resampler.flush()]
    narrow = b"".join(to_pcm(piece) for piece in samples)
    factor = gain.gain_for(level.active_dbfs(narrow, SAMPLE_RATE), LEVEL_DBFS)
    sound = g711.encode(to_pcm(gain.amplify(to_samples(narrow), factor)))
    loudness = Loudness(-45.0)
    start = max(0, loudness.first(sound) - _KEEP)
    return sound[start : loudness.last(sound) + _KEEP]


def record(folder: Path) -> int:
    """Write every phrase of `phrases.yaml` in `folder`; returns the bytes written."""
    phrases = yaml.safe_load((folder / "phrases.yaml").read_text(encoding="utf-8"))
    total = 0
    for voice, texts in phrases.items():
        for name, text in texts.items():
            sound = telephone(*synthesize(voice, text))
            total += (folder / f"{voice}-{name}.ul").write_bytes(sound)
    return total


if __name__ == "__main__":
    sys.stdout.write(f"{sum(record(folder) for folder in FOLDERS)} bytes\n")
