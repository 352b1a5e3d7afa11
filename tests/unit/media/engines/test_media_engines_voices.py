"""The contract of `Voice` over every voice that is installed, and the choice between them."""

import pytest

from media.audio.level import active_dbfs, peak_dbfs
from media.engines.tts import choose, native
from media.engines.tts.choose import NoVoice, available, make
from media.engines.tts.native import Emit, NativeVoice
from media.engines.tts.port import VoiceFailed

SENTENCE = "Hello, this is Anna, an AI assistant, about your home at 1204 Maple St."


@pytest.fixture(params=available())
def voice(request: pytest.FixtureRequest) -> NativeVoice:
    return make(request.param)


def test_it_has_its_name(voice: NativeVoice) -> None:
    assert voice.name in available()


def test_it_speaks_at_telephone_level(voice: NativeVoice) -> None:
    pcm = b"".join(voice.synthesize(SENTENCE))
    assert 3 < len(pcm) / 16_000 < 10
    assert active_dbfs(pcm, 8000) == pytest.approx(-20, abs=2)
    assert peak_dbfs(pcm) < 0


def test_it_begins_within_a_tenth_of_a_second_of_audio(voice: NativeVoice) -> None:
    pcm = b"".join(voice.synthesize(SENTENCE))
    assert peak_dbfs(pcm[:1600]) > -50


def test_it_speaks_piece_by_piece_and_may_be_stopped(voice: NativeVoice) -> None:
    speech = voice.synthesize(SENTENCE)
    assert len(next(speech)) <= 640
    speech.close()
    assert len(b"".join(voice.synthesize("Goodbye."))) > 3200


def test_nothing_to_say_is_no_audio(voice: NativeVoice) -> None:
    assert b"".join(voice.synthesize("  ")) == b""


def test_foreign_letters_do_not_stop_it(voice: NativeVoice) -> None:
    assert b"".join(voice.synthesize("Hello José, 你好 \N{SLIGHTLY SMILING FACE}!"))


def test_an_unknown_voice_is_refused_with_the_known_ones() -> None:
    with pytest.raises(VoiceFailed, match=r"no voice 'nobody'|No speech engine"):
        make("nobody")


def test_without_any_engine_the_error_names_both_remedies(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choose.flite, "installed", lambda voice: False)
    monkeypatch.setattr(choose.espeak, "installed", lambda: False)
    with pytest.raises(NoVoice, match=r"libflite1.*pip install 'batch-dialer\[espeak\]'"):
        make()


class Broken:
    """An engine that fails in mid-speech, after the sentence that it is measured by."""

    sample_rate = 8000

    def speak(self, text: str, emit: Emit) -> None:
        emit(native.np.full(800, 3000, dtype=native.np.float32))
        if text == "fail":
            raise VoiceFailed("broken")


def test_a_failure_of_the_engine_reaches_the_listener() -> None:
    voice = NativeVoice("broken:one", Broken)
    assert b"".join(voice.synthesize("go"))
    with pytest.raises(VoiceFailed, match="broken"):
        list(voice.synthesize("fail"))


def test_a_missing_library_is_a_failed_voice() -> None:
    def missing() -> Broken:
        raise OSError("no such library")

    with pytest.raises(VoiceFailed, match="not installed"):
        next(NativeVoice("absent:one", missing).synthesize("hello"))
