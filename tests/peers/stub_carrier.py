"""In the carrier's place before the media gateway: takes the call request, signs requests."""

import urllib.request
from queue import Queue
from urllib.parse import urlencode
from xml.etree import ElementTree

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from twilio.request_validator import RequestValidator

CALL = "CA" + "c7" * 16


def rest(placed: Queue[dict[str, str]]) -> FastAPI:
    """As little of the REST API as one call needs; every change of a call is `completed`."""
    app = FastAPI()

    @app.post("/2010-04-01/Accounts/{account}/Calls.json", status_code=201)
    async def create(account: str, request: Request) -> dict[str, str]:
        form = {name: str(value) for name, value in (await request.form()).items()}
        placed.put(form)
        return {"sid": CALL, "status": "queued", "to": form["To"], "from": form["From"]}

    @app.api_route("/2010-04-01/Accounts/{account}/Calls/{sid}.json", methods=["GET", "POST"])
    async def change(account: str, sid: str) -> JSONResponse:
        return JSONResponse({"sid": sid, "status": "completed", "to": ""})

    return app


def stream_url(twiml: str) -> str:
    """Where the document wants the stream to go."""
    stream = ElementTree.fromstring(twiml).find("Connect/Stream")
    assert stream is not None, twiml
    return stream.attrib["url"]


class Signer:
    """Signs as the carrier does, with its own package's arithmetic."""

    def __init__(self, token: str) -> None:
        self._validator = RequestValidator(token)

    def handshake(self, url: str) -> dict[str, str]:
        """The header of an upgrade request."""
        return {"x-twilio-signature": self._validator.compute_signature(url, {})}

    def report(self, form: dict[str, str], number: int, status: str, **more: str) -> int:
        """A call progress event to the call's StatusCallback; the HTTP status of the answer."""
        url = form["StatusCallback"].partition("#")[0]
        told = {
            "CallSid": CALL,
            "CallStatus": status,
            "SequenceNumber": str(number),
            "To": form["To"],
            "From": form["From"],
            "Timestamp": "Tue, 24 Nov 2026 18:05:00 +0000",
            **more,
        }
        signature = self._validator.compute_signature(url, told)
        request = urllib.request.Request(
            url, urlencode(told).encode(), {"X-Twilio-Signature": signature}
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            return int(answer.status)
