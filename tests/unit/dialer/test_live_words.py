"""The feed folded into the latest words of each call."""

from collections.abc import Iterator
from typing import Any

import redis
from hypothesis import given
from hypothesis import strategies as st

from dialer.live_words import KEPT, LiveWords, Words

A, B = "11111111-1111-1111-1111-111111111111", "22222222-2222-2222-2222-222222222222"


class ScriptedFeed:
    """A feed that gives each batch once, and remembers from where it was asked."""

    def __init__(self, *batches: list[dict[str, Any]] | redis.RedisError) -> None:
        self._batches = list(batches)
        self._given = 0
        self.asked: list[str] = []

    def feed(self, after: str, block_ms: int) -> Iterator[tuple[str, dict[str, Any]]]:
        self.asked.append(after)
        batch = self._batches.pop(0) if self._batches else []
        if isinstance(batch, redis.RedisError):
            raise batch
        for event in batch:
            self._given += 1
            yield str(self._given), event


def follow(*batches: Any) -> tuple[LiveWords, ScriptedFeed]:
    feed = ScriptedFeed(*batches)
    words = LiveWords(feed)  # type: ignore[arg-type]  # only `feed` is used
    for _ in batches:
        words.follow()
    return words, feed


def test_the_last_words_of_each_call_stay() -> None:
    words, feed = follow(
        [
            {"attempt_id": A, "kind": "said", "text": "Hello!"},
            {"attempt_id": B, "kind": "heard", "text": "yes"},
        ],
        [{"attempt_id": A, "kind": "heard", "text": "who is this"}],
    )
    assert words.last == {A: Words("callee", "who is this"), B: Words("callee", "yes")}
    assert feed.asked == ["0", "2"]
    assert [one.text for one in words.told] == ["who is this", "yes", "Hello!"]


def test_a_recorded_call_has_no_words_any_more() -> None:
    words, _ = follow(
        [
            {"attempt_id": A, "kind": "said", "text": "Bye."},
            {"attempt_id": A, "kind": "recorded", "disposition": "not_interested"},
        ]
    )
    assert words.last == {}
    assert words.told[0].text == "not interested"


def test_redis_may_go_and_come_back() -> None:
    words, feed = follow(
        [{"attempt_id": A, "kind": "said", "text": "Hello!"}], redis.ConnectionError("gone")
    )
    assert not words.live
    assert words.last[A].text == "Hello!"
    words.follow()
    assert words.live
    assert feed.asked == ["0", "1", "1"]


EVENTS = st.dictionaries(
    st.sampled_from(["attempt_id", "kind", "text", "state", "disposition"]),
    st.one_of(
        st.sampled_from([A, B, "heard", "said", "call", "recorded", "state", "listening", ""]),
        st.text(max_size=5),
        st.none(),
        st.integers(),
    ),
)


@given(st.lists(EVENTS, max_size=60))
def test_no_event_breaks_it_and_nothing_grows(events: list[dict[str, Any]]) -> None:
    words, _ = follow(events)
    assert len(words.told) <= KEPT
    assert all(one.text for one in words.told)
    assert set(words.last) <= {A, B}
