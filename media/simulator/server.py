"""The carrier twin as one object: an HTTP server on loopback, built from a scenario."""

import asyncio
import contextlib
from dataclasses import dataclass
from pathlib import Path
from random import Random  # noqa: TID251 - the generator is passed in by the one who starts the run

from aiohttp import web

from media.simulator.account import Account
from media.simulator.calls.exchange import Exchange
from media.simulator.clock import Clock
from media.simulator.control import Control
from media.simulator.debugger import Debugger
from media.simulator.faults import Faults
from media.simulator.network import Network, Recognise
from media.simulator.people.scenario import Scenario
from media.simulator.playout.metronome import Metronome
from media.simulator.rest import face
from media.simulator.webhooks.callbacks import Callbacks
from media.simulator.webhooks.sender import Webhooks


@dataclass(frozen=True, slots=True)
class Setup:
    """Everything that one twin is made of."""

    account: Account
    scenario: Scenario
    clock: Clock
    rng: Random
    record_dir: Path | None = None
    understand: Recognise | None = None


class Twin:
    """`async with Twin(setup) as twin`: serves until the block is left; `twin.port` is its port."""

    def __init__(self, setup: Setup, port: int = 0, host: str = "127.0.0.1") -> None:
        self.faults = Faults()
        self.debugger = Debugger(setup.clock)
        account = setup.account
        webhooks = Webhooks(account.auth_token, setup.rng, setup.clock)
        callbacks = Callbacks(account.sid, webhooks, self.faults, self.debugger, setup.clock)
        network = Network(
            account,
            setup.clock,
            setup.rng,
            webhooks,
            callbacks,
            self.debugger,
            Metronome(),
            setup.record_dir,
            setup.understand,
            lambda: self.url,
        )
        self.exchange = Exchange(setup.scenario, network)
        self.port = port
        self._host = host
        self._runner: web.AppRunner | None = None
        self._stopped = asyncio.Event()

    @property
    def url(self) -> str:
        """Base URL, to stand in for `https://api.twilio.com`."""
        return f"http://{self._host}:{self.port}"

    async def __aenter__(self) -> "Twin":
        app = web.Application()
        app.add_routes(face.routes(self.exchange, self.faults))
        app.add_routes(Control(self.exchange, self.faults, self.stop).routes())
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
        await self._runner.setup()
        site = web.TCPSite(self._runner, self._host, self.port)
        await site.start()
        self.port = int(self._runner.addresses[0][1])
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.exchange.close()
        if self._runner is not None:
            await self._runner.cleanup()

    def stop(self) -> None:
        """Let `stopped` return."""
        self._stopped.set()

    async def stopped(self) -> None:
        """Wait for `stop`, or for a signal that called it."""
        with contextlib.suppress(asyncio.CancelledError):
            await self._stopped.wait()
