"""Refused and malformed requests as problem+json (RFC 9457), like every other error."""

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from pydantic import BaseModel

from dialer.api.access import Refused

CONTENT_TYPE = "application/problem+json"


class Problem(BaseModel):
    """What is wrong, and what to do about it."""

    title: str
    status: int
    remedy: str = ""


class ProblemRoute(APIRoute):
    """A route that answers 401 and 422 in the product's own form of error."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """FastAPI's handler, with its two own errors translated."""
        handle = super().get_route_handler()

        async def answer(request: Request) -> Response:
            try:
                return await handle(request)
            except Refused as error:
                return _response(401, error.problem, error.remedy)
            except RequestValidationError as error:
                faults = "; ".join(
                    f"{'.'.join(map(str, fault['loc'][1:]))}: {fault['msg']}"
                    for fault in error.errors()
                )
                return _response(422, f"the request is wrong: {faults}", "See /docs for the fields")

        return answer


def _response(status: int, title: str, remedy: str) -> JSONResponse:
    body = Problem(title=title, status=status, remedy=remedy).model_dump()
    headers = {"WWW-Authenticate": "Bearer"} if status == 401 else None
    return JSONResponse(body, status, headers, media_type=CONTENT_TYPE)


PROBLEMS: dict[int | str, dict[str, Any]] = {
    status: {
        "description": text,
        "content": {CONTENT_TYPE: {"schema": Problem.model_json_schema()}},
    }
    for status, text in {
        401: "No valid token",
        404: "There is no such thing",
        409: "Its state does not allow it",
        422: "The request cannot be used",
    }.items()
}
