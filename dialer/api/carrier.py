"""The carrier's webhooks: call progress, and the way back for a call that lost its talker.

The signature is checked before anything else; the attempt's secret in the path binds a message
to its attempt even when the answer to the create request was lost.
"""

import hmac
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, HTTPException, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData

from dialer import attempts
from dialer.attempts import CarrierMessage
from dialer.carrier import twiml
from dialer.carrier.address import CallAddress
from dialer.db import transaction
from dialer.models import Attempt
from dialer.rules.call_state import TERMINAL
from dialer.wiring import Product

router = APIRouter(prefix="/carrier", include_in_schema=False)
MAX_TAKEOVERS = 3
SORRY = "We are sorry, we have a technical problem and will call you back. Goodbye."


async def _signed(request: Request) -> FormData:
    """The form of a request that the carrier signed; 403 otherwise."""
    product: Product = request.app.state.product
    form = await request.form()
    path = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    signature = request.headers.get("x-twilio-signature", "")
    if not product.signatures.form(path, form, signature):
        raise HTTPException(403, "the signature is not the carrier's")
    return form


Signed = Annotated[FormData, Depends(_signed)]


@router.post("/{attempt_id}/{token}/status")
async def status(attempt_id: UUID, token: str, form: Signed, request: Request) -> Response:
    """A call progress event, taken in once and in any order."""
    product: Product = request.app.state.product
    await run_in_threadpool(_hear, product, attempt_id, token, form)
    return Response(status_code=204)


@router.post("/{attempt_id}/{token}/amd")
async def amd(attempt_id: UUID, token: str, form: Signed, request: Request) -> Response:
    """The carrier's guess of who picked up (asynchronous answering-machine detection)."""
    product: Product = request.app.state.product
    await run_in_threadpool(_guessed, product, attempt_id, token, form)
    return Response(status_code=204)


@router.post("/{attempt_id}/{token}/resume")
async def resume(attempt_id: UUID, token: str, form: Signed, request: Request) -> Response:
    """The stream ended and nobody hung up: bring the call back to another media worker."""
    product: Product = request.app.state.product
    document = await run_in_threadpool(_resume, product, attempt_id, token)
    return Response(document, media_type="text/xml")


def _hear(product: Product, attempt_id: UUID, token: str, form: FormData) -> None:
    told = _message(form)
    with transaction(product.sessions) as session:
        _authentic(session.get(Attempt, attempt_id), token)
        ended = attempts.hear(session, attempt_id, told, product.clock.of(session))
    key = str(attempt_id)
    product.live.publish(key, {"kind": "call", "state": told.status})
    if ended:
        product.live.tell(key, {"kind": "ended", "state": told.status})
        product.nudges.follow_up(key)
        product.nudges.tick()


def _guessed(product: Product, attempt_id: UUID, token: str, form: FormData) -> None:
    with transaction(product.sessions) as session:
        attempt = _authentic(session.get(Attempt, attempt_id, with_for_update=True), token)
        attempt.answered_by = str(form.get("AnsweredBy", ""))[:40]
    product.live.publish(str(attempt_id), {"kind": "amd", "answered_by": attempt.answered_by})


def _resume(product: Product, attempt_id: UUID, token: str) -> str:
    with transaction(product.sessions) as session:
        attempt = _authentic(session.get(Attempt, attempt_id), token)
        over = attempt.state in TERMINAL or attempt.outcome is not None
    key = str(attempt_id)
    if over:
        return twiml.goodbye("")
    if product.live.count_takeover(key) > MAX_TAKEOVERS:
        return twiml.goodbye(SORRY)
    product.nudges.take_over(key)
    return twiml.talk(CallAddress(product.settings.public_url, key, token))


def _message(form: FormData) -> CarrierMessage:
    fields = {name: str(value) for name, value in form.items()}
    duration = fields.get("CallDuration", "")
    sequence = fields.get("SequenceNumber", "")
    return CarrierMessage(
        carrier_sid=fields.get("CallSid", ""),
        kind="status",
        status=fields.get("CallStatus", ""),
        sequence=int(sequence) if sequence.isdigit() else 0,
        payload=fields,
        duration_seconds=int(duration) if duration.isdigit() else None,
    )


def authentic(attempt: Attempt | None, token: str) -> Attempt | None:
    """The attempt, if it exists and the secret is its own."""
    genuine = attempt is not None and hmac.compare_digest(attempt.token, token)
    return attempt if genuine else None


def _authentic(attempt: Attempt | None, token: str) -> Attempt:
    genuine = authentic(attempt, token)
    if genuine is None:
        raise HTTPException(404, "there is no such attempt")
    return genuine
