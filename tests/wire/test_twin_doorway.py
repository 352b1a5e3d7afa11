"""Who may ask the twin's REST, how many at once, and what answers where there is nothing."""

import asyncio
import base64
import json
import urllib.request
from urllib.error import HTTPError

import aiohttp
import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client
from wire.openapi_contract import CheckedHttpClient
from wire.twin_under_test import AC, CALLEE, HOLD, OWN, TOKEN, twin, with_client

AUTH = {"Authorization": f"Basic {base64.b64encode(f'{AC}:{TOKEN}'.encode()).decode()}"}
KEY, SECRET = "SK" + "b2" * 16, "key secret"


def refusal(client, work):
    with pytest.raises(TwilioRestException) as caught:
        work(client)
    return caught.value.status, caught.value.code


def test_an_api_key_opens_the_door_and_signs_nothing_else():
    def work(client, running):
        for secret, expected in ((SECRET, None), ("wrong", (401, 20003))):
            keyed = Client(KEY, secret, AC, http_client=CheckedHttpClient(running.url))
            if expected is None:
                assert keyed.balance.fetch().balance == "100.0000"
            else:
                assert refusal(keyed, lambda one: one.balance.fetch()) == expected

    with_client(work, keys={KEY: SECRET})


def test_another_account_s_path_is_not_found():
    def work(client, _):
        other = client.api.v2010.accounts("AC" + "c3" * 16)
        assert refusal(other, lambda account: account.calls.create(to=CALLEE, from_=OWN)) == (
            404,
            20404,
        )

    with_client(work)


def test_a_suspended_account_gets_nothing():
    def work(client, _):
        assert refusal(client, lambda one: one.balance.fetch()) == (401, 20005)

    with_client(work, suspended=True)


def ask(running, path, method="GET"):
    """Status, code and headers of an answer."""
    url = f"{running.url}/2010-04-01/Accounts/{AC}{path}"
    request = urllib.request.Request(url, method=method, headers=AUTH)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, None, answer.headers
    except HTTPError as error:
        return error.code, json.load(error)["code"], error.headers


def test_every_address_that_a_call_names_answers():
    def work(client, running):
        call = client.calls.create(to=CALLEE, from_=OWN, twiml=HOLD)
        own_tests = {"recordings", "streams"}
        named = {k: uri for k, uri in call.subresource_uris.items() if k not in own_tests}
        for uri in named.values():
            path = uri.partition(AC)[2]
            status, code, _ = ask(running, path)
            assert status == 200 or (status, code) == (405, 20004), path
        for path in ("Payments", "Siprec", "Transcriptions"):
            assert ask(running, f"/Calls/{call.sid}/{path}.json", "POST")[1] == 20404

    with_client(work)


@pytest.mark.parametrize(
    ("path", "method", "expected"),
    [
        ("/calls.json", "GET", (404, 20404)),
        ("/Calls.xml", "GET", (404, 20404)),
        ("/Calls.json", "DELETE", (405, 20004)),
        ("/Balance.json", "POST", (405, 20004)),
    ],
)
def test_paths_are_exact_and_methods_are_told_apart(path, method, expected):
    def work(_, running):
        assert ask(running, path, method)[:2] == expected

    with_client(work)


def test_headers_tell_how_busy_the_account_is():
    def work(_, running):
        headers = ask(running, "/Balance.json")[2]
        assert headers["Twilio-Concurrent-Requests"] == "1"
        assert float(headers["Twilio-Request-Duration"]) >= 0

    with_client(work)


def test_one_request_too_many_at_once_is_refused_and_not_processed():
    async def ask_both():
        async with twin(rest_at_once=1) as running, aiohttp.ClientSession(headers=AUTH) as session:
            running.faults.set({"create": [{"kind": "timeout"}]})
            url = f"{running.url}/2010-04-01/Accounts/{AC}"
            form = {"To": CALLEE, "From": OWN, "Twiml": HOLD}
            hangs = asyncio.ensure_future(session.post(f"{url}/Calls.json", data=form))
            while not running.exchange.calls:
                await asyncio.sleep(0)
            async with session.post(f"{url}/Calls.json", data=form) as answer:
                refused = (answer.status, (await answer.json())["code"])
            hangs.cancel()
            return refused, len(running.exchange.calls)

    assert asyncio.run(ask_both()) == ((429, 20429), 1)


def test_a_fault_of_the_twin_itself_looks_like_the_carriers(monkeypatch):
    def work(_, running):
        monkeypatch.setattr(running.debugger, "alerts", None)
        assert ask(running, "/Notifications.json")[:2] == (500, 20500)

    with_client(work)


def test_what_may_be_called_can_be_asked_before():
    def work(client, _):
        countries = client.voice.v1.dialing_permissions.countries
        allowed = {iso: countries(iso).fetch().low_risk_numbers_enabled for iso in ("CA", "GB")}
        assert allowed == {"CA": True, "GB": False}
        assert refusal(client, lambda _: countries("XX").fetch()) == (404, 20404)

    with_client(work)
