"""What calls cost, as usage records, balance and prices tell it to the official client."""

from decimal import Decimal

import pytest
from twilio.base.exceptions import TwilioRestException
from wire.twin_under_test import ALASKA, BUSY, CALLEE, HOLD, OWN, settled, until, with_client


def end_call(client, to=CALLEE):
    call = client.calls.create(to=to, from_=OWN, twiml="<Response><Hangup/></Response>")
    return settled(client, call.sid)


def test_every_period_tells_the_same_sums_and_deleted_calls_stay_billed():
    def work(client, _):
        call = end_call(client)
        client.calls(call.sid).delete()
        records = client.usage.records
        told = (records, records.all_time, records.daily, records.monthly, records.this_month)
        for one in (*told, records.today, records.yearly):
            sums = {record.category: Decimal(record.price) for record in one.list()}
            parts = ("calls-outbound", "calls-media-stream-minutes", "answering-machine-detection")
            assert sum(sums[part] for part in parts) == Decimal("0.0140")
            assert sums["totalprice"] == sums["calls"] == sums["calls-outbound"]
        for one in (records.yesterday, records.last_month):
            assert {Decimal(record.price) for record in one.list()} == {Decimal(0)}
        assert len(records.today.list(page_size=2)) == len(sums)

    with_client(work)


def test_the_balance_falls_late_and_an_empty_account_places_no_call():
    def work(client, _):
        call = end_call(client)
        assert call.price == "-0.01400"
        assert client.balance.fetch().balance == "-0.0040"
        with pytest.raises(TwilioRestException) as caught:
            client.calls.create(to=CALLEE, from_=OWN, twiml=HOLD)
        assert (caught.value.status, caught.value.code) == (403, 10001)

    with_client(work, balance=Decimal("0.0100"))


def test_alaska_is_dearer_and_a_busy_line_costs_nothing():
    def work(client, _):
        assert end_call(client, ALASKA).price == "-0.09000"
        busy = client.calls.create(to=BUSY, from_=OWN, twiml=HOLD)
        assert until(client, busy.sid, "busy").price is None
        [day] = client.usage.records.today.list(category="calls-outbound")
        assert (day.count, day.usage) == ("1", "1")

    with_client(work)
