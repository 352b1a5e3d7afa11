"""Time zones come from the installed tzdata package, not from an old operating system."""

import zoneinfo
from datetime import UTC, datetime
from importlib.resources import files

import dialer  # noqa: F401  # its import is what is tested


def test_no_system_zone_file_is_read() -> None:
    assert zoneinfo.TZPATH == ()
    shipped = files("tzdata").joinpath("zoneinfo", "America", "Vancouver").read_bytes()
    with files("tzdata").joinpath("zoneinfo", "America", "Vancouver").open("rb") as file:
        expected = zoneinfo.ZoneInfo.from_file(file, "America/Vancouver")
    december = datetime(2030, 12, 1, tzinfo=UTC)
    zone = zoneinfo.ZoneInfo("America/Vancouver")
    assert shipped
    assert december.astimezone(zone).utcoffset() == december.astimezone(expected).utcoffset()
