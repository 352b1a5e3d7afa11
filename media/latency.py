"""When things happened at the far end, and where the time of each answer went."""

from dialer.call import TurnLatency


class StreamClock:
    """Milliseconds of the stream, kept in step with the carrier by its media timestamps.

    The frame with the least delay tells how far the local clock is from the stream's. Messages
    arrive in order, so what comes after a frame happened at the far end after that frame,
    however late both are.
    """

    def __init__(self) -> None:
        self._offset_ms: float | None = None
        self.far_ms = 0
        """The end of the audio received last: the far end's time of whatever arrives now."""

    def frame(self, ended_ms: int, local_ms: float) -> None:
        """Audio up to `ended_ms` of the stream arrived at `local_ms` of any monotonic clock."""
        self.far_ms = max(self.far_ms, ended_ms)
        offset = local_ms - ended_ms
        if self._offset_ms is None or offset < self._offset_ms:
            self._offset_ms = offset

    def now_ms(self, local_ms: float) -> int:
        """The stream's time at `local_ms`; 0 before the first frame."""
        if self._offset_ms is None:
            return 0
        return max(self.far_ms, round(local_ms - self._offset_ms))


class TurnTimes:
    """Stamps one answer's steps; times in ms of the stream, results from the end of speech."""

    def __init__(self, speech_ended_ms: int) -> None:
        self._speech_ended_ms = speech_ended_ms
        self._stamps: dict[str, int] = {}

    def stamp(self, step: str, now_ms: int) -> None:
        """`step` (endpoint, recognized, decided, first_audio) is done; the first stamp counts."""
        self._stamps.setdefault(step, max(0, now_ms - self._speech_ended_ms))

    def finish(self, heard_ms: int | None) -> TurnLatency | None:
        """The account, given when the answer began to be heard; None when nothing was said."""
        if "first_audio" not in self._stamps:
            return None
        return TurnLatency(
            endpoint_ms=self._stamps.get("endpoint", 0),
            recognized_ms=self._stamps.get("recognized", 0),
            decided_ms=self._stamps.get("decided", 0),
            first_audio_ms=self._stamps["first_audio"],
            voice_to_voice_ms=None
            if heard_ms is None
            else max(0, heard_ms - self._speech_ended_ms),
        )
