"""Processes killed at the worst moments: no lead lost, nobody dialed twice, the call goes on."""

import os
import signal

import pytest

from faults.conftest import BRIEF, MARY

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


def test_a_media_worker_killed_in_mid_call_is_replaced_and_the_call_goes_on(play) -> None:
    def scene(s) -> None:
        def talking():
            told = s.rows(
                "select a.id from attempts a join leads l on l.id = a.lead_id"
                " where l.first_name = 'Mary' and a.state = 'answered'"
                " and a.answered_at < cast(:now as timestamptz) - interval '16 s'",
                now=s.product.clock.now(),
            )
            return str(told[0][0]) if told else None

        attempt_id = str(s.until(talking))
        assert s.product.live.memory(attempt_id), "the agent's state is in Redis by now"
        os.kill(s.carrying()[attempt_id], signal.SIGKILL)
        s.until(s.finished, 150)
        ((disposition, outcome),) = s.rows(
            "select disposition, outcome from attempts where id = :id", id=attempt_id
        )
        said = [turn["text"] for turn in outcome["transcript"] if turn["speaker"] == "agent"]
        assert "sorry" in said[0].lower(), said
        assert disposition in {"appointment_booked", "warm_followup", "hung_up"}
        s.check_promises()

    play(MARY, scene)


def test_a_bad_day_on_which_everything_breaks_loses_and_doubles_nothing(play) -> None:
    """Two beats; webhooks lost, doubled and reversed; answers to creates lost; all connections
    cut and the dial workers killed, again and again."""

    def scene(s) -> None:
        s.twin(
            "/twin/faults",
            {
                "create": [{"kind": kind, "count": 1} for kind in ("lost", "429", "timeout")],
                "webhooks": {"lose": 3, "duplicate": 20, "reverse": True},
            },
        )
        with s.second_beat():
            for state in ("reserved", "placing", "placed"):
                s.until(lambda state=state: seen(s, state), 150)
                s.break_connections()
                # A death in the very request is `test_dial_kills`' and costs two minutes here.
                for process in (
                    s.processes("-Q dial,followup,imports") if state != "placing" else []
                ):
                    process.kill()
            s.until(s.finished, 200)
        s.check_promises()
        # Killed between the commit and the request nobody was called: that lead is tried later.
        called = s.twin("/twin/report")["creates_per_number"].keys()
        later = s.rows(
            "select p.e164 from leads l join phones p on p.id = l.phone_id"
            " where l.state = 'waiting' and l.next_attempt_at is not null"
        )
        assert s.people.keys() <= called | {number for (number,) in later}

    def seen(s, state: str) -> bool:
        reached = {"reserved": "reserved_at", "placing": "placing_at", "placed": "placed_at"}
        return bool(s.rows(f"select 1 from attempts where {reached[state]} is not null"))

    play(BRIEF, scene)
