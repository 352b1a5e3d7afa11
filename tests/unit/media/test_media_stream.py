"""The carrier's messages as captured from the wire, and what breaks them."""

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.stream import (
    Connected,
    Dtmf,
    Marked,
    Media,
    Started,
    Stopped,
    StreamProtocol,
    UnsupportedMedia,
)

SID = "MZ18ad3ab5a668481ce02b83e7395059f0"


def start(**media_format: object) -> str:
    form = {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1} | media_format
    return json.dumps(
        {
            "event": "start",
            "sequenceNumber": "1",
            "start": {
                "accountSid": "AC1",
                "streamSid": SID,
                "callSid": "CA1",
                "tracks": ["inbound"],
                "mediaFormat": form,
                "customParameters": {"attempt": "a1"},
            },
            "streamSid": SID,
        }
    )


def media(ulaw: bytes, timestamp: object = "155", track: str = "inbound", sid: str = SID) -> str:
    payload = base64.b64encode(ulaw).decode()
    body = {"track": track, "chunk": "1", "timestamp": timestamp, "payload": payload}
    return json.dumps({"event": "media", "sequenceNumber": "2", "media": body, "streamSid": sid})


def started() -> StreamProtocol:
    protocol = StreamProtocol()
    assert protocol.receive(start()) == Started(SID, "CA1", {"attempt": "a1"})
    return protocol


def test_every_message_of_a_call() -> None:
    protocol = StreamProtocol()
    greeting = '{"event":"connected","protocol":"Call","version":"1.0.0"}'
    assert protocol.receive(greeting) == Connected()
    protocol.receive(start())
    assert protocol.receive(media(b"\xff" * 160)) == Media(155, b"\xff" * 160, 1)
    mark = {"event": "mark", "sequenceNumber": "4", "streamSid": SID, "mark": {"name": "m1"}}
    assert protocol.receive(json.dumps(mark)) == Marked("m1")
    dtmf = {"event": "dtmf", "streamSid": SID, "dtmf": {"track": "inbound_track", "digit": "#"}}
    assert protocol.receive(json.dumps(dtmf)) == Dtmf("#")
    assert protocol.receive(json.dumps({"event": "stop", "streamSid": SID})) == Stopped()
    assert (protocol.malformed, protocol.ignored) == (0, 0)


def test_start_without_custom_parameters() -> None:
    message = json.loads(start())
    del message["start"]["customParameters"]
    assert StreamProtocol().receive(json.dumps(message)) == Started(SID, "CA1", {})


@pytest.mark.parametrize(
    "wrong", [{"encoding": "audio/x-l16"}, {"sampleRate": 16000}, {"channels": 2}]
)
def test_another_media_format_is_refused_with_its_name(wrong: dict[str, object]) -> None:
    with pytest.raises(UnsupportedMedia, match=str(next(iter(wrong.values())))):
        StreamProtocol().receive(start(**wrong))


def test_unknown_events_and_other_tracks_are_ignored_and_counted() -> None:
    protocol = started()
    assert protocol.receive('{"event":"weather"}') is None
    assert protocol.receive(media(b"\x00", track="outbound")) is None
    assert protocol.receive(start()) is None, "a stream starts once"
    assert protocol.ignored == 3


@pytest.mark.parametrize(
    "message",
    [
        "",
        "[]",
        "null",
        '"x"',
        "{",
        '{"event":{}}',
        '{"event":"media"}',
        '{"event":"mark","mark":null}',
        media(b"\x00", timestamp="soon"),
        media(b"\x00", timestamp="-3"),
        media(b"\x00", sid="MZother"),
        '{"event":"media","media":{"timestamp":"1","payload":"a"}}',
        '{"event":"start","start":{"mediaFormat":{}}}'.replace("{}", start().split(": ")[-1]),
    ],
)
def test_bad_messages_are_counted_and_never_raise(message: str) -> None:
    protocol = started()
    assert protocol.receive(message) is None
    assert protocol.malformed == 1


@given(st.text() | st.recursive(st.none() | st.text(), st.lists).map(json.dumps))
def test_no_text_raises(message: str) -> None:
    assert started().receive(message) is None


@given(st.binary(max_size=2000))
def test_media_is_built_as_the_carrier_wants_it(ulaw: bytes) -> None:
    message = json.loads(started().media(ulaw))
    assert message == {
        "event": "media",
        "streamSid": SID,
        "media": {"payload": base64.b64encode(ulaw).decode()},
    }


def test_mark_and_clear_have_no_field_too_many() -> None:
    protocol = started()
    assert json.loads(protocol.mark('m"1')) == {
        "event": "mark",
        "streamSid": SID,
        "mark": {"name": 'm"1'},
    }
    assert json.loads(protocol.clear()) == {"event": "clear", "streamSid": SID}


def test_sound_without_a_timestamp_follows_the_sound_before_it() -> None:
    """The carrier always tells it; clients that speak its protocol may not."""
    protocol = StreamProtocol()
    plain = json.dumps(
        {"event": "media", "media": {"payload": base64.b64encode(b"\xff" * 160).decode()}}
    )
    times = [protocol.receive(one) for one in (plain, plain, media(b"\xff" * 80, "500"), plain)]
    assert [one.timestamp_ms for one in times if isinstance(one, Media)] == [0, 20, 500, 510]
    assert protocol.malformed == 0
