"""Processes killed at the worst moments: no lead lost, nobody dialed twice, the call goes on."""

import os
import signal

import pytest

from faults.conftest import BRIEF, MARY

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]


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


def test_a_dial_worker_killed_between_reserve_and_create_loses_and_doubles_nothing(play) -> None:
    def scene(s) -> None:
        s.until(lambda: s.rows("select 1 from attempts where state = 'reserved'"))
        for process in s.processes("-Q dial,followup,imports"):
            process.kill()
        s.until(s.finished, 150)
        assert s.twin("/twin/report")["creates_per_number"].keys() == s.people.keys()
        s.check_promises()

    play(BRIEF, scene)


def test_a_dial_worker_killed_while_the_create_is_open_does_not_dial_again(play) -> None:
    def scene(s) -> None:
        s.twin("/twin/faults", {"create": [{"kind": "timeout", "count": 1}]})
        open_create = "select a.id from attempts a where a.state = 'placing'"
        s.until(lambda: s.twin("/twin/report")["creates_per_number"] and s.rows(open_create))
        for process in s.processes("-Q dial,followup,imports"):
            process.kill()
        s.until(s.finished, 150)
        s.check_promises()

    play(BRIEF, scene)
