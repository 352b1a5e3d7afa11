"""Hears telephone keys in the sound itself, as an answering machine or a voice menu does."""

import numpy as np

from media.audio import g711
from media.simulator.playout.playback import FRAME, SAMPLE_RATE, SILENCE

_ROWS, _COLUMNS, _KEYS = (697, 770, 852, 941), (1209, 1336, 1477, 1633), "123A456B789C*0#D"
_HELD_FRAMES = 2
"""A key lasts at least 40 ms (ITU-T Q.24)."""
_TWIST = 10 ** (8 / 10)
"""One of the two tones may be 8 dB the louder one."""
_SHARE = 0.7
"""Share of the frame's energy that must lie in the two tones: speech has more besides them."""
_LEAST = (32768 * 10 ** (-36 / 20)) ** 2
"""Mean power below which nothing is a key."""
_at = np.arange(FRAME) / SAMPLE_RATE
_turns = 2j * np.pi * np.outer(_at, (*_ROWS, *_COLUMNS))
_TONES = np.exp(_turns) * (np.hanning(FRAME + 1)[:-1, None] * 2)


class Keypad:
    """Takes 20 ms of mu-law at a time and gives each key once."""

    def __init__(self) -> None:
        self._key = ""
        self._held = 0

    def hear(self, frame: bytes) -> str:
        """The key that is now sure to be pressed, or nothing."""
        key = "" if frame == SILENCE else _key(frame)
        self._held = self._held + 1 if key == self._key else 1
        self._key = key
        return key if key and self._held == _HELD_FRAMES else ""


def _key(frame: bytes) -> str:
    sound = np.frombuffer(g711.decode(frame), dtype="<i2").astype(np.float64)
    power = float(np.mean(sound**2))
    if power < _LEAST:
        return ""
    # The mean power of a sine is half its squared amplitude.
    tones = np.abs(sound @ _TONES / FRAME) ** 2 * 2
    rows, columns = tones[:4], tones[4:]
    row, column = int(rows.argmax()), int(columns.argmax())
    low, high = float(rows[row]), float(columns[column])
    if low + high < _SHARE * power or not 1 / _TWIST < low / high < _TWIST:
        return ""
    return _KEYS[row * 4 + column]
