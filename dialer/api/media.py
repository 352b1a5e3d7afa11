"""The media gateway: the carrier's stream is checked, announced, and relayed to a media worker.

Only the relay knows both ends: frames pass untouched over a socket, Redis carries the address.
When the worker dies in mid-call its socket ends without a goodbye; we then let go of the
carrier's stream, which brings the call back through the TwiML behind `</Connect>`.
"""

import asyncio
import contextlib
from uuid import UUID

from fastapi import APIRouter, WebSocket, WebSocketDisconnect
from starlette.concurrency import run_in_threadpool

from dialer.api.carrier import authentic
from dialer.api.media_relay import RelayServer, WorkerStreams, WorkerUnavailable
from dialer.call import AttemptId
from dialer.db import transaction
from dialer.models import Attempt
from dialer.wiring import Product

router = APIRouter(include_in_schema=False)
BYE = b'{"event":"worker.bye"}'
WORKER_SECONDS = 8.0
"""How long a stream waits for its worker: usually it is there, after a takeover it must load."""


@router.websocket("/media/{attempt_id}/{token}")
async def stream(websocket: WebSocket, attempt_id: UUID, token: str) -> None:
    """One call's media stream; refused with 403 before the upgrade when not the carrier's."""
    product: Product = websocket.app.state.product
    relay: RelayServer = websocket.app.state.relay
    signature = websocket.headers.get("x-twilio-signature", "")
    if not product.signatures.stream(websocket.url.path, signature):
        await websocket.close(1008)
        return
    if not await run_in_threadpool(_known, product, attempt_id, token):
        await websocket.close(1008)
        return
    await websocket.accept()
    key = AttemptId(str(attempt_id))
    offer = {"kind": "stream", "address": relay.address, "token": relay.offer(key)}
    await run_in_threadpool(product.live.tell, key, offer)
    try:
        worker = await relay.wait_for_worker(key, WORKER_SECONDS)
    except WorkerUnavailable:
        await websocket.close()
        return
    await _relay(websocket, worker)


async def _relay(websocket: WebSocket, worker: WorkerStreams) -> None:
    """Pass messages both ways until one end lets go; then let go of the other."""
    reader, writer = worker
    ways = [
        asyncio.create_task(_to_worker(websocket, writer)),
        asyncio.create_task(_to_carrier(reader, websocket)),
    ]
    try:
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for way in ways:
            way.cancel()
        await asyncio.gather(*ways, return_exceptions=True)
        writer.close()
        with contextlib.suppress(RuntimeError, WebSocketDisconnect):
            await websocket.close()


async def _to_worker(websocket: WebSocket, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(WebSocketDisconnect, OSError):
        while True:
            message = await websocket.receive_text()
            writer.write(message.replace("\n", " ").encode() + b"\n")
            await writer.drain()


async def _to_carrier(reader: asyncio.StreamReader, websocket: WebSocket) -> None:
    with contextlib.suppress(WebSocketDisconnect, OSError, ValueError, RuntimeError):
        while line := await reader.readline():
            if line.rstrip() == BYE:
                return
            await websocket.send_text(line.decode().rstrip("\n"))


def _known(product: Product, attempt_id: UUID, token: str) -> bool:
    with transaction(product.sessions) as session:
        return authentic(session.get(Attempt, attempt_id), token) is not None
