"""The REST API on a real database: what it refuses, what it does, what it shows."""

import wave
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
from fastapi.testclient import TestClient

from dialer import leads
from dialer.api.app import create_app
from dialer.db import transaction
from dialer.models import Attempt
from integration.faces import TOKEN, product
from integration.history import live_through
from integration.house import NUMBERS, House, build

BEARER = {"Authorization": f"Bearer {TOKEN}"}
NEW = {"name": "spring", "window": "10:00-17:00", "daily_budget": "25.00", "brand": "Harbor"}


@pytest.fixture
def house(database: str) -> Iterator[House]:
    made = build(database)
    yield made
    made.close()


@pytest.fixture
def client(house: House, database: str, redis_url: str) -> Iterator[TestClient]:
    it = product(database, redis_url)
    with TestClient(create_app(it), headers=BEARER) as made:
        yield made
    it.engine.dispose()


def import_csv(client: TestClient, campaign: object, content: bytes, name: str = "leads.csv"):
    return client.post(f"/api/v1/campaigns/{campaign}/leads", files={"file": (name, content)})


@pytest.mark.parametrize(
    "header", [{}, {"Authorization": "Bearer wrong"}, {"Authorization": f"Basic {TOKEN}"}]
)
def test_nobody_without_the_token(client: TestClient, header: dict[str, str]) -> None:
    client.headers.pop("Authorization")
    answer = client.get("/api/v1/campaigns", headers=header)
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
    assert "API_TOKEN" in answer.json()["remedy"]


def test_no_token_set_means_nobody_at_all(database: str, redis_url: str) -> None:
    it = product(database, redis_url, token="")
    with TestClient(create_app(it)) as client:
        answer = client.get("/api/v1/campaigns", headers={"Authorization": "Bearer "})
    assert answer.status_code == 401
    assert answer.json()["title"].startswith("API_TOKEN is not set")


def test_a_campaign_from_draft_to_paused(client: TestClient) -> None:
    made = client.post("/api/v1/campaigns", json=NEW)
    assert made.status_code == 201
    campaign = made.json()
    assert (campaign["state"], campaign["daily_budget_usd"]) == ("draft", 25)
    path = f"/api/v1/campaigns/{campaign['id']}"
    refused = client.post(f"{path}/start")
    assert refused.status_code == 409
    assert "no leads" in refused.json()["title"]
    assert client.post("/api/v1/campaigns/autumn/pause").json()["state"] == "paused"
    assert client.post("/api/v1/campaigns/autumn/start").json()["state"] == "running"
    assert [one["name"] for one in client.get("/api/v1/campaigns").json()] == ["spring", "autumn"]
    assert client.get(path).json()["window"] == "10:00-17:00"


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"window": None}, "window: Field required"),
        ({"daily_budget": None}, "daily_budget: Field required"),
        ({"brand": None}, "script.brand: Field required"),
        ({"window": "17:00-10:00"}, "the end is not after the start"),
        ({"timezone": "Mars/Olympus"}, "no IANA time zone"),
        ({"days": "someday"}, "days 'someday'"),
        ({"daily_budget": "much"}, "daily_budget"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_a_wrong_campaign_is_refused_by_field(
    client: TestClient, changed: dict[str, object], words: str
) -> None:
    answer = client.post("/api/v1/campaigns", json=NEW | changed)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert words in answer.json()["title"]


def test_a_name_is_taken_once(client: TestClient) -> None:
    answer = client.post("/api/v1/campaigns", json=NEW | {"name": "autumn"})
    assert answer.status_code == 409


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b"name,street\nMaria,Elm", "no phone column"),
        (b"phone\n", "no rows"),
        (b"phone\n\xff\xfe\xfa", "not UTF-8"),
        ("phone\n+12125550123".encode("utf-16"), "UTF-16"),
    ],
)
def test_an_unusable_file_is_refused_at_once(
    client: TestClient, content: bytes, words: str
) -> None:
    answer = import_csv(client, "autumn", content)
    assert answer.status_code == 422
    assert words in answer.json()["title"]


def test_an_upload_is_accepted_and_followed(client: TestClient, house: House) -> None:
    accepted = import_csv(client, house.campaign_id, b"phone,name\n+17185550199,Ann\n12,Bob\n")
    assert accepted.status_code == 202
    import_id = accepted.json()["import_id"]
    assert client.get(f"/api/v1/imports/{import_id}").json()["state"] == "uploaded"
    for step in (leads.stage, leads.normalise, leads.activate):
        with transaction(house.sessions) as session:
            step(session, import_id, *([] if step is leads.stage else [house_now()]))
    done = client.get(f"/api/v1/imports/{import_id}").json()
    assert (done["state"], done["rows_imported"], done["rows_rejected"]) == ("ready", 1, 1)
    assert done["faults"][0]["line"] == 3
    assert client.get("/api/v1/imports/999").status_code == 404


def house_now():
    from integration.house import NOON

    return NOON


def test_calls_with_words_delays_and_decisions(client: TestClient, house: House) -> None:
    ids = live_through(house)
    listed = client.get("/api/v1/attempts", params={"campaign": "autumn"}).json()
    assert len(listed) == 5
    active = client.get("/api/v1/attempts", params={"active": True}).json()
    assert [one["id"] for one in active] == [str(ids["talking"])]
    detail = client.get(f"/api/v1/attempts/{ids['booked']}").json()
    assert detail["transcript"][1]["text"] == "yes please"
    assert [turn["voice_to_voice_ms"] for turn in detail["latency"]] == [600, 700, 900]
    assert detail["audio"]["erle_db"] == 31.6 and detail["audio"]["lost_frames"] == 20
    assert detail["decisions"][0]["rules"][0]["id"] == "us-fed-hours"
    assert detail["cost_usd"] == 0.0368
    assert "token" not in detail


@pytest.mark.parametrize("key", ["nonsense", "00000000-0000-0000-0000-000000000000"])
def test_an_unknown_attempt_is_404(client: TestClient, key: str) -> None:
    assert client.get(f"/api/v1/attempts/{key}").status_code == 404


def test_a_recording_is_sent_as_wav(client: TestClient, house: House, tmp_path: Path) -> None:
    ids = live_through(house)
    assert client.get(f"/api/v1/attempts/{ids['busy']}/recording").status_code == 404
    path = tmp_path / "call.wav"
    with wave.open(str(path), "wb") as sound:
        sound.setnchannels(2)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes(bytes(640))
    keep_recording(house, ids["booked"], path)
    answer = client.get(f"/api/v1/attempts/{ids['booked']}/recording")
    assert answer.headers["content-type"] == "audio/wav"
    assert answer.content == path.read_bytes()


def keep_recording(house: House, attempt_id: UUID, path: Path) -> None:
    with transaction(house.sessions) as session:
        attempt = session.get_one(Attempt, attempt_id)
        kept = {"path": str(path), "sha256": "", "duration_ms": 20}
        attempt.outcome = (attempt.outcome or {}) | {"recording": kept}


def test_the_report_is_the_one_of_the_use_case(client: TestClient, house: House) -> None:
    live_through(house)
    made = client.get("/api/v1/campaigns/autumn/report").json()
    assert (made["attempts"], made["max_concurrent"], made["double_dials"]) == (4, 2, 0)
    assert made["voice_to_voice_ms"] == {"p50": 700, "p95": 900, "count": 4}


def test_why_a_number_was_called(client: TestClient, house: House) -> None:
    live_through(house)
    [one] = client.get(f"/api/v1/explain/{NUMBERS[0]}").json()
    assert one["decisions"][0]["allowed"] is True
    assert client.get("/api/v1/explain/nobody").status_code == 404


def test_suppressing_a_number_stops_its_lead(client: TestClient, house: House) -> None:
    wanted = {"phone": "(212) 555-0123", "reason": "asked by letter"}
    assert client.post("/api/v1/suppressions", json=wanted).status_code == 201
    assert client.post("/api/v1/suppressions", json=wanted).status_code == 200
    [listed] = client.get("/api/v1/suppressions").json()
    assert (listed["phone"], listed["source"]) == (NUMBERS[0], "api")
    states = client.get("/api/v1/campaigns/autumn").json()["lead_states"]
    assert (states["suppressed"], states["ready"]) == (1, 4)
    assert client.post("/api/v1/suppressions", json=wanted | {"phone": "12"}).status_code == 422


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({}, 201),
        ({"email": "dana@harbor.example"}, 409),
        ({"email": "nobody"}, 422),
        ({"timezone": "Nowhere"}, 422),
        ({"hours": "17:00-09:00"}, 422),
        ({"hours": "early"}, 422),
        ({"slot_minutes": 5}, 422),
    ],
)
def test_agents_are_checked(client: TestClient, changed: dict[str, object], status: int) -> None:
    wanted = {"name": "Lee Park", "email": "lee@harbor.example", "timezone": "America/Chicago"}
    assert client.post("/api/v1/agents", json=wanted | changed).status_code == status
    assert len(client.get("/api/v1/agents").json()) == (2 if status == 201 else 1)


def test_health_needs_no_token(client: TestClient) -> None:
    client.headers.pop("Authorization")
    assert client.get("/health/live").json() == {"status": "live"}
    ready = client.get("/health/ready")
    assert (ready.status_code, ready.json()) == (200, {"database": "ok", "redis": "ok"})


def test_not_ready_without_redis(database: str) -> None:
    it = product(database, "redis://127.0.0.1:1/0")
    with TestClient(create_app(it)) as client:
        answer = client.get("/health/ready")
    assert (answer.status_code, answer.json()["redis"]) == (503, "ConnectionError")
    assert answer.json()["database"] == "ok"
    it.engine.dispose()
