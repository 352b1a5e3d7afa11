"""What a form for a call is taken for: every parameter, its range, and the carrier's codes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.simulator.account import Account
from media.simulator.calls import detection_form, recording_form
from media.simulator.calls.create_form import check
from media.simulator.errors import ApiError
from media.simulator.records.recording import RecordingWish
from media.simulator.records.request import Event, MachineDetection

OWN, VERIFIED, TO = "+13125550100", "+15055550100", "+12125550123"
ACCOUNT = Account("AC" + "a1" * 16, "secret", frozenset({OWN}), verified=frozenset({VERIFIED}))
TRIAL = Account("AC" + "a1" * 16, "s", frozenset({OWN}), verified=frozenset({TO}), trial=True)
LEAST = {"To": TO, "From": OWN, "Twiml": "<Response/>"}


def read(account=ACCOUNT, **fields):
    form = {key: [value] for key, value in {**LEAST, **fields}.items() if value is not None}
    return check(form, account)


def refused(account=ACCOUNT, **fields):
    with pytest.raises(ApiError) as caught:
        read(account, **fields)
    return caught.value.code


def test_what_is_not_said_has_the_carriers_defaults():
    request, warnings = read()
    assert warnings == []
    assert (request.timeout_s, request.time_limit_s) == (60, 14_400)
    assert request.events == {Event.COMPLETED} and request.status_callback is None
    assert request.machine_detection is None and request.record is None
    assert request.send_digits == "" and request.method == "POST"


def test_bounds_of_time_are_kept():
    request, _ = read(Timeout="900", TimeLimit="999999")
    assert (request.timeout_s, request.time_limit_s) == (600, 86_400)
    for wrong in ("0", "-1", "ten", "1.5", "²"):
        assert refused(Timeout=wrong) == refused(TimeLimit=wrong) == 21208


def test_the_shown_number_may_be_another_one_of_the_account():
    assert read(CallerId=VERIFIED)[0].from_ == VERIFIED
    assert refused(CallerId="+13125550999") == 21210
    assert refused(CallerId=VERIFIED, From=None) == 21213


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"To": "sip:me@example.com"}, 21211),
        ({"To": "client:me"}, 21211),
        ({"To": "+1٣125550123"}, 21211),
        ({"SendDigits": "1" * 33}, 21206),
        ({"SendDigits": "12e"}, 21206),
        ({"Twiml": None, "ApplicationSid": "AP" + "0" * 32}, 21218),
        ({"MachineDetection": "Sometimes"}, 21263),
        ({"AsyncAmdStatusCallbackMethod": "PUT", "MachineDetection": "Enable"}, 21209),
    ],
)
def test_refusals(fields, code):
    assert refused(**fields) == code


def test_a_trial_account_calls_verified_numbers_only():
    assert read(TRIAL)[0].to == TO
    assert refused(TRIAL, To="+12125550124") == 21219


def test_what_the_twin_has_no_use_for_is_told_and_ignored():
    _, warnings = read(Byoc="BY1", Url="http://example.com/a", StatusCallback="http://a_b/c")
    assert sorted(code for code, _ in warnings) == [20001, 21609, 32019]


def test_detection_is_read_with_its_settings():
    detection = read(
        MachineDetection="DetectMessageEnd",
        MachineDetectionTimeout="59",
        MachineDetectionSpeechThreshold="1000",
        MachineDetectionSpeechEndThreshold="5000",
        MachineDetectionSilenceTimeout="2000",
        AsyncAmd="true",
        AsyncAmdStatusCallback="https://example.com/amd",
        AsyncAmdStatusCallbackMethod="GET",
    )[0].machine_detection
    assert detection == MachineDetection(
        True, 59, 1000, 5000, 2000, True, "https://example.com/amd", "GET"
    )


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"MachineDetectionTimeout": "60"}, 21263),
        ({"MachineDetectionTimeout": "2"}, 21263),
        ({"MachineDetectionSpeechThreshold": "6001"}, 21263),
        ({"MachineDetectionSpeechEndThreshold": "499"}, 21263),
        ({"MachineDetectionSilenceTimeout": "x"}, 21263),
        ({"AsyncAmd": "true"}, 21262),
    ],
)
def test_wrong_settings_of_detection_are_told_and_defaults_used(fields, code):
    request, warnings = read(MachineDetection="Enable", **fields)
    assert [code for code, _ in warnings] == [code]
    assert request.machine_detection is not None
    assert request.machine_detection.timeout_s == MachineDetection().timeout_s


def test_digits_rule_out_detection():
    request, warnings = read(MachineDetection="Enable", SendDigits="ww1W#A")
    assert request.machine_detection is None and request.send_digits == "ww1W#A"
    assert [code for code, _ in warnings] == [21263]


def test_recording_is_read_with_its_settings():
    record = read(
        Record="true",
        RecordingChannels="dual",
        RecordingTrack="inbound",
        Trim="do-not-trim",
        RecordingStatusCallback="https://example.com/rec",
        RecordingStatusCallbackEvent="in-progress absent",
    )[0].record
    events = frozenset({"in-progress", "absent"})
    assert record == RecordingWish(2, "inbound", False, "https://example.com/rec", "POST", events)
    assert read(Record="false")[0].record is None
    usual, warnings = read(Record="true", RecordingChannels="three")
    assert usual.record == RecordingWish(trim=True) and [code for code, _ in warnings] == [20001]


KEYS = sorted({*LEAST, *detection_form.KEYS, *recording_form.KEYS, "Timeout", "SendDigits", "Url"})


@given(st.dictionaries(st.sampled_from(KEYS), st.lists(st.text(max_size=12), max_size=2)))
def test_any_form_is_taken_or_refused(form):
    try:
        request, _ = check({**{key: [value] for key, value in LEAST.items()}, **form}, ACCOUNT)
    except ApiError as error:
        assert error.body()["code"] == error.code
    else:
        assert request.to.startswith("+1")
