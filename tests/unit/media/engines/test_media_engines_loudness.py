"""Every installed voice is as loud as the others, and none clips."""

import pytest

from media.audio.gain import TARGET_DBFS
from media.audio.level import active_dbfs, peak_dbfs
from media.engines.tts.choose import available, make

PASSAGE = (
    "Great, does Tuesday at ten work for you?",
    "May I ask whether you own the home, and roughly how high your last electricity bill was?",
    "I have put you on our do not call list, and nobody will call you again.",
    "So that is Tuesday, the fourth of June, at two thirty in the afternoon. Is that right?",
)


@pytest.fixture(scope="module")
def passages() -> dict[str, list[bytes]]:
    """The sentences of `PASSAGE` as each voice speaks them."""
    if not available():
        pytest.skip("no voice is installed")
    voices = [make(name) for name in available()]
    return {voice.name: [b"".join(voice.synthesize(text)) for text in PASSAGE] for voice in voices}


def test_the_voices_are_equally_loud(passages: dict[str, list[bytes]]) -> None:
    levels = {name: active_dbfs(b"".join(said), 8000) for name, said in passages.items()}
    assert max(levels.values()) - min(levels.values()) < 1.0, levels
    assert levels == {name: pytest.approx(TARGET_DBFS, abs=1.0) for name in levels}


def test_no_sentence_is_far_from_the_others(passages: dict[str, list[bytes]]) -> None:
    for said in passages.values():
        for pcm in said:
            assert active_dbfs(pcm, 8000) == pytest.approx(TARGET_DBFS, abs=2.5)


def test_nothing_clips(passages: dict[str, list[bytes]]) -> None:
    assert max(peak_dbfs(pcm) for said in passages.values() for pcm in said) < -0.9
