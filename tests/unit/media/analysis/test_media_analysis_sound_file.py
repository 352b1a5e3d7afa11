"""Sound files: any rate and channels in, and errors that name the file and the remedy."""

import sys
import wave
from pathlib import Path

import numpy as np
import pytest

from media.analysis.sound_file import SoundFileFailed, read, write
from media.audio.level import rms_dbfs
from media.audio.resample import to_pcm


def tone(hz: float, rate: int, seconds: float = 0.5) -> np.ndarray:
    return np.rint(8000 * np.sin(2 * np.pi * hz * np.arange(int(rate * seconds)) / rate))


def wav(path: Path, sound: np.ndarray, rate: int, width: int = 2) -> Path:
    """`sound` is (n,) or (n, channels) in 16-bit steps."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(sound.shape[1] if sound.ndim == 2 else 1)
        file.setsampwidth(width)
        file.setframerate(rate)
        whole = (sound * 2.0 ** (8 * (width - 2))).astype("<i4").reshape(-1, 1)
        file.writeframes(whole.view("u1")[:, :width].tobytes())
    return path


@pytest.mark.parametrize("rate", [8000, 11_025, 16_000, 22_050, 44_100, 48_000])
def test_any_rate_becomes_the_telephones(tmp_path: Path, rate: int) -> None:
    both = np.stack((tone(1000, rate), tone(500, rate)), axis=1)
    callee, agent = read(wav(tmp_path / "call.wav", both, rate))
    for channel, hz in ((callee, 1000), (agent, 500)):
        assert abs(len(channel) - 4000) <= 1
        assert np.abs(channel[200:3800] - tone(hz, 8000)[200:3800]).max() < 4


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    pcm = to_pcm(tone(440, 8000).astype(np.float32))
    write(tmp_path / "out.wav", pcm)
    assert to_pcm(read(tmp_path / "out.wav")[0]) == pcm


def test_other_formats_come_with_the_extra(tmp_path: Path) -> None:
    soundfile = pytest.importorskip("soundfile")
    soundfile.write(tmp_path / "call.flac", tone(1000, 16_000) / 32_768, 16_000)
    for path in (tmp_path / "call.flac", wav(tmp_path / "a.wav", tone(1000, 16_000), 16_000, 3)):
        (channel,) = read(path)
        assert rms_dbfs(to_pcm(channel)[400:-400]) == pytest.approx(-15.26, abs=0.05)


def test_without_the_extra_the_remedy_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "soundfile", None)
    path = wav(tmp_path / "studio.wav", tone(1000, 8000), 8000, 3)
    with pytest.raises(SoundFileFailed, match=r"studio\.wav") as failure:
        read(path)
    assert "batch-dialer[analysis]" in failure.value.remedy


def test_a_text_is_no_sound(tmp_path: Path) -> None:
    pytest.importorskip("soundfile")
    (tmp_path / "notes.wav").write_text("no sound at all")
    with pytest.raises(SoundFileFailed, match=r"notes\.wav is no sound file"):
        read(tmp_path / "notes.wav")


def test_a_missing_or_empty_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SoundFileFailed, match=r"absent\.wav cannot be read: No such file"):
        read(tmp_path / "absent.wav")
    with pytest.raises(SoundFileFailed, match=r"empty\.wav holds no sound"):
        read(wav(tmp_path / "empty.wav", np.zeros(0), 8000))


def test_a_strange_rate_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SoundFileFailed, match=r"odd\.wav: 8001 Hz"):
        read(wav(tmp_path / "odd.wav", tone(1000, 8001), 8001))


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(SoundFileFailed, match=r"nowhere/out\.wav cannot be written"):
        write(tmp_path / "nowhere" / "out.wav", bytes(320))
