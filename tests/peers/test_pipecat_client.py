"""A Pipecat client calls in at the media gateway of a running product and hears its agent."""

import asyncio
import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from queue import Queue
from typing import Any

import pytest
import websockets

from peers.pipecat_caller import listen
from peers.served import served
from peers.stub_carrier import Signer, rest, stream_url
from peers.twin import PYTHON, ROOT

ENOUGH_S = 2.0


class House:
    """The product as a process, and the request that it made of its carrier."""

    def __init__(self, process: subprocess.Popen[str], placed: Queue[dict[str, str]]) -> None:
        self._process = process
        account = self.told()
        self.signer = Signer(account["token"])
        self.request = placed.get(timeout=60)
        self.stream = stream_url(self.request["Twiml"])

    def told(self) -> dict[str, Any]:
        """The next thing that the product tells."""
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, "the product has ended"
        return json.loads(line)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    placed: Queue[dict[str, str]] = Queue()
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with served(rest(placed)) as carrier:
        command = [str(PYTHON), str(Path(__file__).with_name("house.py"))]
        process = subprocess.Popen(
            [*command, str(tmp_path / "house"), f"http://{carrier}"],
            cwd=tmp_path,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            yield House(process, placed)
        finally:
            assert process.stdin is not None
            process.stdin.close()
            process.wait(60)


async def refused(url: str, headers: dict[str, str]) -> int:
    with pytest.raises(websockets.InvalidStatus) as caught:
        await websockets.connect(url, additional_headers=headers)
    return caught.value.response.status_code


@pytest.mark.timeout(120)
def test_a_client_gets_the_agents_voice_and_only_with_the_carriers_signature(house: House) -> None:
    signer, form = house.signer, house.request
    for number, status in enumerate(("initiated", "ringing", "in-progress")):
        assert signer.report(form, number, status) == 204
    loopback = house.stream.replace("wss://", "ws://")
    for headers in ({}, Signer("another").handshake(house.stream), signer.handshake(loopback)):
        assert asyncio.run(refused(loopback, headers)) == 403
    heard_s = asyncio.run(listen(loopback, signer.handshake(house.stream), ENOUGH_S))
    assert heard_s >= ENOUGH_S
    assert signer.report(form, 3, "completed", CallDuration="9", Duration="1") == 204
    assert house.told() == {"disposition": "hung_up"}
