"""What a command prints: one JSON value for programs, or something nice for people."""

import json
from typing import Annotated, Any

import typer
from pydantic import BaseModel
from rich.console import Console, RenderableType

AsJson = Annotated[bool, typer.Option("--json", help="One JSON value on stdout, nothing else.")]


def emit(as_json: bool, value: Any, shown: RenderableType) -> None:
    """Print `value` as JSON, or `shown` for people. Models become objects, the rest strings."""
    if as_json:
        typer.echo(json.dumps(_plain(value), indent=2, default=str, ensure_ascii=False))
    else:
        Console().print(shown)


def complain(as_json: bool, problem: str, remedy: str) -> None:
    """Tell an error in two lines on stderr, and as JSON on stdout when asked for."""
    typer.echo(f"error: {problem}", err=True)
    if remedy:
        typer.echo(f"remedy: {remedy}", err=True)
    if as_json:
        typer.echo(json.dumps({"error": problem, "remedy": remedy}, ensure_ascii=False))


def _plain(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return value
