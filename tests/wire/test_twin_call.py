"""Whole calls of the twin against a tiny customer: webhooks, TwiML, the media stream."""

import asyncio
import base64
import json
from random import Random

import aiohttp
import pytest
from aiohttp import web
from twilio.request_validator import RequestValidator

from media.simulator.account import Account
from media.simulator.clock import ShiftedClock
from media.simulator.people.scenario import parse
from media.simulator.people.speech import tone
from media.simulator.server import Setup, Twin

AC, TOKEN = "AC" + "a1" * 16, "secret"
OWN, TALKER, QUIET = "+13125550100", "+12125550123", "+12125550124"
SCENARIO = f"""
callees:
  "{TALKER}":
    ring_s: 0
    spurt_gap_ms: 200
    reaction_ms: 200
    script:
      - press: "5"
        after_ms: 400
      - reply: slt-yes
      - interrupt: slt-okay
        after_ms: 300
      - listen: 1
      - hang_up: 400
  "{QUIET}": {{ring_s: 0}}
"""
SPEECH = tone(600)


class Customer:
    """The other party: keeps what it was sent, answers as it was told."""

    def __init__(self):
        self.validator = RequestValidator(TOKEN)
        self.progress = []
        self.streams = []
        self.upgrades = []
        self.documents = {}
        self.talk = None
        self.refuse = 0
        self.final = asyncio.Event()

    async def status(self, request):
        form = await request.post()
        url = f"{self.base}{request.path_qs}"
        assert self.validator.validate(url, form, request.headers["X-Twilio-Signature"])
        assert not RequestValidator("other").validate(
            url, form, request.headers["X-Twilio-Signature"]
        )
        kept = self.streams if request.path == "/stream-status" else self.progress
        kept.append(dict(form))
        if form.get("CallStatus") in {"completed", "busy", "failed", "no-answer", "canceled"}:
            self.final.set()
        return web.Response(status=204)

    async def twiml(self, request):
        form = await request.post()
        assert self.validator.validate(
            f"{self.base}{request.path_qs}", form, request.headers["X-Twilio-Signature"]
        )
        kind, text = self.documents[request.path]
        return web.Response(text=text, content_type=kind)

    async def media(self, request):
        self.upgrades.append(dict(request.headers))
        if self.refuse:
            return web.Response(status=self.refuse)
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await self.talk(socket)
        return socket

    @property
    def stream(self):
        return f"{self.base.replace('http', 'wss')}/media/7"

    def connect(self, after="", action=""):
        return (
            f'<Response><Connect{action}><Stream url="{self.stream}" '
            f'statusCallback="{self.base}/stream-status"><Parameter name="attempt" value="7"/>'
            f"</Stream></Connect>{after}</Response>"
        )

    async def __aenter__(self):
        app = web.Application()
        app.router.add_post("/status", self.status)
        app.router.add_post("/stream-status", self.status)
        app.router.add_get("/media/7", self.media)
        app.router.add_post("/twiml/{name}", self.twiml)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.base = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(self, *_):
        await self._runner.cleanup()


class Stage:
    """A twin and a customer, and the way to place a call between them."""

    def __init__(self, customer, twin):
        self.customer, self.twin = customer, twin

    async def place(self, to=TALKER, **form):
        data = {"To": to, "From": OWN, **form}
        if "StatusCallback" not in data:
            data["StatusCallback"] = f"{self.customer.base}/status"
        pairs = [*data.items()]
        pairs += [
            ("StatusCallbackEvent", event)
            for event in ("initiated", "ringing", "answered", "completed")
        ]
        return await self.request("POST", f"/2010-04-01/Accounts/{AC}/Calls.json", pairs)

    async def request(self, method, path, data=None, **more):
        headers = {"Authorization": aiohttp.encode_basic_auth(AC, TOKEN)}
        async with (
            aiohttp.ClientSession(headers=headers) as session,
            session.request(method, self.twin.url + path, data=data, **more) as answer,
        ):
            return await answer.json()

    async def ended(self):
        async with asyncio.timeout(30):
            await self.customer.final.wait()


def play(story, record_dir=None, **changes):
    async def run():
        account = Account(
            AC, TOKEN, frozenset({OWN}), cps=1000.0, ring_scale=0.0, price_delay_s=0.0, **changes
        )
        async with (
            Customer() as customer,
            Twin(
                Setup(account, parse(SCENARIO, Random(1)), ShiftedClock(), Random(7), record_dir)
            ) as twin,
        ):
            await story(Stage(customer, twin))

    asyncio.run(run())


async def read(socket):
    message = await socket.receive()
    return json.loads(message.data) if message.type is aiohttp.WSMsgType.TEXT else None


def test_a_conversation_from_start_to_stop(tmp_path):
    seen = []

    async def talk(socket):
        async def send(**message):
            await socket.send_json({"streamSid": seen[1]["streamSid"], **message})

        async def say(times, mark):
            for _ in range(times):
                await send(event="media", media={"payload": base64.b64encode(SPEECH).decode()})
            await send(event="mark", mark={"name": mark})

        frames = asked_at = 0
        while (message := await read(socket)) is not None:
            seen.append(message)
            frames += message["event"] == "media"
            if message["event"] == "dtmf":
                await say(1, "question")
            elif message.get("mark", {}).get("name") == "question":
                asked_at = frames
            elif message["event"] == "media" and asked_at:
                if frames == asked_at + 75:
                    await say(20, "cut off")
                elif frames == asked_at + 135:
                    await send(event="clear")
                elif frames == asked_at + 195:
                    await say(1, "goodbye")

    async def story(stage):
        stage.customer.talk = talk
        created = await stage.place(Twiml=stage.customer.connect())
        await stage.ended()
        report = await stage.request("GET", f"/twin/calls/{created['sid']}")
        check(stage, created, report)

    def check(stage, created, report):
        events = [message["event"] for message in seen]
        assert events[:3] == ["connected", "start", "media"] and events[-1] == "stop"
        start = seen[1]["start"]
        assert start["callSid"] == created["sid"] and start["customParameters"] == {"attempt": "7"}
        numbers = [int(message["sequenceNumber"]) for message in seen[1:]]
        assert numbers == list(range(1, len(seen)))
        chunks = [message["media"] for message in seen if message["event"] == "media"]
        assert [int(chunk["chunk"]) for chunk in chunks] == list(range(1, len(chunks) + 1))
        assert 59 <= int(chunks[0]["timestamp"]) <= 171
        assert all(len(base64.b64decode(chunk["payload"])) == 160 for chunk in chunks)
        marks = [message["mark"]["name"] for message in seen if message["event"] == "mark"]
        assert marks == ["question", "cut off"]
        assert [name for *_, name in report["said"]] == ["slt-yes", "slt-okay"]
        assert report["callee_hung_up"] and report["pressed"] == "5"
        question, cut_off, goodbye = report["heard"]
        assert goodbye[1] - goodbye[0] <= 460
        assert 580 <= question[1] - question[0] <= 620
        assert 1000 <= cut_off[1] - cut_off[0] <= 1500
        assert len(report["voice_to_voice_ms"]) >= 1
        headers = stage.customer.upgrades[0]
        signature = headers["x-twilio-signature"]
        validator = stage.customer.validator
        assert headers["User-Agent"] == "Twilio.TmeWs/1.0"
        assert validator.validate(stage.customer.stream, {}, signature)
        assert not validator.validate(stage.customer.stream.replace("wss", "ws"), {}, signature)
        assert not RequestValidator("other").validate(stage.customer.stream, {}, signature)
        assert stage.customer.streams[0]["StreamEvent"] == "stream-started"
        assert (tmp_path / f"{created['sid']}.wav").stat().st_size > 44

    play(story, record_dir=tmp_path)


def test_the_four_callbacks_carry_what_the_real_ones_carry():
    async def story(stage):
        await stage.place(QUIET, Twiml="<Response><Pause length='1'/></Response>")
        await stage.ended()
        events = sorted(stage.customer.progress, key=lambda form: int(form["SequenceNumber"]))
        statuses = [form["CallStatus"] for form in events]
        assert statuses == ["initiated", "ringing", "in-progress", "completed"]
        assert [form["SequenceNumber"] for form in events] == ["0", "1", "2", "3"]
        last = events[-1]
        assert last["CallbackSource"] == "call-progress-events"
        assert (last["CallDuration"], last["Duration"]) == ("1", "1")
        assert last["SipResponseCode"] == "200" and last["Timestamp"].endswith("+0000")
        assert last["ToCity"] == "" and last["Direction"] == "outbound-api"

    play(story)


def test_the_document_goes_on_after_the_socket_was_closed():
    async def talk(socket):
        while (message := await read(socket)) is not None:
            if message["event"] == "start":
                await socket.send_str("nonsense")
                await socket.send_bytes(b"x")
            elif message["event"] == "media" and message["media"]["chunk"] == "3":
                await socket.close()

    async def story(stage):
        customer = stage.customer
        customer.talk = talk
        customer.documents["/twiml/first"] = (
            "text/xml",
            customer.connect("<Play digits='1'/><Redirect>/twiml/second</Redirect>"),
        )
        customer.documents["/twiml/second"] = ("text/plain", "<Response><Hangup/></Response>")
        created = await stage.place(QUIET, Url=f"{customer.base}/twiml/first")
        await stage.ended()
        codes = stage.twin.debugger.codes(created["sid"])
        assert codes == [31951, 31950, 31921]
        assert len((await stage.request("GET", f"/twin/calls/{created['sid']}"))["heard"]) <= 1
        assert {form["StreamEvent"] for form in customer.streams} >= {"stream-started"}

    play(story)


@pytest.mark.parametrize(
    ("kind", "text", "code"),
    [
        ("text/xml", "<Response>", 12100),
        ("application/json", "{}", 12300),
        ("text/xml", "<Response><Enqueue/></Response>", 12200),
    ],
)
def test_bad_documents_end_the_call_and_are_told(kind, text, code):
    async def story(stage):
        stage.customer.documents["/twiml/x"] = (kind, text)
        created = await stage.place(QUIET, Url=f"{stage.customer.base}/twiml/x")
        await stage.ended()
        assert stage.twin.debugger.codes(created["sid"]) == [code]

    play(story)


def test_a_refused_stream_is_31920_and_the_document_goes_on():
    async def story(stage):
        stage.customer.refuse = 403
        after = f"<Redirect>{stage.customer.base}/twiml/after</Redirect>"
        stage.customer.documents["/twiml/after"] = ("text/xml", "<Response/>")
        created = await stage.place(QUIET, Twiml=stage.customer.connect(after))
        await stage.ended()
        assert stage.twin.debugger.codes(created["sid"]) == [31920]

    play(story)


def test_a_dropped_socket_is_31903_and_rest_can_hang_up():
    connected = asyncio.Event()

    async def talk(socket):
        while (message := await read(socket)) is not None:
            if message["event"] == "media":
                connected.set()

    async def story(stage):
        stage.customer.talk = talk
        after = "<Pause length='60'/>"
        created = await stage.place(QUIET, Twiml=stage.customer.connect(after))
        await connected.wait()
        answer = await stage.request("POST", f"/twin/calls/{created['sid']}/drop-stream")
        assert answer == {"dropped": True}
        async with asyncio.timeout(10):
            while 31903 not in stage.twin.debugger.codes(created["sid"]):
                await asyncio.sleep(0)
        path = f"/2010-04-01/Accounts/{AC}/Calls/{created['sid']}.json"
        await stage.request("POST", path, {"Status": "completed"})
        await stage.ended()

    play(story)


def test_a_redirect_by_rest_stops_the_stream():
    seen = []
    connected = asyncio.Event()

    async def talk(socket):
        while (message := await read(socket)) is not None:
            seen.append(message["event"])
            connected.set()

    async def story(stage):
        stage.customer.talk = talk
        created = await stage.place(QUIET, Twiml=stage.customer.connect("<Pause length='60'/>"))
        await connected.wait()
        path = f"/2010-04-01/Accounts/{AC}/Calls/{created['sid']}.json"
        await stage.request("POST", path, {"Twiml": "<Response><Hangup/></Response>"})
        await stage.ended()
        assert seen[-1] == "stop"

    play(story)


def test_events_in_one_value_cost_all_callbacks():
    async def story(stage):
        pairs = {"To": QUIET, "From": OWN, "Twiml": "<Response/>"}
        pairs |= {"StatusCallback": f"{stage.customer.base}/status"}
        pairs |= {"StatusCallbackEvent": "initiated ringing"}
        path = f"/2010-04-01/Accounts/{AC}/Calls.json"
        created = await stage.request("POST", path, pairs)
        async with asyncio.timeout(10):
            while not stage.twin.exchange.calls[created["sid"]].call.status.ended:
                await asyncio.sleep(0)
        assert stage.twin.debugger.codes(created["sid"]) == [21626]
        assert stage.twin.exchange.network.callbacks.sent == 0

    play(story)


@pytest.mark.parametrize(
    ("faults", "expected"),
    [
        ({"lose": 1}, ["1", "2", "3"]),
        ({"duplicate": 1}, ["0", "0", "1", "2", "3"]),
        ({"reverse": True}, ["0", "1", "2", "3"]),
    ],
)
def test_callbacks_are_lost_repeated_and_reversed_on_demand(faults, expected):
    async def story(stage):
        answer = await stage.request("POST", "/twin/faults", json={"webhooks": faults})
        assert answer["webhooks"].items() >= faults.items()
        await stage.place(QUIET, Twiml="<Response/>")
        async with asyncio.timeout(10):
            while len(stage.customer.progress) < len(expected):
                await asyncio.sleep(0)
        numbers = [form["SequenceNumber"] for form in stage.customer.progress]
        assert sorted(numbers) == expected
        if "reverse" in faults:
            assert numbers.index("1") < numbers.index("0")
            assert numbers.index("3") < numbers.index("2")

    play(story)


def test_a_webhook_nobody_listens_to_is_tried_twice():
    async def story(stage):
        attempts = []
        real = stage.twin.exchange.network.webhooks._try

        async def counted(request):
            attempts.append(request.url)
            return await real(request)

        stage.twin.exchange.network.webhooks._try = counted
        url = "http://127.0.0.1:1/status"
        created = await stage.place(QUIET, Twiml="<Response/>", StatusCallback=url + "#rc=1")
        async with asyncio.timeout(10):
            while stage.twin.debugger.codes(created["sid"]) != [11205] * 4:
                await asyncio.sleep(0)
        assert attempts == [url] * 8

    play(story)


def test_the_report_counts_calls_and_lateness():
    async def story(stage):
        await stage.place(QUIET, Twiml="<Response><Pause length='1'/></Response>")
        await stage.ended()
        report = await stage.request("GET", "/twin/report")
        assert report["max_concurrent_calls"] == 1
        assert report["creates_per_number"] == {QUIET: 1}
        assert report["by_status"] == {"completed": 1}
        assert report["pacing_lateness_ms"]["count"] >= 50
        assert report["underruns"] == 0

    play(story)
