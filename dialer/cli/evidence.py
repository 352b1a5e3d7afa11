"""`dialer evidence`: the proof of a call as one file, and its check without a database."""

import json
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Group
from rich.text import Text
from typer.core import TyperGroup

from dialer import attempts, evidence
from dialer.cli.output import AsJson, emit
from dialer.cli.parts import product
from dialer.db import transaction
from dialer.errors import InputError
from dialer.evidence_check import Checked, check, check_chain
from dialer.hash_chain import Json, canonical


class _ShowByDefault(TyperGroup):
    """`dialer evidence ATTEMPT` is `dialer evidence show ATTEMPT`."""

    def resolve_command(self, ctx, args):  # type: ignore[no-untyped-def]  # typer's own types vary
        words = args if args[0] in self.commands else ["show", *args]
        return super().resolve_command(ctx, words)


app = typer.Typer(
    cls=_ShowByDefault,
    no_args_is_help=True,
    help="Proof of a call: `dialer evidence ATTEMPT`, and its check without a database.",
)


@app.command()
def show(
    attempt: Annotated[str, typer.Argument(help="The attempt's id.")],
    out: Annotated[Path | None, typer.Option(help="Write it here, not to stdout.")] = None,
    as_json: AsJson = False,
) -> None:
    """One file with all evidence of a call: consent, rules in full, decisions, words, seal."""
    it = product()
    with transaction(it.sessions) as session:
        attempt_id = attempts.find(session, attempt).id
        evidence.seal(session, attempt_id, it.clock.of(session))
        bundle = evidence.bundle(session, attempt_id)
    if out is None:
        emit(True, bundle, "")
        return
    _write(out, [canonical(bundle).decode()])
    told = {"file": str(out), "entries": len(bundle["entries"]), "serial": bundle["seal"]["serial"]}
    words = f"{out}: {told['entries']} entries under seal {told['serial']}."
    emit(as_json, told, Text(f"{words} `dialer evidence verify {out}` checks it anywhere."))


@app.command()
def verify(
    files: Annotated[list[Path] | None, typer.Argument(help="Evidence files.")] = None,
    chain: Annotated[Path | None, typer.Option(help="An exported chain of seals.")] = None,
    as_json: AsJson = False,
) -> None:
    """Check files without a database: every entry, the seal, the recording if it lies beside as
    ATTEMPT.wav. Exits 1 and names what was altered when something does not fit."""
    if not files and chain is None:
        raise InputError("there is nothing to verify", "Name evidence files, or --chain FILE")
    seals, faults = check_chain(_text(chain).removesuffix("\n").split("\n")) if chain else ({}, [])
    results = [(chain, Checked("", tuple(faults)))] if chain else []
    for file in files or []:
        found = _checked(file, seals if chain else None)
        results.append((file, found))
    told = [{"file": str(file), "verified": one.good, **asdict(one)} for file, one in results]
    emit(as_json, told, Group(*(_shown(file, one) for file, one in results)))
    if not all(one.good for _, one in results):
        raise typer.Exit(1)


@app.command()
def chain(
    out: Annotated[Path, typer.Option(help="Write it here: one seal a line.")],
    as_json: AsJson = False,
) -> None:
    """Export all seals. Keep the file where nobody who can change the database can write."""
    with transaction(product().sessions) as session:
        written = _write(out, (canonical(one).decode() for one in evidence.chain(session)))
    emit(as_json, {"file": str(out), "seals": written}, Text(f"{out}: {written} seals."))


def _checked(file: Path, seals: dict[str, Json] | None) -> Checked:
    """The file's own check, and whether the chain holds its seal."""
    try:
        bundle = json.loads(_text(file))
    except (ValueError, RecursionError) as error:
        return Checked("", (f"this is no JSON: {error}",))
    name = bundle.get("attempt_id") if isinstance(bundle, dict) else None
    recording = file.parent / f"{name}.wav"
    found = check(bundle, recording if recording.is_file() else None)
    if seals is None or not found.attempt_id or bundle["seal"] == seals.get(found.attempt_id):
        return found
    fault = "seal: the chain holds another one for this attempt, or none"
    return Checked(found.attempt_id, (*found.faults, fault), found.notes)


def _shown(file: Path, one: Checked) -> Text:
    words = Text(f"{file}: ")
    words.append("verified" if one.good else "DOES NOT VERIFY", "green" if one.good else "red")
    for fault in one.faults:
        words.append(f"\n  {fault}")
    for note in one.notes:
        words.append(f"\n  note: {note}", "dim")
    return words


def _text(file: Path) -> str:
    try:
        return file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        cause = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise InputError(
            f"{file} cannot be read: {cause}", "Give a file that `dialer evidence` wrote"
        ) from None


def _write(file: Path, lines: Iterable[str]) -> int:
    """Write lines; returns how many. Raises `InputError` when the place cannot be written."""
    try:
        with file.open("w", encoding="utf-8") as out:
            return sum(1 for line in lines if out.write(f"{line}\n"))
    except OSError as error:
        raise InputError(
            f"{file} cannot be written: {error.strerror}", "Name a file in a folder that exists"
        ) from None
