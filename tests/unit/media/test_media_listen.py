"""The listener on frames whose speech is marked by their loudness."""

from concurrent.futures import Future

from hypothesis import given
from hypothesis import strategies as st

from media.audio import g711
from media.audio.processor import AudioProcessor, Stages
from media.audio.stage import Stage
from media.engines.scripted import ScriptedRecognizer
from media.engines.stt.port import Recognition
from media.listen import Frame, Heard, Listener
from media.turn.endpoint import EndpointConfig

SPEECH, SILENCE = b"\x10" * 160, b"\xff" * 160


class Loudness:
    """Speech is what is not silent."""

    def is_speech(self, frame: bytes) -> bool:
        return any(frame)


def listener(*lines: str) -> tuple[Listener, ScriptedRecognizer]:
    recognizer = ScriptedRecognizer(lines)
    return listener_of(recognizer), recognizer


def listener_of(recognizer: ScriptedRecognizer) -> Listener:
    off: Stage = Stage("off", [], print)
    loudness = Stage("vad", [("loudness", Loudness)], print)
    audio = AudioProcessor(Stages(off, off, off, loudness), lambda: 0)
    return Listener(audio, recognizer, EndpointConfig(hangover_ms=480))


def hear(ears: Listener, frames: list[bytes], first_ms: int = 155) -> list[Frame]:
    heard: list[Frame] = []
    for index, ulaw in enumerate(frames):
        heard += ears.receive(first_ms + 20 * index, ulaw)
    return heard


def test_an_utterance_has_the_times_of_the_stream_and_a_pre_roll() -> None:
    ears, recognizer = listener("hello")
    frames = hear(ears, [SILENCE] * 50 + [SPEECH] * 30 + [SILENCE] * 40)
    (heard,) = [frame.heard for frame in frames if frame.heard]
    assert heard == Heard("hello", 0.9, (), 1155, 1755, 1755 + 480)
    assert recognizer.utterances_ms == [200 + 600 + 480]
    (started,) = [frame for frame in frames if frame.started]
    assert started.ended_ms == 1155 + 60


@given(
    st.lists(st.integers(1, 500), max_size=6),
    st.lists(st.sampled_from([-2, -1, 0, 1, 2]), min_size=100, max_size=100),
)
def test_gaps_are_filled_only_where_timestamps_prove_them(
    cuts: list[int], wobble: list[int]
) -> None:
    ears, _ = listener()
    lost = {cut % 97 + 1 for cut in cuts}
    frames: list[Frame] = []
    for index in range(99):
        if index not in lost:
            frames += ears.receive(1000 + 20 * index + wobble[index], SILENCE)
    if 98 not in lost:
        assert len(frames) == 99
        start = 1000 + wobble[0]
        assert [frame.started_ms for frame in frames] == [start + 20 * n for n in range(99)]


def test_frames_of_any_length_are_cut_to_20_ms() -> None:
    ears, _ = listener()
    sound = bytes(range(256)) * 5
    frames = ears.receive(0, sound[:100]) + ears.receive(12, sound[100:])
    assert b"".join(frame.pcm for frame in frames) == g711.decode(sound)


def test_an_absurd_jump_is_a_new_time_and_not_silence() -> None:
    ears, _ = listener()
    ears.receive(0, SILENCE)
    (frame,) = ears.receive(10_000_000, SILENCE)
    assert frame.started_ms == 10_000_000


def test_the_recogniser_is_given_the_cleaned_sound_and_the_record_the_line() -> None:
    class Halved:
        """A noise reducer."""

        name, delay_samples = "halved", 0

        def reduce(self, frame: bytes) -> bytes:
            return bytes(byte // 2 for byte in frame)

        def reset(self) -> None: ...

    class Hearing(ScriptedRecognizer):
        heard = b""

        def accept(self, pcm: bytes) -> None:
            super().accept(pcm)
            self.heard += pcm

    recognizer = Hearing(["hello"])
    off: Stage = Stage("off", [], print)
    noise = Stage("noise", [("halved", Halved)], print)
    loudness = Stage("vad", [("loudness", Loudness)], print)
    ears = Listener(AudioProcessor(Stages(off, off, noise, loudness), lambda: 0), recognizer)
    frames = hear(ears, [SPEECH] * 30 + [SILENCE] * 30)
    clean = bytes(byte // 2 for byte in g711.decode(SPEECH))
    assert recognizer.heard[:9600] == clean * 30
    assert frames[0].pcm == g711.decode(SPEECH)


def test_the_end_of_the_call_ends_the_utterance() -> None:
    ears, _ = listener("stop calling me")
    assert ears.flush() == []
    hear(ears, [SPEECH] * 30)
    assert ears.speaking
    (utterance,) = ears.flush()
    heard = utterance.heard()
    assert heard.text == "stop calling me" and heard.ended_ms == 155 + 600


def test_the_recogniser_is_told_of_each_pause_once() -> None:
    ears, recognizer = listener("well I think so")
    talk = [SPEECH] * 20
    hear(ears, talk + [SILENCE] * 7 + talk + [SILENCE] * 8 + talk + [SILENCE] * 40)
    assert recognizer.pauses == 2, "120 ms are no pause, 160 ms are, and so is the end"


def test_words_that_come_late_come_in_their_order_and_with_the_times_of_their_speech() -> None:
    class Slow(ScriptedRecognizer):
        """Works elsewhere; says what was understood when it is told to."""

        def __init__(self) -> None:
            super().__init__(["first", "second"])
            self.futures: list[Future[Recognition]] = []
            self.texts: list[Recognition] = []

        def finish(self) -> Future[Recognition]:
            self.texts.append(super().finish().result())
            self.futures.append(Future())
            return self.futures[-1]

        def tell(self, index: int) -> None:
            self.futures[index].set_result(self.texts[index])

    recognizer = Slow()
    ears = listener_of(recognizer)
    talk = [SPEECH] * 30 + [SILENCE] * 30
    assert not any(frame.heard for frame in hear(ears, talk * 2))
    assert ears.understanding and not ears.speaking
    recognizer.tell(1)
    assert not any(frame.heard for frame in hear(ears, [SILENCE], 155 + 2400))
    recognizer.tell(0)
    told = [f.heard for f in hear(ears, [SILENCE] * 3, 155 + 2420) if f.heard]
    assert [(heard.text, heard.started_ms) for heard in told] == [("first", 155), ("second", 1355)]
    assert not ears.understanding


def test_partial_words_are_given_while_it_is_open_who_answered() -> None:
    ears, _ = listener("please leave a message")
    words = [frame.words for frame in hear(ears, [SPEECH] * 100) if frame.words]
    assert words and all("please leave a message".startswith(text) for text in words)
    ears.pick_up = False
    assert not any(frame.words for frame in hear(ears, [SPEECH] * 100, 2155))
