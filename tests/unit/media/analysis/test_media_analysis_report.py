"""The process behind `dialer audio report`: numbers always, the picture with the extra."""

import io
import json
import sys
from pathlib import Path

import numpy as np
import pytest

from media.analysis.__main__ import arguments, report
from media.analysis.sound_file import SoundFileFailed, write
from media.audio.resample import to_pcm


@pytest.fixture
def words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A command line for half a second of hiss of a call without a record."""
    monkeypatch.setattr(sys, "stdin", io.StringIO("null"))
    hiss = np.random.default_rng(1).normal(0, 300, 4000).astype(np.float32)
    write(tmp_path / "call.wav", to_pcm(hiss))
    return ["report", str(tmp_path / "call.wav"), "--echo", "off", "--noise", "off"]


def test_without_the_extra_the_numbers_are_told_with_the_remedy(
    words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    value = report(arguments([*words, "--picture", str(tmp_path / "call.png")]))
    assert value["picture"] is None
    assert "pip install 'batch-dialer[analysis]'" in value["picture_remedy"]
    assert value["callee"]["active_dbfs"] == pytest.approx(-40.8, abs=0.3)
    assert not (tmp_path / "call.png").exists()
    json.dumps(value, allow_nan=False)


def test_a_picture_that_cannot_be_written_is_an_error(words: list[str], tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    pytest.importorskip("librosa")
    with pytest.raises(SoundFileFailed, match=r"nowhere/call\.png cannot be written"):
        report(arguments([*words, "--picture", str(tmp_path / "nowhere" / "call.png")]))
