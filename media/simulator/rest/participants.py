"""Participants of a conference: call them in, list, mute, hold, coach, send away."""

from aiohttp import web

from media.simulator.calls.exchange import Exchange
from media.simulator.calls.form import Form, first, flag
from media.simulator.clock import rfc2822
from media.simulator.conference.hall import Meeting
from media.simulator.errors import ApiError, not_found
from media.simulator.records.conference import ConferenceStatus, Participant
from media.simulator.rest.guard import Guard, form_of
from media.simulator.rest.paging import page
from media.simulator.rest.participant_form import call_form
from media.simulator.rest.resource import ACCOUNT, API
from media.simulator.rest.room_sounds import announce, hold_music


class _Row:
    """A participant as an entry of a list, which is named by a `sid`."""

    def __init__(self, participant: Participant) -> None:
        self.participant = participant
        self.sid = participant.call_sid


class Participants:
    """`Conferences/{conference}/Participants`; the conference by SID or name."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._hall = exchange.hall
        self._account = exchange.network.account

    def routes(self, guarded: Guard) -> list[web.RouteDef]:
        """Routes under the account."""
        all_of = f"{ACCOUNT}/Conferences/{{conference}}/Participants"
        one = f"{all_of}/{{who}}.json"
        return [
            web.post(f"{all_of}.json", guarded(self._create)),
            web.get(f"{all_of}.json", guarded(self._list)),
            web.get(one, guarded(self._fetch)),
            web.post(one, guarded(self._update)),
            web.delete(one, guarded(self._delete)),
        ]

    def _meeting(self, request: web.Request) -> Meeting:
        name = request.match_info["conference"]
        meeting = self._hall.meetings.get(name) or self._hall.running(name)
        if meeting is None:
            raise not_found(request.path)
        return meeting

    def _one(self, request: web.Request) -> tuple[Meeting, Participant]:
        meeting = self._meeting(request)
        participant = meeting.record.find(request.match_info["who"])
        if participant is None:
            raise not_found(request.path)
        return meeting, participant

    async def _create(self, request: web.Request) -> web.StreamResponse:
        form, room = await form_of(request), self._hall.named(request.match_info["conference"])
        if room is None:
            raise not_found(request.path)
        created = call_form(form, room)
        running = self._hall.running(room)
        label, coached = first(form, "Label") or "", first(form, "CallSidToCoach") or ""
        if running is not None:
            self._check(running.record.refusal(label, coached, running.verb.max_participants))
        call = self._exchange.create(created)
        body = self._json(self._hall.expect(room), call.sid, form)
        return web.json_response(body, status=201)

    @staticmethod
    def _check(refused: tuple[int, str] | None) -> None:
        if refused is not None:
            raise ApiError(*refused)

    def _json(self, conference: str, call: str, form: Form) -> dict[str, object]:
        """One who is not there yet, as he will be."""
        now = self._exchange.network.clock.now()
        participant = Participant(
            call,
            first(form, "Label") or "",
            flag(form, "Muted"),
            (first(form, "StartConferenceOnEnter") or "true").lower() == "true",
            flag(form, "EndConferenceOnExit"),
            first(form, "CallSidToCoach") or "",
            now,
        )
        return self._shown(conference, participant, "queued")

    async def _list(self, request: web.Request) -> web.StreamResponse:
        meeting, query = self._meeting(request), request.query
        found = [
            _Row(one)
            for one in meeting.record.participants.values()
            if query.get("Muted", str(one.muted).lower()) == str(one.muted).lower()
            and query.get("Hold", str(one.hold).lower()) == str(one.hold).lower()
        ]
        shown, fields = page(found, dict(query), request.path)
        rows = [self._shown(meeting.record.sid, row.participant) for row in shown]
        return web.json_response({"participants": rows, **fields})

    async def _fetch(self, request: web.Request) -> web.StreamResponse:
        meeting, participant = self._one(request)
        return web.json_response(self._shown(meeting.record.sid, participant))

    async def _update(self, request: web.Request) -> web.StreamResponse:
        meeting, who = self._one(request)
        form = await form_of(request)
        if meeting.record.status is ConferenceStatus.COMPLETED:
            raise ApiError(20001, "The conference is over")
        for key, events in (("Muted", ("unmute", "mute")), ("Hold", ("unhold", "hold"))):
            if first(form, key) is not None:
                setattr(who, key.lower(), flag(form, key))
                self._hall.change(meeting, who, f"participant-{events[flag(form, key)]}")
        if first(form, "Coaching") is not None or first(form, "CallSidToCoach") is not None:
            self._coach(meeting, who, form)
        if first(form, "EndConferenceOnExit") is not None:
            who.end_on_exit = flag(form, "EndConferenceOnExit")
        announce(self._exchange, meeting, form, who.call_sid)
        hold_music(self._exchange, meeting, form, who.call_sid)
        return web.json_response(self._shown(meeting.record.sid, who))

    def _coach(self, meeting: Meeting, who: Participant, form: Form) -> None:
        """`Coaching` alone keeps whom he coached; false ends it."""
        coached = first(form, "CallSidToCoach") or who.coach
        if first(form, "Coaching") is not None and not flag(form, "Coaching"):
            coached = ""
        self._check(meeting.record.refusal("", coached, len(meeting.seats) + 1))
        who.coach = coached
        self._hall.change(meeting, who, "participant-modify")

    async def _delete(self, request: web.Request) -> web.StreamResponse:
        self._hall.kick(*self._one(request))
        return web.Response(status=204)

    def _shown(
        self, conference: str, one: Participant, status: str = "connected"
    ) -> dict[str, object]:
        stem = f"{API}/Accounts/{self._account.sid}/Conferences/{conference}/Participants"
        return {
            "account_sid": self._account.sid,
            "call_sid": one.call_sid,
            "label": one.label or None,
            "call_sid_to_coach": one.coach or None,
            "coaching": bool(one.coach),
            "conference_sid": conference,
            "date_created": rfc2822(one.joined_at),
            "date_updated": rfc2822(one.joined_at),
            "end_conference_on_exit": one.end_on_exit,
            "muted": one.muted,
            "hold": one.hold,
            "start_conference_on_enter": one.start_on_enter,
            "status": status,
            "queue_time": None,
            "uri": f"{stem}/{one.call_sid}.json",
        }
