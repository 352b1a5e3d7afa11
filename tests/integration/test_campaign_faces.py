"""Campaigns through the REST API and the command line: verbs, edits, schedules, refusals."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from dialer import cli
from dialer.api.app import create_app
from dialer.cli import campaign_verbs, campaigns
from integration.faces import TOKEN, product
from integration.house import House, build


@pytest.fixture
def house(database: str) -> Iterator[House]:
    made = build(database)
    yield made
    made.close()


@pytest.fixture
def client(house: House, database: str, redis_url: str) -> Iterator[TestClient]:
    it = product(database, redis_url)
    with TestClient(create_app(it), headers={"Authorization": f"Bearer {TOKEN}"}) as made:
        yield made
    it.engine.dispose()


@pytest.fixture
def run(
    house: House,
    database: str,
    redis_url: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Iterator[Callable[..., Any]]:
    """Runs `dialer campaigns WORDS... --json` at the house's noon; JSON, or the error's text."""
    it = product(database, redis_url)
    for module in (campaigns, campaign_verbs):
        monkeypatch.setattr(module, "product", lambda: it)

    def go(*words: object) -> Any:
        code = cli.main(["campaigns", *map(str, words), "--json"])
        told = json.loads(capsys.readouterr().out)
        assert (code == 0) == ("error" not in told), told
        return told

    yield go
    it.engine.dispose()


def test_a_campaign_is_edited_drained_and_ended_through_the_api(client: TestClient) -> None:
    path = "/api/v1/campaigns/autumn"
    changes = {"weight": 4, "purpose": "about your lease", "retry": {"busy": {"max": 2}}}
    edited = client.patch(path, json=changes).json()
    assert (edited["weight"], edited["script"]["purpose"]) == (4, "about your lease")
    assert edited["script"]["brand"] == "Harbor Realty"
    assert edited["retry"] == {"busy": {"max": 2}}
    cron = {"cron": "0 9 * * mon-fri", "run_minutes": 60}
    assert client.patch(path, json=cron).json()["run_minutes"] == 60
    assert client.patch(path, json={"cron": None}).json()["run_minutes"] is None
    drained = client.post(f"{path}/drain").json()
    assert (drained["state"], drained["epoch"] > edited["epoch"]) == ("draining", True)
    aborted = client.post(f"{path}/abort").json()
    assert (aborted["state"], aborted["ended_at"] is not None) == ("aborted", True)
    refused = client.post(f"{path}/start")
    assert (refused.status_code, refused.json()["title"]) == (
        409,
        "campaign 'autumn' is aborted",
    )


def test_the_api_refuses_wrong_changes_by_field(client: TestClient) -> None:
    for changes, words in (
        ({"weight": 0}, "weight"),
        ({"window": None}, "window cannot be empty"),
        ({"cron": "whenever", "run_minutes": 5}, "cron"),
        ({"retry": {"no_answer": {"after": 5}}}, "after"),
        ({"max_concurrent": 99}, "MAX_CONCURRENT_CALLS"),
        ({"call_class": "live"}, "live_reason"),
        ({"colour": "red"}, "colour"),
    ):
        answer = client.patch("/api/v1/campaigns/autumn", json=changes)
        assert answer.status_code == 422, changes
        assert words in str(answer.json()), changes
    assert client.patch("/api/v1/campaigns/nothing", json={}).status_code == 404


def test_a_campaign_is_scheduled_and_resumed_on_the_command_line(
    run: Callable[..., Any],
) -> None:
    waits = run("schedule", "autumn", "--cron", "0 9 * * *", "--run-minutes", 60)
    assert (waits["state"], waits["cron"]) == ("scheduled", "0 9 * * *")
    assert waits["status"] == (
        "scheduled: waits for its next opening, goes on Wed 2026-11-25 09:00 EST"
    )
    assert run("pause", "autumn")["status"] == "paused by a person"
    assert run("edit", "autumn", "--cron", "")["cron"] == ""
    assert run("resume", "autumn")["state"] == "running"
    assert run("drain", "autumn")["status"] == "draining: live calls end, no new ones"
    assert run("abort", "autumn")["state"] == "aborted"
    assert run("pause", "autumn")["error"] == (
        "campaign 'autumn' is aborted, so it cannot be told to pause"
    )


def test_every_option_of_a_campaign_reaches_it(run: Callable[..., Any]) -> None:
    options = {
        "--window": "09:00-18:00",
        "--budget": "12.50",
        "--brand": "Harbor",
        "--days": "mon,wed",
        "--timezone": "America/Chicago",
        "--max-concurrent": "2",
        "--weight": "7",
        "--priority": "3",
        "--starts-on": "2026-12-01",
        "--ends-on": "2026-12-18",
        "--cron": "0 10 * * mon",
        "--run-minutes": "90",
        "--call-class": "live",
        "--live-reason": "people speak",
        "--dnc-scrub": "required",
        "--amd": "async",
        "--retry": "no_answer:after=60,jitter=5,max=2,other-daypart=no",
    }
    words = [word for pair in options.items() for word in pair]
    made = run("create", "spring", *words, "--holidays")
    expected = {
        "window": "09:00-18:00",
        "window_days": [0, 2],
        "timezone": "America/Chicago",
        "daily_budget_usd": 12.5,
        "max_concurrent": 2,
        "weight": 7,
        "priority": 3,
        "starts_on": "2026-12-01",
        "ends_on": "2026-12-18",
        "cron": "0 10 * * mon",
        "run_minutes": 90,
        "skip_holidays": False,
        "call_class": "live",
        "live_reason": "people speak",
        "dnc_scrub": "required",
        "amd": "async",
    }
    assert {name: made[name] for name in expected} == expected
    policy = {"after_minutes": 60, "jitter_minutes": 5, "max": 2, "other_daypart": False}
    assert made["retry"] == {"no_answer": policy}
    edited = run("edit", "spring", "--retry", "no_answer:default", "--max-concurrent", 0)
    assert (edited["retry"], edited["max_concurrent"]) == ({}, None)
    for wrong, told in (
        ("no_answer:often", "'often' is not understood"),
        ("no_answer:max=many", "retry.no_answer.max"),
        ("wrong_number:max=2", "is final"),
    ):
        assert told in run("edit", "spring", "--retry", wrong)["error"]
