"""The carrier twin as a process of the product's environment, and the official client for it."""

import contextlib
import json
import subprocess
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from twilio.http.http_client import TwilioHttpClient
from twilio.http.response import Response
from twilio.rest import Client
from twilio.rest.api.v2010.account.call import CallInstance

ROOT = Path(__file__).parents[2]
PYTHON = ROOT / ".venv" / "bin" / "python"
"""The product's own: peers pin other versions of what both need."""
AC, TOKEN, OWN = "AC" + "a1" * 16, "secret", "+13125550100"
GENEROUS = ["--cps", "1000", "--ring-scale", "0", "--price-delay", "0"]


class Rerouted(TwilioHttpClient):
    """The official HTTP client with another host."""

    def __init__(self, origin: str) -> None:
        super().__init__(timeout=10)
        self._origin = urlsplit(origin)

    def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> Response:
        parts = urlsplit(url)._replace(scheme=self._origin.scheme, netloc=self._origin.netloc)
        return super().request(method, urlunsplit(parts), *args, **kwargs)


class TwinProcess:
    """A running twin: its origin, the official client, its report."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.client = Client(AC, TOKEN, http_client=Rerouted(self.url))

    def told(self, path: str) -> dict[str, Any]:
        """What a control endpoint answers."""
        with urllib.request.urlopen(f"{self.url}/twin/{path}", timeout=10) as answer:
            return json.load(answer)

    def alerts(self, sid: str) -> list[int]:
        """The codes in the debugger that concern a call."""
        notes = self.client.calls(sid).notifications.list()
        return [int(note.error_code) for note in notes]

    def until(self, sid: str, *statuses: str) -> CallInstance:
        """The call once it has one of the statuses; asks as often as the twin answers."""
        for _ in range(20_000):
            call = self.client.calls(sid).fetch()
            if call.status in statuses:
                return call
        raise AssertionError(f"still {call.status}")


@contextlib.contextmanager
def running_twin(folder: Path, scenario: str) -> Iterator[TwinProcess]:
    """A twin that plays the scenario, quick and generous."""
    people = folder / "people.yaml"
    people.write_text(scenario)
    command = [str(PYTHON), "-m", "media.simulator", "--scenario", str(people), *GENEROUS]
    command += ["--account", AC, "--auth-token", TOKEN, "--number", OWN]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield TwinProcess(int(process.stdout.readline()))
    finally:
        process.terminate()
        process.wait(10)
