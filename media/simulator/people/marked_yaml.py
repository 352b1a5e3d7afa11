"""YAML values that know their line, so that a mistake in a scenario is told where it stands."""

import re
from collections.abc import Iterable, Iterator, Set
from difflib import get_close_matches
from typing import Any

import yaml

_SPOKEN = re.compile("[A-Za-z0-9]")
_constructor = yaml.constructor.SafeConstructor()


class ScenarioError(Exception):
    """A scenario file says something that cannot be played; the message names line and key."""

    def __init__(self, line: int, key: str, reason: str) -> None:
        super().__init__(f"line {line}, {key}: {reason}" if key else f"line {line}: {reason}")
        self.line = line
        self.key = key


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """` (did you mean ...?)`, or nothing where no known word is near."""
    near = get_close_matches(word, sorted(known), 1, 0.6)
    return f" (did you mean {near[0]}?)" if near else ""


class Marked:
    """One node of a YAML document with its path of keys."""

    def __init__(self, node: yaml.Node, key: str = "") -> None:
        self._node = node
        self.key = key

    @classmethod
    def parse(cls, text: str) -> "Marked":
        """Raises `ScenarioError` when the text is no YAML or empty."""
        try:
            node = yaml.compose(text, Loader=yaml.SafeLoader)
        except yaml.MarkedYAMLError as error:
            line = error.problem_mark.line + 1 if error.problem_mark else 1
            raise ScenarioError(line, "", str(error.problem)) from error
        except yaml.YAMLError as error:
            raise ScenarioError(1, "", str(error)) from error
        if node is None:
            raise ScenarioError(1, "", "the file is empty; it needs at least `callees: {}`")
        return cls(node)

    def error(self, reason: str) -> ScenarioError:
        """A `ScenarioError` at this place, to be raised by the caller."""
        return ScenarioError(self._node.start_mark.line + 1, self.key, reason)

    def fields(self, allowed: Set[str] | None = None) -> dict[str, "Marked"]:
        """The entries of a mapping; a key outside `allowed`, or twice, is an error.

        `<<: *anchor` merges another mapping, whose keys give way to the mapping's own.
        """
        if not isinstance(self._node, yaml.MappingNode):
            raise self.error("must be a mapping of `key: value`")
        entries: dict[str, Marked] = {}
        merged: dict[str, Marked] = {}
        for key_node, value in self._node.value:
            if key_node.tag == "tag:yaml.org,2002:merge":
                merged |= self._merged(value, allowed)
                continue
            name, marked = self._entry(key_node, value, allowed)
            if name in entries:
                line = key_node.start_mark.line + 1
                raise ScenarioError(line, marked.key, "stands here twice; remove one of them")
            entries[name] = marked
        return {**merged, **entries}

    def _merged(self, value: yaml.Node, allowed: Set[str] | None) -> dict[str, "Marked"]:
        found: dict[str, Marked] = {}
        mappings = value.value if isinstance(value, yaml.SequenceNode) else [value]
        for mapping in mappings:
            found = {**Marked(mapping, self.key).fields(allowed), **found}
        return found

    def _entry(
        self, key_node: yaml.Node, value: yaml.Node, allowed: Set[str] | None
    ) -> tuple[str, "Marked"]:
        if not isinstance(key_node, yaml.ScalarNode):
            raise ScenarioError(key_node.start_mark.line + 1, self.key, "a key must be one word")
        name = str(key_node.value)
        path = f"{self.key}.{name}" if self.key else name
        if allowed is not None and name not in allowed:
            known = ", ".join(sorted(allowed))
            reason = f"unknown key{did_you_mean(name, allowed)}; known are {known}"
            raise ScenarioError(key_node.start_mark.line + 1, path, reason)
        return name, Marked(value, path)

    def items(self) -> Iterator["Marked"]:
        """The entries of a list."""
        if not isinstance(self._node, yaml.SequenceNode):
            raise self.error("must be a list, each entry on a line of its own behind `- `")
        for index, value in enumerate(self._node.value, start=1):
            yield Marked(value, f"{self.key}[{index}]")

    def is_mapping(self) -> bool:
        """Whether this is a mapping rather than a plain value."""
        return isinstance(self._node, yaml.MappingNode)

    def is_list(self) -> bool:
        """Whether this is a list."""
        return isinstance(self._node, yaml.SequenceNode)

    def scalar(self) -> Any:
        """The plain value as YAML understands it. Raises `ScenarioError`."""
        if not isinstance(self._node, yaml.ScalarNode):
            raise self.error("must be one plain value")
        try:
            return _constructor.construct_object(self._node)
        except (yaml.YAMLError, ValueError) as error:
            raise self.error(f"{error}; put it in quotes") from None

    def text(self) -> str:
        """A text, or a number as it is written."""
        value = self.scalar()
        written = str(getattr(self._node, "value", ""))
        if value is None:
            raise self.error("must be a text, and is empty")
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            kind = "a truth value" if isinstance(value, bool) else "a date or another type"
            raise self.error(f'YAML reads {written} as {kind}; write "{written}" in quotes')
        return written

    def words(self) -> str:
        """A text with at least one letter or digit of English, which can be spoken and heard."""
        text = self.text()
        if not _SPOKEN.search(text):
            raise self.error("has no word in it; write English words")
        return text

    def number(self, least: float = 0.0, most: float = 3.6e6) -> float:
        """A number between the two bounds."""
        value = self.scalar()
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self.error("must be a number, without quotes and unit")
        if not least <= value <= most:
            raise self.error(f"must be between {least:g} and {most:g}")
        return float(value)

    def whole(self, least: int, most: int) -> int:
        """A whole number between the two bounds."""
        value = self.number(least, most)
        if not value.is_integer():
            raise self.error(f"must be a whole number between {least} and {most}")
        return int(value)

    def truth(self) -> bool:
        """`true` or `false`."""
        value = self.scalar()
        if not isinstance(value, bool):
            raise self.error("must be true or false")
        return value

    def choice(self, allowed: Any) -> Any:
        """A member of the `StrEnum` class `allowed`."""
        value = self.text()
        try:
            return allowed(value)
        except ValueError:
            near = did_you_mean(value, allowed)
            raise self.error(f"must be one of {', '.join(allowed)}{near}") from None
