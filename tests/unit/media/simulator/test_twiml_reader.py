"""Every verb of TwiML with the carrier's defaults, its nesting rules, and what is warned of."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twilio.twiml.voice_response import Connect, Dial, Gather, Start, Stop, VoiceResponse

from media.simulator.records.recording import RecordingWish
from media.simulator.twiml.addresses import absolute
from media.simulator.twiml.attributes import KNOWN
from media.simulator.twiml.reader import TwimlError, read
from media.simulator.twiml.verbs import (
    ConnectStream,
    DialConference,
    DialNumber,
    Hangup,
    Pause,
    Play,
    PlaySound,
    Record,
    Say,
    StartRecording,
    StartStream,
    StopStream,
)
from media.simulator.twiml.verbs import (
    Dial as DialVerb,
)
from media.simulator.twiml.verbs import (
    Gather as GatherVerb,
)


def verbs(body):
    document = read(f"<Response>{body}</Response>")
    assert document.warnings == ()
    return document.verbs


def codes(body):
    return [code for code, _ in read(f"<Response>{body}</Response>").warnings]


def test_defaults_are_the_carriers():
    assert verbs("<Play>a.wav</Play><Play digits='1w#'/><Pause/>") == (
        PlaySound("a.wav", 1),
        Play("1w#"),
        Pause(1.0),
    )
    (record,) = verbs("<Record/>")
    assert record == Record(None, "POST", 5, 3600, "1234567890*#", True, RecordingWish())
    (gather,) = verbs("<Gather/>")
    assert gather == GatherVerb(
        (), None, "POST", True, False, 5.0, None, "#", (), True, False, speech_timeout_s=5.0
    )
    (dial,) = verbs("<Dial>+1 (212) 555-0123</Dial>")
    number = DialNumber("+12125550123", None, "", None, frozenset())
    assert dial == DialVerb((number,), None, "POST", 30, 14_400, None, False, False, None)
    (room,) = verbs("<Dial><Conference> my room </Conference></Dial>")
    assert isinstance(room.to, DialConference)
    assert (room.to.name, room.to.muted, room.to.start_on_enter) == ("my room", False, True)
    assert (room.to.end_on_exit, room.to.max_participants, room.to.wait_url) == (False, 250, None)


def test_what_runs_beside_the_document():
    assert verbs(
        '<Start><Stream url="wss://h/m" name="n" track="both_tracks">'
        '<Parameter name="a" value="b"/></Stream></Start>'
        '<Start><Recording channels="mono" recordingStatusCallback="https://h/r"/></Start>'
        '<Stop><Stream name="n"/></Stop>'
    ) == (
        StartStream("wss://h/m", "n", "both_tracks", {"a": "b"}, None),
        StartRecording(RecordingWish(callback="https://h/r")),
        StopStream("n"),
    )


def test_several_numbers_with_all_that_belongs_to_each():
    (dial,) = verbs(
        '<Dial record="record-from-answer-dual" action="/a" hangupOnStar="true">'
        '<Number url="/whisper" sendDigits="w1" statusCallback="/s"'
        ' statusCallbackEvent="initiated answered">+12125550123</Number>'
        "<Number>+12125550124</Number></Dial>"
    )
    first, second = dial.to
    assert (first.url, first.send_digits) == ("/whisper", "w1")
    assert first.status_callback_events == {"initiated", "answered"}
    assert second.number == "+12125550124" and dial.hangup_on_star
    assert dial.record == RecordingWish(channels=2)


def test_gather_holds_its_prompts_and_no_other_verbs():
    (gather,) = verbs(
        '<Gather input="dtmf speech" numDigits="4" finishOnKey="" speechTimeout="auto"'
        ' hints="yes, no thanks"><Say>a</Say><Play>b</Play><Pause length="2"/></Gather>'
    )
    assert gather.nested == (Say("a", "", 1), PlaySound("b", 1), Pause(2.0))
    assert (gather.keys, gather.speech, gather.num_digits) == (True, True, 4)
    assert (gather.finish_on_key, gather.speech_timeout_s) == ("", None)
    assert gather.hints == ("yes", "no thanks")
    assert codes("<Gather><Hangup/></Gather>") == [12200]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("<say>a</say>", 12200),
        ('<Say Voice="man">a</Say>', 12200),
        ("<Say><Play>a</Play></Say>", 12200),
        ("hello", 12200),
        ('<Pause length="soon"/>', 12200),
        ('<Redirect method="PUT">/a</Redirect>', 12200),
        ("<Dial/>", 12200),
        ("<Dial><Sip>sip:a@b</Sip>+12125550123</Dial>", 12200),
        ('<Gather finishOnKey="12"/>', 12200),
        ('<Start><Recording recordingStatusCallback="/r"/></Start>', 12200),
        ('<Start><Stream url="wss://h/m" track="inbound"/></Start>', 31941),
        ('<Connect><Stream connectorName="c"/></Connect>', 31940),
        ('<Connect><Stream url="wss://h/m?a=1"/></Connect>', 31923),
    ],
)
def test_what_is_not_understood_is_told_and_the_rest_runs(body, code):
    document = read(f"<Response>{body}<Hangup/></Response>")
    assert [found for found, _ in document.warnings] == [code]
    assert document.verbs[-1] == Hangup()


@given(st.text() | st.text().map(lambda text: f"<Response>{text}</Response>"))
def test_no_text_breaks_the_reader(text):
    try:
        read(text)
    except TwimlError as error:
        assert error.code in {11750, 12100}


_VALUES = st.sampled_from(["", "1", "-1", "true", "nan", "1e9", "٣", "auto", "wss://h", "GET"])


@st.composite
def elements(draw, depth=3):
    tag = draw(st.sampled_from(sorted(KNOWN)))
    names = draw(st.lists(st.sampled_from([*sorted(KNOWN[tag]), "odd"]), unique=True, max_size=4))
    attributes = "".join(f' {name}="{draw(_VALUES)}"' for name in names)
    inside = [draw(st.sampled_from(["", "+1", " room "]))]
    if depth:
        inside += draw(st.lists(elements(depth=depth - 1), max_size=3))
    return f"<{tag}{attributes}>{''.join(inside)}</{tag}>"


@given(st.lists(elements(), max_size=3))
def test_every_well_formed_document_is_read(parts):
    read(f"<Response>{''.join(parts)}</Response>")


def test_documents_of_the_official_classes_are_read_without_a_warning():
    response = VoiceResponse()
    gather = Gather(input="dtmf speech", action="/g", action_on_empty_result=True, barge_in=False)
    gather.say("Hello & welcome", voice="Polly.Joanna", language="en-US", loop=2)
    response.append(gather)
    response.play("/a.wav", loop=0)
    response.record(action="/r", finish_on_key="#", max_length=20, play_beep=False, transcribe=True)
    start = Start()
    start.stream(name="s", url="wss://h/m", track="both_tracks").parameter("a", "b")
    response.append(start)
    stop = Stop()
    stop.stream(name="s")
    response.append(stop)
    dial = Dial(action="/d", time_limit=60, caller_id="+13125550100", ring_tone="us")
    dial.number("+12125550123", status_callback_event="initiated answered", url="/w")
    response.append(dial)
    room = Dial(record="do-not-record")
    room.conference("room", beep="onEnter", wait_url="", coach="CA1", participant_label="x")
    response.append(room)
    connect = Connect(action="/c")
    connect.stream(url="wss://h/m", status_callback="/s", status_callback_method="GET")
    response.append(connect)
    response.redirect("/next", method="GET")
    response.reject(reason="busy")
    response.hangup()
    document = read(str(response))
    assert document.warnings == () and len(document.verbs) == 11


def test_addresses_become_absolute_wherever_they_are():
    document = read(
        '<Response><Gather action="next"><Play>../a.wav</Play></Gather>'
        '<Dial><Number url="/w">+1</Number></Dial><Connect><Stream url="/m" statusCallback="s"/>'
        "</Connect></Response>"
    )
    gather, dial, connect = absolute(document.verbs, "https://h/x/y")
    assert gather.action == "https://h/x/next" and gather.nested[0].url == "https://h/a.wav"
    assert dial.to[0].url == "https://h/w" and dial.to[0].status_callback is None
    assert isinstance(connect, ConnectStream) and connect.url == "wss://h/m"
    assert connect.status_callback == "https://h/x/s"
