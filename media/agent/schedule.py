"""The appointment node: offer two slots, hold the chosen one, read it back, book on a clear yes."""

import logging

from langgraph.runtime import Runtime

from dialer.call import CallBrief, Disposition, Slot, SlotId
from media.agent import script
from media.agent.qualify import keep_answers
from media.agent.spoken import local_start
from media.agent.state import TalkState, find_slot, finish
from media.agent.turn import Surroundings, Turn, ask, done, hand_over
from media.engines.llm.port import ChooseSlot, OfferedSlot, RecordAnswer, RefuseSlots
from media.engines.llm.slot_choice import fits
from media.engines.llm.spoken_time import parse_time

_OFFERED_AT_ONCE = 2
_MOST_OFFERS = 4
_log = logging.getLogger(__name__)


async def schedule(state: Turn, *, runtime: Runtime[Surroundings]) -> Turn:
    """One step towards an appointment."""
    talk, around = keep_answers(state["talk"], state["requests"]), runtime.context
    if talk.question == "confirm":
        return _confirm(state, talk, around.brief)
    if talk.question != "slot":
        return offer(talk, around.brief)
    for request in state["requests"]:
        if isinstance(request, ChooseSlot):
            return await _hold(talk, SlotId(request.slot_id), around)
        if isinstance(request, RefuseSlots):
            return offer(_turned_down(talk, talk.offered), around.brief, request.when)
    return hand_over(talk, "reprompt")


def offer(talk: TalkState, brief: CallBrief, when: str = "", before: str = "") -> Turn:
    """Offer two free slots, those that fit the wish `when` if any do; give up after a few."""
    slots = _next_slots(talk, brief, when)
    if not slots or talk.offers >= _MOST_OFFERS:
        ended = finish(talk.with_(held=None), Disposition.WARM_FOLLOWUP)
        return done(ended, (before, *script.warm_goodbye(brief)))
    offered = tuple(slot.slot_id for slot in slots)
    talk = talk.with_(question="slot", offered=offered, offers=talk.offers + 1, held=None, misses=0)
    return done(talk, (before, script.offer(brief, talk)))


def _next_slots(talk: TalkState, brief: CallBrief, when: str) -> list[Slot]:
    free = [s for s in brief.slots if s.starts_at > brief.now and s.slot_id not in talk.refused]
    free.sort(key=lambda slot: slot.starts_at)
    wish = parse_time(when)
    if wish:
        # Those that fit, alone if there are any: then a plain yes is an answer.
        free = [slot for slot in free if fits(_as_offered(brief, slot), wish)] or free
    return sorted(free[:_OFFERED_AT_ONCE], key=lambda slot: slot.starts_at)


def _as_offered(brief: CallBrief, slot: Slot) -> OfferedSlot:
    return OfferedSlot(slot_id=slot.slot_id, starts_at=local_start(brief, slot), spoken="")


def _turned_down(talk: TalkState, slot_ids: tuple[SlotId, ...]) -> TalkState:
    return talk.with_(refused=(*talk.refused, *slot_ids))


async def _hold(talk: TalkState, slot_id: SlotId, around: Surroundings) -> Turn:
    """Take the slot for this call; somebody else may have been faster."""
    try:
        taken = slot_id in talk.offered and await around.tools.hold(slot_id)
    except Exception:
        # A calendar that cannot answer is as good as one that says no.
        _log.exception("the slot could not be held")
        taken = False
    if not taken or find_slot(around.brief, slot_id) is None:
        lost = _turned_down(talk, (slot_id,))
        return offer(lost, around.brief, before=script.SLOT_TAKEN)
    held = talk.with_(question="confirm", held=slot_id, read_back_heard=True)
    return ask(around.brief, held)


def _confirm(state: Turn, talk: TalkState, brief: CallBrief) -> Turn:
    """Only a yes to the whole read-back books; anything else offers again or asks again."""
    said = {r.slot: r.value for r in state["requests"] if isinstance(r, RecordAnswer)}
    wish = next((r.when for r in state["requests"] if isinstance(r, RefuseSlots)), None)
    if wish is not None or said.get("confirm") == "no":
        refused = _turned_down(talk, (talk.held,) if talk.held else ())
        return offer(refused, brief, wish or "", "No problem.")
    if said.get("confirm") != "yes" or talk.held is None:
        return hand_over(talk, "reprompt")
    if not talk.read_back_heard:
        return ask(brief, talk.with_(read_back_heard=True))
    booked = finish(talk, Disposition.APPOINTMENT_BOOKED).with_(booked=talk.held)
    return done(booked, script.booked_goodbye(brief))
