"""The console: a live board in the browser, rendered here and patched as events come."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Annotated

import anyio
from fastapi import APIRouter, Form, Request
from fastapi.responses import (
    FileResponse,
    HTMLResponse,
    PlainTextResponse,
    RedirectResponse,
    Response,
    StreamingResponse,
)

from dialer import attempts, board, campaigns, decisions, report_html, reports
from dialer.api.access import COOKIE, Refused, cookie_value, has_cookie, is_token
from dialer.api.v1_views import AttemptDetail
from dialer.board import Board
from dialer.console import views
from dialer.db import transaction
from dialer.live_words import LiveWords
from dialer.models import Lead
from dialer.wiring import Product

router = APIRouter(include_in_schema=False)
STATIC = Path(__file__).parent / "static"
FILES = {"console.css": "text/css", "console.js": "text/javascript"}
WAIT_MS = 1_000
PAUSE_SECONDS = 0.25
"""At most four pictures a second, however fast the events come."""
VIEWERS = anyio.CapacityLimiter(8)
"""Threads that viewers may hold, so that they never starve the carrier's webhooks."""
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "connect-src 'self'; img-src 'self' data:; media-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}


@router.get("/")
def page(request: Request) -> Response:
    """The board; the login form's address when nobody has logged in."""
    if not _allowed(request):
        return _to("/console/login")
    product: Product = request.app.state.product
    words = LiveWords(product.live)
    words.follow()
    return _html(views.page(_snapshot(product, words)))


@router.get("/console/feed")
async def feed(request: Request) -> Response:
    """Server-sent events: the regions of the board that changed, as HTML by region."""
    if not await anyio.to_thread.run_sync(_allowed, request):
        return PlainTextResponse("log in first", 401)
    product: Product = request.app.state.product
    return StreamingResponse(_pictures(product), media_type="text/event-stream", headers=HEADERS)


@router.get("/console/login")
def login_form(request: Request) -> Response:
    """The form that asks for the token."""
    return _html(views.login())


@router.post("/console/login")
def login(request: Request, token: Annotated[str, Form()] = "") -> Response:
    """Exchange the token for a cookie that is worth nothing elsewhere."""
    product: Product = request.app.state.product
    try:
        if not is_token(product.settings, token.strip()):
            return _html(views.login("That is not the token of this dialer."), 401)
    except Refused as error:
        return _html(views.login(f"{error.problem}. {error.remedy}."), 401)
    response = _to("/")
    secure = request.url.scheme == "https" or product.settings.public_url.startswith("https:")
    response.set_cookie(
        COOKIE,
        cookie_value(product.settings),
        httponly=True,
        samesite="strict",
        secure=secure and request.url.hostname not in {"127.0.0.1", "localhost"},
    )
    return response


@router.post("/console/logout")
def logout() -> Response:
    """Forget the cookie."""
    response = _to("/console/login")
    response.delete_cookie(COOKIE)
    return response


@router.get("/console/campaigns/{key}/report")
def report(key: str, request: Request) -> Response:
    """A campaign's report as a page that can be saved or printed."""
    if not _allowed(request):
        return _to("/console/login")
    product: Product = request.app.state.product
    with transaction(product.sessions) as session:
        campaign = campaigns.find(session, key)
        made = reports.campaign_report(session, campaign.id, product.clock.of(session))
    return HTMLResponse(report_html.as_html(made), headers={"Cache-Control": "no-store"})


@router.get("/console/calls/{attempt_id}")
def call(attempt_id: str, request: Request) -> Response:
    """One call: what was said, how fast, and why it was dialed."""
    if not _allowed(request):
        return _to("/console/login")
    product: Product = request.app.state.product
    with transaction(product.sessions) as session:
        attempt = attempts.find(session, attempt_id)
        lead = session.get_one(Lead, attempt.lead_id)
        made = decisions.of_attempt(session, attempt.id)
        return _html(views.call(AttemptDetail.whole(attempt, lead, made)))


@router.get("/console/calls/{attempt_id}/recording")
def recording(attempt_id: str, request: Request) -> Response:
    """The call's sound: the callee left, the agent right."""
    if not _allowed(request):
        return _to("/console/login")
    product: Product = request.app.state.product
    with transaction(product.sessions) as session:
        return FileResponse(attempts.recording(session, attempt_id), media_type="audio/wav")


@router.get("/console/static/{name}")
def static(name: str) -> Response:
    """The page's own style and script."""
    if name not in FILES:
        return PlainTextResponse("not found", 404)
    return FileResponse(STATIC / name, media_type=FILES[name])


async def _pictures(product: Product) -> AsyncIterator[str]:
    """A picture whenever something happened, else each second; only what changed is sent."""
    words = LiveWords(product.live)
    shown: dict[str, str] = {}
    while True:
        picture = await anyio.to_thread.run_sync(_next, product, words, limiter=VIEWERS)
        regions = views.regions(picture)
        changed = {name: html for name, html in regions.items() if shown.get(name) != html}
        shown = regions
        yield f"event: board\ndata: {json.dumps(changed)}\n\n"
        await anyio.sleep(PAUSE_SECONDS)


def _next(product: Product, words: LiveWords) -> Board:
    words.follow(WAIT_MS)
    return _snapshot(product, words)


def _snapshot(product: Product, words: LiveWords) -> Board:
    with transaction(product.sessions) as session:
        return board.snapshot(session, words, product.terms, product.clock.of(session))


def _allowed(request: Request) -> bool:
    try:
        return has_cookie(request)
    except Refused:
        return False


def _to(path: str) -> RedirectResponse:
    return RedirectResponse(path, 303)


def _html(text: str, status: int = 200) -> HTMLResponse:
    return HTMLResponse(text, status, headers=HEADERS)
