"""The production adapter against the twin's wire: each failure is told apart, none is repeated."""

import json
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from twilio.http.http_client import TwilioHttpClient
from twilio.http.response import Response
from wire.openapi_contract import watch

from dialer.carrier.port import CallRequest, CarrierCall, NotSent, Rejected, ResultUnknown
from dialer.carrier.twilio import TwilioCarrier
from dialer.phone import E164

QUICK = ["--cps", "50", "--price-delay", "0", "--ring-scale", "0"]
ACCOUNT, TOKEN, NUMBER = "AC" + "0" * 32, "secret", "+12125552000"
ANSWERS = "+13105550190"
SCENARIO = f"""
unknown: {{pickup: no_answer, ring_s: 5}}
callees:
  "{ANSWERS}": {{ring_s: 0}}
"""


@pytest.fixture(scope="module")
def twin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The origin of a carrier twin in a process of its own."""
    directory = tmp_path_factory.mktemp("twin")
    (directory / "people.yaml").write_text(SCENARIO)
    port_file = directory / "port"
    command = [sys.executable, "-m", "media.simulator", "--scenario", directory / "people.yaml"]
    options = ["--port-file", port_file, "--account", ACCOUNT, "--auth-token", TOKEN]
    process = subprocess.Popen(
        [str(word) for word in [*command, *options, "--number", NUMBER, *QUICK]],
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    process.stdout.readline()  # the port is printed when it listens
    yield f"http://127.0.0.1:{Path(port_file).read_text().strip()}"
    process.terminate()
    process.wait(10)


@pytest.fixture
def carrier(twin: str) -> Iterator[TwilioCarrier]:
    carrier = TwilioCarrier(ACCOUNT, TOKEN, twin, tries=3, timeout_seconds=1.0)
    watch(carrier.client)
    yield carrier
    control(twin, "/twin/faults", "DELETE")


def control(twin: str, path: str, method: str = "GET", body: object = None):
    request = urllib.request.Request(
        twin + path,
        method=method,
        data=json.dumps(body).encode() if body is not None else None,
        headers={"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request) as answer:
        text = answer.read()
    return json.loads(text) if text else None


def fault(twin: str, kind: str, count: int = 1) -> None:
    control(twin, "/twin/faults", "POST", {"create": [{"kind": kind, "count": count}]})


def request(to: str) -> CallRequest:
    return CallRequest(
        to=E164(to),
        caller_id=E164(NUMBER),
        twiml="<Response><Hangup/></Response>",
        status_url="http://127.0.0.1:9/status#rc=2&rp=all",
        ring_timeout_seconds=15,
        time_limit_seconds=55,
    )


def creates(twin: str, to: str) -> int:
    return int(control(twin, "/twin/report")["creates_per_number"].get(to, 0))


def test_a_call_is_placed_found_fetched_and_ended(carrier: TwilioCarrier) -> None:
    began = datetime.now(UTC) - timedelta(seconds=2)
    call = carrier.place(request("+13105550101"))
    assert call.sid.startswith("CA")
    assert [one.sid for one in carrier.find(E164("+13105550101"), began)] == [call.sid]
    later = datetime.now(UTC) + timedelta(hours=1)
    assert carrier.find(E164("+13105550101"), later) == []
    carrier.hang_up(call.sid)
    ended = Event()
    for _ in range(50):
        if carrier.fetch(call.sid).status in {"completed", "canceled", "no-answer", "busy"}:
            ended.set()
            break
        ended.wait(0.1)
    assert ended.is_set()
    carrier.hang_up(call.sid)


def test_a_429_is_tried_again_because_it_was_not_processed(
    carrier: TwilioCarrier, twin: str
) -> None:
    fault(twin, "429", 2)
    carrier.place(request("+13105550102"))
    assert creates(twin, "+13105550102") == 1


def test_429_for_good_means_that_nothing_was_sent(carrier: TwilioCarrier, twin: str) -> None:
    fault(twin, "429", 3)
    with pytest.raises(NotSent):
        carrier.place(request("+13105550103"))
    assert creates(twin, "+13105550103") == 0


@pytest.mark.parametrize("kind", ["500", "503", "timeout", "lost"])
def test_an_open_result_is_unknown_and_never_repeated(
    carrier: TwilioCarrier, twin: str, kind: str
) -> None:
    number = f"+1310555{110 + ['500', '503', 'timeout', 'lost'].index(kind):04d}"
    fault(twin, kind)
    with pytest.raises(ResultUnknown):
        carrier.place(request(number))
    assert creates(twin, number) == (1 if kind in {"timeout", "lost"} else 0)


def test_a_refusal_carries_the_carrier_s_code(carrier: TwilioCarrier) -> None:
    with pytest.raises(Rejected) as refusal:
        carrier.place(request("+1999"))
    assert refusal.value.code in {21211, 21217}


def eventually(
    carrier: TwilioCarrier, sid: str, when: Callable[[CarrierCall], bool]
) -> CarrierCall:
    """The call as soon as the carrier tells of it what is waited for."""
    pause = Event()
    for _ in range(100):
        call = carrier.fetch(sid)
        if when(call):
            return call
        pause.wait(0.05)
    raise AssertionError(f"still {call}")


def test_the_price_comes_late_and_positive_and_stands_in_the_usage(carrier: TwilioCarrier) -> None:
    call = carrier.place(request(ANSWERS))
    assert call.price_micros is None
    priced = eventually(carrier, call.sid, lambda seen: seen.price_micros is not None)
    assert (priced.status, priced.price_micros) == ("completed", 14_000)
    today = datetime.now(UTC).date()
    billed = {
        "calls-outbound": 14_000,
        "calls-media-stream-minutes": 0,
        "answering-machine-detection": 0,
    }
    assert carrier.usage(today) == billed
    assert carrier.usage(today - timedelta(days=1)) == dict.fromkeys(billed, 0)


class Heard(TwilioHttpClient):
    """The official client's transport, which keeps what it was given and answers `text`."""

    def __init__(self, text: str, status: int = 200) -> None:
        super().__init__()
        self.text, self.status = text, status
        self.forms: list[dict[str, object]] = []

    def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> Response:
        self.forms.append(dict(kwargs.get("data") or (args[1] if len(args) > 1 else None) or {}))
        return Response(self.status, self.text)


@pytest.mark.parametrize(
    ("wanted", "sent"),
    [
        ({}, {}),
        (
            {"machine_detection": True, "amd_url": "http://dialer.test/amd"},
            {
                "MachineDetection": "Enable",
                "AsyncAmd": "true",
                "AsyncAmdStatusCallback": "http://dialer.test/amd",
                "AsyncAmdStatusCallbackMethod": "POST",
            },
        ),
    ],
)
def test_machine_detection_runs_beside_the_call_and_only_if_asked_for(
    wanted: dict[str, Any], sent: dict[str, str]
) -> None:
    carrier = TwilioCarrier(ACCOUNT, TOKEN, "http://127.0.0.1:9")
    heard = Heard('{"sid": "CA1", "status": "queued", "to": "+13105550101"}', 201)
    carrier.client.http_client = heard
    carrier.place(replace(request("+13105550101"), **wanted))
    [form] = heard.forms
    assert {key: form[key] for key in form if "Amd" in key or "Machine" in key} == sent


def test_a_price_in_another_currency_is_not_taken_for_dollars() -> None:
    carrier = TwilioCarrier(ACCOUNT, TOKEN, "http://127.0.0.1:9")
    carrier.client.http_client = Heard('{"sid": "CA1", "price": "-1.5", "price_unit": "JPY"}')
    assert carrier.fetch("CA1").price_micros is None


@pytest.mark.parametrize("written", ["0.0140", "-0.0140", 0.014])
def test_a_usage_price_is_exact_however_it_is_written(written: object) -> None:
    carrier = TwilioCarrier(ACCOUNT, TOKEN, "http://127.0.0.1:9")
    page = {"usage_records": [{"price": written}], "page": 0, "next_page_uri": None}
    carrier.client.http_client = Heard(json.dumps(page))
    assert set(carrier.usage(datetime.now(UTC).date()).values()) == {14_000}


def test_a_usage_list_that_is_refused_for_now_is_asked_again() -> None:
    carrier = TwilioCarrier(ACCOUNT, TOKEN, "http://127.0.0.1:9", tries=2)
    carrier.client.http_client = heard = Heard('{"code": 20429}', 429)
    with pytest.raises(NotSent):
        carrier.usage(datetime.now(UTC).date())
    assert len(heard.forms) == 2


def test_nobody_listening_means_not_sent() -> None:
    alone = TwilioCarrier(ACCOUNT, TOKEN, "http://127.0.0.1:9", tries=1)
    with pytest.raises(NotSent):
        alone.place(request("+13105550120"))


def test_a_wrong_token_is_refused(twin: str) -> None:
    with pytest.raises(Rejected) as refusal:
        TwilioCarrier(ACCOUNT, "wrong", twin).place(request("+13105550121"))
    assert refusal.value.code == 20003
