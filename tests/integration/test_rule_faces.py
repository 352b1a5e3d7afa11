"""The law as an operator and a program meet it: commands and REST over the same use cases."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import create_engine, text

from dialer import cli, rule_pack
from dialer.api.app import create_app
from dialer.rules.rule_text import COLUMNS
from integration.faces import TOKEN, product

Run = Callable[..., tuple[int, str, str]]
TEXAN = "us-tx,US-TX,any,10:00-21:00,none,none,allowed,,no,,,,,,301.051,counsel,2026-11-01,high,"


@pytest.fixture
def run(terminal: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs `dialer rules WORDS...` in the terminal: exit code and both streams."""

    def go(*words: object) -> tuple[int, str, str]:
        code = cli.main(["rules", *(str(word) for word in words)])
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return go


def value(ran: tuple[int, str, str]) -> Any:
    return json.loads(ran[1])


@pytest.fixture
def client(database: str, redis_url: str, tmp_path: Path) -> Iterator[TestClient]:
    it = product(database, redis_url, data_dir=tmp_path)
    with TestClient(create_app(it), headers={"Authorization": f"Bearer {TOKEN}"}) as made:
        yield made
    it.engine.dispose()


def test_the_rules_are_listed_shown_and_compared(run: Run) -> None:
    listed = value(run("list", "--jurisdiction", "US-FL", "--json"))
    assert {one["id"] for one in listed} == {"us-fl", "us-fl-recording"}
    code, out, _ = run("list")
    assert code == 0
    assert "us-wa-auto v1" in out
    assert "forbidden" in out
    code, out, _ = run("show", "us-fl")
    assert "Fla. Stat. 501.616(6)" in out
    assert "Mon-Sun 08:00-20:00" in out
    code, _, err = run("show", "us-xx")
    assert (code, "there is no rule 'us-xx'" in err) == (1, True)
    assert value(run("diff", "--json")) == []


def test_the_preset_and_a_doubtful_rule_are_changed_with_reasons(run: Run) -> None:
    code, _, err = run("widen", "--mon-fri", "09:00-20:00", "--reason", "  ")
    assert (code, "needs a reason" in err) == (1, True)
    made = value(run("widen", "--mon-fri", "09:00-20:00", "--reason", "evenings", "--json"))
    assert (made["version"], made["week"]) == (2, "Mon-Fri 09:00-20:00, Sat-Sun none")
    vouched = value(run("confirm", "us-in", "--by", "Ann", "--reason", "read it", "--json"))
    assert (vouched["confirmed"], vouched["confirmed_by"]) == (True, "Ann")
    code, out, _ = run("diff")
    assert "Mon-Fri 10:00-17:00, Sat-Sun none -> Mon-Fri 09:00-20:00, Sat-Sun none" in out
    assert "confirmed by: Ann" in out


def test_a_file_with_one_good_row_and_one_bad(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "rules.csv"
    bad = TEXAN.replace("us-tx", "us-ty").replace("10:00-21:00", "late")
    file.write_text("\n".join([",".join(COLUMNS), bad, TEXAN]))
    code, out, _ = run("load", file, "--reason", "counsel's list")
    assert code == 1
    assert "0 added, 1 changed, 0 known, 1 rows refused" in out
    assert "line 2, mon_fri: 'late' is no window of a day" in out


def test_what_the_law_says_of_a_number(run: Run) -> None:
    asked = ("check", "--number", "+14045550111", "--at", "2026-11-24T18:00:00+00:00")
    code, out, _ = run(*asked)
    assert code == 0
    assert "lawful until 2026-11-24 21:59:30 UTC" in out
    run("close-day", "US-GA", "2026-11-24", "State mourning")
    code, out, _ = run(*asked)
    assert code == 1
    assert "holiday:preset:State mourning:America/New_York" in out
    assert "next lawful moment: 2026-11-25 15:00:00 UTC" in out
    assert "47 CFR 64.1200(c)(1)" in out
    code, _, err = run("check", "--number", "+14045550111", "--at", "noon")
    assert (code, "no moment with its offset" in err) == (1, True)


def test_an_unreadable_rule_is_told_on_every_face(
    run: Run, client: TestClient, database: str
) -> None:
    break_texas(database)
    assert "CANNOT BE READ: hours" in run("list")[1]
    assert "CANNOT BE READ" in run("show", "us-tx")[1]
    code, out, _ = run("check")
    assert code == 1
    assert "us-tx: cannot be read" in out
    code, out, _ = run("check", "--number", "+12145550111", "--at", "2026-11-24T18:00:00+00:00")
    assert (code, "rule_unreadable:us-tx" in out) == (1, True)
    (rule,) = [one for one in client.get("/api/v1/rules").json() if one["fault"]]
    assert rule["id"] == "us-tx"
    problems = {one["rule_id"]: one["severity"] for one in client.get("/api/v1/rules/check").json()}
    assert problems["us-tx"] == "critical"


def test_the_same_over_rest(client: TestClient) -> None:
    rules = client.get("/api/v1/rules").json()
    assert len(rules) == len(rule_pack.shipped())
    (florida,) = client.get("/api/v1/rules?jurisdiction=US-FL").json()[:1]
    assert (florida["id"], florida["binds_today"]) == ("us-fl", True)
    made = client.post("/api/v1/rules/preset", json={"reason": "evenings", "mon_fri": "9-20"})
    assert made.status_code == 422
    assert "mon_fri" in made.json()["title"]
    wanted = {"reason": "evenings", "mon_fri": "09:00-20:00"}
    assert client.post("/api/v1/rules/preset", json=wanted).json()["version"] == 2
    vouched = {"by": "Ann", "reason": "read it"}
    assert client.post("/api/v1/rules/us-in/confirm", json=vouched).status_code == 201
    assert client.post("/api/v1/rules/us-in/confirm", json=vouched).status_code == 409
    assert client.post("/api/v1/rules/us-xx/confirm", json=vouched).status_code == 404
    assert [one["rule_id"] for one in client.get("/api/v1/rules/diff").json()][:1] == ["preset"]
    assert client.get("/api/v1/rules/upcoming?days=30").json() == []
    answer = client.get("/api/v1/rules/lookup", params={"phone": "+14045550111"}).json()
    assert (answer["lawful"], answer["consent"]) == (True, "written")


def break_texas(database: str) -> None:
    """A version of the rule for Texas whose hours nobody can read, as if written by hand."""
    columns = ", ".join(rule_pack.CONTENT[3:])
    engine = create_engine(database)
    with engine.begin() as connection:
        connection.execute(
            text(
                "insert into calling_rules (id, version, jurisdiction, call_class, hours, "
                f"{columns}, confirmed_by, reason, created_at) "
                "select id, 2, jurisdiction, call_class, '\"always\"'::jsonb, "
                f"{columns}, '', 'by hand', created_at from calling_rules where id = 'us-tx'"
            )
        )
    engine.dispose()
