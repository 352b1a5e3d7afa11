"""Stream messages, TwiML, webhook overrides and list filters, without sockets."""

import base64
import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.simulator.records.call import Call
from media.simulator.records.request import CallRequest
from media.simulator.rest.call_filter import matches
from media.simulator.rest.paging import page
from media.simulator.stream.protocol import (
    Clear,
    Mark,
    Media,
    Messages,
    ProtocolViolation,
    parse,
)
from media.simulator.twiml.reader import TwimlError, read
from media.simulator.twiml.verbs import ConnectStream, Pause, Redirect, Say
from media.simulator.webhooks.overrides import split

SID = "MZ" + "1" * 32


def test_messages_have_the_captured_keys_order_and_types():
    messages = Messages("AC1", "CA1", SID, 102)
    assert json.loads(messages.connected()) == {
        "event": "connected",
        "protocol": "Call",
        "version": "1.0.0",
    }
    start = json.loads(messages.start({"attempt": "7"}))
    assert list(start["start"]) == [
        "accountSid",
        "streamSid",
        "callSid",
        "tracks",
        "mediaFormat",
        "customParameters",
    ]
    first, second = (json.loads(messages.media(b"\xff" * 160)) for _ in range(2))
    assert first["media"]["timestamp"] == "102" and second["media"]["timestamp"] == "122"
    assert (first["media"]["chunk"], second["media"]["chunk"]) == ("1", "2")
    assert base64.b64decode(first["media"]["payload"]) == b"\xff" * 160
    assert json.loads(messages.dtmf("5"))["dtmf"] == {"track": "inbound_track", "digit": "5"}
    assert json.loads(messages.stop())["sequenceNumber"] == "5"


@pytest.mark.parametrize(
    "message",
    [
        "nonsense",
        "[]",
        '{"event":"hello","streamSid":"MZ"}',
        '{"event":"clear"}',
        '{"event":"clear","streamSid":"MZ2"}',
        '{"event":"clear","streamSid":"MZ","extra":1}',
        '{"event":"mark","streamSid":"MZ","mark":{"name":1}}',
        '{"event":"media","streamSid":"MZ","media":{"payload":"***"}}',
        '{"event":"media","streamSid":"MZ","media":{"payload":"","track":"outbound"}}',
    ],
)
def test_what_the_protocol_does_not_know_is_31951(message):
    with pytest.raises(ProtocolViolation) as caught:
        parse(message, "MZ")
    assert caught.value.code == 31951


@given(st.binary(max_size=2000), st.text(max_size=50))
def test_reads_what_a_server_sends(sound, name):
    payload = base64.b64encode(sound).decode()
    media = {"event": "media", "streamSid": SID, "media": {"payload": payload}}
    mark = {"event": "mark", "streamSid": SID, "mark": {"name": name}}
    assert parse(json.dumps(media), SID) == Media(sound)
    assert parse(json.dumps(mark), SID) == Mark(name)
    assert parse(json.dumps({"event": "clear", "streamSid": SID}), SID) == Clear()


def test_twiml_is_read_in_order():
    document = read(
        '<Response><Connect action="/after"><Stream url="wss://h/m" statusCallback="/s">'
        '<Parameter name="attempt" value="7"/></Stream></Connect>'
        '<Say loop="2">Good  bye</Say><Pause length="3"/><Redirect>/next</Redirect></Response>'
    )
    assert document.verbs == (
        ConnectStream("wss://h/m", "", {"attempt": "7"}, "/after", "POST", "/s"),
        Say("Good bye", "", 2),
        Pause(3.0),
        Redirect("/next", "POST"),
    )
    assert document.warnings == ()


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (' <?xml version="1.0"?><Response/>', 12100),
        ("<Response>", 12100),
        ("<Answer/>", 12100),
        (f"<Response><Say>{'a' * 66_000}</Say></Response>", 11750),
    ],
)
def test_documents_that_cannot_run(text, code):
    with pytest.raises(TwimlError) as caught:
        read(text)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("<Enqueue/>", 12200),
        ('<Say tone="x">a</Say>', 12200),
        ('<Connect><Stream url="ws://h/m"/></Connect>', 31922),
        ('<Connect><Stream url="wss://h/m" track="both_tracks"/></Connect>', 31941),
    ],
)
def test_what_is_left_out_is_told(body, code):
    document = read(f"<Response>{body}<Hangup/></Response>")
    assert [found for found, _ in document.warnings] == [code]


def test_overrides_ride_in_the_fragment_and_do_not_stay_in_the_url():
    bare, overrides = split("https://h/p?a=1#rc=3&rp=ct,5xx&ct=1000&rt=99999")
    assert bare == "https://h/p?a=1"
    assert (overrides.retries, overrides.connect_s, overrides.read_s) == (3, 1.0, 15.0)
    assert overrides.retry_after("5xx") and not overrides.retry_after("rt")
    assert split("https://h/p")[1].retries == 1 and split("https://h/p")[1].retry_after("ct")


NOON = datetime(2026, 1, 2, 12, 0, tzinfo=UTC)


def _calls(count):
    calls = []
    for i in range(count):
        call = Call(f"CA{i:032x}", CallRequest(f"+1212555{i:04d}", "+13125550100"))
        call.dial(NOON + timedelta(hours=i), 0)
        calls.append(call)
    return calls


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ({"StartTime": "2026-01-02"}, 12),
        ({"StartTime>": "2026-01-03"}, 8),
        ({"StartTime<": "2026-01-02"}, 12),
        ({"StartTime>": "2026-01-02T14:00:00Z"}, 18),
        ({"To": "+12125550003"}, 1),
        ({"Status": "completed"}, 0),
        ({"EndTime>": "2026-01-01"}, 0),
    ],
)
def test_filters(query, count):
    assert sum(matches(call, query) for call in _calls(20)) == count


@given(st.integers(0, 30), st.integers(1, 12))
def test_pages_partition_the_list_even_while_calls_arrive(count, size):
    calls, seen, query = _calls(count), [], {"PageSize": str(size)}
    while True:
        shown, fields = page(calls, query, "/Calls.json")
        seen += [call.sid for call in shown]
        calls.append(_calls(count + 1)[-1])
        if fields["next_page_uri"] is None:
            break
        pairs = [pair.split("=") for pair in str(fields["next_page_uri"]).split("?")[1].split("&")]
        query = dict(pairs)
    assert seen == [call.sid for call in reversed(_calls(count))]
