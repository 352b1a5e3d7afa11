"""Which local voice speaks a `<Say>`: by the carrier's names of voices, and by language."""

from media.simulator.twiml.verbs import Say

_MEN = frozenset(
    {
        *("man", "brian", "geraint", "joey", "justin", "kevin", "matthew", "russell", "stephen"),
        *("arthur", "enrique", "giorgio", "hans", "mathieu", "miguel", "daniel", "gregory"),
    }
)
"""Names of men among the carrier's voices; the rest are taken as women."""
_ESPEAK = {"pt-br": "pt-br", "es-es": "es", "es": "es-419", "zh": "cmn"}
"""eSpeak's names where they are not the language without its region."""
_AMERICAN = frozenset({"", "en", "en-us"})


def local_voice(verb: Say, usual: str) -> str:
    """`flite:...` or `espeak:...`; `usual` where the verb says nothing.

    American English has a man's and a woman's voice, every other language eSpeak's.
    """
    name = verb.voice.lower().removesuffix("-neural").removesuffix("-generative")
    vendor, _, speaker = name.rpartition(".")
    language = verb.language.lower()
    if not language and vendor == "google":
        language = "-".join(speaker.split("-")[:2])
    if language not in _AMERICAN:
        return f"espeak:{_espeak(language)}"
    if not name:
        return usual
    return "flite:rms" if speaker in _MEN else "flite:slt"


def _espeak(language: str) -> str:
    bare = language.split("-")[0]
    return _ESPEAK.get(language) or _ESPEAK.get(bare, bare)
