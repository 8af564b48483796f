"""Errors as Twilio words them: an HTTP status, a code a client can switch on, a sentence."""

from dataclasses import dataclass

MORE_INFO = "https://www.twilio.com/docs/errors/{code}"


@dataclass
class ApiError(Exception):
    """A refused request. `status` is the HTTP status, `code` Twilio's error number."""

    status: int
    code: int
    message: str

    def as_json(self) -> dict[str, object]:
        return {
            "code": self.code,
            "message": self.message,
            "more_info": MORE_INFO.format(code=self.code),
            "status": self.status,
        }


def bad(code: int, message: str) -> ApiError:
    return ApiError(400, code, message)


def not_found(path: str) -> ApiError:
    return ApiError(404, 20404, f"The requested resource {path} was not found")


UNAUTHORISED = ApiError(401, 20003, "Authenticate")
TOO_MANY = ApiError(429, 20429, "Too Many Requests")
SERVER_ERROR = ApiError(500, 20500, "An internal server error has occurred")


class TwimlError(Exception):
    """Our own instructions to the company were wrong. Twilio reports this in its debugger, not
    to the caller; the call ends. `code` as in Twilio's error dictionary."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
