"""`dialer consents`: what people agreed to, and what they took back."""

from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Group
from rich.table import Table
from rich.text import Text

from dialer import consents, erasures, lead_consent, text_file
from dialer.api.v1_people_views import ConsentView
from dialer.cli.output import AsJson, emit
from dialer.cli.parts import product
from dialer.db import transaction
from dialer.errors import InputError
from dialer.phone_input import number

app = typer.Typer(help="Consents to automated calls.")
Phone = Annotated[str, typer.Argument(metavar="PHONE", help="Such as +12125550123.")]
Wording = Annotated[str, typer.Option(help="The words that the person agreed to.")]
Channel = Annotated[str, typer.Option(help="How it was given, such as: web form.")]
Form = Annotated[str, typer.Option(help="written (signed) or express.")]
Purpose = Annotated[str, typer.Option(help="What for.")]
Evidence = Annotated[str, typer.Option(help="Where the proof lies.")]
Date = Annotated[str, typer.Option(help="When, such as 2026-11-20 or 2026-11-20T14:00:00-05:00.")]


@app.command()
def add(
    phone: Phone,
    wording: Wording,
    channel: Channel,
    date: Date,
    form: Form = "written",
    purpose: Purpose = "",
    evidence: Evidence = "",
    as_json: AsJson = False,
) -> None:
    """Keep a consent; leads that were held for want of it are ready."""
    it, given_by = product(), number(phone)
    with transaction(it.sessions) as session:
        erasures.refuse(session, it.erasure_key, given_by)
        recorded = consents.record(
            session,
            given_by,
            wording=wording,
            channel=channel,
            form=form,
            captured_at=_moment(date),
            purpose=purpose,
            source="operator",
            evidence=evidence,
            now=it.clock.of(session),
        )
    emit(as_json, ConsentView.of(recorded), Text(f"Consent {recorded.id} of {given_by} is kept."))


@app.command()
def revoke(
    phone: Phone,
    words: Annotated[str, typer.Option(help="What the person said or wrote.")],
    as_json: AsJson = False,
) -> None:
    """A person takes their consent back: automated campaigns stop calling at once."""
    it, given_by = product(), number(phone)
    with transaction(it.sessions) as session:
        ended = consents.revoke(session, given_by, words, it.clock.of(session))
    emit(as_json, {"phone": given_by, "revoked": ended}, f"{ended} consents revoked; leads held.")


@app.command("list")
def every(phone: Phone, as_json: AsJson = False) -> None:
    """All that a number's person agreed to and took back, newest first."""
    with transaction(product().sessions) as session:
        views = [ConsentView.of(one) for one in consents.of_number(session, number(phone))]
    table = Table("id", "captured (UTC)", "form", "channel", "purpose", "wording", "", box=None)
    for one in views:
        when = f"{one.captured_at:%Y-%m-%d %H:%M}"
        mark = f"revoked {one.revoked_at:%Y-%m-%d %H:%M}" if one.revoked_at else ""
        words = (Text(one.purpose), Text(one.wording))
        table.add_row(str(one.id), when, one.form, one.channel, *words, mark)
    emit(as_json, views, table)


@app.command("import")
def take_in(
    file: Annotated[Path, typer.Argument(help="A CSV with phone, date and more.")],
    wording: Wording = "",
    channel: Channel = "",
    form: Form = "written",
    purpose: Purpose = "",
    as_json: AsJson = False,
) -> None:
    """Keep a CSV of consents: columns phone, date, wording, channel, form, purpose,
    evidence. The options stand in for columns that it lacks. Exits 1 when no row could be kept."""
    it = product()
    defaults = {"wording": wording, "channel": channel, "form": form, "purpose": purpose}
    with text_file.opened(file) as stream, transaction(it.sessions) as session:
        lines, now = text_file.lines(stream, file.name), it.clock.of(session)
        taken = consents.take(session, it.erasure_key, lines, defaults, file.name, now)
    head = f"{taken.added} consents kept, {taken.known} known, {len(taken.faults)} rows refused."
    faults = [
        Text(f"line {one.line}, {one.column or 'row'}: {one.reason}", "dim") for one in taken.faults
    ]
    emit(as_json, asdict(taken), Group(Text(head), *faults))
    if not taken.added and not taken.known:
        raise typer.Exit(1)


def _moment(text: str) -> datetime:
    found = lead_consent.moment(text)
    if found is None:
        raise InputError(f"date {text!r} is not {lead_consent.DATES}", "Say when it was given")
    return found
