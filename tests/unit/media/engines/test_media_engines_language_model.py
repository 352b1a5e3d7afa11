"""Templates, the trigram model, and the files built of them."""

from math import log10
from pathlib import Path

import numpy as np
import pytest

from media.engines.stt import build
from media.engines.stt.corpus import Sampler, parse
from media.engines.stt.ngram import Trigrams

GRAMMAR = """
# a comment
@day = monday | <soon> | (early|late) friday
@soon = tomorrow
[when 1]
(call|try) (me|) <day>
never
"""
CORPUS = [["stop", "calling"], ["stop", "calling", "me"], ["call", "me"]] * 3


def test_templates_expand_to_every_sentence_and_no_other() -> None:
    sampler = Sampler(parse(GRAMMAR), np.random.default_rng(1))
    found = {" ".join(sampler.expand("(call|try) (me|) <day>")) for _ in range(500)}
    days = ("monday", "tomorrow", "early friday", "late friday")
    assert found == {
        f"{verb}{me} {day}" for verb in ("call", "try") for me in ("", " me") for day in days
    }


def test_the_same_seed_gives_the_same_sentences() -> None:
    draws = [list(Sampler(parse(GRAMMAR), np.random.default_rng(3)).sentences(50)) for _ in "ab"]
    assert draws[0] == draws[1]


@pytest.mark.parametrize("history", [(), ("<s>",), ("stop",), ("<s>", "stop"), ("call", "me")])
def test_probabilities_after_any_history_sum_to_one(history: tuple[str, ...]) -> None:
    model = Trigrams(CORPUS)
    words = [*model.vocabulary, "</s>"]
    assert sum(model.probability((*history, word)) for word in words) == pytest.approx(1)


def test_seen_is_likelier_than_unseen_and_nothing_is_impossible() -> None:
    model = Trigrams(CORPUS)
    assert model.probability(("stop", "calling")) > model.probability(("stop", "me")) > 0


def test_the_arpa_text_says_what_the_model_does() -> None:
    model = Trigrams(CORPUS)
    text = model.arpa()
    assert text.startswith("\\data\\\nngram 1=6\n")
    assert f"{log10(model.probability(('stop', 'calling'))):.4f} stop calling" in text
    assert text.endswith("\\end\\\n")


def test_a_word_without_pronunciation_is_named() -> None:
    with pytest.raises(KeyError, match="xyzzy"):
        build.dictionary_text(["yes", "xyzzy"], {"yes": ["Y EH S"]})


def test_the_shipped_files_are_those_that_the_templates_give(tmp_path: Path) -> None:
    build.build(tmp_path)
    for name in ("domain.lm", "domain.dict"):
        assert (tmp_path / name).read_bytes() == (build.DATA / name).read_bytes(), name
        assert (build.DATA / name).stat().st_size < 1_500_000


def test_every_keyphrase_can_be_pronounced() -> None:
    words = {line.split()[0] for line in (build.DATA / "domain.dict").read_text().splitlines()}
    for line in (build.DATA / "keyphrases.txt").read_text().splitlines():
        assert set(line.split(" /")[0].split()) <= words
