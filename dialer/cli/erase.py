"""`dialer erase`: forget a person, whose number stays uncallable."""

from typing import Annotated

import typer
from rich.console import Group
from rich.text import Text

from dialer import erasures
from dialer.api.v1_people_views import ErasureView
from dialer.cli.output import AsJson, emit
from dialer.cli.parts import product
from dialer.phone_input import number


def erase(
    phone: Annotated[str, typer.Argument(metavar="PHONE", help="Such as +12125550123.")],
    reason: Annotated[str, typer.Option(help="How the person asked; kept without the number.")],
    as_json: AsJson = False,
) -> None:
    """Erase all personal data of a number; only a keyed hash of it stays. There is no way back."""
    it = product()
    done, missing = erasures.carry_out(
        it.sessions, it.clock, it.erasure_key, it.settings.data_dir, number(phone), reason
    )
    view = ErasureView(
        leads=done.leads,
        attempts=len(done.attempts),
        files_missing=[str(path) for path in missing],
    )
    told = [Text(f"Delete it where the call was carried: {path}") for path in missing]
    head = f"Erased: {view.leads} leads, {view.attempts} calls. The number stays uncallable."
    emit(as_json, view, Group(Text(head), *told))
