"""Sounds that REST has played in a conference: announcements, and what one on hold hears."""

from media.simulator.calls.exchange import Exchange
from media.simulator.calls.form import Form, first, is_web_address, method
from media.simulator.conference.hall import Meeting
from media.simulator.errors import ApiError
from media.simulator.program.rendering import rendered
from media.simulator.twiml.reader import TwimlError
from media.simulator.webhooks.sender import Answer, WebhookFailed


def announce(exchange: Exchange, meeting: Meeting, form: Form, call_sid: str | None = None) -> None:
    """`AnnounceUrl`, to all or to one; fetched after the answer. Raises `ApiError` 21205."""
    url = _address(form, "AnnounceUrl")
    if url is not None:
        way = method(form, "AnnounceMethod")

        async def play() -> None:
            sid = call_sid or next(iter(meeting.calls))
            sound = await _sound(exchange, meeting, url, way, sid)
            exchange.hall.announce(meeting, sound, call_sid)

        exchange.later(play())


def hold_music(exchange: Exchange, meeting: Meeting, form: Form, call_sid: str) -> None:
    """`HoldUrl`; what was heard before goes on until it is there. Raises `ApiError` 21205."""
    url = _address(form, "HoldUrl")
    if url is not None:
        way = method(form, "HoldMethod")

        async def change() -> None:
            sound = await _sound(exchange, meeting, url, way, call_sid)
            if sound and call_sid in meeting.seats:
                meeting.seats[call_sid].waiting.sound = sound

        exchange.later(change())


def _address(form: Form, key: str) -> str | None:
    url = first(form, key)
    if url is not None and not is_web_address(url):
        raise ApiError(21205, f"{key} is not a valid URL: {url}")
    return url


async def _sound(exchange: Exchange, meeting: Meeting, url: str, way: str, sid: str) -> bytes:
    """Mu-law; nothing, and a word in the debugger, where there is no sound."""
    network, record = exchange.network, meeting.record
    params = {
        "AccountSid": network.account.sid,
        "ConferenceSid": record.sid,
        "FriendlyName": record.name,
    }

    async def fetch(address: str) -> Answer:
        return await network.webhooks.send(address, way, params, sid)

    try:
        return await rendered(url, fetch, network.account.voice)
    except (WebhookFailed, TwimlError) as error:
        network.debugger.alert(error.code, str(error), sid)
        return b""
