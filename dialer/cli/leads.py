"""`dialer leads import`: a CSV goes in, and every refused row comes back with its reason."""

import threading
import time
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Group
from rich.table import Table
from rich.text import Text

from dialer import campaigns, lead_consent, leads
from dialer.cli.output import AsJson, emit
from dialer.cli.parts import product
from dialer.db import transaction
from dialer.errors import InputError, Unavailable
from dialer.lead_csv import Fault
from dialer.lead_staging import Note
from dialer.leads import ImportReport
from dialer.wiring import Product

app = typer.Typer(help="Leads of a campaign.")
OVER = {"ready", "failed"}
LOOK_EVERY_S = 0.2
SHOWN = 50


@app.callback()
def _group() -> None:
    """Leads of a campaign."""


@app.command("import")
def take_in(
    key: Annotated[str, typer.Argument(metavar="CAMPAIGN", help="Name or id.")],
    file: Annotated[Path, typer.Argument(metavar="FILE.csv", help="UTF-8, with a phone column.")],
    wait: Annotated[bool, typer.Option(help="Wait until the workers have read it.")] = True,
    timeout: Annotated[float, typer.Option(help="Seconds to wait, at most.")] = 300.0,
    inline: Annotated[bool, typer.Option("--inline", help="Read it here, no workers.")] = False,
    consent_wording: Annotated[str, typer.Option(help="What all rows agreed to.")] = "",
    consent_channel: Annotated[str, typer.Option(help="How, such as 'web form'.")] = "",
    consent_date: Annotated[str, typer.Option(help="When: ISO 8601, else MM/DD/YYYY.")] = "",
    consent_form: Annotated[str, typer.Option(help="written or express.")] = "",
    consent_purpose: Annotated[str, typer.Option(help="What for.")] = "",
    as_json: AsJson = False,
) -> None:
    """Take a CSV of leads in. Exits 1 when not one row could be imported.

    Rows that tell of a consent keep their own; the options hold for all others.
    """
    it = product()
    agreed = (consent_wording, consent_channel, consent_date, consent_form, consent_purpose)
    import_id = _upload(it, key, file, agreed)
    if inline:
        _read_here(it, import_id)
    else:
        it.nudges.import_leads(import_id)
        if wait:
            _await(it, import_id, timeout)
    with transaction(it.sessions) as session:
        report = leads.report(session, import_id)
    emit(as_json, asdict(report), _shown(report))
    if report.state in OVER and report.rows_imported == 0:
        raise typer.Exit(1)


def _upload(it: Product, key: str, file: Path, agreed: tuple[str, str, str, str, str]) -> int:
    with transaction(it.sessions) as session:
        now = it.clock.of(session)
        consent = lead_consent.for_file(*agreed, now)
        campaign = campaigns.find(session, key)
        try:
            with file.open("rb") as stream:
                taken = leads.upload(session, campaign.id, file.name, stream, now, consent=consent)
        except OSError as error:
            raise InputError(
                f"{file} cannot be read: {error.strerror}", "Give the path of a CSV file"
            ) from None
        return taken.id


def _read_here(it: Product, import_id: int) -> None:
    """The three steps of the chain, each in a transaction of its own."""
    with transaction(it.sessions) as session:
        leads.stage(session, import_id)
    with transaction(it.sessions) as session:
        leads.normalise(session, import_id, it.clock.of(session))
    with transaction(it.sessions) as session:
        now = it.clock.of(session)
        leads.activate(session, import_id, now, it.erasure_key)


def _await(it: Product, import_id: int, timeout_s: float) -> None:
    pause = threading.Event()
    deadline = time.monotonic() + timeout_s
    while True:
        with transaction(it.sessions) as session:
            state = leads.report(session, import_id).state
        if state in OVER:
            return
        if time.monotonic() >= deadline:
            raise Unavailable(
                f"import {import_id} is still {state} after {timeout_s:g} s",
                "Is a worker running? `dialer up` starts them; `--inline` needs none",
            )
        pause.wait(LOOK_EVERY_S)


def _shown(report: ImportReport) -> Group:
    head = (
        f"Import {report.import_id} is {report.state}: {report.rows_imported} of "
        f"{report.rows_total} rows imported, {report.rows_rejected} refused."
    )
    if report.error:
        head += f" {report.error}"
    rest = len(report.faults) - SHOWN
    more = [Text(f"and {rest} more; `--json` lists all", style="dim")] if rest > 0 else []
    refused = [_table(report.faults[:SHOWN])] if report.faults else []
    return Group(Text(head), *refused, *more, *map(_note, report.notes))


def _table(faults: list[Fault]) -> Table:
    table = Table("line", "column", "reason", box=None, header_style="dim")
    for fault in faults:
        table.add_row(str(fault.line), Text(fault.column), Text(fault.reason))
    return table


def _note(note: Note) -> Text:
    rows = f"and {note.rows - 1} more: " if note.rows > 1 else ""
    return Text(f"line {note.line} {rows}{note.column} {note.text}; it adds nothing", style="dim")
