"""The linear engine of a name."""

from media.audio.echo.port import EchoCanceller

NAMES = ("speex", "nlms")


def make(name: str) -> EchoCanceller:
    """The engine of that name, new to its call.

    Raises ValueError for a name nobody knows and for an engine whose library is missing, with the
    remedy.
    """
    if name == "speex":
        from media.audio.echo.speex import SpeexCanceller
        from media.audio.speexdsp import SpeexMissing

        try:
            return SpeexCanceller()
        except SpeexMissing as error:
            raise ValueError(f"echo cancellation by speex cannot be had: {error}") from error
    if name == "nlms":
        from media.audio.echo.nlms import NlmsCanceller

        return NlmsCanceller()
    raise ValueError(f"no echo cancellation by {name!r}: one of {', '.join(NAMES)}")
