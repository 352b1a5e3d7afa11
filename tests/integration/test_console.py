"""The live board: who gets in, what the page shows, what the feed sends."""

import io
import json
from collections.abc import Iterator
from pathlib import Path

import anyio
import pytest
from fastapi.testclient import TestClient
from rich.console import Console

from dialer import board, board_text
from dialer.api.app import create_app
from dialer.board import Board
from dialer.console import pages, views
from dialer.db import transaction
from dialer.live_words import LiveWords
from dialer.models import Attempt, Lead
from dialer.wiring import Product
from integration.faces import TOKEN, product
from integration.history import live_through
from integration.house import House, add_leads, build


@pytest.fixture
def house(database: str) -> Iterator[House]:
    made = build(database)
    yield made
    made.close()


@pytest.fixture
def it(house: House, database: str, redis_url: str) -> Iterator[Product]:
    made = product(database, redis_url)
    yield made
    made.engine.dispose()


@pytest.fixture
def client(it: Product) -> Iterator[TestClient]:
    with TestClient(create_app(it), follow_redirects=False) as made:
        yield made


@pytest.fixture
def inside(client: TestClient) -> TestClient:
    """A client that has logged in."""
    assert client.post("/console/login", data={"token": TOKEN}).status_code == 303
    return client


def picture(it: Product) -> Board:
    words = LiveWords(it.live)
    words.follow()
    with transaction(it.sessions) as session:
        return board.snapshot(session, words, it.terms, it.clock.of(session))


def test_strangers_are_sent_to_the_form(client: TestClient) -> None:
    for path in (
        "/",
        "/console/campaigns/1/report",
        "/console/calls/x",
        "/console/calls/x/recording",
    ):
        answer = client.get(path)
        assert (answer.status_code, answer.headers["location"]) == (303, "/console/login")
    assert client.get("/console/feed").status_code == 401
    client.cookies.set("dialer_console", TOKEN)
    assert client.get("/").status_code == 303


def test_the_cookie_is_not_the_token(client: TestClient) -> None:
    answer = client.post("/console/login", data={"token": TOKEN})
    cookie = answer.headers["set-cookie"]
    assert TOKEN not in cookie
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert client.get("/").status_code == 200


def test_a_wrong_token_is_told(client: TestClient) -> None:
    answer = client.post("/console/login", data={"token": "guess"})
    assert answer.status_code == 401
    assert 'role="alert"' in answer.text
    assert "set-cookie" not in answer.headers


def test_without_a_token_set_nobody_gets_in(database: str, redis_url: str) -> None:
    with TestClient(create_app(product(database, redis_url, token=""))) as client:
        answer = client.post("/console/login", data={"token": ""})
    assert answer.status_code == 401
    assert "API_TOKEN is not set" in answer.text


def test_logging_out_forgets(inside: TestClient) -> None:
    assert inside.post("/console/logout").status_code == 303
    assert inside.get("/").headers["location"] == "/console/login"


def test_the_picture_joins_database_and_live_words(house: House, it: Product) -> None:
    ids = live_through(house)
    it.live.publish(str(ids["talking"]), {"kind": "said", "text": "Is now a good time?"})
    it.live.publish(str(ids["talking"]), {"kind": "heard", "text": "sure go ahead"})
    it.live.publish(str(ids["booked"]), {"kind": "recorded", "disposition": "appointment_booked"})
    made = picture(it)
    line = made.lines[0]
    assert (line.phase, line.lead, line.seconds) == ("talking", "Lead3", 25)
    assert (line.speaker, line.words) == ("callee", "sure go ahead")
    assert [one.phase for one in made.lines[1:]] == ["free"] * 4
    assert str(made.money.spent) == "0.0552"
    assert made.funnel.booked == 1
    assert [one.text for one in made.feed][:2] == ["appointment booked", "sure go ahead"]
    assert {one.disposition for one in made.recent} == {"appointment_booked", "busy", "do_not_call"}


def test_the_page_shows_it_without_its_script(
    inside: TestClient, house: House, it: Product
) -> None:
    ids = live_through(house)
    it.live.publish(str(ids["talking"]), {"kind": "heard", "text": "sure go ahead"})
    page = inside.get("/").text
    for words in ("Lead3", "sure go ahead", "Dana Reyes", "appointment booked", "$0.0552"):
        assert words in page
    assert 'aria-live="polite"' in page
    assert "http" not in page.replace("http-equiv", "")


def test_words_of_people_are_escaped(inside: TestClient, house: House, it: Product) -> None:
    ids = live_through(house)
    with transaction(house.sessions) as session:
        for lead in session.query(Lead):
            lead.first_name = "<b>Mallory</b>"
    it.live.publish(str(ids["talking"]), {"kind": "heard", "text": "<script>alert(1)</script>"})
    page = inside.get("/").text
    assert "<b>Mallory" not in page
    assert "<script>alert" not in page
    assert "<b>Mallory" not in inside.get(f"/console/campaigns/{house.campaign_id}/report").text


def test_a_call_is_read_and_heard(inside: TestClient, house: House, tmp_path: Path) -> None:
    ids = live_through(house)
    page = inside.get(f"/console/calls/{ids['booked']}").text
    for words in ("Lead0", "yes please", "appointment booked", "us-fed-hours", "<td>900</td>"):
        assert words in page
    for words in ("32 dB", "2.0 %", "12 ms", "-22 dBFS", "speex failed (libspeexdsp is nowhere)"):
        assert words in page
    assert "<audio" not in page
    sound = tmp_path / "call.wav"
    sound.write_bytes(b"RIFF")
    with transaction(house.sessions) as session:
        attempt = session.get_one(Attempt, ids["booked"])
        kept = {"path": str(sound), "sha256": "", "duration_ms": 0}
        attempt.outcome = (attempt.outcome or {}) | {"recording": kept}
    assert "<audio" in inside.get(f"/console/calls/{ids['booked']}").text
    assert inside.get(f"/console/calls/{ids['booked']}/recording").content == b"RIFF"
    assert inside.get("/console/calls/unknown").status_code == 404


def test_the_page_allows_only_its_own_script(inside: TestClient) -> None:
    policy = inside.get("/").headers["content-security-policy"]
    assert "script-src 'self'" in policy
    assert inside.get("/console/static/console.js").headers["content-type"].startswith("text/java")
    assert inside.get("/console/static/pages.py").status_code == 404


def test_the_feed_sends_what_changed(house: House, it: Product) -> None:
    ids = live_through(house)

    async def three() -> list[dict[str, str]]:
        found = []
        pictures = pages._pictures(it)
        found.append(await anext(pictures))
        found.append(await anext(pictures))
        it.live.publish(str(ids["talking"]), {"kind": "heard", "text": "hello there"})
        found.append(await anext(pictures))
        await pictures.aclose()
        return [json.loads(text.split("data: ")[1]) for text in found]

    first, second, third = anyio.run(three)
    assert set(first) == set(views.REGIONS)
    assert second == {}
    assert set(third) == {"lines", "feed"}
    assert "hello there" in third["lines"]


def test_the_board_goes_on_without_redis(house: House, database: str) -> None:
    live_through(house)
    it = product(database, "redis://127.0.0.1:1/0")
    made = picture(it)
    it.engine.dispose()
    assert not made.live
    assert made.lines[0].lead == "Lead3"
    assert "Redis does not answer" in views.page(made)


@pytest.mark.parametrize("width", [80, 140])
def test_the_terminal_board_shows_the_same(house: House, it: Product, width: int) -> None:
    ids = live_through(house)
    it.live.publish(str(ids["talking"]), {"kind": "heard", "text": "sure go ahead"})
    console = Console(width=width, height=40, record=True, file=io.StringIO())
    console.print(board_text.render(picture(it)))
    text = console.export_text()
    for words in ("talking", "0:25", "Lead3", "1 of 5 lines in use", "$0.0552"):
        assert words in text


def test_a_new_house_is_an_empty_board(house: House, it: Product) -> None:
    add_leads(house, house.campaign_id, "phone\n+17185550199\n")
    made = picture(it)
    assert made.lead_states["ready"] == 6
    assert "Waiting for a lead" in views.page(made)
