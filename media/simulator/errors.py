"""Refusals of the REST API: the carrier's codes, HTTP statuses and body."""

_STATUS = {
    10001: 403,
    20003: 401,
    20004: 405,
    20005: 401,
    20404: 404,
    20429: 429,
    20500: 500,
    20503: 503,
}


class ApiError(Exception):
    """Answered as `{code, message, more_info, status}`; HTTP 400 unless the code has another."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = _STATUS.get(code, 400)

    def body(self) -> dict[str, object]:
        """The JSON body."""
        return {
            "code": self.code,
            "message": self.message,
            "more_info": f"https://www.twilio.com/docs/errors/{self.code}",
            "status": self.status,
        }


def not_found(path: str) -> ApiError:
    """20404 for a path or an identifier that nobody knows."""
    return ApiError(20404, f"The requested resource {path} was not found")
