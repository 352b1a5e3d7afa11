"""Recordings by create, REST and TwiML: their sound, their states, who is told; checked answers."""

import asyncio
import io
import wave
from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Any

import numpy as np
import pytest
from socket_time import in_virtual_time
from twilio.base.exceptions import TwilioRestException
from wire.twin_under_test import CALLEE, HOLD, OWN, until, with_client

from media.audio import level
from media.simulator.account import Account
from media.simulator.calls.live_call import LiveCall
from media.simulator.clock import ShiftedClock
from media.simulator.people.scenario import parse
from media.simulator.records.recording import Recording, RecordingStatus
from media.simulator.server import Setup, Twin

AC, FROM, TO, MUTE = "AC" + "a1" * 16, "+13125550100", "+12125550123", "+12125550124"
SCENARIO = f"""
defaults: {{ring_s: 0}}
callees:
  "{TO}": {{script: [{{greet: slt-hello}}, {{wait_ms: 1500}}, {{say: slt-yes}}]}}
  "{MUTE}": {{script: []}}
"""


@dataclass
class Scene:
    """A twin in virtual time, and what it told of recordings (a stand-in for its webhooks)."""

    twin: Twin
    told: list[dict[str, str]] = field(default_factory=list)

    def place(self, to: str = TO, **form: str) -> LiveCall:
        fields = {"To": to, "From": FROM, "Twiml": "<Response><Pause length='4'/></Response>"}
        made = self.twin.exchange.create({k: [v] for k, v in {**fields, **form}.items()})
        return self.twin.exchange.calls[made.sid]

    async def ended(self, live: LiveCall) -> list[Recording]:
        while not live.call.status.ended:
            await asyncio.sleep(0.1)
        await asyncio.sleep(5)
        found = self.twin.exchange.desk.recordings.values()
        return [one for one in found if one.call_sid == live.call.sid]


def scene(work: Any, **account: Any) -> Any:
    async def run() -> Any:
        settings = Account(
            AC,
            "secret",
            frozenset({FROM}),
            cps=1000.0,
            ring_scale=0.0,
            price_delay_s=0.0,
            **account,
        )
        people = parse(SCENARIO, Random(1))
        async with Twin(Setup(settings, people, ShiftedClock(), Random(7))) as twin:
            played = Scene(twin)

            async def send(url: str, method: str, params: Any, call_sid: str) -> None:
                played.told.append({"url": url, **params})

            twin.exchange.network.webhooks.send = send  # type: ignore[method-assign,assignment]
            return await work(played)

    return in_virtual_time(run())


def channels(recording: Recording) -> list[Any]:
    with wave.open(io.BytesIO(recording.wav)) as file:
        assert (file.getframerate(), file.getsampwidth()) == (8000, 2)
        sound = np.frombuffer(file.readframes(file.getnframes()), "<i2")
        return list(sound.reshape(-1, file.getnchannels()).T)


def loud(sound: Any) -> bool:
    return level.rms_dbfs(np.ascontiguousarray(sound).tobytes()) > -45


def test_a_dual_recording_has_one_side_in_each_channel() -> None:
    async def work(at: Scene) -> None:
        form = {"Record": "true", "RecordingChannels": "dual", "Trim": "do-not-trim"}
        say = "<Response><Pause length='2'/><Say>Good morning to you.</Say></Response>"
        (one,) = await at.ended(at.place(**form, Twiml=say))
        assert (one.status, one.source.value) == (RecordingStatus.COMPLETED, "OutboundAPI")
        callee, played = channels(one)
        assert loud(callee[4000:9000]) and not loud(played[:15_900])
        assert loud(played[17_000:])
        assert one.duration_s == round(len(callee) / 8000)

    scene(work)


def test_one_channel_has_both_mixed_and_silence_is_trimmed() -> None:
    async def work(at: Scene) -> None:
        form = {"Record": "true", "Twiml": "<Response><Pause length='9'/></Response>"}
        (one,) = await at.ended(at.place(**form))
        (sound,) = channels(one)
        assert len(sound) / 8000 < 4.5, "nine seconds with two words in them"
        assert loud(sound[1600:4000])

    scene(work)


def test_the_customer_is_told_when_it_is_there_and_what_it_cost() -> None:
    async def work(at: Scene) -> None:
        url = "http://127.0.0.1:1/recorded"
        live = at.place(
            Record="true",
            RecordingStatusCallback=url,
            RecordingStatusCallbackEvent="in-progress completed absent",
        )
        (one,) = await at.ended(live)
        begun, done = [told for told in at.told if told["url"] == url]
        assert (begun["RecordingStatus"], done["RecordingStatus"]) == ("in-progress", "completed")
        assert done["RecordingSid"] == one.sid and done["RecordingUrl"].endswith(one.sid)
        assert done["RecordingDuration"] == str(one.duration_s) and done["RecordingTrack"] == "both"
        assert str(one.price) == "-0.0025"

    scene(work)


def test_nothing_to_hear_is_told_as_absent() -> None:
    async def work(at: Scene) -> None:
        live = at.place(
            MUTE,
            Record="true",
            RecordingStatusCallback="http://127.0.0.1:1/r",
            RecordingStatusCallbackEvent="completed absent",
        )
        (one,) = await at.ended(live)
        assert (one.status, one.error_code, one.wav) == (RecordingStatus.ABSENT, 16102, b"")
        assert at.twin.debugger.codes(live.call.sid)[-1] == 16102
        (told,) = [told for told in at.told if told["url"].endswith("/r")]
        assert (told["RecordingStatus"], told["ErrorCode"]) == ("absent", "16102")

    scene(work)


@pytest.mark.parametrize(("skip", "seconds"), [(True, 2.0), (False, 4.0)])
def test_a_pause_is_left_out_or_silent(skip: bool, seconds: float) -> None:
    async def work(at: Scene) -> None:
        live = at.place(Record="true", Trim="do-not-trim", RecordingChannels="dual")
        await asyncio.sleep(1.0)
        (making,) = at.twin.exchange.desk.making.values()
        making.pause(skip=skip)
        await asyncio.sleep(2.0)
        making.resume()
        (one,) = await at.ended(live)
        assert abs(len(channels(one)[0]) / 8000 - seconds) < 0.1

    scene(work)


def test_a_document_starts_one_too() -> None:
    async def work(at: Scene) -> None:
        twiml = (
            "<Response><Start><Recording recordingStatusCallback='http://127.0.0.1:1/s'"
            " channels='dual'/></Start><Pause length='3'/></Response>"
        )
        (one,) = await at.ended(at.place(Twiml=twiml))
        assert (one.channels, one.status) == (2, RecordingStatus.COMPLETED)
        assert [told["RecordingSid"] for told in at.told if told["url"].endswith("/s")] == [one.sid]

    scene(work)


@pytest.fixture(scope="module")
def walked() -> Iterator[dict[str, Any]]:
    """One call's recordings through the official client, each answer checked."""
    seen: dict[str, Any] = {}

    def work(client: Any, twin: Twin) -> None:
        sid = client.calls.create(to=CALLEE, from_=OWN, twiml=HOLD).sid
        until(client, sid, "in-progress")
        call = client.calls(sid)
        made = call.recordings.create(recording_channels="dual")
        seen["made"] = made
        current = call.recordings("Twilio.CURRENT")
        seen["paused"] = current.update(status="paused", pause_behavior="skip").status
        seen["resumed"] = current.update(status="in-progress").status
        with pytest.raises(TwilioRestException) as caught:
            call.recordings(made.sid).delete()
        seen["running"] = caught.value.code
        seen["stopped"] = call.recordings(made.sid).update(status="stopped").status
        seen["of_call"] = [one.sid for one in call.recordings.list()]
        seen["of_account"] = [one.sid for one in client.recordings.list(call_sid=sid)]
        while (done := client.recordings(made.sid).fetch()).status == "processing":
            pass
        seen["done"] = done
        seen["deleted"] = client.recordings(made.sid).delete()
        seen["after"] = client.recordings.list()
        client.calls(sid).update(status="completed")
        with pytest.raises(TwilioRestException) as caught:
            call.recordings.create()
        seen["too_late"] = caught.value.code

    with_client(work, recording_delay_s=0.0)
    yield seen


def test_a_recording_is_started_paused_stopped_and_deleted_by_rest(walked: dict[str, Any]) -> None:
    assert walked["made"].status == "in-progress" and walked["made"].channels == 2
    assert (walked["paused"], walked["resumed"]) == ("paused", "in-progress")
    assert walked["stopped"] == "processing"
    assert walked["done"].status in {"completed", "absent"}
    assert walked["of_call"] == walked["of_account"] == [walked["made"].sid]
    assert walked["deleted"] and walked["after"] == []


def test_what_cannot_be_done_has_the_carriers_codes(walked: dict[str, Any]) -> None:
    assert (walked["running"], walked["too_late"]) == (20009, 21220)
