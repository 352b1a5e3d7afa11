"""Errors that a person reads: each says what is wrong and what to do about it."""


class DialerError(Exception):
    """Something that the operator can mend. `problem` is the cause, `remedy` the next step."""

    def __init__(self, problem: str, remedy: str = "") -> None:
        super().__init__(f"{problem}. {remedy}" if remedy else problem)
        self.problem = problem
        self.remedy = remedy


class SettingsError(DialerError):
    """A setting is missing or wrong."""


class InputError(DialerError):
    """A file, row, field or argument cannot be used; nothing was changed."""


class NotFound(DialerError):
    """There is no such campaign, lead, attempt or appointment."""


class Conflict(DialerError):
    """The thing is in a state in which this cannot be done."""


class Unavailable(DialerError):
    """A service that is needed (database, Redis, port, disk) is not there."""
