"""Whether this process lives, and whether it can do its work."""

import redis
from fastapi import APIRouter, Response
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from dialer.api.v1_campaigns import Wired
from dialer.db import transaction
from dialer.errors import SettingsError
from dialer.wiring import Product

router = APIRouter(prefix="/health", tags=["health"])


@router.get("/live")
def live() -> dict[str, str]:
    """The process answers."""
    return {"status": "live"}


@router.get("/ready")
def ready(it: Wired, response: Response) -> dict[str, str]:
    """Database and Redis answer; 503 naming what does not."""
    found = {"database": _database(it), "redis": _redis(it)}
    if set(found.values()) != {"ok"}:
        response.status_code = 503
    return found


def _database(it: Product) -> str:
    try:
        with transaction(it.sessions) as session:
            session.execute(text("select 1 from campaigns limit 1"))
    except (SQLAlchemyError, SettingsError) as error:
        return type(error).__name__
    return "ok"


def _redis(it: Product) -> str:
    try:
        it.live.memory("health")  # any read that changes nothing
    except (redis.RedisError, SettingsError) as error:
        return type(error).__name__
    return "ok"
