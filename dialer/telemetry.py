"""Structured logs: one JSON object a line, no personal data beyond ids."""

import json
import logging
import sys


class _JsonLines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line = {
            "at": self.formatTime(record),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        line.update(getattr(record, "fields", {}))
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str)


def configure(level: str) -> None:
    """Send this process's logs to stderr as JSON lines.

    The carrier's client logs URLs with telephone numbers at INFO, so it is kept at WARNING.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_JsonLines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for noisy in ("twilio.http_client", "httpx", "httpcore", "urllib3"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


def log(logger: logging.Logger, message: str, **fields: object) -> None:
    """One INFO line with structured fields (ids, never names or numbers)."""
    logger.info(message, extra={"fields": fields})
