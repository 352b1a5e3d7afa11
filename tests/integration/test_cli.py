"""The command line in this process: exit codes, what goes to stdout, what goes to stderr."""

import json
import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from dialer import cli, launch, leads
from dialer.cli import parts
from dialer.clock import Clock
from dialer.db import transaction
from dialer.embedded.directory import claim_socket_directory
from dialer.models import Import
from dialer.settings import Settings
from integration.history import live_through
from integration.house import NUMBERS, House, build


@dataclass
class Ran:
    """One command: its exit code and its two streams."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Run = Callable[..., Ran]


@pytest.fixture
def run(terminal: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs `dialer WORDS...` in the terminal."""
    monkeypatch.setenv("COLUMNS", "140")

    def go(*words: object) -> Ran:
        code = cli.main([str(word) for word in words])
        printed = capsys.readouterr()
        return Ran(code, printed.out, printed.err)

    return go


@pytest.fixture
def house(database: str) -> Iterator[House]:
    made = build(database)
    yield made
    made.close()


CREATE = ("--window", "10:00-17:00", "--budget", "25.00", "--brand", "Harbor Realty")


def refused(ran: Ran, words: str) -> None:
    """One line of error, one of remedy, nothing on stdout, exit code 1."""
    assert ran.code == 1
    assert ran.out == ""
    error, remedy = ran.err.splitlines()
    assert error.startswith("error: ")
    assert words in error
    assert remedy.startswith("remedy: ")


def test_a_campaign_is_made_and_shown(run: Run) -> None:
    made = run("campaigns", "create", "autumn", *CREATE, "--days", "mon,wed", "--json")
    assert (made.code, made.err) == (0, "")
    assert (made.json["state"], made.json["window_days"]) == ("draft", [0, 2])
    assert made.json["script"]["assistant_name"] == "Ava"
    assert run("campaigns", "show", "autumn", "--json").json == made.json
    assert [one["name"] for one in run("campaigns", "list", "--json").json] == ["autumn"]
    assert "autumn" in run("campaigns", "list").out


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--budget", "25", "--brand", "B"], "window: Field required"),
        (["--window", "10:00-17:00", "--brand", "B"], "daily_budget: Field required"),
        (["--window", "10:00-17:00", "--budget", "25"], "script.brand: Field required"),
        ([*CREATE, "--budget", "lots"], "budget 'lots' is no amount"),
        ([*CREATE, "--budget", "-1"], "greater than 0"),
        ([*CREATE, "--window", "17:00-10:00"], "the end is not after the start"),
        ([*CREATE, "--window", "ten to five"], "window"),
        ([*CREATE, "--days", "fri-mon"], "run backwards"),
        ([*CREATE, "--timezone", "EST5PDT7"], "no IANA time zone"),
        ([*CREATE, "--max-attempts", "0"], "max_attempts"),
    ],
)
def test_a_wrong_campaign_is_refused(run: Run, words: list[str], told: str) -> None:
    refused(run("campaigns", "create", "autumn", *words), told)
    assert run("campaigns", "list", "--json").json == []


def test_an_error_as_json_goes_to_stdout_too(run: Run) -> None:
    ran = run("campaigns", "show", "nothing", "--json")
    assert ran.code == 1
    assert ran.json["error"] == "there is no campaign 'nothing'"
    assert ran.err.startswith("error: there is no campaign")


@pytest.mark.parametrize("words", [["campaigns", "dance"], ["report"], ["calls", "list", "--x"]])
def test_what_is_not_understood_exits_2(run: Run, words: list[str]) -> None:
    assert run(*words).code == 2


def test_start_and_pause(run: Run, house: House) -> None:
    assert run("campaigns", "pause", "autumn", "--json").json["state"] == "paused"
    assert run("campaigns", "start", "autumn", "--json").json["state"] == "running"
    run("campaigns", "create", "empty", *CREATE)
    refused(run("campaigns", "start", "empty"), "has no leads")


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (None, "No such file"),
        ("directory", "Is a directory"),
        (b"", "is empty"),
        (b"name\nMaria\n", "no phone column"),
        (b"phone\n\xe9\n", "not UTF-8"),
    ],
)
def test_an_unusable_file_is_refused(
    run: Run, house: House, tmp_path: Path, content: bytes | str | None, told: str
) -> None:
    file = tmp_path / "new.csv"
    if content == "directory":
        file.mkdir()
    elif isinstance(content, bytes):
        file.write_bytes(content)
    refused(run("leads", "import", "autumn", file), told)


def test_leads_are_imported_here(run: Run, house: House, tmp_path: Path) -> None:
    file = tmp_path / "new.csv"
    file.write_text(f"phone,name\n+17185550199,Ann\n12,Bob\n{NUMBERS[0]},Again\n")
    ran = run("leads", "import", "autumn", file, "--inline", "--json")
    assert ran.code == 0
    assert (ran.json["state"], ran.json["rows_imported"], ran.json["rows_rejected"]) == (
        "ready",
        1,
        2,
    )
    assert {fault["line"] for fault in ran.json["faults"]} == {3, 4}
    again = run("leads", "import", "autumn", file, "--inline")
    assert again.code == 0
    assert "1 of 3 rows imported" in again.out


def test_a_file_without_one_good_row_exits_1(run: Run, house: House, tmp_path: Path) -> None:
    file = tmp_path / "new.csv"
    file.write_text("phone\n12\n")
    ran = run("leads", "import", "autumn", file, "--inline")
    assert ran.code == 1
    assert "'12' is not a number" in ran.out


def test_an_import_is_waited_for(run: Run, house: House, tmp_path: Path) -> None:
    file = tmp_path / "new.csv"
    file.write_text("phone\n+17185550199\n")
    worker = threading.Thread(target=work_off, args=(house,))
    worker.start()
    ran = run("leads", "import", "autumn", file, "--json")
    worker.join()
    assert (ran.code, ran.json["state"]) == (0, "ready")


def work_off(house: House) -> None:
    """A worker in this process: takes the steps of whatever is uploaded next."""
    pause, found = threading.Event(), None
    while found is None:
        pause.wait(0.02)
        with transaction(house.sessions) as session:
            found = session.query(Import.id).filter(Import.state == "uploaded").scalar()
    now = Clock().now()
    for step in (
        lambda session: leads.stage(session, found),
        lambda session: leads.normalise(session, found, now),
        lambda session: leads.activate(session, found, now),
    ):
        with transaction(house.sessions) as session:
            step(session)


def test_no_worker_is_told(run: Run, house: House, tmp_path: Path) -> None:
    file = tmp_path / "new.csv"
    file.write_text("phone\n+17185550199\n")
    ran = run("leads", "import", "autumn", file, "--timeout", "0")
    refused(ran, "is still uploaded")
    assert "Is a worker running?" in ran.err
    unwatched = run("leads", "import", "autumn", file, "--no-wait", "--json")
    assert (unwatched.code, unwatched.json["state"]) == (0, "uploaded")


def test_suppressions_one_and_many(run: Run, house: House, tmp_path: Path) -> None:
    added = run("suppressions", "add", NUMBERS[0], "--json").json
    assert added == {"phone": NUMBERS[0], "added": True}
    refused(run("suppressions", "add", "12"), "phone '12'")
    file = tmp_path / "dnc.csv"
    file.write_text(f"number,note\n{NUMBERS[0]},x\n{NUMBERS[1]},y\nnonsense,z\n")
    taken = run("suppressions", "import", file, "--json").json
    assert (taken["added"], taken["known"], taken["faults"][0][0]) == (1, 1, 4)
    assert len(run("suppressions", "list", "--json").json) == 2
    file.write_text("nothing\n")
    assert run("suppressions", "import", file).code == 1
    refused(run("suppressions", "import", tmp_path), "Is a directory")


def test_agents(run: Run) -> None:
    made = run("agents", "add", "Lee Park", "lee@harbor.example", "--hours", "10:00-16:00")
    assert "10:00-16:00" in made.out
    assert [one["name"] for one in run("agents", "list", "--json").json] == ["Lee Park"]
    refused(run("agents", "add", "Lee", "lee@harbor.example"), "lee@harbor.example")
    refused(run("agents", "add", "Lee", "lee2@harbor.example", "--days", "x"), "days 'x'")


def test_a_call_is_shown_with_its_words(run: Run, house: House) -> None:
    ids = live_through(house)
    shown = run("calls", "show", ids["booked"])
    for words in ("appointment_booked", "$0.0368", "callee: yes please", "900", "us-fed-hours"):
        assert words in shown.out
    detail = run("calls", "show", ids["booked"], "--json").json
    assert detail["recording_path"] is None
    active = run("calls", "list", "--active", "--json").json
    assert [one["id"] for one in active] == [str(ids["talking"])]
    assert len(run("calls", "list", "--campaign", "autumn", "--json").json) == 5
    refused(run("calls", "show", "x"), "no attempt 'x'")


def test_explain_names_rules_zones_and_the_next_moment(run: Run, house: House) -> None:
    live_through(house)
    shown = run("explain", NUMBERS[1]).out
    assert "waiting (retry after busy)" in shown
    assert "next attempt Tue 24 Nov" in shown
    assert "rule us-fed-hours version 1: 47 CFR 64.1200(c)(1)" in shown
    assert "zones considered: America/New_York" in shown
    assert run("explain", NUMBERS[1], "--json").json[0]["state"] == "waiting"
    refused(run("explain", "nobody"), "nobody")


def test_the_report_for_people_programs_and_print(run: Run, house: House, tmp_path: Path) -> None:
    live_through(house)
    assert run("report", "autumn", "--json").json["double_dials"] == 0
    assert "700 ms median, 900 ms p95 of 4" in run("report", "autumn").out
    page = tmp_path / "report.html"
    assert run("report", "autumn", "--html", page).code == 0
    assert "<svg" in page.read_text()
    refused(run("report", "autumn", "--html", tmp_path), "cannot be written")


def test_migrate_and_doctor(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run("migrate", "--json").json == {"migrated": True, "rules_installed": 0}
    checks = {one["name"]: one for one in run("doctor", "--json").json}
    assert checks["PostgreSQL"]["status"] == "ok"
    assert checks["Redis"]["status"] == "ok"
    assert checks["carrier"]["status"] == "warn"
    assert checks["audio path"]["status"] == "ok"
    monkeypatch.setenv("NOISE_REDUCTION", "noisereduce")
    monkeypatch.setenv("SMTP_HOST", "127.0.0.1")
    monkeypatch.setenv("SMTP_PORT", "1")
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:1/0")
    monkeypatch.setenv("LLM_BACKEND", "ollama")
    monkeypatch.setenv("OLLAMA_HOST", "http://127.0.0.1:1")
    ran = run("doctor", "--json")
    checks = {one["name"]: one for one in ran.json}
    assert ran.code == 1
    failed = {name for name, one in checks.items() if one["status"] == "fail"}
    assert failed == {"Redis", "mail", "language model"}
    assert all(checks[name]["remedy"] for name in failed)
    assert checks["audio path"]["status"] == "warn"
    assert "20 ms" in checks["audio path"]["told"]


def test_servers_that_do_not_answer(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql+psycopg2://x@127.0.0.1:1/x")
    refused(run("campaigns", "list"), "the database cannot be reached")
    monkeypatch.setenv("DATABASE_URL", "")
    refused(run("campaigns", "list"), "DATABASE_URL is not set")
    refused(run("migrate"), "DATABASE_URL is not set")


def test_a_database_without_tables(
    run: Run, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", postgres_url)
    ran = run("campaigns", "list")
    refused(ran, "no tables yet")
    assert "dialer migrate" in ran.err


def test_a_running_embedded_server_stands_in_for_a_missing_url(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DATABASE_URL", "")
    monkeypatch.setenv("REDIS_URL", "")
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "var"))
    assert parts.settings().database_url == ""
    directory = claim_socket_directory(tmp_path / "var")
    try:
        (directory / ".s.PGSQL.5432").touch()
        (directory / "redis.sock").touch()
        found = parts.settings()
        assert str(directory) in found.database_url
        assert found.redis_url.startswith("redis+socket://")
        # sockets that a crash left behind must not make `up` believe in a server of others
        given: list[Settings] = []
        monkeypatch.setattr(launch, "run_up", lambda settings: given.append(settings) or 3)
        assert run("up").code == 3
        assert given[0].database_url == ""
    finally:
        shutil.rmtree(directory)


def test_a_wrong_setting_is_named(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAX_CONCURRENT_CALLS", "many")
    refused(run("campaigns", "list"), "MAX_CONCURRENT_CALLS")
