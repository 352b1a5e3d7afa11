"""`dialer budget` and its REST twin: the same figures on both faces, refusals with their remedy."""

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr
from sqlalchemy.orm import Session

from dialer import alerts, cli, ledger, usage
from dialer.api.app import create_app
from dialer.carrier.port import UsageCategory
from dialer.clock import Clock
from dialer.db import transaction
from dialer.settings import Settings
from dialer.wiring import Product
from integration import money
from integration.money import NOON

Ask = Callable[..., Any]


class Billed:
    """A carrier that bills one category."""

    def usage(self, day: object) -> dict[str, int]:
        return {UsageCategory.CONNECTION.value: 500_000}


class Noon(Clock):
    """A clock that stands at the noon of the tests."""

    def of(self, session: Session) -> Any:
        return NOON


@pytest.fixture
def attempt_id(database: str) -> Iterator[UUID]:
    """One campaign of 0.20 a day, with a call of 70 seconds that was trued up by +0.01."""
    with money.sessions_of(database) as sessions:
        with transaction(sessions) as session:
            of = money.campaign(session, limit_micros=200_000)
            made = money.charged(session, of)
            ledger.true_up(session, made, NOON, connectivity_micros=38_000)
            alerts.raise_once(session, "b", "breaker", "warning", "it broke", NOON)
            gone = money.campaign(session, "gone")
            gone.state = "completed"
        usage.compare(sessions, Noon(), Billed(), NOON.date())
        yield made


@pytest.fixture
def rest(database: str, attempt_id: UUID) -> Iterator[Ask]:
    """GET under /api/v1, by an operator with the token."""
    it = Product(Settings(_env_file=None, database_url=database, api_token=SecretStr("t")))
    with TestClient(create_app(it), headers={"Authorization": "Bearer t"}) as client:
        yield lambda path, **query: client.get(f"/api/v1/{path}", params=query)
    it.engine.dispose()


@pytest.fixture
def run(
    database: str,
    attempt_id: UUID,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Ask:
    """`dialer budget WORDS...`: exit code, stdout and stderr."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", database)
    monkeypatch.setenv("COLUMNS", "160")

    def go(*words: object) -> tuple[int, str, str]:
        code = cli.main(["budget", *map(str, words)])
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return go


def test_budgets_stand_the_same_on_both_faces(rest: Ask, run: Ask) -> None:
    shown = rest("budget", day="2026-11-24").json()
    assert json.loads(run("show", "--day", "2026-11-24", "--json")[1]) == shown
    assert [one["name"] for one in shown] == ["all campaigns", "autumn"]
    assert shown[1] == {
        "scope": "campaign:1",
        "name": "autumn",
        "day": "2026-11-24",
        "timezone": "America/New_York",
        "limit_usd": 0.2,
        "spent_usd": 0.0468,
        "reserved_usd": 0.0,
        "overrun_usd": 0.0,
        "percent": 23.4,
    }
    assert "23.4 %" in run("show", "--day", "2026-11-24")[1]


def test_a_day_on_which_nothing_was_bound_shows_the_limits_of_today(rest: Ask, run: Ask) -> None:
    shown = rest("budget").json()
    assert [(one["limit_usd"], one["spent_usd"]) for one in shown] == [(50.0, 0.0), (0.2, 0.0)]
    code, text, _ = run("show")
    assert (code, "$50.00" in text) == (0, True)


def test_the_ledger_of_an_attempt_and_of_its_campaign(
    rest: Ask, run: Ask, attempt_id: UUID
) -> None:
    lines = rest("ledger", attempt=attempt_id).json()
    assert {(one["kind"], one["amount_usd"]) for one in lines} == {
        ("reserve", 0.092),
        ("settle", 0.0368),
        ("release", 0.0552),
        ("true_up", 0.01),
    }
    assert json.loads(run("ledger", attempt_id, "--json")[1]) == lines
    assert json.loads(run("ledger", "--campaign", "autumn", "--json")[1]) == lines
    assert rest("ledger", campaign="gone").json() == []
    assert "true_up" in run("ledger", attempt_id)[1]


def test_alerts_and_usage(rest: Ask, run: Ask) -> None:
    told = rest("alerts").json()
    assert {one["kind"] for one in told} == {"breaker", "usage"}
    assert rest("alerts", kind="breaker").json()[0]["message"] == "it broke"
    assert json.loads(run("alerts", "--json")[1]) == told
    [day] = rest("usage", day="2026-11-24").json()
    assert (day["ledger_usd"], day["carrier_usd"], day["difference_usd"]) == (0.0468, 0.5, 0.4532)
    assert json.loads(run("usage", "--json")[1]) == [day]
    assert "calls-outbound" in run("usage")[1]
    tomorrow = NOON.date() + timedelta(days=1)
    assert "No day" in run("usage", "--day", tomorrow)[1]


def test_what_is_not_there_or_not_understood_is_refused_with_a_remedy(rest: Ask, run: Ask) -> None:
    assert run("ledger")[0] == 1
    code, _, told = run("show", "--day", "monday")
    assert (code, "2026-11-24" in told) == (1, True)
    assert run("ledger", "nobody")[0] == 1
    assert rest("ledger", attempt="nobody").status_code == 404
    assert rest("budget", day="monday").status_code == 422
