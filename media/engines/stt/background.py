"""A recogniser that understands whole stretches of speech, in a thread of its own.

For models that look at a stretch as a whole, as Whisper does. The last stretch is looked at as
soon as the callee pauses, so that its words are there, or on the way, when the end is sure.
"""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

from media.engines.stt.port import Recognition, known

Transcribe = Callable[[bytes], Recognition]
"""PCM s16le at 8 kHz -> what was said in it. Called in the recogniser's thread."""

_BYTES_PER_MS = 16
_STALE_MS = 600
"""More sound than this after a pause is not the silence at the end any more."""
_STRETCH_MS = 8000
"""A stretch longer than this is closed at the next pause: a model's time grows with its length."""


class BackgroundRecognizer:
    """A `Recognizer` over `transcribe`; `close` lets its thread go."""

    def __init__(self, transcribe: Transcribe) -> None:
        self._transcribe = transcribe
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="recognizer")
        self._open = False
        self._stretch = bytearray()
        self._looked_at = 0
        self._last: Future[Recognition] | None = None
        self._closed: list[Future[Recognition]] = []

    def start(self) -> None:
        """See `Recognizer`; an utterance that was not finished is dropped."""
        self._drop_look()
        self._open = True
        self._stretch.clear()
        self._closed = []

    def accept(self, pcm: bytes) -> None:
        """See `Recognizer`. Raises RuntimeError outside of an utterance."""
        if not self._open:
            raise RuntimeError("start() first")
        self._stretch += pcm

    def pause(self) -> None:
        """See `Recognizer`: look at the stretch now, it may be the last."""
        if not self._open or not self._stretch:
            return
        self._look()
        if len(self._stretch) >= _STRETCH_MS * _BYTES_PER_MS:
            self._close_stretch()

    def partial(self) -> str:
        """See `Recognizer`: what was understood up to the last pause that was looked at."""
        looks = [*self._closed, *([self._last] if self._last is not None else [])]
        done = (look.result().text for look in looks if look.done() and not look.exception())
        return " ".join(text for text in done if text)

    def finish(self) -> Future[Recognition]:
        """See `Recognizer`. Raises RuntimeError outside of an utterance."""
        if not self._open:
            raise RuntimeError("start() first")
        self._open = False
        after_ms = (len(self._stretch) - self._looked_at) // _BYTES_PER_MS
        if self._stretch and (self._last is None or after_ms > _STALE_MS):
            self._look()
        self._close_stretch()
        looks, self._closed = self._closed, []
        return _joined(looks)

    def close(self) -> None:
        """Let the thread go; what it has not begun is not done."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _look(self) -> None:
        self._drop_look()
        self._looked_at = len(self._stretch)
        self._last = self._thread.submit(self._transcribe, bytes(self._stretch))

    def _drop_look(self) -> None:
        """One that waits is taken back, one that runs cannot be."""
        if self._last is not None:
            self._last.cancel()
        self._last = None
        self._looked_at = 0

    def _close_stretch(self) -> None:
        if self._last is not None:
            self._closed.append(self._last)
        self._last = None
        self._looked_at = 0
        self._stretch.clear()


def _joined(looks: list[Future[Recognition]]) -> Future[Recognition]:
    """The words of all stretches, known when the last one is; an error of any is its error."""
    if not looks:
        return known(Recognition("", 0.0))
    whole: Future[Recognition] = Future()

    def told(_: Future[Recognition]) -> None:
        try:
            whole.set_result(_together([look.result() for look in looks]))
        except Exception as error:
            whole.set_exception(error)

    # One thread understands them in order: when the last is done, all are.
    looks[-1].add_done_callback(told)
    return whole


def _together(parts: list[Recognition]) -> Recognition:
    """The words in order; as sure as the least sure part that has any."""
    spoken = [part for part in parts if part.text]
    return Recognition(
        " ".join(part.text for part in spoken),
        min((part.confidence for part in spoken), default=0.0),
        tuple(dict.fromkeys(phrase for part in parts for phrase in part.keyphrases)),
    )
