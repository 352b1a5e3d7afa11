"""Conferences by REST through the official client, each answer held against the document."""

from typing import Any

import pytest
from twilio.base.exceptions import TwilioRestException
from wire.twin_under_test import CALLEE, HOLD, OWN, until, with_client

ROOM = "<Response><Dial><Conference participantLabel='lead'>deal</Conference></Dial></Response>"


def present(client: Any, count: int) -> Any:
    """The conference once so many are in it."""
    for _ in range(2000):
        for one in client.conferences.list(friendly_name="deal"):
            if len(client.conferences(one.sid).participants.list()) == count:
                return client.conferences(one.sid)
    raise AssertionError("nobody came")


def test_a_second_is_called_in_muted_held_and_sent_away() -> None:
    def work(client: Any, _: Any) -> None:
        lead = client.calls.create(to=CALLEE, from_=OWN, twiml=ROOM).sid
        room = present(client, 1)
        assert room.fetch().status == "init"
        called = room.participants.create(
            from_=OWN, to=CALLEE, label="agent", end_conference_on_exit=True, early_media=True
        )
        assert (called.status, called.label, called.end_conference_on_exit) == (
            "queued",
            "agent",
            True,
        )
        present(client, 2)
        assert room.fetch().status == "in-progress"
        agent = room.participants("agent")
        assert agent.fetch().call_sid == called.call_sid
        assert agent.update(muted=True).muted and agent.update(hold=True).hold
        assert [one.label for one in room.participants.list(muted=True)] == ["agent"]
        coaching = agent.update(coaching=True, call_sid_to_coach=lead)
        assert coaching.coaching and coaching.call_sid_to_coach == lead
        assert agent.delete()
        until(client, lead, "completed")
        over = room.fetch()
        assert over.status == "completed"
        assert over.reason_conference_ended == "participant-with-end-conference-on-exit-kicked"
        assert over.call_sid_ending_conference == called.call_sid

    with_client(work)


def test_a_conference_is_ended_and_found_again() -> None:
    def work(client: Any, _: Any) -> None:
        made = client.calls.create(to=CALLEE, from_=OWN, twiml=ROOM).sid
        room = present(client, 1)
        assert room.update(status="completed").status == "completed"
        until(client, made, "completed")
        assert [one.sid for one in client.conferences.list(status="completed")] == [
            room.fetch().sid
        ]
        assert client.conferences.list(status="in-progress") == []
        assert room.participants.list() == []

    with_client(work)


def test_a_conference_may_begin_with_a_participant_who_is_called() -> None:
    def work(client: Any, _: Any) -> None:
        called = client.conferences("deal").participants.create(from_=OWN, to=CALLEE)
        room = present(client, 1)
        assert room.fetch().sid == called.conference_sid

    with_client(work)


def test_what_is_not_there_has_the_carriers_code() -> None:
    def work(client: Any, _: Any) -> None:
        call = client.calls.create(to=CALLEE, from_=OWN, twiml=HOLD).sid
        for wanted in (
            lambda: client.conferences("CF" + "0" * 32).fetch(),
            lambda: client.conferences("nobody").participants(call).fetch(),
        ):
            with pytest.raises(TwilioRestException) as caught:
                wanted()
            assert (caught.value.status, caught.value.code) == (404, 20404)

    with_client(work)


def test_a_recorded_conference_shows_its_recording() -> None:
    def work(client: Any, twin: Any) -> None:
        room = client.conferences("deal")
        called = room.participants.create(
            from_=OWN, to=CALLEE, conference_record="record-from-start", machine_detection="Enable"
        )
        detection = twin.exchange.calls[called.call_sid].call.request.machine_detection
        assert detection is not None and detection.asynchronous
        by_sid = client.conferences(called.conference_sid)
        by_sid.participants.create(from_=OWN, to=CALLEE, label="agent")
        room = present(client, 2)
        (made,) = room.recordings.list()
        assert (made.source, made.conference_sid) == ("Conference", room.fetch().sid)
        assert room.recordings("Twilio.CURRENT").update(status="paused").status == "paused"
        assert room.recordings(made.sid).update(status="stopped").status == "processing"
        while client.recordings(made.sid).fetch().status == "processing":
            pass
        assert room.recordings(made.sid).fetch().sid == made.sid
        assert room.recordings(made.sid).delete() and room.recordings.list() == []
        kept = client.recordings(made.sid).fetch(include_soft_deleted=True)
        assert kept.status == "deleted"
        with pytest.raises(TwilioRestException) as caught:
            client.recordings(made.sid).fetch()
        assert caught.value.code == 20404

    with_client(work, recording_delay_s=0.0)


def test_who_cannot_be_called_in_has_the_carriers_code() -> None:
    def work(client: Any, _: Any) -> None:
        client.calls.create(to=CALLEE, from_=OWN, twiml=ROOM)
        room = present(client, 1)
        for fields, code in (
            ({"label": "lead"}, 16025),
            ({"label": "a/b"}, 16023),
            ({"call_sid_to_coach": "CA" + "0" * 32}, 13240),
            ({"to": "+12"}, 21211),
        ):
            with pytest.raises(TwilioRestException) as caught:
                room.participants.create(**{"from_": OWN, "to": CALLEE, **fields})
            assert caught.value.code == code
        lead = room.participants("lead")
        with pytest.raises(TwilioRestException) as caught:
            lead.update(announce_url="nowhere")
        assert caught.value.code == 21205
        agent = room.participants.create(from_=OWN, to=CALLEE).call_sid
        present(client, 2)
        assert lead.update(coaching=True, call_sid_to_coach=agent).coaching
        assert not lead.update(coaching=False).coaching

    with_client(work)
