"""`dialer demo`: a whole campaign on one machine against the carrier twin, ending in a report.

The calling rules stay on: the lead in Honolulu, where it is not yet ten, has to wait.
"""

import csv
import shutil
from datetime import datetime, time
from pathlib import Path
from time import monotonic

from rich.console import Console
from rich.live import Live
from rich.text import Text
from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from dialer import campaigns, launch, lead_files, leads, lineup, reports, suppressions
from dialer.board import snapshot
from dialer.board_text import render as board_text
from dialer.db import transaction
from dialer.errors import InputError, Unavailable
from dialer.live_words import LiveWords
from dialer.models import Agent, Attempt, Campaign, Import, Lead, OutboxMessage
from dialer.phone import parse
from dialer.rehearsal import HOME, prepare
from dialer.report_html import as_html
from dialer.report_text import render as report_text
from dialer.settings import Settings
from dialer.supervisor import Supervisor
from dialer.wiring import Product

SAMPLES = Path(__file__).parent / "samples"
DIRECTORY = Path("build/demo")
PATIENCE_S = 340.0
PER_LEAD_S = 16.0
IMPORT_PATIENCE_S = 60.0
REFRESH_S = 0.5
VOICEMAIL = (
    "Hello, this is Ava, an AI assistant of Harbor Realty, with a short question about your home. "
    "We will try again another day. To be taken off our list, just tell us then. Goodbye."
)


def run_demo(
    settings: Settings, leads_file: Path | None, callees: Path | None, keep: bool, seed: int
) -> int:
    """Run the demo's campaign, or other people's; returns the exit code.

    Raises `DialerError` for an unusable file, a port in use, or parts that do not start.
    """
    source = leads_file or SAMPLES / "demo_leads.csv"
    for path in filter(None, (source, callees)):
        if not path.is_file():
            raise InputError(f"there is no file {path}", "Give the path of a file")
    with source.open("rb") as file:
        lead_files.inspected(source.name, file)
    console = Console()
    launch.check_house_ports(settings)
    fresh(DIRECTORY)
    embedded = {"database_url": "", "redis_url": ""}
    rehearsal = prepare(settings.model_copy(update=embedded), DIRECTORY, callees, seed)
    clock = rehearsal.settings.clock
    console.print(
        "[bold]Rehearsal[/bold]: carrier on this machine, clock set to "
        f"{clock.now().astimezone(HOME):%A %Y-%m-%d %H:%M} New York "
        f"(shift {clock.shift.total_seconds():+.0f} s); calling rules apply as always"
    )

    def work(effective: Settings, supervisor: Supervisor) -> int:
        return _campaign(effective, supervisor, console, source, keep)

    tell = launch.teller(console)
    return launch.run(rehearsal.settings, tell, work, [rehearsal.twin], durable=False)


def fresh(directory: Path) -> None:
    """An empty directory; what an earlier demo left is removed. Raises `Unavailable`."""
    try:
        shutil.rmtree(directory, ignore_errors=False)
    except FileNotFoundError:
        pass
    except OSError as error:
        raise Unavailable(
            f"{directory} cannot be emptied: {error.strerror}", "Remove it by hand"
        ) from None
    launch.prepare_directory(directory)


def _campaign(
    settings: Settings, supervisor: Supervisor, console: Console, source: Path, keep: bool
) -> int:
    """The main job: import, call, wait for the end, report."""
    product = Product(settings)
    campaign_id = _prepare(product, source)
    taken = _import(product, supervisor, campaign_id, source)
    for fault in taken.faults:
        place = f"line {fault.line}" + (f", column {fault.column}" if fault.column else "")
        told = Text.assemble(("refused", "yellow"), f" {source.name} {place}: {fault.reason}")
        console.print(told)
    console.print(f"{taken.rows_imported} of {taken.rows_total} rows imported")
    with transaction(product.sessions) as session:
        now = product.clock.of(session)
        campaigns.start(session, session.get_one(Campaign, campaign_id), now)
    product.nudges.tick()
    patience_s = max(PATIENCE_S, PER_LEAD_S * taken.rows_imported)
    ended = _watch(product, supervisor, console, patience_s)
    _report(product, campaign_id, console)
    if not ended:
        raise Unavailable(
            f"the campaign did not end within {patience_s:.0f} s",
            f"Look into {settings.data_dir / 'logs'}",
        )
    if keep:
        for line in launch.whereabouts(settings):
            console.print(line)
        console.print("Ctrl-C ends it.")
        supervisor.watch_until_stopped()
    return 0


def _prepare(product: Product, source: Path) -> int:
    """The team, its suppression list and the campaign."""
    with transaction(product.sessions) as session:
        now = product.clock.of(session)
        for name, zone in (("Dana Reyes", "America/New_York"), ("Sam Ortiz", "America/Denver")):
            email = f"{name.split()[0].lower()}@harbor-realty.example"
            hours = {"work_start": time(9), "work_end": time(17), "work_days": [0, 1, 2, 3, 4]}
            session.add(Agent(name=name, email=email, timezone=zone, **hours))
        with (SAMPLES / "demo_suppressions.csv").open(newline="") as file:
            for row in csv.DictReader(file):
                number = parse(row["phone"])
                suppressions.add(session, number, row["reason"], "demo list", now)
        wanted = campaigns.spec(
            name=f"demo: {source.stem}",
            window="10:00-17:00",
            days="mon-fri",
            timezone="America/New_York",
            daily_budget="5.00",
            script={
                "brand": "Harbor Realty",
                "purpose": "about selling your home",
                "voicemail_text": VOICEMAIL,
            },
        )
        return campaigns.create(session, wanted, product.limits, now).id


def _import(
    product: Product, supervisor: Supervisor, campaign_id: int, source: Path
) -> leads.ImportReport:
    """Upload the CSV and let the task chain take it in."""
    with transaction(product.sessions) as session, source.open("rb") as file:
        now = product.clock.of(session)
        import_id = leads.upload(session, campaign_id, source.name, file, now).id
    product.nudges.import_leads(import_id)
    until = monotonic() + IMPORT_PATIENCE_S
    while monotonic() < until and not supervisor.pause(0.2):
        with transaction(product.sessions) as session:
            taken = leads.report(session, import_id)
            error = session.get_one(Import, import_id).error
        if taken.state == "failed":
            raise InputError(error)
        if taken.state == "ready":
            return taken
    raise Unavailable("the import did not end", "Look into the log of the dial worker")


def _watch(product: Product, supervisor: Supervisor, console: Console, patience_s: float) -> bool:
    """Show the board until nobody is in a call and nobody is due; False when time runs out."""
    until = monotonic() + patience_s
    words = LiveWords(product.live)
    with Live(console=console, refresh_per_second=4, transient=True) as screen:
        while monotonic() < until:
            with transaction(product.sessions) as session:
                now = product.clock.of(session)
                words.follow()
                shown = snapshot(session, words, product.terms, now)
                busy = _busy(session, now)
            screen.update(board_text(shown))
            if not busy:
                return True
            if supervisor.pause(REFRESH_S):
                raise Unavailable("the demo was stopped", "Run it again to its end")
    return False


def _busy(session: Session, now: datetime) -> bool:
    """Is anybody due, in a call, or anything waiting to be recorded or sent?"""
    queries = (
        select(func.count())
        .select_from(Lead)
        .where(
            or_(
                Lead.state == "in_call",
                (Lead.state == "waiting") & (Lead.next_attempt_at <= now),
            )
        ),
        select(func.count()).select_from(Attempt).where(Attempt.recorded_at.is_(None)),
        select(func.count())
        .select_from(OutboxMessage)
        .where(OutboxMessage.sent_at.is_(None), OutboxMessage.failed_at.is_(None)),
    )
    return lineup.anybody(session, now) or any(session.scalar(query) for query in queries)


def _report(product: Product, campaign_id: int, console: Console) -> None:
    """Print the report, and leave it as JSON and HTML beside the invites and recordings."""
    with transaction(product.sessions) as session:
        made = reports.campaign_report(session, campaign_id, product.clock.of(session))
    directory = product.settings.data_dir
    (directory / "report.json").write_text(reports.as_json(made))
    (directory / "report.html").write_text(as_html(made))
    for mail in (directory / "mail").glob("*.eml"):
        shutil.copy2(mail, directory / "invites" / mail.name)
    console.print(report_text(made))
    console.print(f"Everything is in {DIRECTORY}/: invites, recordings, transcripts, report.html")
