"""The check of the twin's REST answers sees what it has to see."""

import json

import pytest
from openapi_core import OpenAPI
from wire.openapi_contract import ACCOUNT, assert_conforms, published_document
from wire.twin_under_test import AC, BUSY, CALLEE, HOLD, OWN, settled, until, with_client

__all__ = ["published_document"]
STEM = ACCOUNT.format(AccountSid=AC)


@pytest.fixture(scope="module")
def call() -> dict[str, object]:
    """A call that is over and billed, as the twin shows it."""

    def work(client, _):
        sid = client.calls.create(to=CALLEE, from_=OWN, twiml="<Response><Hangup/></Response>").sid
        settled(client, sid)
        return json.loads(client.http_client.answers[-1][2].text)

    return with_client(work)


def held_against(call, path="/Calls/{sid}.json", http=200, **changes):
    body = {key: value for key, value in (call | changes).items() if value is not Ellipsis}
    path = STEM + path.format(sid=call["sid"])
    assert_conforms("GET", path, http, json.dumps(body).encode())


def test_what_the_twin_says_passes(call):
    held_against(call)
    assert call["price"] == "-0.01400"


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"price": -0.014}, "price"),
        ({"status": "initiated"}, "status"),
        ({"annotation": None}, "annotation"),
        ({"queue_time": ...}, "queue_time"),
        ({"subresource_uris": "none"}, "subresource_uris"),
    ],
)
def test_a_wrong_shape_is_seen_with_the_document(published_document: OpenAPI, call, change, word):
    with pytest.raises(AssertionError, match=word):
        held_against(call, **change)


def test_an_undescribed_status_or_path_is_seen_with_the_document(published_document: OpenAPI, call):
    with pytest.raises(AssertionError, match="201"):
        held_against(call, http=201)
    with pytest.raises(AssertionError, match="Cals"):
        held_against(call, path="/Cals/{sid}.json")


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"parent_call_sid": "CA12"}, "parent_call_sid"),
        ({"date_updated": "2010-08-31T20:36:28Z"}, "date_updated"),
        ({"start_time": "Mon, 31 Aug 2010 20:36:28 +0000"}, "start_time"),
    ],
)
def test_identifiers_and_dates_are_checked_without_it(call, change, word):
    with pytest.raises(AssertionError, match=word):
        held_against(call, **change)


def test_error_bodies_and_pages_are_checked_without_it(call):
    error = {"code": 20404, "message": "", "more_info": "x/errors/20404", "status": 404}
    path = f"{STEM}/Calls.json"
    assert_conforms("GET", path, 404, json.dumps(error).encode())
    with pytest.raises(AssertionError):
        assert_conforms("GET", path, 400, json.dumps(error).encode())
    with pytest.raises(ValueError, match="too many"):
        body = json.dumps({"page_size": 50, "calls": [], "total": 0}).encode()
        assert_conforms("GET", path, 200, body)


def test_a_call_is_seen_whole_from_creation_to_deletion():
    def work(client, _):
        call = client.calls.create(to=CALLEE, from_=OWN, twiml=HOLD)
        assert call.status == "queued" and call.sid.startswith("CA")
        until(client, call.sid, "in-progress")
        client.calls(call.sid).update(status="completed")
        assert until(client, call.sid, "completed").duration == "1"
        assert settled(client, call.sid).price == "-0.01400"
        assert client.balance.fetch().balance == "99.9860"
        busy = client.calls.create(to=BUSY, from_=OWN, url="http://127.0.0.1:9/x")
        until(client, busy.sid, "busy")
        assert [c.sid for c in client.calls.list(to=BUSY)] == [busy.sid]
        assert client.calls.list(status="queued") == []
        assert client.calls(call.sid).delete()

    with_client(work)
