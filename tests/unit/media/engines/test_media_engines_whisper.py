"""Whisper through its real loading code on a tiny checkpoint; what of its output is believed."""

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.engines.stt import faster_whisper
from media.engines.stt.faster_whisper import ModelChoice, Transcriber
from media.engines.stt.port import Recognition
from media.engines.stt.whisper_guard import Segment, believable, confidence, plain


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Iterator[object]:
    pytest.importorskip("faster_whisper")
    import tiny_whisper

    directory = tiny_whisper.write(tmp_path_factory.mktemp("whisper"))
    yield faster_whisper.model(ModelChoice(str(directory), "cpu"))


def hum(seconds: float) -> bytes:
    rng = np.random.default_rng(3)
    return rng.normal(0, 3000, int(8000 * seconds)).astype("<i2").tobytes()


def test_a_checkpoint_is_loaded_once_and_asked(model: object) -> None:
    transcriber = Transcriber(model, hotwords=("Harbor Realty", "Elm Street"))
    (segment,) = transcriber._segments(hum(2.0)) or [Segment("", 0.0, 0.0, 0.0)]
    assert np.isfinite(segment.avg_logprob)
    assert transcriber(hum(0.05)) == Recognition("", 0.0)
    assert transcriber(bytes(32_000)) == Recognition("", 0.0), "silence has no words"


def test_it_is_a_recogniser(model: object, tmp_path: Path) -> None:
    import tiny_whisper

    choice = ModelChoice(str(tiny_whisper.write(tmp_path / "again")), "cpu")
    recognizer = faster_whisper.recognizer(choice, "en", ["Elm Street"])
    recognizer.start()
    recognizer.accept(hum(1.0))
    recognizer.pause()
    assert isinstance(recognizer.finish().result(60), Recognition)
    recognizer.close()


def test_a_model_that_is_not_there_is_told_with_the_remedy(tmp_path: Path) -> None:
    pytest.importorskip("faster_whisper")
    with pytest.raises(ValueError, match=r"WHISPER_MODEL .*cannot be loaded.*small\.en"):
        faster_whisper.model(ModelChoice(str(tmp_path), "cpu"))


def test_a_missing_package_is_told_with_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "faster_whisper", None)
    with pytest.raises(ValueError, match=r"pip install 'batch-dialer\[whisper\]'"):
        faster_whisper.model(ModelChoice("nowhere"))


SURE = Segment("Yes, I am.", -0.2, 0.01, 1.1)


@pytest.mark.parametrize(
    "change",
    [
        {"avg_logprob": float("nan")},
        {"compression_ratio": 3.0},
        {"no_speech_prob": 0.9, "avg_logprob": -1.5},
        {"text": "Thank you for watching."},
        {"text": " ... "},
        {"text": "no no no no no"},
        {"text": "I want to I want to I want to I want to"},
    ],
)
def test_what_is_not_believed(change: dict[str, object]) -> None:
    fields = {name: getattr(SURE, name) for name in Segment.__slots__}
    assert believable(SURE)
    assert not believable(Segment(**{**fields, **change}))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Yes, I'm interested.", "yes i'm interested"),
        ("About $450,000, maybe.", "about $450,000 maybe"),
        ("At 3:30 -- or four?", "at 3:30 or four"),
        ("It\u2019s a two-family home!", "it's a two family home"),
        ("2.5 acres.", "2.5 acres"),
    ],
)
def test_words_are_plain(text: str, words: str) -> None:
    assert plain(text) == words


@given(st.text())
def test_plain_words_stay_as_they_are(text: str) -> None:
    assert plain(plain(text)) == plain(text)


@given(st.lists(st.builds(Segment, st.text(), st.floats(-50, 0), st.just(0.0), st.just(1.0))))
def test_confidence_is_a_share(segments: list[Segment]) -> None:
    assert 0.0 <= confidence(segments) <= 1.0
