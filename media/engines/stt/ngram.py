"""A trigram language model with back-off, and its ARPA text.

Interpolated absolute discounting (Ney, Essen and Kneser 1994), which ARPA's back-off form can
hold exactly: p(w|h) = max(c(hw) - D, 0) / c(h) + bow(h) p(w|h'), bow(h) = the mass taken away.
"""

from collections import Counter
from collections.abc import Iterable
from math import log10

Gram = tuple[str, ...]

_DISCOUNTS = {1: 0.0, 2: 0.75, 3: 0.9}
_FLOOR_SHARE = 0.02
_NEVER = -99.0


class Trigrams:
    """Counts of sentences; `arpa()` gives the model. Trigrams seen fewer than `least` times
    are left out, their mass goes to the back-off."""

    def __init__(self, sentences: Iterable[list[str]], least: int = 2) -> None:
        self._counts: dict[int, Counter[Gram]] = {1: Counter(), 2: Counter(), 3: Counter()}
        for words in sentences:
            line = ["<s>", *words, "</s>"]
            for order, counts in self._counts.items():
                counts.update(tuple(line[i : i + order]) for i in range(len(line) - order + 1))
        self._context: Counter[Gram] = Counter()
        for order in (2, 3):
            for gram, count in self._counts[order].items():
                self._context[gram[:-1]] += count
        kept = {gram: n for gram, n in self._counts[3].items() if n >= least}
        self._counts[3] = Counter(kept)
        self._backoff = self._taken_mass()
        self._known: dict[Gram, float] = {}

    @property
    def vocabulary(self) -> list[str]:
        """All words, sorted, without the sentence marks."""
        return sorted(gram[0] for gram in self._counts[1] if not gram[0].startswith(("<", "</")))

    def _taken_mass(self) -> dict[Gram, float]:
        backoff = dict.fromkeys(self._context, 1.0)
        for order in (2, 3):
            for gram, count in self._counts[order].items():
                kept = (count - _DISCOUNTS[order]) / self._context[gram[:-1]]
                backoff[gram[:-1]] -= kept
        return backoff

    def probability(self, gram: Gram) -> float:
        """p(last word | the words before it); 1 to 3 words, all of them known."""
        if gram not in self._known:
            self._known[gram] = self._estimate(gram)
        return self._known[gram]

    def _estimate(self, gram: Gram) -> float:
        if len(gram) == 1:
            if gram[0] == "<s>":
                return 0.0
            total = self._counts[1].total() - self._counts[1][("<s>",)]
            words = len(self._counts[1]) - 1
            return (1 - _FLOOR_SHARE) * self._counts[1][gram] / total + _FLOOR_SHARE / words
        history, lower = gram[:-1], self.probability(gram[1:])
        if history not in self._context:
            return lower
        count = self._counts[len(gram)].get(gram, 0)
        seen = max(0.0, count - _DISCOUNTS[len(gram)]) / self._context[history]
        return seen + self._backoff[history] * lower

    def arpa(self) -> str:
        """The model as ARPA text, logarithms to base 10 with four digits."""
        counts = self._counts
        lines = ["\\data\\", *(f"ngram {n}={len(counts[n])}" for n in (1, 2, 3)), ""]
        for order in (1, 2, 3):
            lines += [f"\\{order}-grams:", *map(self._entry, sorted(counts[order])), ""]
        return "\n".join([*lines, "\\end\\", ""])

    def _entry(self, gram: Gram) -> str:
        probability = self.probability(gram)
        line = f"{log10(probability) if probability else _NEVER:.4f} {' '.join(gram)}"
        if gram not in self._backoff:
            return line
        return f"{line} {log10(max(self._backoff[gram], 1e-9)):.4f}"
