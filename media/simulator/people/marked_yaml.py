"""YAML values that know their line, so that a mistake in a scenario is told where it stands."""

from collections.abc import Iterator, Set
from typing import Any

import yaml


class ScenarioError(Exception):
    """A scenario file says something that cannot be played; the message names line and key."""

    def __init__(self, line: int, key: str, reason: str) -> None:
        super().__init__(f"line {line}, {key}: {reason}" if key else f"line {line}: {reason}")
        self.line = line
        self.key = key


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
        if node is None:
            raise ScenarioError(1, "", "the file is empty")
        return cls(node)

    def error(self, reason: str) -> ScenarioError:
        """A `ScenarioError` at this place, to be raised by the caller."""
        return ScenarioError(self._node.start_mark.line + 1, self.key, reason)

    def fields(self, allowed: Set[str] | None = None) -> dict[str, "Marked"]:
        """The entries of a mapping; a key outside `allowed`, or twice, is an error."""
        if not isinstance(self._node, yaml.MappingNode):
            raise self.error("must be a mapping")
        entries: dict[str, Marked] = {}
        for key_node, value in self._node.value:
            name = str(key_node.value)
            line = key_node.start_mark.line + 1
            path = f"{self.key}.{name}" if self.key else name
            if allowed is not None and name not in allowed:
                known = ", ".join(sorted(allowed))
                raise ScenarioError(line, path, f"unknown key; known are {known}")
            if name in entries:
                raise ScenarioError(line, path, "stands here twice")
            entries[name] = Marked(value, path)
        return entries

    def items(self) -> Iterator["Marked"]:
        """The entries of a list."""
        if not isinstance(self._node, yaml.SequenceNode):
            raise self.error("must be a list")
        for index, value in enumerate(self._node.value, start=1):
            yield Marked(value, f"{self.key}[{index}]")

    def is_mapping(self) -> bool:
        """Whether this is a mapping rather than a plain value."""
        return isinstance(self._node, yaml.MappingNode)

    def text(self) -> str:
        """A plain value as it is written."""
        if not isinstance(self._node, yaml.ScalarNode):
            raise self.error("must be a text")
        return str(self._node.value)

    def number(self, least: float = 0.0, most: float = 1e9) -> float:
        """A number between the two bounds."""
        try:
            value = float(self.text())
        except ValueError:
            raise self.error("must be a number") from None
        if not least <= value <= most:
            raise self.error(f"must be between {least:g} and {most:g}")
        return value

    def choice(self, allowed: Any) -> Any:
        """A member of the `StrEnum` class `allowed`."""
        try:
            return allowed(self.text())
        except ValueError:
            raise self.error(f"must be one of {', '.join(allowed)}") from None
