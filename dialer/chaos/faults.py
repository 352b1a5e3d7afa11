"""The ways to hurt a running rehearsal: its processes, its connections, its carrier."""

import json
import signal
import urllib.request
from collections.abc import Callable
from typing import Any, TypeVar

import psutil
from sqlalchemy import text

from dialer import live
from dialer.chaos.plan import Planned, Trouble
from dialer.wiring import Product

FROZEN_S = 4.0
LATE_MS = 2_500
ANSWER_PATIENCE_S = 10.0
VICTIM_PATIENCE_S = 8
COMMAND_LINES = {
    Trouble.KILL_DIAL: "-Q dial,followup,imports",
    Trouble.KILL_WEB: "dialer.api.app:create_app",
    Trouble.KILL_BEAT: "workers.app beat",
}
CREATES = {
    Trouble.CREATE_REFUSED: "refuse",
    Trouble.CREATE_LOST: "lost",
    Trouble.CREATE_TIMEOUT: "timeout",
    Trouble.CREATE_429: "429",
    Trouble.CREATE_503: "503",
}
WEBHOOKS: dict[Trouble, dict[str, object]] = {
    Trouble.WEBHOOKS_LOST: {"lose": 2},
    Trouble.WEBHOOKS_REPEATED: {"duplicate": 6},
    Trouble.WEBHOOKS_REVERSED: {"reverse": True},
    Trouble.WEBHOOKS_LATE: {"delay_ms": LATE_MS},
}
Pause = Callable[[float], object]
Victim = TypeVar("Victim")


class Tormentor:
    """Does what the plan says to one running product; `pause` lets seconds pass meanwhile."""

    def __init__(self, product: Product, pause: Pause) -> None:
        self._product = product
        self._pause = pause

    def hurt(self, planned: Planned) -> str:
        """Do it; returns whom it hit, empty when nobody was there to be hit."""
        trouble = planned.trouble
        if trouble in COMMAND_LINES:
            return killed(processes(COMMAND_LINES[trouble]))
        if trouble in CREATES:
            self.twin("/twin/faults", {"create": [{"kind": CREATES[trouble], "count": 1}]})
            return "the next create"
        if trouble in WEBHOOKS:
            self.twin("/twin/faults", {"webhooks": WEBHOOKS[trouble]})
            return "the next callbacks"
        return {
            Trouble.KILL_MEDIA: self._kill_media,
            Trouble.FREEZE_MEDIA: self._freeze_media,
            Trouble.CUT_POSTGRES: self._cut_postgres,
            Trouble.CUT_REDIS: self._cut_redis,
            Trouble.DROP_STREAM: self._drop_stream,
            Trouble.HANG_UP: self._hang_up,
        }[trouble](planned.lot)

    def twin(self, path: str, body: object = None) -> dict[str, Any]:
        """Ask a control endpoint of the carrier twin: POST with a body, GET without."""
        request = urllib.request.Request(
            self._product.settings.twilio_api_base + path,
            data=json.dumps(body).encode() if body is not None else None,
            headers={"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=ANSWER_PATIENCE_S) as answer:
            told: dict[str, Any] = json.loads(answer.read() or b"{}")
            return told

    def carrying(self) -> dict[str, int]:
        """Attempt id to process id of the media child that carries it, as Celery reports it."""
        active = self._product.nudges.app.control.inspect(timeout=1.0).active() or {}
        return {
            task["args"][0]: task["worker_pid"]
            for tasks in active.values()
            for task in tasks
            if task["name"] == "media.run_call"
        }

    def _carrier_of_a_call(self, lot: float) -> list[psutil.Process]:
        """The media child of a call that is under way, for which it waits a little."""
        for _ in range(VICTIM_PATIENCE_S):
            if victim := _drawn(sorted(self.carrying().items()), lot):
                return [one for one in processes("-Q media") if one.pid == victim[1]]
            self._pause(1.0)
        return []

    def _kill_media(self, lot: float) -> str:
        return killed(self._carrier_of_a_call(lot))

    def _freeze_media(self, lot: float) -> str:
        frozen = self._carrier_of_a_call(lot)
        for one in frozen:
            one.send_signal(signal.SIGSTOP)
        try:
            self._pause(FROZEN_S)
        finally:
            for one in frozen:
                one.send_signal(signal.SIGCONT)
        return " ".join(str(one.pid) for one in frozen)

    def _cut_postgres(self, _: float) -> str:
        with self._product.engine.connect() as connection:
            cut = connection.execute(
                text(
                    "select pg_terminate_backend(pid) from pg_stat_activity"
                    " where datname = current_database() and pid <> pg_backend_pid()"
                )
            ).all()
        self._product.engine.dispose()
        return f"{len(cut)} connections"

    def _cut_redis(self, _: float) -> str:
        # The client types its replies for both modes at once; ours are counts.
        server: Any = live.connect(self._product.settings.redis_url)
        kinds = ("normal", "pubsub")
        cut = [
            server.execute_command("CLIENT", "KILL", "TYPE", kind, "SKIPME", "yes")
            for kind in kinds
        ]
        server.close()
        return f"{sum(cut)} connections"

    def _drop_stream(self, lot: float) -> str:
        return self._to_a_talking_call(lot, "drop-stream")

    def _hang_up(self, lot: float) -> str:
        return self._to_a_talking_call(lot, "hang-up")

    def _to_a_talking_call(self, lot: float, verb: str) -> str:
        """Hit a call in progress, for which it waits a little."""
        for _ in range(VICTIM_PATIENCE_S):
            calls = self.twin("/twin/calls")["calls"]
            talking: list[str] = sorted(
                one["sid"] for one in calls if one["status"] == "in-progress"
            )
            sid = _drawn(talking, lot)
            if sid and any(self.twin(f"/twin/calls/{sid}/{verb}", {}).values()):
                return sid
            self._pause(1.0)
        return ""


def processes(words: str) -> list[psutil.Process]:
    """The processes of this run whose command line holds `words`, parents before children."""
    found = []
    for process in psutil.Process().children(recursive=True):
        try:
            line = " ".join(process.cmdline())
        except psutil.Error:
            continue
        if words in line:
            found.append(process)
    return found


def killed(victims: list[psutil.Process]) -> str:
    """Kill them with -9; returns their process ids in words."""
    for process in victims:
        try:
            process.kill()
        except psutil.NoSuchProcess:
            continue
    return " ".join(str(process.pid) for process in victims)


def _drawn(victims: list[Victim], lot: float) -> Victim | None:
    return victims[int(lot * len(victims))] if victims else None
