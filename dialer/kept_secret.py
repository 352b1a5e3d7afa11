"""Secrets that the product makes up itself and keeps in DATA_DIR, for its owner's eyes only."""

import secrets
from pathlib import Path


def kept(path: Path) -> str:
    """The secret in this file, made up when there is none.

    Two processes that start at once get the same one: the file appears whole or not at all.
    """
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
        fresh.touch(mode=0o600)
        fresh.write_text(secrets.token_urlsafe(18))
        try:
            path.hardlink_to(fresh)
        except FileExistsError:
            pass  # another process was first; its secret is the one that counts
        finally:
            fresh.unlink()
    return path.read_text().strip()
