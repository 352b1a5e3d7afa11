"""How many paced streams one process of the carrier twin holds, on one core, and how late it is."""

import asyncio
import json
import multiprocessing
import os
import secrets
import subprocess
import sys
import tempfile
import time
from base64 import b64encode
from collections.abc import Iterator
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import psutil
import yaml
from aiohttp import WSMsgType, web

from dialer import launch
from tests.bench.figure import Figure, beside

STREAMS = (10, 50, 100)
SECONDS, WARM_S = 15.0, 3.0
NUMBER, TOKEN = "+13125550100", "secret"
RIVAL = "a naive asyncio client, measured earlier on such a machine"
NAIVE_P99 = {50: 9.5, 100: 21.0}


def measure() -> Iterator[Figure]:
    """One run for each number of streams; every callee talks and everything is echoed to him."""
    for streams in STREAMS:
        yield from _run(streams)


def _run(streams: int) -> Iterator[Figure]:
    port, stop = launch.free_port(), multiprocessing.Event()
    customer = multiprocessing.Process(target=_echo, args=(port, stop))
    customer.start()
    try:
        with tempfile.TemporaryDirectory() as folder, _Twin(Path(folder), streams) as twin:
            _call(twin, streams, f"wss://127.0.0.1:{port}/media")
            time.sleep(WARM_S)
            before = sum(twin.cpu.cpu_times()[:2])
            twin.control("DELETE", "pacing")
            time.sleep(SECONDS)
            busy = (sum(twin.cpu.cpu_times()[:2]) - before) / SECONDS
            report = twin.control("GET", "report")
    finally:
        stop.set()
        customer.join()
    late = report["pacing_lateness_ms"]
    held = f"{streams} streams"
    frames = late["count"] / SECONDS
    part = "twin_load"
    yield Figure(part, f"{held}: frames sent", frames, "1/s", "higher", 49.5 * streams)
    yield Figure(part, f"{held}: lateness p50", late["p50"], "ms", "lower")
    target = 15.0 if streams <= 50 else None
    p99 = Figure(part, f"{held}: lateness p99", late["p99"], "ms", "lower", target)
    yield from beside(p99, {RIVAL: NAIVE_P99[streams]} if streams in NAIVE_P99 else {})
    yield Figure(part, f"{held}: one core busy", 100 * busy, "%", "lower")


class _Twin:
    def __init__(self, folder: Path, streams: int) -> None:
        self.sid = f"AC{secrets.token_hex(16)}"
        self.port = launch.free_port()
        people = {f"+1212{5550000 + n:07d}": TALKER for n in range(streams)}
        scenario = folder / "people.yaml"
        scenario.write_text(yaml.safe_dump({"callees": people}))
        words = {
            "--scenario": str(scenario),
            "--port": str(self.port),
            "--account": self.sid,
            "--auth-token": TOKEN,
            "--number": NUMBER,
            "--cps": "50",
            "--ring-scale": "0",
        }
        line = [
            sys.executable,
            "-m",
            "media.simulator",
            *(w for pair in words.items() for w in pair),
        ]
        self.process = subprocess.Popen(line, stdout=subprocess.PIPE)
        self.cpu = psutil.Process(self.process.pid)
        self.cpu.cpu_affinity([0])

    def __enter__(self) -> "_Twin":
        assert self.process.stdout is not None
        self.process.stdout.readline()
        return self

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.wait()

    def control(self, method: str, what: str) -> Any:
        request = Request(f"http://127.0.0.1:{self.port}/twin/{what}", method=method)
        with urlopen(request, timeout=10) as answer:
            return json.load(answer)

    def create(self, fields: dict[str, str]) -> None:
        url = f"http://127.0.0.1:{self.port}/2010-04-01/Accounts/{self.sid}/Calls.json"
        request = Request(url, data=urlencode(fields).encode())
        pair = f"{self.sid}:{TOKEN}".encode()
        request.add_header("Authorization", f"Basic {b64encode(pair).decode()}")
        urlopen(request, timeout=10).close()


TALKER: dict[str, Any] = {
    "ring_s": 0,
    "patience_s": 600,
    "script": [{"say": "slt-thinking"}] * 60,
    "default": "slt-yes",
}


def _call(twin: _Twin, streams: int, url: str) -> None:
    document = f'<Response><Connect><Stream url="{url}"/></Connect></Response>'
    for n in range(streams):
        twin.create({"To": f"+1212{5550000 + n:07d}", "From": NUMBER, "Twiml": document})


def _echo(port: int, stop: Event) -> None:
    """The customer: sends every frame back, on the other core."""
    cores = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {cores[-1]})
    asyncio.run(_serve(port, stop))


async def _serve(port: int, stop: Event) -> None:
    async def media(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(compress=False)
        await socket.prepare(request)
        async for message in socket:
            if message.type is not WSMsgType.TEXT:
                break
            told = json.loads(message.data)
            if told["event"] == "media":
                sid, payload = told["streamSid"], told["media"]["payload"]
                await socket.send_str(
                    f'{{"event":"media","streamSid":"{sid}","media":{{"payload":"{payload}"}}}}'
                )
        return socket

    app = web.Application()
    app.router.add_get("/media", media)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    while not await asyncio.to_thread(stop.wait, 0.2):
        pass
    await runner.cleanup()
