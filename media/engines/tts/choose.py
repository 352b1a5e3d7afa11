"""Which voice speaks: the one asked for, or the best one that is installed."""

from media.engines.tts import espeak, flite
from media.engines.tts.port import Voice, VoiceFailed


class NoVoice(VoiceFailed):
    """No speech engine is installed: install the Debian packages `flite` or `libflite1`, or
    `pip install 'batch-dialer[espeak]'`."""

    def __str__(self) -> str:
        return " ".join(str(self.__doc__).split())


def available() -> tuple[str, ...]:
    """Names of the voices of this machine, best first, as `make` takes them."""
    names = [f"flite:{voice}" for voice in flite.VOICES if flite.installed(voice)]
    return (*names, *(("espeak:en-us",) if espeak.installed() else ()))


def make(name: str | None = None) -> Voice:
    """The voice `name` ("flite:rms", "espeak:en-us", or an engine alone), by default the best.

    Raises `NoVoice` when there is none, `VoiceFailed` when there is none of that name.
    """
    names = available()
    if not names:
        raise NoVoice
    chosen = next((one for one in names if name is None or f"{one}:".startswith(f"{name}:")), None)
    if chosen is None:
        raise VoiceFailed(f"no voice {name!r} is installed; there are {', '.join(names)}")
    engine, _, voice = chosen.partition(":")
    return flite.voice(voice) if engine == "flite" else espeak.voice(voice)
