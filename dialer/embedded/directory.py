"""The data directory: made, checked for room and rights, locked, and its socket directory."""

import contextlib
import fcntl
import hashlib
import os
import shutil
import stat
import tempfile
from pathlib import Path

from dialer.child_process import wait_until
from dialer.errors import Unavailable

ROOM_NEEDED_BYTES = 200_000_000
# sun_path holds 108 bytes with the closing zero; the longest name put in is ".s.PGSQL.5432".
SOCKET_DIRECTORY_LIMIT = 107 - len("/.s.PGSQL.5432")
NOBODY = 65534
ORPHAN_S = 15.0


def prepare_data_dir(path: Path) -> Path:
    """Make the data directory and see that it can be written. Returns it absolute.

    Raises `Unavailable` when it is read-only or the disk is full.
    """
    path = path.absolute()
    remedy = "Set DATA_DIR to a directory that you may write"
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=path) as probe:
            probe.write(b"x")
            probe.flush()
    except OSError as error:
        raise Unavailable(f"DATA_DIR {path} cannot be written: {error.strerror}", remedy) from None
    free = shutil.disk_usage(path).free
    if free < ROOM_NEEDED_BYTES:
        raise Unavailable(
            f"the disk of DATA_DIR {path} is full: {free // 1_000_000} MB left",
            f"Free {ROOM_NEEDED_BYTES // 1_000_000} MB or set DATA_DIR to another disk",
        )
    return path


def socket_directory(data_dir: Path) -> Path:
    """Where the Unix sockets of a data directory are; the same for every process that asks.

    Inside it where the path is short enough for a socket. Root's are in the temporary directory,
    because PostgreSQL may have to run as `nobody`, who cannot enter root's directories.
    """
    inside = data_dir.absolute() / "run"
    if os.geteuid() != 0 and len(os.fsencode(inside)) <= SOCKET_DIRECTORY_LIMIT:
        return inside
    digest = hashlib.sha256(os.fsencode(data_dir.resolve())).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"dialer-{os.geteuid()}-{digest}"


def claim_socket_directory(data_dir: Path) -> Path:
    """Make the socket directory, for its owner alone. Raises `Unavailable` if a stranger has it."""
    path = socket_directory(data_dir)
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = path.lstat()
    ours = {os.geteuid(), NOBODY} if os.geteuid() == 0 else {os.geteuid()}
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in ours:
        raise Unavailable(f"{path} belongs to somebody else", "Remove it, or set another DATA_DIR")
    path.chmod(0o700)
    return path


def leave_socket_directory(data_dir: Path) -> None:
    """Remove the socket directory when no other server has its socket there."""
    with contextlib.suppress(OSError):
        socket_directory(data_dir).rmdir()


class DirectoryLock:
    """One owner of a part of the data directory: an flock shared with the server that uses it.

    The server inherits the open file, so the lock lasts as long as the longer-lived of the two:
    whoever gets it knows that no server of a killed parent is still writing there.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: int | None = None

    @property
    def held(self) -> bool:
        """Whether this process has it."""
        return self._file is not None

    def acquire(self) -> int:
        """Take it, or keep it, and return its file descriptor.

        An orphaned server that is about to end is waited for. Raises `Unavailable` naming the
        living process that holds it.
        """
        if self._file is None:
            file = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
            if not wait_until(lambda: _locked(file) or _holder_lives(file), ORPHAN_S) or (
                not _locked(file)
            ):
                os.close(file)
                raise self._refusal()
            os.ftruncate(file, 0)
            os.pwrite(file, f"{os.getpid()}\n".encode(), 0)
            self._file = file
        return self._file

    def _refusal(self) -> Unavailable:
        return Unavailable(
            f"DATA_DIR {self._path.parent} is in use by process {self._path.read_text().strip()}",
            "Stop the other `dialer up`, or set another DATA_DIR",
        )

    def release(self) -> None:
        """Let it go."""
        if self._file is not None:
            os.close(self._file)
            self._file = None


def _locked(file: int) -> bool:
    """Try to take the lock; taking it twice is one lock."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _holder_lives(file: int) -> bool:
    digits = os.pread(file, 32, 0).strip()
    try:
        os.kill(int(digits), 0)
    except (ValueError, ProcessLookupError):
        return False
    except PermissionError:
        return True
    return True
