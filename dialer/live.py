"""Live state in Redis: who waits for which stream, the agent's memory, what happens right now.

Nothing here may be lost with harm: leads, money and outcomes are in PostgreSQL.
"""

import json
from collections.abc import Iterator
from typing import Any

import redis

CALL_TTL_SECONDS = 3_600
FEED = "live:feed"
FEED_LENGTH = 2_000
SOCKET_TIMEOUT_SECONDS = 20.0
"""Longer than any blocking read here, else a patient wait would look like a dead server."""


class LiveCalls:
    """The rendezvous of streams and media workers, call memories and the live feed."""

    def __init__(self, client: redis.Redis) -> None:
        # The client types its replies for all protocols and both modes at once; ours are text.
        self._redis: Any = client

    def tell(self, attempt_id: str, message: dict[str, Any]) -> None:
        """Leave a message for the media worker that waits for (or holds) this attempt."""
        key = _rendezvous(attempt_id)
        with self._redis.pipeline() as pipe:
            pipe.rpush(key, json.dumps(message))
            pipe.expire(key, CALL_TTL_SECONDS)
            pipe.execute()

    def wait(self, attempt_id: str, timeout_s: float) -> dict[str, Any] | None:
        """The next message for this attempt; None when the time is up."""
        got = self._redis.blpop([_rendezvous(attempt_id)], timeout=timeout_s)
        return _decoded(got[1]) if got else None

    def remember(self, attempt_id: str, memory: dict[str, Any]) -> None:
        """Keep the agent's state where another media worker finds it."""
        self._redis.set(_memory(attempt_id), json.dumps(memory), ex=CALL_TTL_SECONDS)

    def memory(self, attempt_id: str) -> dict[str, Any] | None:
        """The agent's state after the last turn, if any."""
        kept = self._redis.get(_memory(attempt_id))
        return _decoded(kept) if kept else None

    def count_takeover(self, attempt_id: str) -> int:
        """How many times this call was taken over, this one included."""
        key = f"call:{attempt_id}:takeovers"
        with self._redis.pipeline() as pipe:
            pipe.incr(key)
            pipe.expire(key, CALL_TTL_SECONDS)
            return int(pipe.execute()[0])

    def forget(self, attempt_id: str) -> None:
        """The call is over and recorded."""
        self._redis.delete(_rendezvous(attempt_id), _memory(attempt_id))

    def publish(self, attempt_id: str, event: dict[str, Any]) -> None:
        """Add an event to the live feed (capped; old events fall off)."""
        self._redis.xadd(
            FEED,
            {"event": json.dumps({"attempt_id": attempt_id, **event})},
            maxlen=FEED_LENGTH,
            approximate=True,
        )

    def feed(self, after: str = "$", block_ms: int = 1_000) -> Iterator[tuple[str, dict[str, Any]]]:
        """Events after the given position with their own; ends when none came for `block_ms`."""
        for _, entries in self._redis.xread({FEED: after}, block=block_ms) or ():
            for position, fields in entries:
                yield position, _decoded(fields["event"])


def connect(url: str) -> redis.Redis:
    """A client for the broker's URL, whichever of the two socket notations it uses."""
    plain = url.replace("redis+socket://", "unix://", 1)
    return redis.Redis.from_url(
        plain,
        decode_responses=True,
        health_check_interval=25,
        socket_timeout=SOCKET_TIMEOUT_SECONDS,
    )


def _rendezvous(attempt_id: str) -> str:
    return f"call:{attempt_id}:rendezvous"


def _memory(attempt_id: str) -> str:
    return f"call:{attempt_id}:memory"


def _decoded(text: str) -> dict[str, Any]:
    value: dict[str, Any] = json.loads(text)
    return value
