"""A consent for a whole file, given on the command line and over REST."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from dialer import cli, leads
from dialer.api.app import create_app
from dialer.db import transaction
from dialer.models import Consent, Import
from integration.faces import TOKEN, product
from integration.house import NOON, House, build

AGREED = {"wording": "yes, an AI may call", "channel": "web form", "date": "03/31/2026"}


@pytest.fixture
def house(database: str, redis_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    made = build(database)
    monkeypatch.setenv("DATABASE_URL", database)
    monkeypatch.setenv("REDIS_URL", redis_url)
    yield made
    made.close()


def in_force(house: House, import_id: int) -> tuple[str, str, str]:
    with transaction(house.sessions) as session:
        one = session.scalars(select(Consent).where(Consent.import_id == import_id)).one()
        return one.wording, one.channel, f"{one.captured_at:%Y-%m-%d}"


def test_on_the_command_line(
    house: House,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    file = tmp_path / "leads.csv"
    file.write_text("phone,state\n303 555 0101,Colorodo\n")
    words = [word for name, text in AGREED.items() for word in (f"--consent-{name}", text)]
    monkeypatch.chdir(tmp_path)
    assert cli.main(["leads", "import", "autumn", str(file), "--inline", "--json", *words]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["state"], told["rows_imported"]) == ("ready", 1)
    assert told["notes"][0]["column"] == "region"
    expected = (AGREED["wording"], AGREED["channel"], "2026-03-31")
    assert in_force(house, told["import_id"]) == expected


def test_over_rest(house: House, database: str, redis_url: str) -> None:
    it = product(database, redis_url)
    form = {f"consent_{name}": text for name, text in AGREED.items()}
    with TestClient(create_app(it), headers={"Authorization": f"Bearer {TOKEN}"}) as client:
        file = {"file": ("leads.csv", b"phone\n303 555 0101\n")}
        address = "/api/v1/campaigns/autumn/leads"
        half = client.post(address, files=file, data=form | {"consent_channel": ""})
        assert half.status_code == 422
        assert "consent channel is empty" in half.json()["title"]
        taken = client.post(address, files=file, data=form)
        assert taken.status_code == 202
    it.engine.dispose()
    import_id = taken.json()["import_id"]
    with transaction(house.sessions) as session:
        assert session.get_one(Import, import_id).consent["form"] == "written"
        leads.stage(session, import_id)
        leads.normalise(session, import_id, NOON)
        leads.activate(session, import_id, NOON)
    assert in_force(house, import_id)[0] == AGREED["wording"]
