"""The twin's calls, lists and refusals, through the official client."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from twilio.base.exceptions import TwilioException, TwilioRestException
from wire.twin_under_test import AC, BUSY, CALLEE, HOLD, OWN, until, with_client


def test_usage_is_told_by_day_and_category_as_the_document_s_example_writes_it():
    """The document's schema wants numbers where its own example, and the carrier, write strings."""

    def work(client, _):
        call = client.calls.create(to=CALLEE, from_=OWN, twiml="<Response><Hangup/></Response>")
        until(client, call.sid, "completed")
        while client.calls(call.sid).fetch().price is None:
            pass
        [usage] = client.usage.records.daily.list(category="calls-outbound")
        assert (usage.price, usage.usage, usage.count) == (Decimal("0.0140"), "1", "1")
        today = datetime.now(UTC).date()
        two_days = client.usage.records.daily.list(start_date=today - timedelta(days=1))
        assert {one.price for one in two_days if one.start_date != today} == {0}
        with pytest.raises(TwilioException, match="20001"):
            client.usage.records.daily.list(start_date="yesterday")

    with_client(work)


def test_pages_are_walked_by_the_official_client():
    def work(client, _):
        made = [client.calls.create(to=BUSY, from_=OWN, twiml=HOLD).sid for _ in range(7)]
        listed = [call.sid for call in client.calls.list(page_size=3)]
        assert listed == made[::-1]
        today = datetime.now(UTC).date()
        assert len(client.calls.list(start_time_after=today)) == 7

    with_client(work)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"to": None}, 21201),
        ({"from_": None}, 21213),
        ({"from_": "+13125550101"}, 21210),
        ({"from_": "me"}, 21212),
        ({"to": "12"}, 21211),
        ({"to": OWN}, 21211),
        ({"to": "+11125550123"}, 21217),
        ({"to": "+442071838750"}, 21215),
        ({"to": "+12125550199"}, 21216),
        ({"twiml": None}, 21205),
        ({"twiml": None, "url": "ftp://x"}, 21205),
        ({"twiml": "<" * 4001}, 32018),
        ({"method": "PUT"}, 21209),
        ({"timeout": 0}, 21208),
    ],
)
def test_refusals_carry_the_carriers_codes(change, code):
    def work(client, *_):
        wanted = {"to": CALLEE, "from_": OWN, "twiml": HOLD, **change}
        if wanted["to"] is None or wanted["from_"] is None:
            keys = {"To": wanted["to"], "From": wanted["from_"], "Twiml": HOLD}
            uri = f"{client.api.base_url}/2010-04-01/Accounts/{AC}/Calls.json"
            data = {key: value for key, value in keys.items() if value}
            answer = client.request("POST", uri, data=data)
            assert (answer.status_code, json.loads(answer.text)["code"]) == (400, code)
            return
        with pytest.raises(TwilioRestException) as caught:
            client.calls.create(**wanted)
        assert (caught.value.status, caught.value.code) == (400, code)

    with_client(work)


def test_strangers_and_unknown_things_are_refused():
    def stranger(client, *_):
        with pytest.raises(TwilioRestException) as caught:
            client.balance.fetch()
        assert (caught.value.status, caught.value.code) == (401, 20003)

    def unknown(client, *_):
        with pytest.raises(TwilioRestException) as caught:
            client.calls("CA" + "0" * 32).fetch()
        assert (caught.value.status, caught.value.code) == (404, 20404)
        with pytest.raises(TwilioRestException) as caught:
            client.conferences("CF" + "0" * 32).fetch()
        assert caught.value.code == 20404

    with_client(stranger, token="wrong")
    with_client(unknown)


def test_calls_that_are_not_in_progress_cannot_be_changed_and_running_ones_not_deleted():
    def work(client, *_):
        call = client.calls.create(to=CALLEE, from_=OWN, twiml=HOLD)
        until(client, call.sid, "in-progress")
        with pytest.raises(TwilioRestException) as caught:
            client.calls(call.sid).delete()
        assert caught.value.code == 20009
        assert client.calls(call.sid).update(status="canceled").status == "in-progress"
        client.calls(call.sid).update(twiml="<Response><Hangup/></Response>")
        until(client, call.sid, "completed")
        for change in ({"status": "completed"}, {"twiml": HOLD}):
            with pytest.raises(TwilioRestException) as caught:
                client.calls(call.sid).update(**change)
            assert (caught.value.status, caught.value.code) == (400, 21220)

    with_client(work)


def test_the_queue_lets_one_call_out_and_a_canceled_one_never_rings():
    def work(client, twin):
        first, second = (client.calls.create(to=BUSY, from_=OWN, twiml=HOLD) for _ in range(2))
        until(client, first.sid, "busy")
        assert client.calls(second.sid).fetch().status == "queued"
        client.calls(second.sid).update(status="canceled")
        assert until(client, second.sid, "canceled").start_time is None

    with_client(work, cps=0.01)


@pytest.mark.parametrize("fails", [False, True])
def test_the_concurrency_limit_has_both_forms(fails):
    def work(client, *_):
        client.calls.create(to=CALLEE, from_=OWN, twiml=HOLD)
        if fails:
            over = client.calls.create(to=CALLEE, from_=OWN, twiml=HOLD)
            until(client, over.sid, "failed")
            return
        with pytest.raises(TwilioRestException) as caught:
            client.calls.create(to=CALLEE, from_=OWN, twiml=HOLD)
        assert caught.value.code == 10004

    with_client(work, max_calls=1, limit_fails_call=fails)


@pytest.mark.parametrize(("kind", "code"), [("429", 20429), ("500", 20500), ("10004", 10004)])
def test_injected_refusals_place_no_call(kind, code):
    def work(client, twin):
        twin.faults.set({"create": [{"kind": kind, "count": 1}]})
        with pytest.raises(TwilioRestException) as caught:
            client.calls.create(to=CALLEE, from_=OWN, twiml=HOLD)
        assert caught.value.code == code
        assert client.calls.list() == []
        assert client.calls.create(to=CALLEE, from_=OWN, twiml=HOLD).sid

    with_client(work)


@pytest.mark.parametrize(("kind", "placed"), [("lost", 1), ("refuse", 0)])
def test_a_broken_connection_leaves_the_result_unknown(kind, placed):
    def work(client, twin):
        twin.faults.set({"create": [{"kind": kind}]})
        with pytest.raises(OSError):
            client.calls.create(to=CALLEE, from_=OWN, twiml=HOLD)
        assert len(client.calls.list(to=CALLEE)) == placed

    with_client(work)
