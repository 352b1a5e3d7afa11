"""Evidence from the rows: sealed once, chained over all attempts, whole after all that follows."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from dialer import cli, decisions, evidence
from dialer.api.app import create_app
from dialer.decisions import Ruling
from dialer.errors import Conflict, NotFound
from dialer.evidence_check import check, check_chain
from dialer.gate import script_sha256
from dialer.hash_chain import canonical
from dialer.models import (
    Attempt,
    CallingRule,
    Campaign,
    CarrierEvent,
    Consent,
    EvidenceSeal,
    Lead,
    LedgerEntry,
    Phone,
    Suppression,
)
from integration.faces import TOKEN, product
from integration.rows import NOON, Desk, attempt, campaign, desk, lead, locality

CALLED = "+12125550123"
WORDS = "please stop calling me"
TALK = [{"speaker": "callee", "text": WORDS, "started_ms": 0, "ended_ms": 900, "confidence": 0.91}]


@pytest.fixture
def house(database: str) -> Iterator[Desk]:
    with desk(database) as made, made.open() as session:
        of = campaign(session)
        who = lead(session, of, locality(session), CALLED, last_name="Lopez", email="m@lopez.test")
        live_through(session, who)
        session.commit()
        yield made


def live_through(session: Session, who: Lead) -> UUID:
    """A call in which the person asked not to be called again."""
    consent = Consent(
        phone_id=who.phone_id,
        purpose="telemarketing",
        wording="I agree to automated calls from Harbor Realty",
        channel="web form",
        form="written",
        captured_at=NOON - timedelta(days=9),
        source="https://harbor.example/form",
        evidence="IP 192.0.2.7",
        created_at=NOON - timedelta(days=9),
    )
    session.add(consent)
    session.flush()
    made = attempt(
        session,
        who,
        state="completed",
        disposition="do_not_call",
        consent_id=consent.id,
        carrier_sid=f"CA{uuid4().hex}",
        placing_at=NOON,
        answered_at=NOON + timedelta(seconds=9),
        ended_at=NOON + timedelta(seconds=40),
        recorded_at=NOON + timedelta(seconds=41),
        duration_seconds=31,
        cost_micros=18_400,
        outcome={
            "transcript": TALK,
            "opt_out_words": WORDS,
            "answers": {},
            "email": None,
            "recording": {"path": "/somewhere/a.wav", "sha256": "ab" * 32, "duration_ms": 31_000},
        },
    )
    law = session.get_one(CallingRule, ("preset", 1))
    script = session.get_one(Campaign, who.campaign_id).script
    rules = (
        {"id": law.id, "version": law.version, "authority": law.authority},
        {"id": f"campaign:{who.campaign_id}", "version": 1, "authority": "the operator's window"},
    )
    facts = {"sources": {"US-NY": ["ZIP 10001"]}, "script_sha256": script_sha256(script)}
    ruling = Ruling(True, (), rules, ("America/New_York",), None, facts)
    decisions.record(session, who, "reserve", ruling, NOON, made.id)
    told = {"attempt_id": made.id, "carrier_sid": made.carrier_sid, "kind": "status"}
    session.add(CarrierEvent(**told, status="completed", sequence=3, payload={}, received_at=NOON))
    session.add(ledger(made.id, "reserve", 92_000))
    session.add(
        Suppression(
            e164=CALLED,
            reason="opted out in a call",
            source="call",
            evidence=WORDS,
            attempt_id=made.id,
            created_at=NOON,
        )
    )
    session.flush()
    return made.id


def ledger(attempt_id: UUID, kind: str, amount: int) -> LedgerEntry:
    return LedgerEntry(
        attempt_id=attempt_id,
        scope="global",
        day=NOON.date(),
        kind=kind,
        amount_micros=amount,
        at=NOON,
    )


def only(session: Session) -> UUID:
    return session.scalars(select(Attempt.id)).one()


def entry(bundle: dict[str, Any], kind: str) -> Any:
    return next(one["content"] for one in bundle["entries"] if one["kind"] == kind)


def sealed(house: Desk) -> dict[str, Any]:
    with house.open() as session:
        evidence.seal(session, only(session), NOON)
    with house.open() as session:
        return evidence.bundle(session, only(session))


def test_a_bundle_holds_the_records_of_the_law(house: Desk) -> None:
    bundle = sealed(house)
    found = check(json.loads(canonical(bundle)))
    assert found.good, found.faults
    call, law = entry(bundle, "call"), entry(bundle, "rule")
    assert call["caller_id"] == "+12125550100" and call["duration_seconds"] == 31
    assert call["disposition"] == "do_not_call" and call["answered_at"].endswith("+00:00")
    assert entry(bundle, "consent")["wording"].startswith("I agree to automated calls")
    assert law["hours"] and law["authority"] and law["version"] == 1
    script = entry(bundle, "script")
    assert script["sha256"] == script_sha256(script["script"])
    assert entry(bundle, "conversation")["recording_sha256"] == "ab" * 32
    assert entry(bundle, "opt_out")["suppressions"][0]["source"] == "call"
    assert [one["amount_micros"] for one in entry(bundle, "ledger")] == [92_000]
    windows = [one["content"] for one in bundle["entries"] if one["kind"] == "rule"][1]
    assert windows["window_when_sealed"]["hours"] == "10:00-17:00"


def test_no_personal_value_stands_in_a_sealed_entry(house: Desk) -> None:
    bundle = sealed(house)
    values = [one["value"] for one in bundle["disclosed"].values()]
    text = canonical(bundle["entries"]).decode()
    for personal in (CALLED, "Maria", "Lopez", "m@lopez.test", WORDS, "192.0.2.7", "10001"):
        assert personal not in text
        assert personal in canonical(values).decode()


def test_a_seal_is_set_once_and_only_on_a_recorded_attempt(house: Desk) -> None:
    with house.open() as session:
        first = evidence.seal(session, only(session), NOON)
        again = evidence.seal(session, only(session), NOON + timedelta(days=1))
        assert again is first
        other = lead(
            session, session.scalars(select(Campaign)).one(), locality_of(session), "+12125550124"
        )
        with pytest.raises(Conflict, match="not recorded yet"):
            evidence.seal(session, attempt(session, other).id, NOON)
        with pytest.raises(NotFound):
            evidence.seal(session, uuid4(), NOON)


def locality_of(session: Session) -> Any:
    return locality(session, states=["US-CT"])


def test_what_comes_after_the_seal_is_marked_and_breaks_nothing(house: Desk) -> None:
    before = sealed(house)
    with house.open() as session:
        made = session.scalars(select(Attempt)).one()
        made.price_micros = 17_000
        session.add(ledger(made.id, "true_up", -1_400))
        told = {"attempt_id": made.id, "carrier_sid": made.carrier_sid, "kind": "status"}
        session.add(
            CarrierEvent(**told, status="ringing", sequence=1, payload={}, received_at=NOON)
        )
        session.scalars(select(Consent)).one().revoked_at = NOON
        session.scalars(select(Campaign)).one().script = {"brand": "Another"}
        session.scalars(select(Lead)).one().first_name = "Somebody"
        session.execute(update(Suppression).values(evidence="lifted"))
    with house.open() as session:
        bundle = evidence.bundle(session, only(session))
    sealed_ones = [one for one in bundle["entries"] if one["sealed"]]
    later = [one["kind"] for one in bundle["entries"] if not one["sealed"]]
    assert sealed_ones == before["entries"]
    assert later == ["ledger_later", "carrier_price", "carrier_events_later", "consent_later"]
    found = check(bundle)
    assert found.good and "not covered by the seal" in found.notes[0]


def test_an_erased_person_leaves_a_bundle_that_verifies(house: Desk) -> None:
    sealed(house)
    with house.open() as session:
        session.execute(update(Phone).values(e164=f"erased:{'0' * 64}"))
        session.execute(update(EvidenceSeal).values(disclosed="{}"))
    with house.open() as session:
        bundle = evidence.bundle(session, only(session))
    found = check(bundle)
    assert found.good
    assert "entry 1 (call) called_number" in found.notes[0]
    assert CALLED not in canonical(bundle).decode()
    assert bundle["entries"][-1]["kind"] == "erased"


def test_seals_of_workers_at_once_form_one_chain(house: Desk) -> None:
    with house.open() as session:
        of, place = session.scalars(select(Campaign)).one(), locality_of(session)
        done = {"state": "no_answer", "recorded_at": NOON, "placing_at": NOON}
        people = [lead(session, of, place, f"+1212555{index:04}") for index in range(200, 212)]
        for who in people:
            attempt(session, who, **done)
    with house.open() as session:
        waiting = evidence.unsealed(session, NOON + timedelta(hours=1))
        assert len(waiting) == 13
        assert not evidence.unsealed(session, NOON + timedelta(days=8))

    def seal(attempt_id: UUID) -> None:
        with house.open() as session:
            evidence.seal(session, attempt_id, NOON)

    with ThreadPoolExecutor(6) as threads:
        list(threads.map(seal, [*waiting, *waiting]))
    with house.open() as session:
        assert not evidence.unsealed(session, NOON + timedelta(hours=1))
        seals = [canonical(one).decode() for one in evidence.chain(session)]
    by_attempt, faults = check_chain(seals)
    assert not faults and set(by_attempt) == {str(one) for one in waiting}


def test_not_yet_sealed_is_said(house: Desk) -> None:
    with house.open() as session, pytest.raises(Conflict, match="not sealed yet"):
        evidence.bundle(session, only(session))


def test_from_the_command_line_to_a_check_without_a_database(
    house: Desk,
    database: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", database)
    monkeypatch.setenv("COLUMNS", "300")
    with house.open() as session:
        name = str(only(session))

    def run(*words: str) -> tuple[int, str]:
        code = cli.main(list(words))
        return code, capsys.readouterr().out

    assert run("evidence", name, "--out", "call.json")[0] == 0
    assert run("evidence", "chain", "--out", "seals.jsonl")[0] == 0
    monkeypatch.delenv("DATABASE_URL")
    assert run("evidence", "verify", "call.json", "--chain", "seals.jsonl")[0] == 0
    altered = Path("call.json").read_text().replace("do_not_call", "not_interested")
    Path("bad.json").write_text(altered)
    code, told = run("evidence", "verify", "bad.json", "call.json", "--json")
    assert code == 1
    bad, good = json.loads(told)
    assert not bad["verified"] and bad["faults"][0].startswith("entry 1 (call):")
    assert good["verified"]
    Path("seals.jsonl").write_text("")
    code, told = run("evidence", "verify", "call.json", "--chain", "seals.jsonl")
    assert code == 1 and "the chain holds another one" in told
    assert run("evidence", "verify", "nowhere.json")[0] == 1
    assert run("evidence", "verify")[0] == 1


def test_rest_serves_bundle_chain_pool_and_reasons(
    house: Desk, database: str, redis_url: str
) -> None:
    from fastapi.testclient import TestClient

    it = product(database, redis_url)
    with (
        house.open() as session,
        TestClient(create_app(it), headers={"Authorization": f"Bearer {TOKEN}"}) as client,
    ):
        name = str(only(session))
        assert check(client.get(f"/api/v1/attempts/{name}/evidence").json()).good
        chain = client.get("/api/v1/evidence/seals").text.splitlines()
        assert check_chain(chain) == ({name: json.loads(chain[0])}, [])
        assert client.get(f"/api/v1/attempts/{uuid4()}/evidence").status_code == 404
        number = {"phone": "+1 212 555 0100", "daily_cap": 50}
        assert client.post("/api/v1/caller-ids", json=number).status_code == 201
        chosen = {"phones": ["+12125550100"]}
        assert client.put("/api/v1/campaigns/autumn/caller-ids", json=chosen).json() == chosen
        assert client.get("/api/v1/campaigns/autumn/caller-ids").json() == chosen
        assert client.post("/api/v1/caller-ids/+12125550100/retire").json()["active"] is False
        assert len(client.get("/api/v1/caller-ids").json()) == 1
        reasons = client.get("/api/v1/campaigns/autumn/waiting").json()
        assert reasons["leads"] == sum(one["leads"] for one in reasons["reasons"]) == 1
        told = client.get(f"/api/v1/explain/{name}").json()
        assert told[0]["now"]["words"] and told[0]["campaign"] == "autumn"
    it.engine.dispose()
