"""Dates, times and slots as one says them aloud, in the lead's own time zone."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from dialer.call import CallBrief, Slot

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip


def local_now(brief: CallBrief) -> datetime:
    """The brief's moment in the lead's zone."""
    return brief.now.astimezone(ZoneInfo(brief.lead.timezone))


def local_start(brief: CallBrief, slot: Slot) -> datetime:
    """When the slot begins, in the lead's zone."""
    return slot.starts_at.astimezone(ZoneInfo(brief.lead.timezone))


def say_clock(moment: datetime) -> str:
    """`10 AM`, `2:30 PM`."""
    hour = moment.hour % 12 or 12
    minute = f":{moment.minute:02d}" if moment.minute else ""
    return f"{hour}{minute} {'AM' if moment.hour < 12 else 'PM'}"


def say_day(moment: datetime) -> str:
    """`Tuesday, November 24`."""
    return f"{_DAYS[moment.weekday()]}, {_MONTHS[moment.month - 1]} {moment.day}"


def say_moment(moment: datetime) -> str:
    """`Tuesday, November 24 at 10 AM`."""
    return f"{say_day(moment)} at {say_clock(moment)}"


def say_near(moment: datetime, now: datetime) -> str:
    """`today at 3 PM`, `tomorrow at 3 PM`, else the full date."""
    if moment.date() == now.date():
        return f"today at {say_clock(moment)}"
    if moment.date() == (now + timedelta(days=1)).date():
        return f"tomorrow at {say_clock(moment)}"
    return say_moment(moment)


def say_choice(moments: Sequence[datetime]) -> str:
    """One or two moments as a choice; the day is said once when both are on it."""
    if len(moments) > 1 and moments[0].date() == moments[1].date():
        return f"{say_moment(moments[0])} or at {say_clock(moments[1])}"
    return " or ".join(say_moment(moment) for moment in moments)
