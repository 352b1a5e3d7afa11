"""The README is true: its settings, its commands, its pictures and its paths exist."""

import re
import shlex
from pathlib import Path

import pytest
from pydantic import SecretStr
from typer.main import get_command

from dialer.cli.app import app
from dialer.settings import Settings

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()


def table_row(name: str) -> str:
    field = Settings.model_fields[name]
    default = field.default
    shown = default.get_secret_value() if isinstance(default, SecretStr) else str(default)
    return f"| `{name.upper()}` | {f'`{shown}`' if shown else ''} | {field.description} |"


@pytest.mark.parametrize("name", Settings.model_fields)
def test_every_setting_stands_in_the_table_as_it_is(name: str) -> None:
    assert table_row(name) in README


def test_the_two_commands_stand_at_the_top() -> None:
    top = README[: README.index("## ")]
    assert "make demo" in top
    assert "make test" in top


@pytest.mark.parametrize("line", re.findall(r"^\.venv/bin/dialer ([^#\n]+)", README, re.MULTILINE))
def test_every_command_shown_exists_with_its_options(line: str) -> None:
    words = shlex.split(line)
    command = get_command(app)
    while words and words[0] in getattr(command, "commands", {}):
        command = command.commands[words.pop(0)]
    with command.make_context("dialer", words, resilient_parsing=False) as context:
        assert context.info_name


@pytest.mark.parametrize("path", re.findall(r"\]\(([^)#]+\.(?:png|md))\)", README))
def test_every_picture_and_page_exists(path: str) -> None:
    assert (ROOT / path).is_file()


@pytest.mark.parametrize(
    "path",
    re.findall(r"`((?:dialer|media|workers|migrations|tests|docs)/[\w./]*)`", README)
    + re.findall(
        r"`((?:dialer|media|workers|migrations|tests|docs)/[\w./]*)`",
        (ROOT / "docs" / "architecture.md").read_text(),
    ),
)
def test_every_path_named_exists(path: str) -> None:
    assert (ROOT / path).exists()
