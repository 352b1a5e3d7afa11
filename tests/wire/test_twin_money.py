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


def test_prices_are_told_before_dialing_by_number_and_by_country():
    def work(client, _):
        for number, price, country in ((ALASKA, "0.0900", "US"), ("+14165550123", "0.0140", "CA")):
            told = client.pricing.v2.voice.numbers(number).fetch(origination_number=OWN)
            assert (told.iso_country, told.price_unit) == (country, "USD")
            assert told.outbound_call_prices[0]["current_price"] == price
        for iso, dear in (("US", 1), ("CA", 0), ("GB", 0)):
            told = client.pricing.v2.voice.countries(iso).fetch()
            prices = [one["current_price"] for one in told.outbound_prefix_prices]
            assert prices == ["0.0140"] + ["0.0900"] * dear
        for unknown in ("12", "+99912345678"):
            with pytest.raises(TwilioRestException) as caught:
                client.pricing.v2.voice.numbers(unknown).fetch()
            assert caught.value.code == 20404

    with_client(work)


def test_a_call_is_summed_up_by_insights():
    def work(client, _):
        call = end_call(client)
        summary = client.insights.v1.calls(call.sid).summary().fetch()
        assert (summary.call_state, summary.connect_duration) == ("completed", 1)
        assert (summary.processing_state, summary.to["callee"]) == ("complete", CALLEE)
        with pytest.raises(TwilioRestException) as caught:
            client.insights.v1.calls("CA" + "0" * 32).summary().fetch()
        assert caught.value.code == 20404

    with_client(work)
