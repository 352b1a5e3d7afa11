"""Makes telephone sound of a file that the customer's server gave to `<Play>`."""

from media.simulator.playout.wav import NotWav, telephone_sound
from media.simulator.twiml.reader import TwimlError
from media.simulator.webhooks.sender import Answer

_WAV = frozenset({"audio/wav", "audio/wave", "audio/x-wav", "audio/vnd.wave"})
_MULAW = frozenset({"audio/basic", "audio/x-mulaw", "audio/mulaw", "audio/pcmu"})
"""Without a header, 8 kHz (RFC 2046, RFC 4856)."""


def content_type(answer: Answer) -> str:
    """Without its parameters, lower case."""
    return answer.content_type.split(";")[0].strip().lower()


def telephone(answer: Answer) -> bytes:
    """Mu-law at 8 kHz. Raises `TwimlError` 12300 for what is no sound, or none that can be read."""
    kind = content_type(answer)
    if kind in _MULAW:
        return answer.body
    if kind not in _WAV:
        raise TwimlError(12300, f"content type {kind!r} is no sound that this carrier can play")
    try:
        return telephone_sound(answer.body)
    except NotWav as error:
        raise TwimlError(12300, f"the sound cannot be played: {error}") from error
