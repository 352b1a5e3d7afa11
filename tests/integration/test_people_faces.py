"""Suppressions, do-not-call files, consents and erasure as an operator and a program meet them."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from dialer import cli
from dialer.api.app import create_app
from integration.faces import TOKEN, product
from integration.people import LENA, MARIA, OMAR, People, people

Run = Callable[..., tuple[int, Any, str]]


@pytest.fixture
def house(database: str) -> Iterator[People]:
    with people(database) as found:
        yield found


@pytest.fixture
def run(house: People, terminal: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs `dialer WORDS... --json` in the terminal: exit code, value, stderr."""

    def go(*words: object) -> tuple[int, Any, str]:
        code = cli.main([*(str(word) for word in words), "--json"])
        printed = capsys.readouterr()
        return code, json.loads(printed.out) if printed.out else None, printed.err

    return go


@pytest.fixture
def client(house: People, database: str, redis_url: str, tmp_path: Path) -> Iterator[TestClient]:
    it = product(database, redis_url, data_dir=tmp_path)
    bearer = {"Authorization": f"Bearer {TOKEN}"}
    with TestClient(create_app(it), headers=bearer) as made:
        yield made
    it.engine.dispose()


CONSENT = ("--wording", "I agree", "--channel", "web form", "--date", "2024-05-01")


def test_patterns_expiry_and_lifting_by_command(run: Run, house: People) -> None:
    lead = house.lead(OMAR)
    added = run("suppressions", "add", "+1 305 555 ????", "--until", "2099-12-31")
    assert added[:2] == (0, {"phone": "+1305555????", "added": True})
    [one] = run("suppressions", "list")[1]
    assert (one["phone"], one["expires_at"]) == ("+1305555????", "2100-01-01T00:00:00Z")
    assert run("suppressions", "lift", one["id"], "--reason", "a slip")[1]["leads_freed"] == 1
    assert house.state(lead)[0] == "ready"
    assert "three digits" in run("suppressions", "add", "+1*")[2]
    assert "expired" in run("suppressions", "add", MARIA, "--until", "2020-01-01")[2]


def test_a_do_not_call_file_by_command(run: Run, house: People, tmp_path: Path) -> None:
    lead = house.lead(MARIA)
    file = tmp_path / "ftc.txt"
    file.write_bytes(b"\xef\xbb\xbf212,5550123\r\n312,5550145\r\nabc\r\n")
    words = ("dnc", "import", file, "--name", "ftc-national", "--as-of")
    taken = run(*words, "2024-05-01")[1]
    assert (taken["numbers"], taken["refused"], taken["leads_stopped"]) == (2, 1, 1)
    assert taken["faults"][0][0] == 3
    assert house.state(lead)[0] == "suppressed"
    [shown] = run("dnc", "list")[1]
    assert (shown["as_of"], shown["stale"], len(shown["sha256"])) == ("2024-05-01", True, 64)
    assert shown["age_days"] > 31
    code, _, told = run(*words, "2024-04-01")
    assert code == 1
    assert "already as of 2024-05-01" in told
    file.write_bytes(b"2125550123\n\xff\n")
    assert "not UTF-8" in run(*words, "2024-06-01")[2]
    assert "Is a directory" in run("dnc", "import", tmp_path, *words[3:], "2024-06-01")[2]


def test_a_consent_s_life_by_command(run: Run, house: People, tmp_path: Path) -> None:
    lead = house.lead(MARIA, state="waiting", reason="consent_missing")
    kept = run("consents", "add", MARIA, *CONSENT)[1]
    assert (kept["form"], kept["captured_at"]) == ("written", "2024-05-01T00:00:00Z")
    assert house.state(lead)[0] == "ready"
    assert run("consents", "revoke", MARIA, "--words", "no robots")[1]["revoked"] == 1
    assert house.state(lead)[:2] == ("waiting", "consent_revoked")
    [shown] = run("consents", "list", MARIA)[1]
    assert shown["revocation"] == "no robots"
    file = tmp_path / "consents.csv"
    file.write_text(f"phone,date\n{LENA},2024-05-01\n{OMAR},soon\n")
    taken = run("consents", "import", file, "--wording", "Yes", "--channel", "call")[1]
    assert (taken["added"], taken["faults"][0]["column"]) == (1, "date")
    future = run("consents", "add", MARIA, *CONSENT[:5], "2999-01-01")
    assert "is in the future" in future[2]


def test_erasure_by_command_forgets_files_and_keeps_the_key(
    run: Run, house: People, tmp_path: Path
) -> None:
    attempt = house.attempt(house.lead(MARIA, state="done"))
    transcript = tmp_path / "var" / "transcripts" / f"{attempt}.json"
    transcript.parent.mkdir(parents=True)
    transcript.write_text("{}")
    done = run("erase", MARIA, "--reason", "asked by letter")[1]
    assert done == {"leads": 1, "attempts": 1, "files_missing": []}
    assert not transcript.exists()
    code, _, told = run("consents", "add", MARIA, *CONSENT)
    assert code == 1
    assert "erased" in told
    (tmp_path / "var" / "erasure-key").write_text("another")
    assert "ERASURE_KEY" in run("erase", LENA, "--reason", "asked by letter")[2]


def test_the_same_by_the_api(client: TestClient, house: People) -> None:
    lead = house.lead(MARIA, state="waiting", reason="consent_missing")
    given = {"phone": MARIA, "wording": "I agree", "channel": "web"}
    given |= {"captured_at": "2024-05-01T10:00:00Z"}
    assert client.post("/api/v1/consents", json=given).status_code == 201
    assert house.state(lead)[0] == "ready"
    made = client.post("/api/v1/suppressions", json={"phone": "+1212*", "reason": "range"})
    assert (made.status_code, made.json()) == (201, {"phone": "+1212*"})
    [one] = client.get("/api/v1/suppressions").json()
    freed = client.post(f"/api/v1/suppressions/{one['id']}/lift", json={"reason": "a slip"})
    assert freed.json() == {"leads_freed": 1}
    revoked = client.post("/api/v1/consents/revoke", json={"phone": MARIA, "words": "no"})
    assert revoked.json() == {"revoked": 1}
    [shown] = client.get("/api/v1/consents", params={"phone": MARIA}).json()
    assert shown["revoked_at"]
    erased = client.post("/api/v1/erasures", json={"phone": MARIA, "reason": "asked"})
    assert (erased.status_code, erased.json()["leads"]) == (201, 1)
    assert client.post("/api/v1/consents", json=given).status_code == 409


def test_a_do_not_call_file_by_the_api(client: TestClient) -> None:
    form = {"name": "ftc", "kind": "national", "as_of": "2026-11-20"}
    file = {"file": ("ftc.txt", b"2125550123\n")}
    taken = client.post("/api/v1/dnc-lists", data=form, files=file)
    assert (taken.status_code, taken.json()["numbers"]) == (200, 1)
    [shown] = client.get("/api/v1/dnc-lists").json()
    assert (shown["age_days"], shown["stale"]) == (4, False)
    wrong = client.post("/api/v1/dnc-lists", data=form | {"as_of": "soon"}, files=file)
    assert wrong.status_code == 422
    assert wrong.headers["content-type"] == "application/problem+json"


REFUSED = [
    ("suppressions", {"phone": "+1*", "reason": "range"}, 422),
    ("suppressions", {"phone": MARIA, "reason": ""}, 422),
    ("suppressions/99/lift", {"reason": "a slip"}, 404),
    ("consents/revoke", {"phone": "12", "words": "no"}, 422),
    ("erasures", {"phone": MARIA, "reason": ""}, 422),
]


def test_what_the_api_refuses(client: TestClient) -> None:
    for path, body, status in REFUSED:
        answer = client.post(f"/api/v1/{path}", json=body)
        assert answer.status_code == status, path
        assert answer.headers["content-type"] == "application/problem+json"
