"""TwiML on calls of a running twin, in virtual time: one-way streams, sound files, updates."""

import asyncio
import base64
import json
from random import Random

import aiohttp
import pytest
from aiohttp import web
from socket_time import in_virtual_time
from twilio.request_validator import RequestValidator
from wire.twin_under_test import AC, CALLEE, HOLD, OWN, TOKEN, until, with_client

from media.simulator.account import Account
from media.simulator.clock import ShiftedClock
from media.simulator.people.scenario import parse
from media.simulator.people.speech import tone
from media.simulator.server import Setup, Twin

SCENARIO = f"""
callees:
  "{CALLEE}":
    ring_s: 0
    script:
      - {{say: slt-yes, after_ms: 300}}
"""
CALLS = f"/2010-04-01/Accounts/{AC}/Calls"


class Customer:
    """A web server of pages, with sockets that keep what they are sent."""

    def __init__(self):
        self.pages, self.asked, self.told, self.sockets = {}, [], [], {}

    async def page(self, request):
        form = dict(await request.post())
        validator = RequestValidator(TOKEN)
        signature = request.headers["X-Twilio-Signature"]
        assert validator.validate(f"{self.base}{request.path_qs}", form, signature)
        kept = self.told if request.path.startswith("/told") else self.asked
        kept.append((request.path, form))
        kind, body = self.pages.get(request.path, ("text/xml", "<Response/>"))
        return web.Response(body=body, content_type=kind)

    async def media(self, request):
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        seen = self.sockets.setdefault(request.match_info["name"], [])
        async for message in socket:
            seen.append(json.loads(message.data))
        return socket


class Stage:
    """A twin and a customer."""

    def __init__(self, customer, twin):
        self.customer, self.twin = customer, twin
        self.wss = customer.base.replace("http", "wss")

    async def place(self, twiml, **form):
        form = {"To": CALLEE, "From": OWN, "Twiml": f"<Response>{twiml}</Response>", **form}
        self.sid = (await self.post(f"{CALLS}.json", **form))["sid"]

    async def post(self, path, **form):
        headers = {"Authorization": aiohttp.encode_basic_auth(AC, TOKEN)}
        async with (
            aiohttp.ClientSession(headers=headers) as session,
            session.post(self.twin.url + path, data=form) as answer,
        ):
            return await answer.json()

    @property
    def live(self):
        return self.twin.exchange.calls[self.sid]

    async def talked(self, seconds):
        while self.live.line is None or self.live.line.callee.now_ms < seconds * 1000:
            await asyncio.sleep(0.02)

    async def ended(self):
        while not self.live.call.status.ended:
            await asyncio.sleep(0.1)

    def codes(self):
        return self.twin.debugger.codes(self.sid)


def play(story):
    async def run():
        customer = Customer()
        app = web.Application()
        app.router.add_get("/media/{name}", customer.media)
        app.router.add_route("*", "/{path:.*}", customer.page)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        customer.base = f"http://127.0.0.1:{runner.addresses[0][1]}"
        account = Account(
            AC, TOKEN, frozenset({OWN}), cps=1000.0, ring_scale=0.0, price_delay_s=0.0
        )
        people = parse(SCENARIO, Random(1))
        async with Twin(Setup(account, people, ShiftedClock(), Random(7))) as twin:
            await story(Stage(customer, twin))
        await runner.cleanup()

    in_virtual_time(run())


def sound(messages, track):
    media = [one["media"] for one in messages if one["event"] == "media"]
    return [base64.b64decode(one["payload"]) for one in media if one["track"] == track]


def test_a_one_way_stream_sends_both_tracks_beside_the_document():
    async def story(stage):
        stage.customer.pages["/tone"] = ("audio/basic", tone(400))
        await stage.place(
            f'<Start><Stream url="{stage.wss}/media/a" name="ear" track="both_tracks"'
            f' statusCallback="{stage.customer.base}/told/a"><Parameter name="k" value="v"/>'
            f"</Stream></Start><Pause length='1'/><Play>{stage.customer.base}/tone</Play>"
            '<Stop><Stream name="ear"/></Stop><Pause length="1"/>'
        )
        await stage.ended()
        seen = stage.customer.sockets["a"]
        start = seen[1]["start"]
        assert (seen[0]["event"], seen[-1]["event"]) == ("connected", "stop")
        assert start["tracks"] == ["inbound", "outbound"] and start["customParameters"] == {
            "k": "v"
        }
        assert [int(one["sequenceNumber"]) for one in seen[1:]] == list(range(1, len(seen)))
        inbound, outbound = sound(seen, "inbound"), sound(seen, "outbound")
        assert len(inbound) == len(outbound) == pytest.approx(70, abs=6)
        assert tone(400) in b"".join(outbound)
        said = stage.live.line.callee.diary.said[0]
        assert said.name == "slt-yes" and len(set(b"".join(inbound))) > 50
        events = [form["StreamEvent"] for _, form in stage.customer.told]
        assert events == ["stream-started", "stream-stopped"]
        assert {form["StreamName"] for _, form in stage.customer.told} == {"ear"}
        assert stage.codes() == []

    play(story)


def test_a_fifth_track_a_second_name_and_a_stream_that_is_not_there_are_told():
    async def story(stage):
        def start(name, track):
            url = f"{stage.wss}/media/{name}"
            return f'<Start><Stream url="{url}" name="{name}" track="{track}"/></Start>'

        await stage.place(
            start("a", "both_tracks")
            + start("a", "inbound_track")
            + start("b", "outbound_track")
            + start("c", "both_tracks")
            + '<Stop><Stream name="d"/></Stop><Pause/>'
        )
        await stage.ended()
        assert stage.codes() == [12200, 31941, 12200]
        assert [*stage.customer.sockets] == ["a", "b"]
        assert all(seen[-1]["event"] == "stop" for seen in stage.customer.sockets.values())
        assert stage.live.line.forks == []

    play(story)


def test_a_stream_that_cannot_be_connected_is_told_and_the_document_goes_on():
    async def story(stage):
        stage.customer.pages["/page"] = ("text/xml", "<Response/>")
        await stage.place(
            f'<Start><Stream url="{stage.wss}/page" statusCallback="{stage.customer.base}/told/x"/>'
            f"</Start><Pause/><Redirect>{stage.customer.base}/page</Redirect>"
        )
        await stage.ended()
        assert stage.codes() == [31920] and stage.customer.asked[-1][0] == "/page"
        assert [form["StreamEvent"] for _, form in stage.customer.told] == ["stream-error"]

    play(story)


def test_an_update_takes_the_call_out_of_any_verb_and_leaves_its_streams():
    async def story(stage):
        base = stage.customer.base
        stage.customer.pages["/next"] = ("text/xml", "<Response><Pause length='1'/></Response>")
        stage.customer.pages["/tone"] = ("audio/basic", tone(400))
        endless = f"<Play loop='0'>{base}/tone</Play>"
        for verb in (endless, f"<Gather>{endless}</Gather>", "<Gather timeout='600'/>"):
            await stage.place(f'<Start><Stream url="{stage.wss}/media/s" name="s"/></Start>' + verb)
            await stage.talked(0.5)
            await stage.post(f"{CALLS}/{stage.sid}.json", Url=f"{base}/next")
            await stage.talked(1)
            line = stage.live.line
            assert len(line.forks) == 1 and line.playback.buffered <= 8000
            await stage.ended()
            assert line.forks == [] and line.tap is None and line.playback.buffered == 0
            assert 1400 <= line.callee.now_ms <= 1700
        assert stage.codes() == []

    play(story)


def test_a_stream_starts_and_stops_by_rest():
    async def story(stage):
        await stage.place("<Pause length='3'/>")
        await stage.talked(0.5)
        path = f"{CALLS}/{stage.sid}/Streams"
        form = {"Url": f"{stage.wss}/media/r", "Parameter1.Name": "k", "Parameter1.Value": "v"}
        made = await stage.post(f"{path}.json", Name="r", Track="outbound_track", **form)
        assert (made["status"], made["name"]) == ("in-progress", "r")
        await stage.talked(1.5)
        stopped = await stage.post(f"{path}/{made['sid']}.json", Status="stopped")
        assert stopped["status"] == "stopped"
        assert (await stage.post(f"{path}/MZ0.json", Status="stopped"))["code"] == 20404
        wrong = await stage.post(f"{path}.json", Url="ws://h/m")
        assert wrong["code"] == 31922
        await stage.ended()
        seen = stage.customer.sockets["r"]
        assert seen[1]["start"]["customParameters"] == {"k": "v"} and seen[-1]["event"] == "stop"
        assert len(sound(seen, "outbound")) == pytest.approx(50, abs=6)
        assert (await stage.post(f"{path}.json", **form))["code"] == 21220

    play(story)


def test_the_action_of_connect_is_told_which_stream_it_was():
    async def story(stage):
        base = stage.customer.base
        await stage.place(
            f'<Connect action="{base}/after"><Stream url="{stage.wss}/gone" name="n"/></Connect>'
        )
        await stage.ended()
        ((_, form),) = [one for one in stage.customer.asked if one[0] == "/after"]
        assert form["StreamSid"].startswith("MZ") and form["StreamName"] == "n"

    play(story)


def test_digits_are_sent_after_the_answer_and_before_the_document():
    async def story(stage):
        await stage.place("<Pause length='1'/>", SendDigits="ww1")
        await stage.ended()
        line = stage.live.line
        (spurt,) = line.callee.heard()
        assert 1000 <= spurt.started / 8 <= 1100 and 2100 <= line.callee.now_ms <= 2400

    play(story)


def test_the_official_client_starts_and_stops_streams():
    def work(client, twin):
        call = client.calls.create(to=CALLEE, from_=OWN, twiml=HOLD)
        until(client, call.sid, "in-progress")
        made = client.calls(call.sid).streams.create(url="wss://127.0.0.1:1/m", name="n")
        assert made.name == "n" and made.call_sid == call.sid
        assert client.calls(call.sid).streams("n").update(status="stopped").status == "stopped"

    with_client(work)
