"""A mail server for one machine that delivers nothing: it files every message as .eml.

For development and the demo. Run as `python -m dialer.mail_sink DIRECTORY PORT`; needs the
`rehearsal` extra.
"""

import asyncio
import re
import sys
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

HOST = "127.0.0.1"


class FilingHandler:
    """Takes every message and writes it down under its Message-ID."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """SMTP DATA: a message repeated with the same Message-ID overwrites itself."""
        content = envelope.content or b""
        raw = content.encode() if isinstance(content, str) else content
        found = re.search(rb"^Message-ID:\s*<([^>@\s]+)", raw, re.IGNORECASE | re.MULTILINE)
        name = found.group(1).decode() if found else f"message-{len(raw)}"
        path = self._directory / f"{re.sub(r'[^A-Za-z0-9.-]', '_', name)}.eml"
        path.write_bytes(raw)
        return "250 Message accepted for filing"


async def _serve(directory: Path, port: int) -> None:
    directory.mkdir(parents=True, exist_ok=True)
    controller = Controller(FilingHandler(directory), hostname=HOST, port=port)
    controller.start()
    try:
        await asyncio.Event().wait()
    finally:
        controller.stop()


if __name__ == "__main__":
    asyncio.run(_serve(Path(sys.argv[1]), int(sys.argv[2])))
