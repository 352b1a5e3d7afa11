"""Twilio's own server package verifies what the twin signs, and nothing that differs from it."""

from collections.abc import Iterator
from pathlib import Path
from queue import Queue
from typing import Any

import pytest
from fastapi import Depends, FastAPI, Request, Response, WebSocket, WebSocketDisconnect
from tac.server.signature_validation import (
    build_http_signature_dependency,
    build_websocket_signature_dependency,
)

from peers.served import behind_proxy, served
from peers.twin import OWN, TOKEN, TwinProcess, running_twin

CALLEE = "+12125550123"
REFUSED_WEBHOOK, REFUSED_STREAM = 11200, 31920


@pytest.fixture(scope="module")
def twin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TwinProcess]:
    folder: Path = tmp_path_factory.mktemp("twin")
    with running_twin(folder, f'callees:\n  "{CALLEE}": {{ring_s: 0}}\n') as twin:
        yield twin


class Customer:
    """A server whose every door is watched by Twilio's verifier."""

    def __init__(self, token: str) -> None:
        self.app = FastAPI()
        self.forms: Queue[dict[str, Any]] = Queue()
        self.streams: Queue[dict[str, Any]] = Queue()
        form, stream = build_http_signature_dependency, build_websocket_signature_dependency
        self.app.post("/status", dependencies=[Depends(form(token))])(self._status)
        self.app.websocket("/media/{name}", dependencies=[Depends(stream(token))])(self._media)

    async def _status(self, request: Request) -> Response:
        self.forms.put(dict(await request.form()))
        return Response(status_code=204)

    async def _media(self, websocket: WebSocket, name: str) -> None:
        await websocket.accept()
        try:
            while (message := await websocket.receive_json())["event"] != "start":
                pass
            self.streams.put({"name": name, **message["start"]})
            await websocket.close()
        except WebSocketDisconnect:
            return


def call(twin: TwinProcess, customer: Customer, **proxy: str) -> list[int]:
    """Place a call that opens a stream and reports its progress; the debugger's codes of it."""
    with served(behind_proxy(customer.app, **proxy)) as address:
        placed = twin.client.calls.create(
            to=CALLEE,
            from_=OWN,
            twiml=f'<Response><Connect><Stream url="wss://{address}/media/Aa-1"/></Connect>'
            "<Hangup/></Response>",
            status_callback=f"http://{address}/status?lead=7&name=J%C3%BCrgen",
            status_callback_event=["initiated", "ringing", "answered", "completed"],
        )
        twin.until(placed.sid, "completed")
        codes: list[int] = []
        for _ in range(200):
            codes = twin.alerts(placed.sid)
            if customer.forms.qsize() + codes.count(REFUSED_WEBHOOK) >= 4:
                break
        return codes


def test_the_signatures_of_webhooks_and_of_the_handshake_are_accepted(twin: TwinProcess) -> None:
    customer = Customer(TOKEN)
    codes = call(twin, customer)
    assert REFUSED_WEBHOOK not in codes and REFUSED_STREAM not in codes
    statuses = {customer.forms.get(timeout=10)["CallStatus"] for _ in range(4)}
    assert statuses == {"initiated", "ringing", "in-progress", "completed"}
    assert customer.streams.get(timeout=10)["name"] == "Aa-1"


@pytest.mark.parametrize(
    ("token", "proxy"),
    [
        ("another", {}),
        (TOKEN, {"host": "another.example"}),
        (TOKEN, {"http": "https", "websocket": "http"}),
    ],
    ids=["token", "host", "scheme"],
)
def test_another_token_host_or_scheme_is_refused(
    twin: TwinProcess, token: str, proxy: dict[str, str]
) -> None:
    customer = Customer(token)
    codes = call(twin, customer, **proxy)
    assert customer.forms.empty() and customer.streams.empty()
    assert codes.count(REFUSED_WEBHOOK) == 4 and codes.count(REFUSED_STREAM) == 1
