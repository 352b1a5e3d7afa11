"""Runs the product's processes on one machine: ordered start and stop, restart of the fallen."""

import contextlib
import signal
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from types import FrameType
from typing import TypeVar

from dialer.child_process import ChildProcess
from dialer.errors import DialerError, Unavailable

WATCH_S = 0.1
STEADY_S = 60.0
FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 30.0


class Happening(StrEnum):
    """What is told of a process."""

    STARTING = "starting"
    READY = "ready"
    CRASHED = "crashed"
    STOPPING = "stopping"
    STOPPED = "stopped"
    KILLED = "killed"


Result = TypeVar("Result")
Report = Callable[[str, Happening, str], None]


@dataclass(frozen=True, slots=True)
class Stage:
    """Processes that are started together; then, when all are ready, something to do."""

    processes: Sequence[ChildProcess]
    then: Callable[[], None] | None = None


@dataclass(slots=True)
class Backoff:
    """How long to wait before a restart: doubled at each crash, forgotten after a steady minute."""

    crashes: int = 0

    def crashed(self, alive_s: float) -> float:
        """Count a crash after `alive_s` seconds of life and return the pause in seconds."""
        self.crashes = 1 if alive_s >= STEADY_S else self.crashes + 1
        return float(min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2 ** min(self.crashes - 1, 16)))


@dataclass(slots=True)
class _Watched:
    """One process and where it is in its life. Times are monotonic seconds."""

    process: ChildProcess
    backoff: Backoff = field(default_factory=Backoff)
    started_at: float = 0.0
    ready: bool = False
    restart_at: float | None = None


class Supervisor:
    """Starts stages in order, watches, and stops in `stop_order` (default: the reverse of start).

    `stop_order` names groups that end together, one group after the other; processes that it
    does not name end after them, last started first. `report` is told of everything.
    """

    def __init__(
        self,
        stages: Sequence[Stage],
        report: Report,
        stop_order: Sequence[Sequence[str]] = (),
    ) -> None:
        self._stages = stages
        self._report = report
        self._stop_order = stop_order
        self._watched: dict[str, _Watched] = {}
        self._stop = threading.Event()
        self._hurry = threading.Event()

    def request_stop(self) -> None:
        """Ask for an ordered stop; asked again: in a hurry."""
        if self._stop.is_set():
            self._hurry.set()
        self._stop.set()

    @property
    def stopping(self) -> bool:
        """Whether somebody asked for the end."""
        return self._stop.is_set()

    def run(self) -> None:
        """Start everything, watch until asked to stop, stop everything. See `run_with`."""
        self.run_with(self.watch_until_stopped)

    def run_with(self, work: Callable[[], Result]) -> Result | None:
        """Start everything, do `work`, stop everything; `work` calls `pause` now and then.

        None when the end was asked for before everything was ready. Takes SIGINT, SIGTERM and
        SIGHUP while it runs, so call it in the main thread. Raises
        `Unavailable` when a process does not become ready or may not be restarted.
        """
        with self._signals():
            try:
                self.start()
                return None if self.stopping else work()
            finally:
                self.stop()

    def watch_until_stopped(self) -> None:
        """Watch until asked to stop."""
        while not self.pause(WATCH_S):
            pass

    def pause(self, seconds: float) -> bool:
        """Watch for a while; True when somebody asked for the end."""
        until = time.monotonic() + seconds
        self.watch()
        while (left := until - time.monotonic()) > 0:
            if self._stop.wait(min(left, WATCH_S)):
                break
            self.watch()
        return self._stop.is_set()

    @contextlib.contextmanager
    def _signals(self) -> Iterator[None]:
        def asked(number: int, frame: FrameType | None) -> None:
            self.request_stop()

        wanted = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        before = {number: signal.signal(number, asked) for number in wanted}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def start(self) -> None:
        """Start the stages one after the other; a stop that is asked for meanwhile ends it."""
        for stage in self._stages:
            for process in stage.processes:
                self._watched[process.name] = _Watched(process)
                self._spawn(self._watched[process.name])
            self._await_ready([self._watched[process.name] for process in stage.processes])
            if self._stop.is_set():
                return
            if stage.then:
                stage.then()

    def _spawn(self, watched: _Watched) -> None:
        self._report(watched.process.name, Happening.STARTING, "")
        watched.started_at, watched.ready, watched.restart_at = time.monotonic(), False, None
        watched.process.spawn()

    def _await_ready(self, stage: Iterable[_Watched]) -> None:
        waiting = list(stage)
        while waiting and not self._stop.wait(0.02):
            for watched in waiting:
                if watched.process.exit_code() is not None or self._overdue(watched):
                    raise watched.process.failure()
                self._probe(watched)
            waiting = [watched for watched in waiting if not watched.ready]

    def _probe(self, watched: _Watched) -> None:
        if not watched.ready and watched.process.ready():
            watched.ready = True
            seconds = time.monotonic() - watched.started_at
            self._report(watched.process.name, Happening.READY, f"after {seconds:.1f} s")

    def _overdue(self, watched: _Watched) -> bool:
        age = time.monotonic() - watched.started_at
        return not watched.ready and age > watched.process.spec.ready_timeout_s

    def watch(self) -> None:
        """One look at every process: report and restart what has ended or never got ready."""
        for watched in self._watched.values():
            if watched.restart_at is not None:
                if time.monotonic() >= watched.restart_at:
                    self._restart(watched)
            elif watched.process.exit_code() is not None or self._overdue(watched):
                self._crashed(watched, watched.process.failure())
            else:
                self._probe(watched)

    def _restart(self, watched: _Watched) -> None:
        try:
            self._spawn(watched)
        except DialerError as error:
            self._crashed(watched, error)

    def _crashed(self, watched: _Watched, error: DialerError) -> None:
        process = watched.process
        self._report(process.name, Happening.CRASHED, error.problem)
        if not process.spec.restart:
            raise Unavailable(error.problem, error.remedy)
        process.kill()
        now = time.monotonic()
        watched.restart_at = now + watched.backoff.crashed(now - watched.started_at)

    def stop(self) -> None:
        """Stop group after group; each may take its `stop_timeout_s`, less in a hurry."""
        self._stop.set()
        for group in self._stop_groups():
            for watched in group:
                if watched.process.exit_code() is None:
                    self._report(watched.process.name, Happening.STOPPING, "")
                watched.process.terminate()
            for watched in group:
                self._await_end(watched.process)
        self._watched.clear()

    def _stop_groups(self) -> list[list[_Watched]]:
        """The groups of `stop_order`, then the processes it does not name, last started first."""
        left = dict(self._watched)
        groups = [[left.pop(name) for name in group if name in left] for group in self._stop_order]
        return [*groups, *([watched] for watched in reversed(left.values()))]

    def _await_end(self, process: ChildProcess) -> None:
        running = process.exit_code() is None
        deadline = time.monotonic() + process.spec.stop_timeout_s
        hurried = False
        pause = threading.Event()
        while process.exit_code() is None and time.monotonic() < deadline:
            if self._hurry.is_set() and not hurried:
                hurried = True
                deadline = min(deadline, time.monotonic() + process.spec.hurry_timeout_s)
            pause.wait(0.02)
        overdue = process.exit_code() is None
        process.kill()
        process.released()
        if running:
            self._report(process.name, Happening.KILLED if overdue else Happening.STOPPED, "")
