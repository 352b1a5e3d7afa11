"""Sending mail by SMTP."""

import smtplib
from dataclasses import dataclass
from email.message import EmailMessage

TIMEOUT_SECONDS = 15.0


class MailRefused(Exception):
    """The server refused the message for good (5xx); sending it again is useless."""


class MailDelayed(Exception):
    """The server could not be reached or asks to try again later."""


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mail goes. Without `username` there is no login."""

    host: str
    port: int
    username: str = ""
    password: str = ""
    starttls: bool = True

    def send(self, message: EmailMessage) -> None:
        """Hand the message over. Raises `MailRefused` or `MailDelayed`."""
        try:
            with smtplib.SMTP(self.host, self.port, timeout=TIMEOUT_SECONDS) as server:
                if self.starttls:
                    server.starttls()
                if self.username:
                    server.login(self.username, self.password)
                server.send_message(message)
        except smtplib.SMTPRecipientsRefused as error:
            codes = [code for code, _ in error.recipients.values()]
            raise (MailRefused if min(codes) >= 500 else MailDelayed)(str(error)) from error
        except smtplib.SMTPResponseException as error:
            kind = MailRefused if error.smtp_code >= 500 else MailDelayed
            raise kind(f"{error.smtp_code} {error.smtp_error!r}") from error
        except (OSError, smtplib.SMTPException) as error:
            raise MailDelayed(f"{self.host}:{self.port}: {error}") from error
