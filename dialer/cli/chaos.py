"""`dialer chaos`: everything breaks by a plan, then the promises are checked one by one."""

from dataclasses import asdict
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from dialer import settings as configuration
from dialer.chaos.plan import Plan, Planned, draw
from dialer.chaos.promises import Verdict, broken
from dialer.cli.output import AsJson, emit


def chaos(
    seed: Annotated[int, typer.Option(help="The same seed gives the same plan.")] = 1,
    minutes: Annotated[float, typer.Option(min=0.5, help="How long things break.")] = 3.0,
    plan: Annotated[bool, typer.Option("--plan", help="Only print the plan.")] = False,
    as_json: AsJson = False,
) -> None:
    """Break everything around a live campaign of the twin; exit code 1 for a broken promise."""
    drawn = draw(seed, minutes)
    if plan:
        emit(as_json, asdict(drawn), _plan_table(drawn))
        return
    from dialer.chaos.run import run_chaos  # loads the servers, which no other command needs
    from dialer.launch import teller

    console = Console(stderr=True)

    def tell(planned: Planned, victim: str) -> None:
        console.print(
            f"{planned.at_s:7.1f} s  {planned.trouble.value:<18} {victim or 'nobody there'}"
        )

    verdicts = run_chaos(configuration.load(), drawn, teller(console), tell)
    value = {"plan": asdict(drawn), "promises": [asdict(one) for one in verdicts]}
    emit(as_json, value, _verdict_table(verdicts))
    if broken(verdicts):
        raise typer.Exit(1)


def _plan_table(plan: Plan) -> Table:
    table = Table("at s", "trouble", title=f"seed {plan.seed}, {plan.minutes:g} minutes")
    for one in plan.troubles:
        table.add_row(f"{one.at_s:.1f}", one.trouble.value)
    return table


def _verdict_table(verdicts: list[Verdict]) -> Table:
    table = Table("promise", "trials", "broken", "examples")
    for one in verdicts:
        table.add_row(one.name, str(one.trials), str(one.violations), "\n".join(one.examples))
    return table
