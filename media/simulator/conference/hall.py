"""All conferences of the account: who is in which, when they begin and end, who is told."""

from collections.abc import Mapping

from media.simulator.clock import rfc2822
from media.simulator.conference.mixer import Mixer
from media.simulator.conference.seat import Seat
from media.simulator.network import Network
from media.simulator.people.speech import tone
from media.simulator.playout.playback import SILENCE
from media.simulator.recording.desk import Desk, Making
from media.simulator.records.call import Call
from media.simulator.records.conference import (
    NOBODY_TO_COACH,
    Conference,
    ConferenceStatus,
    Participant,
    Reason,
)
from media.simulator.records.recording import RecordingSource, RecordingWish
from media.simulator.sids import new_sid
from media.simulator.twiml.verbs import DialConference

_ENTER, _EXIT = tone(250, 620), tone(250, 440)
_TAPE = "recording"
"""The party that only listens."""


class Meeting:
    """One conference while it lasts."""

    def __init__(self, record: Conference, verb: DialConference) -> None:
        self.record = record
        self.verb = verb
        """Of the one who opened it: whom to tell, what to record."""
        self.mixer = Mixer()
        self.seats: dict[str, Seat] = {}
        self.calls: dict[str, Call] = {}
        self.making: Making | None = None

    def tape(self) -> None:
        """Record the sum of all, once a beat."""
        if self.making is not None:
            self.making.beat(self.mixer.said(_TAPE, SILENCE), SILENCE)


class Hall:
    """Conferences by SID; those that run also by their name."""

    def __init__(self, network: Network, desk: Desk) -> None:
        self._network = network
        self._desk = desk
        self.meetings: dict[str, Meeting] = {}
        self._expected: dict[str, str] = {}

    def running(self, name: str) -> Meeting | None:
        """The conference of that name, or SID, that is not over."""
        for one in self.meetings.values():
            over = one.record.status is ConferenceStatus.COMPLETED
            if not over and name in (one.record.name, one.record.sid):
                return one
        return None

    def open(self, verb: DialConference) -> Meeting:
        """The running conference of that name, or a new one."""
        found = self.running(verb.name)
        if found is None:
            now = self._network.clock.now()
            record = Conference(self.expect(verb.name), verb.name, now, now)
            del self._expected[verb.name]
            found = self.meetings[record.sid] = Meeting(record, verb)
        return found

    def expect(self, name: str) -> str:
        """The SID of the running conference of that name, or of the one that will be."""
        running = self.running(name)
        if running is not None:
            return running.record.sid
        return self._expected.setdefault(name, new_sid("CF", self._network.rng))

    def named(self, given: str) -> str | None:
        """The name of the conference that has this SID, runs or will be; else what was given is
        the name. None when that conference is over."""
        meeting = self.meetings.get(given)
        if meeting is not None:
            return (
                None if meeting.record.status is ConferenceStatus.COMPLETED else meeting.record.name
            )
        return next((name for name, sid in self._expected.items() if sid == given), given)

    def refusal(self, verb: DialConference) -> tuple[int, str] | None:
        """Debugger code and text for one who cannot enter; None for one who can."""
        meeting = self.running(verb.name)
        if meeting is not None:
            most = min(verb.max_participants, meeting.verb.max_participants)
            return meeting.record.refusal(verb.label, verb.coach, most)
        return (NOBODY_TO_COACH, "there is no conference yet") if verb.coach else None

    def enter(self, meeting: Meeting, verb: DialConference, call: Call, seat: Seat) -> None:
        """The seat is taken; the conference may begin with it."""
        record = meeting.record
        participant = Participant(
            call.sid,
            verb.label,
            verb.muted,
            verb.start_on_enter,
            verb.end_on_exit,
            verb.coach,
            self._network.clock.now(),
        )
        record.participants[call.sid] = participant
        meeting.seats[call.sid], meeting.calls[call.sid] = seat, call
        self.apply(meeting, participant)
        self._tell(meeting, "participant-join", participant)
        if verb.beep in {"true", "onEnter"}:
            self._beep(meeting, _ENTER)
        if record.status is ConferenceStatus.INIT and record.may_start:
            record.status = ConferenceStatus.IN_PROGRESS
            self._tell(meeting, "conference-start")
            self._record(meeting, call)
        self._let_hear(meeting)

    def apply(self, meeting: Meeting, participant: Participant) -> None:
        """Have the mixer do what the record says."""
        mixer, party = meeting.mixer, participant.call_sid
        (mixer.muted.add if participant.muted else mixer.muted.discard)(party)
        if participant.coach:
            mixer.coaches[party] = participant.coach
        else:
            mixer.coaches.pop(party, None)
        self._let_hear(meeting)

    def change(self, meeting: Meeting, participant: Participant, event: str) -> None:
        """Tell of a change that was made to a record, and have it take effect."""
        self.apply(meeting, participant)
        self._tell(meeting, event, participant)

    def leave(self, meeting: Meeting, call: Call) -> None:
        """A party is gone; the conference may end with it."""
        record = meeting.record
        participant = record.participants.get(call.sid)
        if participant is None:
            return
        reason = record.ending(participant)
        del record.participants[call.sid], meeting.seats[call.sid]
        self._tell(meeting, "participant-leave", participant)
        if reason is not None:
            self.end(meeting, reason, call.sid)
        elif meeting.verb.beep in {"true", "onExit"}:
            self._beep(meeting, _EXIT)

    def end(self, meeting: Meeting, reason: Reason, call_sid: str | None = None) -> None:
        """Send everybody away; the first end counts."""
        record = meeting.record
        if record.status is ConferenceStatus.COMPLETED:
            return
        record.status, record.reason, record.ended_by = (
            ConferenceStatus.COMPLETED,
            reason,
            call_sid,
        )
        self._tell(meeting, "conference-end")
        if meeting.making is not None:
            meeting.making.stop()
            self._network.metronome.leave(meeting.tape)
        for seat in meeting.seats.values():
            seat.left.set()

    def kick(self, meeting: Meeting, participant: Participant) -> None:
        """Send one away."""
        participant.kicked = True
        meeting.seats[participant.call_sid].left.set()

    def announce(self, meeting: Meeting, sound: bytes, call_sid: str | None = None) -> None:
        """Mu-law for all, or for one."""
        for party, seat in meeting.seats.items():
            if call_sid in (None, party):
                seat.announce(sound)

    def _let_hear(self, meeting: Meeting) -> None:
        """Before the begin nobody hears anybody; later all but those on hold."""
        begun = meeting.record.status is ConferenceStatus.IN_PROGRESS
        for party, one in meeting.record.participants.items():
            silent = one.hold or not begun
            (meeting.mixer.held.add if silent else meeting.mixer.held.discard)(party)
            meeting.seats[party].waits = silent

    def _beep(self, meeting: Meeting, sound: bytes) -> None:
        if len(meeting.seats) > 1:
            self.announce(meeting, sound)

    def _record(self, meeting: Meeting, call: Call) -> None:
        verb = meeting.verb
        if not verb.record:
            return
        wish = RecordingWish(
            1,
            "both",
            verb.trim,
            verb.recording_callback,
            verb.recording_callback_method,
            verb.recording_events,
        )
        source = RecordingSource.CONFERENCE
        meeting.making = self._desk.start(call, source, wish, meeting.record.sid)
        meeting.mixer.join(_TAPE)
        self._network.metronome.join(meeting.tape)

    def _tell(self, meeting: Meeting, event: str, who: Participant | None = None) -> None:
        record, verb = meeting.record, meeting.verb
        record.updated_at = self._network.clock.now()
        # The word `mute` asks for participant-mute and participant-unmute, `hold` for both, too.
        wanted = {event.partition("-")[2].removeprefix("un")} & verb.status_callback_events
        if verb.status_callback is None or not wanted:
            return
        call = meeting.calls[who.call_sid] if who else next(iter(meeting.calls.values()))
        params = {
            "AccountSid": self._network.account.sid,
            "ConferenceSid": record.sid,
            "FriendlyName": record.name,
            "StatusCallbackEvent": event,
            "Timestamp": rfc2822(record.updated_at) or "",
            "SequenceNumber": str(record.events_sent),
            **_of(who),
        }
        if record.reason is not None:
            params["ReasonConferenceEnded"] = record.reason.value
            params["CallSidEndingConference"] = record.ended_by or ""
        record.events_sent += 1
        self._network.callbacks.tell(
            call, verb.status_callback, verb.status_callback_method, params
        )


def _of(who: Participant | None) -> Mapping[str, str]:
    if who is None:
        return {}
    return {
        "CallSid": who.call_sid,
        "ParticipantLabel": who.label,
        "Muted": str(who.muted).lower(),
        "Hold": str(who.hold).lower(),
        "Coaching": str(bool(who.coach)).lower(),
        "StartConferenceOnEnter": str(who.start_on_enter).lower(),
        "EndConferenceOnExit": str(who.end_on_exit).lower(),
    }
