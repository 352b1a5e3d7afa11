"""What the callee's telephone played and when: the reference of the echo canceller."""

from bisect import bisect_right

from media.audio.echo.port import FRAME, FRAME_BYTES

SILENCE = bytes(FRAME_BYTES)
_KEPT = 4 * 8000
"""Samples before the last frame asked for that are remembered: more than the aligner looks at."""


class FarReference:
    """The agent's decoded sound on the time line of the stream, counted in samples.

    Sound may be placed ahead of its time, in any order and any length, and moved by placing it
    again: the latest word about a sample counts. Where nothing was placed there is silence.
    """

    def __init__(self) -> None:
        self._starts: list[int] = []
        self._pieces: list[bytes] = []

    def played(self, pcm: bytes, at_samples: int) -> None:
        """PCM s16le that is played from `at_samples` on. Raises ValueError on half a sample."""
        if len(pcm) % 2:
            raise ValueError(f"PCM of 16 bits has an even number of bytes, not {len(pcm)}")
        if not pcm:
            return
        starts, pieces = self._starts, self._pieces
        if not starts or at_samples >= starts[-1] + len(pieces[-1]) // 2:
            starts.append(at_samples)
            pieces.append(pcm)
            return
        self._replace(pcm, at_samples, at_samples + len(pcm) // 2)

    def _replace(self, pcm: bytes, at: int, end: int) -> None:
        """Cut a hole from `at` to `end` and put the piece there."""
        starts, pieces = self._starts, self._pieces
        first = self._first_behind(at)
        last = first
        new_starts, new_pieces = [at], [pcm]
        while last < len(starts) and starts[last] < end:
            start, piece = starts[last], pieces[last]
            if start < at:
                new_starts.insert(0, start)
                new_pieces.insert(0, piece[: 2 * (at - start)])
            if start + len(piece) // 2 > end:
                new_starts.append(end)
                new_pieces.append(piece[2 * (end - start) :])
            last += 1
        starts[first:last] = new_starts
        pieces[first:last] = new_pieces

    def _first_behind(self, at: int) -> int:
        """Index of the first piece that ends after `at`."""
        index = bisect_right(self._starts, at) - 1
        if index >= 0 and self._starts[index] + len(self._pieces[index]) // 2 > at:
            return index
        return index + 1

    def frame(self, at_samples: int) -> bytes:
        """The 20 ms from `at_samples` on; what lies seconds before them is forgotten."""
        starts = self._starts
        if not starts or at_samples + FRAME <= starts[0]:
            return SILENCE
        index = bisect_right(starts, at_samples) - 1
        if index >= 0:
            skip = 2 * (at_samples - starts[index])
            found = self._pieces[index][skip : skip + FRAME_BYTES]
            missing = FRAME_BYTES - len(found)
            behind = at_samples + len(found) // 2
            if missing and found and starts[index + 1 : index + 2] == [behind]:
                found += self._pieces[index + 1][:missing]
            self._forget(at_samples - _KEPT)
            if len(found) == FRAME_BYTES:
                return found
        return self.span(at_samples, FRAME)

    def span(self, at_samples: int, samples: int) -> bytes:
        """`samples` of PCM s16le from `at_samples` on."""
        end = at_samples + samples
        found = []
        at = at_samples
        for index in range(self._first_behind(at_samples), len(self._starts)):
            start, piece = self._starts[index], self._pieces[index]
            if start >= end:
                break
            if start > at:
                found.append(bytes(2 * (start - at)))
                at = start
            part = piece[2 * (at - start) : 2 * (end - start)]
            found.append(part)
            at += len(part) // 2
        found.append(bytes(2 * (end - at)))
        return b"".join(found)

    def _forget(self, before: int) -> None:
        starts, pieces = self._starts, self._pieces
        while len(starts) > 1 and starts[0] + len(pieces[0]) // 2 <= before:
            del starts[0], pieces[0]
