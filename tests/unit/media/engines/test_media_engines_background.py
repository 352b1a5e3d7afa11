"""A recogniser that looks at whole stretches in a thread of its own."""

from threading import Event

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.engines.stt.background import BackgroundRecognizer
from media.engines.stt.port import Recognition

FRAME = bytes(320)


class Model:
    """Says how many frames it was given; waits for `go`."""

    def __init__(self) -> None:
        self.go = Event()
        self.go.set()
        self.looks: list[int] = []

    def __call__(self, pcm: bytes) -> Recognition:
        assert self.go.wait(10)
        frames = len(pcm) // len(FRAME)
        self.looks.append(frames)
        return Recognition(f"<{frames}>", 1 / frames, (f"phrase {frames}",))


@pytest.fixture
def model() -> Model:
    return Model()


def speak(recognizer: BackgroundRecognizer, frames: int) -> None:
    for _ in range(frames):
        recognizer.accept(FRAME)


def test_the_look_at_the_last_pause_is_the_result(model: Model) -> None:
    recognizer = BackgroundRecognizer(model)
    recognizer.start()
    speak(recognizer, 50)
    recognizer.pause()
    speak(recognizer, 16)
    assert recognizer.finish().result(10) == Recognition("<50>", 1 / 50, ("phrase 50",))
    assert model.looks == [50]


def test_speech_after_a_pause_is_looked_at_as_well(model: Model) -> None:
    recognizer = BackgroundRecognizer(model)
    recognizer.start()
    speak(recognizer, 50)
    recognizer.pause()
    speak(recognizer, 100)
    assert recognizer.finish().result(10).text == "<150>"


def test_a_look_that_waits_is_taken_back_for_a_later_one(model: Model) -> None:
    recognizer = BackgroundRecognizer(model)
    recognizer.start()
    model.go.clear()
    for _ in range(4):
        speak(recognizer, 20)
        recognizer.pause()
    words = recognizer.finish()
    assert not words.done()
    model.go.set()
    assert words.result(10).text == "<80>"
    assert model.looks in ([20, 80], [80])


def test_a_long_utterance_is_understood_in_stretches(model: Model) -> None:
    recognizer = BackgroundRecognizer(model)
    recognizer.start()
    speak(recognizer, 450)
    recognizer.pause()
    speak(recognizer, 60)
    recognizer.pause()
    speak(recognizer, 16)
    whole = recognizer.finish().result(10)
    assert whole == Recognition("<450> <60>", 1 / 450, ("phrase 450", "phrase 60"))


def test_the_next_utterance_may_begin_before_the_last_is_understood(model: Model) -> None:
    recognizer = BackgroundRecognizer(model)
    model.go.clear()
    futures = []
    for frames in (30, 40):
        recognizer.start()
        speak(recognizer, frames)
        futures.append(recognizer.finish())
    model.go.set()
    assert [future.result(10).text for future in futures] == ["<30>", "<40>"]


def test_partial_words_are_those_of_the_last_look(model: Model) -> None:
    recognizer = BackgroundRecognizer(model)
    recognizer.start()
    assert recognizer.partial() == ""
    speak(recognizer, 25)
    recognizer.pause()
    recognizer.finish().result(10)
    recognizer.start()
    assert recognizer.partial() == ""


def test_an_error_of_the_model_is_the_error_of_the_utterance() -> None:
    def broken(pcm: bytes) -> Recognition:
        raise ValueError("no memory")

    recognizer = BackgroundRecognizer(broken)
    recognizer.start()
    speak(recognizer, 10)
    recognizer.pause()
    assert recognizer.partial() == ""
    with pytest.raises(ValueError, match="no memory"):
        recognizer.finish().result(10)


def test_the_contract_outside_of_an_utterance(model: Model) -> None:
    recognizer = BackgroundRecognizer(model)
    for misuse in (lambda: recognizer.accept(FRAME), recognizer.finish):
        with pytest.raises(RuntimeError):
            misuse()
    recognizer.start()
    assert recognizer.finish().result(0) == Recognition("", 0.0)


@given(st.lists(st.one_of(st.integers(1, 500), st.just("pause")), max_size=20))
def test_every_frame_of_speech_is_in_the_result_once(events: list[object]) -> None:
    model = Model()
    recognizer = BackgroundRecognizer(model)
    recognizer.start()
    total = after_pause = 0
    for event in events:
        if isinstance(event, int):
            speak(recognizer, event)
            total, after_pause = total + event, after_pause + event
        else:
            recognizer.pause()
            after_pause = 0
    words = recognizer.finish().result(10).text
    understood = sum(int(word.strip("<>")) for word in words.split())
    assert total - 30 <= understood <= total
    recognizer.close()
