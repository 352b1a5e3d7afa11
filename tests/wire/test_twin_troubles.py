"""Troubles on demand: which requests and webhooks suffer, and which do not."""

import asyncio
import json
import urllib.request
from random import Random
from typing import Any
from urllib.error import HTTPError

import pytest
from hypothesis import given
from hypothesis import strategies as st
from requests.exceptions import ConnectionError as Broken
from socket_time import in_virtual_time
from twilio.base.exceptions import TwilioRestException
from wire.twin_under_test import CALLEE, HOLD, OWN, until, with_client

from media.simulator.clock import ShiftedClock
from media.simulator.faults import Faults, RestFault, Told
from media.simulator.impairments import Impairments, impairments
from media.simulator.webhooks.sender import WebhookFailed, Webhooks


def control(twin: Any, path: str, body: object) -> Any:
    request = urllib.request.Request(
        f"{twin.url}/twin/{path}",
        data=json.dumps(body).encode(),
        headers={"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


@pytest.mark.parametrize(("kind", "ended"), [("503", False), ("refuse", False), ("lost", True)])
def test_any_request_may_fail_before_or_after_it_is_carried_out(kind: str, ended: bool) -> None:
    def work(client: Any, twin: Any) -> None:
        call = client.calls.create(to=CALLEE, from_=OWN, twiml=HOLD)
        until(client, call.sid, "in-progress")
        aim = {"method": "POST", "path": f"Calls/{call.sid}", "kind": kind}
        assert control(twin, "faults", {"rest": [aim]})["rest"] == [aim]
        with pytest.raises((TwilioRestException, Broken)):
            client.calls(call.sid).update(status="completed")
        assert (client.calls(call.sid).fetch().status == "completed") is ended
        client.calls.list()
        assert control(twin, "faults", {})["rest"] == [], "one fault, one request"

    with_client(work)


@pytest.mark.parametrize(
    "wanted",
    [
        {"rest": [{"method": "POST", "path": "Calls", "kind": "sulk"}]},
        {"rest": [{"path": "Calls", "kind": "500"}]},
        {"webhooks": {"kinds": ["gossip"]}},
        {"weather": {}},
    ],
)
def test_what_makes_no_sense_is_refused(wanted: dict[str, object]) -> None:
    def work(_: Any, twin: Any) -> None:
        with pytest.raises(HTTPError, match="400"):
            control(twin, "faults", wanted)

    with_client(work)


@given(st.sets(st.sampled_from(Told)), st.sampled_from(Told), st.sampled_from([None, "CA1", "CA2"]))
def test_only_the_chosen_webhooks_suffer(kinds: set[Told], told: Told, call: str | None) -> None:
    faults = Faults()
    assert faults.suffers(Told.STATUS, "CA1") and not faults.suffers(Told.STREAM, "CA1")
    faults.set({"webhooks": {"kinds": sorted(kinds), "call": call}})
    assert faults.suffers(told, "CA1") is (told in kinds and call in (None, "CA1"))
    again = Faults()
    again.set(faults.json())
    assert again == faults
    faults.clear()
    assert faults == Faults()


def test_a_create_takes_the_next_fault_of_creates() -> None:
    faults = Faults()
    faults.set({"create": [{"kind": "429", "count": 2}]})
    path = "/2010-04-01/Accounts/AC1/Calls.json"
    assert faults.next_rest("GET", path) is None
    taken = [faults.next_rest("POST", path) for _ in range(3)]
    assert taken == [RestFault.TOO_MANY, RestFault.TOO_MANY, None]


def test_the_network_of_a_live_stream_can_be_made_bad() -> None:
    def work(client: Any, twin: Any) -> None:
        call = client.calls.create(to=CALLEE, from_=OWN, twiml=HOLD)
        until(client, call.sid, "in-progress")
        path = f"calls/{call.sid}/network"
        assert control(twin, path, {"jitter_ms": 30}) == {"impaired": False}, "there is no stream"
        with pytest.raises(HTTPError, match="400"):
            control(twin, path, {"fog": 1})

    with_client(work)
    assert impairments({"loss": 0.5, "stall_ms": [1, 2]}) == Impairments(loss=0.5, stall_ms=(1, 2))


def test_fifteen_seconds_hold_for_all_tries_together() -> None:
    """In virtual time, against a customer that accepts and never answers."""

    async def scene() -> float:
        async def silent(reader: Any, writer: Any) -> None:
            await reader.read()

        server = await asyncio.start_server(silent, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        webhooks = Webhooks("secret", Random(1), ShiftedClock())
        loop = asyncio.get_running_loop()
        began_s = loop.time()
        with pytest.raises(WebhookFailed) as caught:
            await webhooks.send(f"http://127.0.0.1:{port}/x#rc=5&rp=all&rt=6000", "POST", {}, "CA1")
        assert caught.value.code == 11200
        took_s = loop.time() - began_s
        await webhooks.close()
        server.close()
        assert len(webhooks.exchanges.of("CA1")) == 3, "6 s, 6 s, and what was left"
        return took_s

    assert abs(in_virtual_time(scene()) - 15.0) < 0.5
