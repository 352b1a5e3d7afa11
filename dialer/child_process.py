"""One program run as a child: logged to a file, probed until ready, stopped, never left behind."""

import contextlib
import os
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from dialer.errors import Unavailable

POLL_S = 0.02
LOG_LIMIT_BYTES = 10_000_000
TAIL_LINES = 12


@dataclass(frozen=True, slots=True)
class ProcessSpec:
    """What to run, how to see that it is ready and how to end it. Durations in seconds.

    `env` is the whole environment of the child; None hands on the parent's. `hurry_timeout_s`
    replaces `stop_timeout_s` when the operator asks a second time. `orphan_signal` is what the
    kernel sends to it when the parent dies; `pass_fds` are the open files that it inherits.
    """

    name: str
    argv: tuple[str, ...]
    env: Mapping[str, str] | None = None
    ready: Callable[[], bool] | None = None
    ready_timeout_s: float = 60.0
    stop_signal: signal.Signals = signal.SIGTERM
    stop_timeout_s: float = 10.0
    hurry_timeout_s: float = 2.0
    restart: bool = True
    orphan_signal: signal.Signals = signal.SIGKILL
    pass_fds: tuple[int, ...] = ()


class ChildProcess:
    """A running `ProcessSpec`, in a session of its own so that Ctrl-C reaches only the parent.

    Its parent is the thread that spawns it: on Linux the child gets `orphan_signal` when that
    thread ends, so spawn from the main thread.
    """

    def __init__(self, spec: ProcessSpec, log_dir: Path) -> None:
        self.spec = spec
        self.log_path = log_dir / f"{spec.name}.log"
        self._process: subprocess.Popen[bytes] | None = None
        self._log_start = 0

    @property
    def name(self) -> str:
        """The name of the process in reports and of its log."""
        return self.spec.name

    @property
    def pid(self) -> int | None:
        """Process id, which is also that of its process group; None before the first start."""
        return self._process.pid if self._process else None

    def spawn(self) -> None:
        """Start it without waiting. Raises `Unavailable` when the program or log is missing."""
        self._rotate_log()
        try:
            with self.log_path.open("ab") as log:
                self._log_start = log.tell()
                self._process = subprocess.Popen(
                    leash(self.spec.orphan_signal) + self.spec.argv,
                    env=self.spec.env,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                    pass_fds=self.spec.pass_fds,
                )
        except OSError as error:
            raise Unavailable(f"{self.name} cannot be started: {error}") from error

    def _rotate_log(self) -> None:
        self.log_path.parent.mkdir(parents=True, exist_ok=True)
        if self.log_path.exists() and self.log_path.stat().st_size > LOG_LIMIT_BYTES:
            self.log_path.replace(self.log_path.with_suffix(".log.1"))

    def ready(self) -> bool:
        """Whether it answers its probe; a process without a probe is ready at once."""
        return self.spec.ready is None or self.spec.ready()

    def exit_code(self) -> int | None:
        """None while it runs; -N when signal N ended it. A process never started counts as 0."""
        return self._process.poll() if self._process else 0

    def terminate(self) -> None:
        """Ask it to end."""
        if self._process and self._process.poll() is None:
            self._process.send_signal(self.spec.stop_signal)

    def kill(self) -> None:
        """End it and everything in its process group at once."""
        if self._process:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()

    def released(self) -> None:
        """Called when it has ended for good; a place to give back what it held."""

    def failure(self) -> Unavailable:
        """Why it is not running, with the end of its log."""
        code = self.exit_code()
        state = "does not answer" if code is None else f"ended with code {code}"
        return Unavailable(f"{self.name} {state}:\n{self.log_tail()}", f"See {self.log_path}")

    def log_tail(self) -> str:
        """The last lines that it logged since it was last started."""
        if not self.log_path.exists():
            return ""
        with self.log_path.open("rb") as log:
            log.seek(max(self._log_start, self.log_path.stat().st_size - 8192))
            lines = log.read().decode(errors="replace").splitlines()
        return "\n".join(lines[-TAIL_LINES:])

    def start(self) -> Self:
        """Spawn it and wait until it is ready. Raises `Unavailable`, then nothing is left."""
        try:
            self.spawn()
            if not wait_until(
                lambda: self.exit_code() is not None or self.ready(), self.spec.ready_timeout_s
            ):
                raise self.failure()
            if self.exit_code() is not None:
                raise self.failure()
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        """Ask it to end, wait up to `stop_timeout_s`, then kill what is left of its group."""
        self.terminate()
        wait_until(lambda: self.exit_code() is not None, self.spec.stop_timeout_s)
        self.kill()
        self.released()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()


def leash(orphan_signal: signal.Signals) -> tuple[str, ...]:
    """The words before a command that make the kernel signal it when its parent dies.

    Empty where util-linux's setpriv is missing (not Linux): there a killed parent leaves orphans.
    """
    if setpriv := shutil.which("setpriv"):
        return (setpriv, "--pdeathsig", orphan_signal.name.removeprefix("SIG"), "--")
    return ()


def wait_until(condition: Callable[[], bool], timeout_s: float) -> bool:
    """Poll `condition` until it holds; False after `timeout_s`."""
    deadline = time.monotonic() + timeout_s
    pause = threading.Event()
    while not condition():
        if time.monotonic() >= deadline:
            return False
        pause.wait(POLL_S)
    return True
