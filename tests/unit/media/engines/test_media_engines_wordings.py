"""A sample of the listed wordings through voice, telephone, recogniser and guard."""

from pathlib import Path

import pytest

from media.agent.guard import opt_out_words
from media.audio import g711
from media.engines.llm.intents import polarity
from media.engines.llm.words import canonical
from media.engines.stt.port import Recognition
from media.engines.stt.sphinx import Models, SphinxRecognizer
from media.engines.tts import flite
from media.engines.tts.port import Voice

LISTS = Path(__file__).parents[3] / "data" / "words"
VOICES = ("rms", "slt", "awb")
SHORT = {"yes": "yes", "yeah": "yes", "sure": "yes", "okay": "yes", "no": "no", "nope": "no"}
BELIEVED = 0.35
pytestmark = pytest.mark.skipif(
    not all(map(flite.installed, VOICES)), reason="Flite is not installed to speak them"
)


class Telephone:
    """Says a sentence by one of the voices and hands back what is heard of it."""

    def __init__(self) -> None:
        self._models = Models()
        self._voices: dict[str, Voice] = {name: flite.voice(name) for name in VOICES}

    def heard(self, voice: str, text: str) -> Recognition:
        speech = b"".join(self._voices[voice].synthesize(text))
        line = g711.decode(g711.encode(bytes(3200) + speech + bytes(4800)))
        recognizer = SphinxRecognizer(self._models)
        recognizer.start()
        recognizer.accept(line)
        return recognizer.finish().result()


@pytest.fixture(scope="module")
def telephone() -> Telephone:
    return Telephone()


def opted_out(telephone: Telephone, name: str, step: int) -> dict[str, bool]:
    lines = (LISTS / name).read_text(encoding="utf-8").splitlines()[::step]
    found = {}
    for number, text in enumerate(lines):
        heard = telephone.heard(VOICES[number % len(VOICES)], text)
        words = opt_out_words(heard.text, heard.confidence >= BELIEVED, heard.keyphrases)
        found[text] = words is not None
    return found


def test_opt_outs_are_heard(telephone: Telephone) -> None:
    found = opted_out(telephone, "opt_outs.txt", 5)
    missed = [text for text, heard in found.items() if not heard]
    assert len(found) == 12 and len(missed) <= 1, missed


def test_other_wishes_are_not_taken_for_opt_outs(telephone: Telephone) -> None:
    found = opted_out(telephone, "not_opt_outs.txt", 6)
    false = [text for text, heard in found.items() if heard]
    assert len(found) == 10 and len(false) <= 1, false


@pytest.mark.parametrize("voice", VOICES)
def test_short_answers_are_understood_in_every_voice(telephone: Telephone, voice: str) -> None:
    heard = {text: telephone.heard(voice, text).text for text in SHORT}
    found = {text: polarity(canonical(words)) for text, words in heard.items()}
    # One that is not understood is asked again; one that is turned round would do harm.
    assert all(meant in (SHORT[text], None) for text, meant in found.items()), heard
    assert sum(meant is None for meant in found.values()) <= 1, heard
