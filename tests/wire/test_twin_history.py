"""What the official client learns of a call afterwards: its events and its notifications."""

from datetime import UTC, datetime, timedelta

import pytest
from twilio.base.exceptions import TwilioRestException
from wire.twin_under_test import CALLEE, OWN, settled, until, with_client

NOBODY = "http://127.0.0.1:1/twiml"


def test_requests_that_were_made_for_a_call_are_its_events():
    def work(client, _):
        call = client.calls.create(to=CALLEE, from_=OWN, url=NOBODY)
        settled(client, call.sid)
        events = client.calls(call.sid).events.list()
        assert events and {one.request["url"] for one in events} == {NOBODY}
        assert events[0].request["parameters"]["CallSid"] == call.sid
        assert events[0].response["response_code"] is None
        client.calls(call.sid).delete()
        with pytest.raises(TwilioRestException) as caught:
            client.calls(call.sid).notifications("NO" + "0" * 32).fetch()
        assert caught.value.code == 20404

    with_client(work)


def test_the_debugger_is_told_as_notifications_of_the_call_and_of_the_account():
    def work(client, _):
        call = client.calls.create(to=CALLEE, from_=OWN, url=NOBODY, status_callback="nonsense")
        settled(client, call.sid)
        quiet = client.calls.create(to=CALLEE, from_=OWN, twiml="<Response/>")
        until(client, quiet.sid, "completed")
        told = client.calls(call.sid).notifications.list()
        assert [one.error_code for one in told] == ["11205", "21609"]
        assert told[0].request_url == NOBODY and told[1].request_url.endswith("/Calls.json")
        assert client.calls(quiet.sid).notifications.list() == []
        everything = client.notifications.list(log=0)
        assert [one.sid for one in everything] == [one.sid for one in told]
        assert client.notifications.list(log=1) == []
        tomorrow = datetime.now(UTC).date() + timedelta(days=1)
        assert client.notifications.list(message_date_after=tomorrow) == []
        for one in (client.notifications(told[0].sid), told[0]):
            whole = one.fetch()
            assert (whole.call_sid, whole.log, whole.error_code) == (call.sid, "0", "11205")

    with_client(work)
