"""Builds `data/domain.lm` and `data/domain.dict`: `python -m media.engines.stt.build`."""

from collections import defaultdict
from pathlib import Path

import numpy as np
from pocketsphinx import get_model_path

from media.engines.stt.corpus import TEMPLATES, Sampler, parse
from media.engines.stt.ngram import Trigrams

DATA = TEMPLATES.parent
EXTRA = {
    "ai": ("EY AY",),
    "asap": ("EY S AE P", "EY EH S EY P IY"),
    "robocall": ("R OW B OW K AO L",),
    "house": ("HH AW S", "HH AW F"),
    "months": ("M AH N TH S", "M AH N S", "M AH N TH"),
    "sure": ("SH UH R", "SH ER"),
    "thousand": ("TH AW Z AH N D", "TH AW Z AH N", "TH AW Z AH N T", "TH AW V AH N D"),
    "yep": ("Y EH P", "Y AH P", "Y IH P"),
    "yes": ("Y EH S", "Y AH S", "Y IH S"),
    "zillow": ("Z IH L OW",),
}
"""Pronunciations (ARPAbet) that the model's dictionary lacks or has otherwise."""
_SEED = 20
_PER_WEIGHT = 600


def pronunciations() -> dict[str, list[str]]:
    """Word -> pronunciations of the recogniser's own dictionary, with `EXTRA`."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    dictionary = Path(get_model_path("en-us/cmudict-en-us.dict"))
    for line in dictionary.read_text(encoding="utf-8").splitlines():
        word, phones = line.split(maxsplit=1)
        found[word.split("(")[0]].append(phones)
    return found | {word: list(phones) for word, phones in EXTRA.items()}


def dictionary_text(words: list[str], known: dict[str, list[str]]) -> str:
    """A dictionary of `words`; second and later pronunciations as `word(2)`.

    Raises KeyError with the words that have no pronunciation.
    """
    missing = [word for word in words if word not in known]
    if missing:
        raise KeyError(", ".join(missing))
    lines = []
    for word in words:
        for number, phones in enumerate(known[word], start=1):
            lines.append(f"{word}({number}) {phones}" if number > 1 else f"{word} {phones}")
    return "\n".join([*lines, ""])


def build(folder: Path = DATA) -> None:
    """Write both files to `folder`; the same templates give the same bytes."""
    grammar = parse(TEMPLATES.read_text(encoding="utf-8"))
    sentences = Sampler(grammar, np.random.default_rng(_SEED)).sentences(_PER_WEIGHT)
    model = Trigrams(sentences)
    (folder / "domain.lm").write_text(model.arpa(), encoding="utf-8")
    words = dictionary_text(model.vocabulary, pronunciations())
    (folder / "domain.dict").write_text(words, encoding="utf-8")


if __name__ == "__main__":
    build()
