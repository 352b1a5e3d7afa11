"""The supervisor over tiny real processes: order, readiness, restart, ordered and hurried stop."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.child_process import ChildProcess, ProcessSpec, wait_until
from dialer.errors import Unavailable
from dialer.processes import check_ports, listens
from dialer.supervisor import LONGEST_PAUSE_S, STEADY_S, Backoff, Happening, Stage, Supervisor

# Says that it is up by making a file, ends on TERM after leaving its name in `ended`.
OBEDIENT = 'trap "echo $1 >> $2/ended; exit 0" TERM; : > $2/$1.up; while :; do sleep 0.05; done'
STUBBORN = 'trap "" TERM; : > $2/$1.up; while :; do sleep 0.05; done'
FALLS = "echo no such setting; exit 3"
NEVER_READY = "while :; do sleep 0.05; done"


class Diary:
    """Collects the reports; does something the first time that one of them is made."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, Happening]] = []
        self.then: dict[tuple[str, Happening], Callable[[], None]] = {}

    def __call__(self, name: str, happening: Happening, detail: str) -> None:
        self.lines.append((name, happening))
        if act := self.then.pop((name, happening), None):
            act()

    def names(self, happening: Happening) -> list[str]:
        return [name for name, what in self.lines if what is happening]


def child(place: Path, name: str, script: str, **rest: object) -> ChildProcess:
    spec = ProcessSpec(
        name=name,
        argv=("sh", "-c", script, "sh", name, str(place)),
        ready=lambda: (place / f"{name}.up").exists(),
        **rest,  # type: ignore[arg-type]  # fields of ProcessSpec
    )
    return ChildProcess(spec, place / "logs")


def test_stages_start_in_order_and_stop_in_the_order_given(tmp_path: Path) -> None:
    diary = Diary()
    base, web, dial, beat = (
        child(tmp_path, name, OBEDIENT) for name in ("base", "web", "dial", "beat")
    )
    migrated: list[bool] = []
    supervisor = Supervisor(
        [
            Stage([base], then=lambda: migrated.append((tmp_path / "web.up").exists())),
            Stage([web, dial]),
            Stage([beat]),
        ],
        diary,
        [("beat",), ("dial",), ("absent",), ("web",)],
    )
    diary.then[("beat", Happening.READY)] = supervisor.request_stop
    supervisor.run()
    assert migrated == [False]
    assert diary.names(Happening.STARTING) == ["base", "web", "dial", "beat"]
    assert diary.lines.index(("base", Happening.READY)) < diary.lines.index(
        ("web", Happening.STARTING)
    )
    assert max(
        diary.lines.index((name, Happening.READY)) for name in ("web", "dial")
    ) < diary.lines.index(("beat", Happening.STARTING))
    assert (tmp_path / "ended").read_text().split() == ["beat", "dial", "web", "base"]
    assert diary.names(Happening.STOPPED) == ["beat", "dial", "web", "base"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_everything_and_the_handlers_come_back(
    tmp_path: Path, number: signal.Signals
) -> None:
    diary, before = Diary(), signal.getsignal(number)
    diary.then[("one", Happening.READY)] = lambda: os.kill(os.getpid(), number)
    Supervisor([Stage([child(tmp_path, "one", OBEDIENT)])], diary).run()
    assert diary.names(Happening.STOPPED) == ["one"]
    assert signal.getsignal(number) is before


def test_a_process_that_falls_is_started_again(tmp_path: Path) -> None:
    diary = Diary()
    one = child(tmp_path, "one", OBEDIENT)
    supervisor = Supervisor([Stage([one])], diary)

    def shoot() -> None:
        assert one.pid
        (tmp_path / "one.up").unlink()
        os.kill(one.pid, signal.SIGKILL)
        diary.then[("one", Happening.READY)] = supervisor.request_stop

    diary.then[("one", Happening.READY)] = shoot
    supervisor.run()
    assert [what for _, what in diary.lines] == [
        Happening.STARTING,
        Happening.READY,
        Happening.CRASHED,
        Happening.STARTING,
        Happening.READY,
        Happening.STOPPING,
        Happening.STOPPED,
    ]


def test_a_process_that_may_not_fall_ends_the_whole(tmp_path: Path) -> None:
    diary = Diary()
    one = child(tmp_path, "one", OBEDIENT, restart=False)
    two = child(tmp_path, "two", OBEDIENT)

    def shoot() -> None:
        assert one.pid
        os.kill(one.pid, signal.SIGKILL)

    diary.then[("two", Happening.READY)] = shoot
    with pytest.raises(Unavailable, match="one ended with code -9"):
        Supervisor([Stage([one]), Stage([two])], diary).run()
    assert (tmp_path / "ended").read_text().split() == ["two"]


@pytest.mark.parametrize(
    ("script", "problem"), [(FALLS, "ended with code 3:\nno such setting"), (NEVER_READY, "answer")]
)
def test_a_failed_start_says_why_and_leaves_nothing(
    tmp_path: Path, script: str, problem: str
) -> None:
    good = child(tmp_path, "good", OBEDIENT)
    bad = child(tmp_path, "bad", script, ready_timeout_s=0.3)
    never = child(tmp_path, "never", OBEDIENT)
    with pytest.raises(Unavailable, match=problem) as failure:
        Supervisor([Stage([good]), Stage([bad]), Stage([never])], Diary()).run()
    assert "bad.log" in failure.value.remedy
    assert (tmp_path / "ended").read_text().split() == ["good"]
    assert bad.exit_code() is not None
    assert never.pid is None


def test_asking_twice_does_not_wait_for_the_stubborn(tmp_path: Path) -> None:
    diary = Diary()
    stubborn = child(tmp_path, "one", STUBBORN, stop_timeout_s=600.0, hurry_timeout_s=0.1)
    supervisor = Supervisor([Stage([stubborn])], diary)
    diary.then[("one", Happening.READY)] = supervisor.request_stop
    diary.then[("one", Happening.STOPPING)] = supervisor.request_stop
    supervisor.run()
    assert diary.lines[-1] == ("one", Happening.KILLED)


def test_what_a_process_started_ends_with_it(tmp_path: Path) -> None:
    one = child(tmp_path, "one", "sleep 600 & echo $! > $2/grandchild; " + OBEDIENT)
    one.start()
    grandchild = psutil.Process(int((tmp_path / "grandchild").read_text()))
    one.stop()
    assert wait_until(lambda: not _alive(grandchild), 10)


def test_children_die_with_a_killed_supervisor(tmp_path: Path) -> None:
    script = (
        "import sys, threading, pathlib;"
        "from dialer.child_process import ChildProcess, ProcessSpec;"
        "spec = ProcessSpec('one', ('sleep', '600'));"
        "one = ChildProcess(spec, pathlib.Path(sys.argv[1])).start();"
        "print(one.pid, flush=True); threading.Event().wait()"
    )
    command = [sys.executable, "-c", script, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout
        orphan = psutil.Process(int(parent.stdout.readline()))
        assert wait_until(lambda: orphan.name() == "sleep", 10)
        parent.kill()
    assert wait_until(lambda: not _alive(orphan), 10)


def _alive(process: psutil.Process) -> bool:
    try:
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def test_a_missing_program_is_named(tmp_path: Path) -> None:
    spec = ProcessSpec("one", ("/no/such/program",), ready=lambda: False)
    with pytest.raises(Unavailable, match="/no/such/program"):
        ChildProcess(spec, tmp_path).start()


def test_a_port_in_use_is_named_with_its_setting() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert listens("127.0.0.1", port)
        with pytest.raises(Unavailable, match=f"port {port} on 127.0.0.1") as refusal:
            check_ports({"WEB_PORT": ("127.0.0.1", port)})
        assert "WEB_PORT" in refusal.value.remedy
    assert not listens("127.0.0.1", port)
    check_ports({"WEB_PORT": ("127.0.0.1", port)})


@given(st.lists(st.floats(min_value=0, max_value=3 * STEADY_S), max_size=40))
def test_the_pause_doubles_up_to_its_limit_and_a_steady_minute_forgives(lives: list[float]) -> None:
    backoff, expected = Backoff(), 0.0
    for alive_s in lives:
        expected = 0.5 if alive_s >= STEADY_S or not expected else expected * 2
        assert backoff.crashed(alive_s) == min(expected, LONGEST_PAUSE_S)
