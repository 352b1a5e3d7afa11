"""`dialer report`: what a campaign came to."""

from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from dialer import campaigns, report_html, report_text, reports
from dialer.cli.output import AsJson, emit
from dialer.cli.parts import product
from dialer.db import transaction
from dialer.errors import InputError


def report(
    key: Annotated[str, typer.Argument(metavar="CAMPAIGN", help="Name or id.")],
    html: Annotated[Path | None, typer.Option(help="Write a page to this file.")] = None,
    as_json: AsJson = False,
) -> None:
    """What a campaign came to: leads, calls, appointments, money, delays."""
    it = product()
    with transaction(it.sessions) as session:
        campaign = campaigns.find(session, key)
        made = reports.campaign_report(session, campaign.id, it.clock.of(session))
    if html is None:
        emit(as_json, made, report_text.render(made))
        return
    try:
        html.write_text(report_html.as_html(made), "utf-8")
    except OSError as error:
        raise InputError(
            f"{html} cannot be written: {error.strerror}", "Choose another path"
        ) from None
    emit(as_json, made, Text(f"The report is in {html}"))
