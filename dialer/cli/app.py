"""The commands of `dialer`, and how their errors are told."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import redis
import typer
from sqlalchemy.exc import OperationalError, ProgrammingError

from dialer import calling_rules, db
from dialer import settings as configuration
from dialer.cli import (
    agents,
    audio,
    budget,
    caller_ids,
    calls,
    campaigns,
    chaos,
    consents,
    dnc,
    doctor,
    erase,
    evidence,
    explain,
    leads,
    report,
    rules,
    suppressions,
)
from dialer.cli.output import AsJson, complain, emit
from dialer.cli.parts import product, settings
from dialer.errors import DialerError, SettingsError, Unavailable

app = typer.Typer(
    help="A batch outbound dialer with an AI voice.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for name, group in {
    "campaigns": campaigns.app,
    "leads": leads.app,
    "suppressions": suppressions.app,
    "dnc": dnc.app,
    "consents": consents.app,
    "agents": agents.app,
    "audio": audio.app,
    "budget": budget.app,
    "calls": calls.app,
    "caller-ids": caller_ids.app,
    "evidence": evidence.app,
    "rules": rules.app,
}.items():
    app.add_typer(group, name=name)
app.command("report")(report.report)
app.command("erase")(erase.erase)
app.command("explain")(explain.explain)
app.command("why")(explain.why)
app.command("doctor")(doctor.doctor)
app.command("chaos")(chaos.chaos)


@app.command()
def up() -> None:
    """Run the whole product on this machine until Ctrl-C."""
    from dialer.launch import run_up  # loads the servers, which no other command needs

    raise typer.Exit(run_up(configuration.load()))


@app.command()
def demo(
    leads: Annotated[Path | None, typer.Option(help="A CSV of your own leads.")] = None,
    callees: Annotated[Path | None, typer.Option(help="A scenario file of who answers.")] = None,
    keep: Annotated[bool, typer.Option("--keep", help="Keep it running afterwards.")] = False,
    seed: Annotated[int, typer.Option(help="Makes the callees' chances repeatable.")] = 1,
) -> None:
    """Rehearse a campaign against people and a carrier that are only played."""
    from dialer.demo import run_demo  # loads the servers, which no other command needs

    raise typer.Exit(run_demo(configuration.load(), leads, callees, keep, seed))


@app.command()
def migrate(as_json: AsJson = False) -> None:
    """Bring the database to the newest schema and the shipped rules of law."""
    url = settings().database_url
    if not url:
        raise SettingsError(
            "DATABASE_URL is not set", "Set it, or run `dialer up`, which brings its own"
        )
    db.upgrade(url)
    it = product()
    with db.transaction(it.sessions) as session:
        installed = calling_rules.install(session, it.clock.of(session))
    words = f"The database has the newest schema; {installed} rows of law were new."
    emit(as_json, {"migrated": True, "rules_installed": installed}, words)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command line (default: this process's) and return its exit code.

    0 done, 1 refused or failed with a remedy on stderr, 2 not understood.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    as_json = "--json" in words
    try:
        app(args=words, prog_name="dialer")
    except DialerError as error:
        complain(as_json, error.problem, error.remedy)
    except SystemExit as done:
        return done.code if isinstance(done.code, int) else 0
    except (OperationalError, ProgrammingError, redis.ConnectionError) as error:
        trouble = _unavailable(error)
        complain(as_json, trouble.problem, trouble.remedy)
    return 1


def _unavailable(error: Exception) -> Unavailable:
    """A server that does not answer, or a database without tables, in the operator's words."""
    if isinstance(error, ProgrammingError):
        if "UndefinedTable" in type(error.orig).__name__:
            return Unavailable("the database has no tables yet", "Run `dialer migrate`")
        raise error
    if isinstance(error, OperationalError):
        cause = str(error.orig).strip().splitlines()[0]
        return Unavailable(
            f"the database cannot be reached: {cause}",
            "Start it, or check DATABASE_URL; `dialer doctor` looks at everything",
        )
    return Unavailable(
        f"Redis cannot be reached: {error}",
        "Start it, or check REDIS_URL; `dialer doctor` looks at everything",
    )
