"""Processor time and memory of the running product, told from outside by the kernel."""

from dataclasses import dataclass

import psutil

MB = 1e6
CARRIER = "media.simulator"
MEDIA_WORKER = "media@%h"


@dataclass(frozen=True, slots=True)
class Memory:
    """The largest resident and proportional set of a media child, and the sum over everything."""

    child_rss_mb: float
    child_pss_mb: float
    whole_pss_mb: float


class Footprint:
    """Looks at all processes below this one; the carrier twin is not of the product.

    This process counts as the supervisor, which it is. Processor time runs from the first `look`.
    """

    def __init__(self) -> None:
        self._first: dict[psutil.Process, float] = {}
        self._last: dict[psutil.Process, float] = {}
        self._media: set[psutil.Process] = set()
        self._busy_before, self._total_before = _machine_s()

    def look(self) -> None:
        """Note the processor time of every process; call it before any of them ends."""
        processes = _processes()
        born_later = bool(self._first)
        if processes - self._first.keys():
            self._media |= _media_children(processes)
        for process in processes:
            spent = _cpu_s(process)
            if spent is not None:
                self._first.setdefault(process, 0.0 if born_later else spent)
                self._last[process] = spent

    def cpu_s(self) -> tuple[float, float]:
        """Seconds since the first look: of the media children, and of the whole product."""
        spent = {process: self._last[process] - self._first[process] for process in self._last}
        return sum(spent.get(process, 0.0) for process in self._media), sum(spent.values())

    def machine_load(self) -> float:
        """How much of all processors was busy since the start, whoever kept them so; 0.0-1.0."""
        busy, total = _machine_s()
        return (busy - self._busy_before) / max(total - self._total_before, 1e-9)

    def memory(self) -> Memory:
        """Now, in MB. Raises ValueError when no media child is there."""
        processes = _processes()
        full = {process: _full(process) for process in processes}
        children = [full[process] for process in _media_children(processes)]
        return Memory(
            child_rss_mb=max(rss for rss, _ in children) / MB,
            child_pss_mb=max(pss for _, pss in children) / MB,
            whole_pss_mb=sum(pss for _, pss in full.values()) / MB,
        )


def _machine_s() -> tuple[float, float]:
    """Seconds that all processors were busy, a hypervisor's share too, and all seconds."""
    times = psutil.cpu_times()._asdict()
    idle = times["idle"] + times.get("iowait", 0.0)
    counted = {**times, "guest": 0.0, "guest_nice": 0.0}
    total = float(sum(counted.values()))
    return total - idle, total


def _processes() -> set[psutil.Process]:
    own = psutil.Process()
    return {own, *(p for p in own.children(recursive=True) if CARRIER not in _words(p))}


def _media_children(processes: set[psutil.Process]) -> set[psutil.Process]:
    workers = {p.pid for p in processes if MEDIA_WORKER in _words(p)}
    return {p for p in processes if _parent(p) in workers and MEDIA_WORKER in _words(p)}


def _words(process: psutil.Process) -> list[str]:
    try:
        words: list[str] = process.cmdline()
    except psutil.Error:
        return []
    return words


def _parent(process: psutil.Process) -> int | None:
    try:
        parent: int = process.ppid()
    except psutil.Error:
        return None
    return parent


def _cpu_s(process: psutil.Process) -> float | None:
    try:
        times = process.cpu_times()
    except psutil.Error:
        return None
    return float(times.user + times.system)


def _full(process: psutil.Process) -> tuple[int, int]:
    """Resident and proportional set in bytes; nothing of a process that has just ended."""
    try:
        memory = process.memory_full_info()
    except psutil.Error:
        return 0, 0
    return memory.rss, memory.pss
