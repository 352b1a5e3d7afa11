"""The report as one self-contained HTML page: no script, nothing loaded from elsewhere."""

from functools import lru_cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from dialer.report import Report
from dialer.report_text import milliseconds, usd

TEMPLATES = Path(__file__).parent / "templates"


def as_html(report: Report) -> str:
    """The page; everything that people wrote is escaped."""
    return _environment().get_template("report.html").render(report=report)


@lru_cache(maxsize=1)
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"usd": usd, "milliseconds": milliseconds}
    return environment
