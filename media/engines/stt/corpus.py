"""The sentences that callees say, drawn from the templates in `data/sentences.txt`."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

TEMPLATES = Path(__file__).parent / "data" / "sentences.txt"

_LEADS = ("yes", "yeah", "no", "well", "um", "uh", "oh", "okay", "hi", "hello", "actually", "so")
_TAILS = ("please", "thanks", "thank you", "okay", "you know", "i think", "right now", "sorry")
_LONG_FORMS = {
    "i'm": "i am",
    "we're": "we are",
    "you're": "you are",
    "it's": "it is",
    "that's": "that is",
    "there's": "there is",
    "he's": "he is",
    "she's": "she is",
    "don't": "do not",
    "doesn't": "does not",
    "isn't": "is not",
    "can't": "can not",
    "i'll": "i will",
    "we'll": "we will",
    "i'd": "i would",
    "we'd": "we would",
    "let's": "let us",
    "i've": "i have",
    "we've": "we have",
    "you've": "you have",
}
_LONG_SHARE = 0.25
_TOKEN = re.compile(r"[()|]|<\w+>|[^()|<>\s]+")


@dataclass(frozen=True, slots=True)
class Grammar:
    """Topics of lines with their weights, and the classes that lines refer to."""

    classes: dict[str, tuple[str, ...]]
    topics: tuple[tuple[float, tuple[str, ...]], ...]


def parse(text: str) -> Grammar:
    """Read templates; their notation stands at the head of `data/sentences.txt`."""
    classes: dict[str, tuple[str, ...]] = {}
    topics: list[tuple[float, list[str]]] = []
    for line in filter(None, map(str.strip, text.splitlines())):
        if line.startswith("@"):
            name, alternatives = line[1:].split("=", 1)
            classes[name.strip()] = _split(alternatives)
        elif line.startswith("["):
            topics.append((float(line.strip("[]").split()[1]), []))
        elif not line.startswith("#"):
            topics[-1][1].append(line)
    return Grammar(classes, tuple((weight, tuple(lines)) for weight, lines in topics))


def _split(alternatives: str) -> tuple[str, ...]:
    """Cut at the bars that are outside of parentheses."""
    parts, depth = [""], 0
    for letter in alternatives:
        depth += (letter == "(") - (letter == ")")
        if letter == "|" and depth == 0:
            parts.append("")
        else:
            parts[-1] += letter
    return tuple(part.strip() for part in parts)


class Sampler:
    """Draws sentences; the same generator state gives the same sentences."""

    def __init__(self, grammar: Grammar, rng: np.random.Generator) -> None:
        self._grammar = grammar
        self._rng = rng

    def sentences(self, per_weight: int) -> Iterator[list[str]]:
        """Word lists: each topic about `per_weight` times its weight."""
        for weight, lines in self._grammar.topics:
            for turn in range(max(len(lines), round(per_weight * weight))):
                words = self._dressed(self.expand(lines[turn % len(lines)]))
                yield self._slowly(words) if self._rng.random() < _LONG_SHARE else words

    def expand(self, template: str) -> list[str]:
        """One sentence of a template, every choice drawn evenly."""
        tokens = _TOKEN.findall(template)
        words, _ = self._sequence(tokens, 0)
        return words

    def _sequence(self, tokens: list[str], at: int) -> tuple[list[str], int]:
        """Words up to the next bar or closing parenthesis, and where that is."""
        words: list[str] = []
        while at < len(tokens) and tokens[at] not in "|)":
            if tokens[at] == "(":
                chosen, at = self._choice(tokens, at + 1)
                words += chosen
            elif tokens[at].startswith("<"):
                words += self.expand(self._pick(self._grammar.classes[tokens[at][1:-1]]))
            else:
                words.append(tokens[at])
            at += 1
        return words, at

    def _choice(self, tokens: list[str], at: int) -> tuple[list[str], int]:
        branches = []
        while True:
            words, at = self._sequence(tokens, at)
            branches.append(words)
            if tokens[at] == ")":
                return branches[int(self._rng.integers(len(branches)))], at
            at += 1

    def _dressed(self, words: list[str]) -> list[str]:
        """People begin with "well" and end with "please", and join two sentences to one."""
        draw = self._rng.random()
        if draw < 0.12:
            return [*self._pick(_LEADS).split(), *words]
        if draw < 0.16:
            return [*words, *self._pick(_TAILS).split()]
        if draw < 0.24:
            _, lines = self._grammar.topics[int(self._rng.integers(len(self._grammar.topics)))]
            return [*words, *self.expand(self._pick(lines))]
        return words

    @staticmethod
    def _slowly(words: list[str]) -> list[str]:
        """With short forms spoken long."""
        return [part for word in words for part in _LONG_FORMS.get(word, word).split()]

    def _pick(self, choices: tuple[str, ...]) -> str:
        return choices[int(self._rng.integers(len(choices)))]
