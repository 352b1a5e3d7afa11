"""A Pipecat bot on a call that the twin carries: both ways, interrupted, until it hangs up."""

from pathlib import Path
from queue import Queue
from typing import Any

import pytest
from loguru import logger

from peers.pipecat_bot import LONG_S, SHORT_S, bot_server
from peers.served import served
from peers.twin import OWN, running_twin

CALLEE = "+12125550123"
PEOPLE = f"""
callees:
  "{CALLEE}":
    ring_s: 0
    spurt_gap_ms: 200
    script:
      - press: "5"
        after_ms: 400
      - interrupt: slt-yes
        after_ms: 1000
      - reply: slt-okay
"""


@pytest.mark.timeout(60)
def test_a_bot_hears_speaks_is_interrupted_and_hangs_up(tmp_path: Path) -> None:
    seen: Queue[tuple[str, Any]] = Queue()
    told: list[str] = []
    sink = logger.add(told.append, level="INFO", filter="pipecat.serializers", format="{message}")
    with (
        running_twin(tmp_path, PEOPLE) as twin,
        served(bot_server(twin.url, seen)) as address,
    ):
        placed = twin.client.calls.create(
            to=CALLEE,
            from_=OWN,
            twiml=f'<Response><Connect><Stream url="wss://{address}/bot">'
            '<Parameter name="lead" value="7"/></Stream></Connect><Pause length="60"/></Response>',
        )
        assert seen.get(timeout=20) == ("twilio", {"sid": placed.sid, "body": {"lead": "7"}})
        assert seen.get(timeout=20) == ("key", "5")
        assert seen.get(timeout=20) == ("words", 1)
        assert seen.get(timeout=20) == ("words", 2)
        assert seen.get(timeout=20) == ("done", None)
        ended = twin.until(placed.sid, "completed")
        report, alerts = twin.told(f"calls/{placed.sid}"), twin.alerts(placed.sid)
    logger.remove(sink)
    assert [line.strip() for line in told] == [
        f"Successfully terminated Twilio call {placed.sid}"  # it wants status 200
    ]
    assert (alerts, int(ended.duration) < 60, report["callee_hung_up"]) == ([], True, False)
    assert report["pressed"] == "5"
    assert [name for *_, name in report["said"]] == ["slt-yes", "slt-okay"]
    assert len(report["heard"]) == 2, report
    cut_off, whole = ((end - begin) / 1000 for begin, end in report["heard"])
    assert 1.0 <= cut_off < LONG_S / 2
    assert whole == pytest.approx(SHORT_S, abs=0.06)
