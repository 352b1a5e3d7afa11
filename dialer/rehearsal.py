"""A rehearsal: the product unchanged, with the carrier twin and a clock set to a lawful hour.

Only the carrier's base URL and the clock differ from real life. The clock is moved to an hour at
which a campaign may call on both coasts; the law itself stays on.
"""

import secrets
import sys
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from importlib.util import find_spec
from pathlib import Path
from zoneinfo import ZoneInfo

from pydantic import SecretStr

from dialer import geography, launch
from dialer.child_process import ProcessSpec
from dialer.clock import Clock
from dialer.errors import Unavailable
from dialer.processes import listens
from dialer.rules.holiday import Calendar
from dialer.settings import Settings

CARRIER_NUMBER = "+12125552000"
HOME = ZoneInfo("America/New_York")
OPENING = time(13, 5)
TUESDAY = 1
LOOPBACK = "127.0.0.1"


@dataclass(frozen=True)
class Rehearsal:
    """The settings of a rehearsal and the carrier twin that goes with them."""

    settings: Settings
    twin: ProcessSpec

    @property
    def carrier_origin(self) -> str:
        """Where the twin answers; its control endpoints lie under `/twin/`."""
        return self.settings.twilio_api_base


def business_hour(real: datetime) -> Clock:
    """A clock that shows 13:05 in New York, 10:05 on the west coast, on the next Tuesday that no
    state keeps as a holiday."""
    everywhere = ["US", *(state for state in geography.states() if state.startswith("US-"))]
    calendar = Calendar()
    day = real.astimezone(HOME).date()
    day += timedelta(days=(TUESDAY - day.weekday()) % 7 or 7)
    while calendar.any_name(everywhere, day):
        day += timedelta(days=7)
    return Clock(datetime.combine(day, OPENING, HOME) - real)


def prepare(
    settings: Settings, directory: Path, callees: Path | None = None, seed: int = 1
) -> Rehearsal:
    """Settings with an invented account and everything in `directory`; nothing starts yet.

    `callees` is a scenario file of the twin; None takes the people of the demo.
    """
    clock = business_hour(Clock().now())
    port = launch.free_port()
    changed = settings.model_copy(
        update={
            "data_dir": directory.absolute(),
            "smtp_host": "",
            "twilio_account_sid": f"AC{secrets.token_hex(16)}",
            "twilio_auth_token": SecretStr(secrets.token_hex(16)),
            "twilio_phone_number": CARRIER_NUMBER,
            "twilio_api_base": f"http://{LOOPBACK}:{port}",
            "public_url": f"http://{LOOPBACK}:{settings.web_port}",
            "clock_shift_seconds": clock.shift.total_seconds(),
        }
    )
    complete = launch.with_secrets(changed)
    return Rehearsal(complete, _twin(complete, callees or shipped_callees(), port, seed))


def shipped_callees() -> Path:
    """The demo's people; found without importing the media side."""
    found = find_spec("media")
    places = found.submodule_search_locations if found else None
    if not places:
        raise Unavailable("the media package is not installed", "Install batch-dialer whole")
    return Path(places[0]) / "simulator" / "scenarios" / "demo.yaml"


def _twin(settings: Settings, callees: Path, port: int, seed: int) -> ProcessSpec:
    arguments = {
        "--scenario": str(callees.absolute()),
        "--port": str(port),
        "--account": settings.twilio_account_sid,
        "--auth-token": settings.twilio_auth_token.get_secret_value(),
        "--number": settings.twilio_phone_number,
        "--clock-shift": str(settings.clock_shift_seconds),
        "--cps": str(settings.calls_per_second),
        "--seed": str(seed),
    }
    words = [word for pair in arguments.items() for word in pair]
    return ProcessSpec(
        name="carrier",
        argv=(sys.executable, "-m", "media.simulator", *words),
        ready=lambda: listens(LOOPBACK, port),
    )
