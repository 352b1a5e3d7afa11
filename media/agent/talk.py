"""The call agent: one conversation, its memory and its account of how it stands."""

from typing import Any

from langchain_core.language_models import BaseChatModel

from dialer.call import CallBrief, Disposition, Speaker
from media.agent import script
from media.agent.close import part
from media.agent.graph import conversation
from media.agent.phrases import likely
from media.agent.port import AgentResult, AgentTools, CallAgent, Reply, Snapshot
from media.agent.score import score
from media.agent.state import Line, TalkState, finish
from media.agent.turn import Surroundings, Turn
from media.engines.llm.port import TOOLS

_MOST_SILENCES = 2


def make_agent(
    brief: CallBrief, tools: AgentTools, model: BaseChatModel, snapshot: Snapshot | None = None
) -> CallAgent:
    """An agent for this call; with a snapshot, the one that another worker left behind.

    Raises `pydantic.ValidationError` if the snapshot is not one of `CallAgent.snapshot`.
    """
    if snapshot is not None:
        return restore(brief, snapshot, tools, model)
    opening = Line(speaker=Speaker.AGENT, text=" ".join(script.opening(brief)))
    return Talk(brief, tools, model, TalkState(history=(opening,)))


def restore(
    brief: CallBrief, snapshot: Snapshot, tools: AgentTools, model: BaseChatModel
) -> CallAgent:
    """The agent as it was when the snapshot was taken."""
    return Talk(brief, tools, model, TalkState.model_validate(snapshot))


class Talk:
    """Implements `media.agent.port.CallAgent` over the graph. Not for concurrent turns."""

    def __init__(
        self, brief: CallBrief, tools: AgentTools, model: BaseChatModel, state: TalkState
    ) -> None:
        self._brief = brief
        self._state = state
        self._graph = conversation()
        self._around = Surroundings(brief, tools, model.bind_tools(list(TOOLS.values())))

    @property
    def brief(self) -> CallBrief:
        """What the call is about."""
        return self._brief

    def opening(self) -> Reply:
        """Greeting, disclosure, way out, first question; the same for the same brief."""
        return Reply(script.opening(self._brief))

    def phrases(self) -> tuple[str, ...]:
        """Sentences that are likely in this call, the most likely first."""
        return likely(self._brief)

    async def hear(self, text: str, confidence: float, keyphrases: tuple[str, ...]) -> Reply:
        """One turn through the graph; after the end only an opt-out is still acted on."""
        talk = self._state
        if not talk.ended:
            talk = talk.with_(turns=talk.turns + 1, spoke=True, silences=0)
        start = Turn(talk=talk, text=text, confidence=confidence, keyphrases=keyphrases)
        # A tuple of no requests: the gate may hand over to a node that looks at them.
        result = await self._graph.ainvoke(Turn(**start, requests=()), context=self._around)
        heard = Line(speaker=Speaker.CALLEE, text=text)
        talk = result["talk"]
        return self._reply(talk.with_(history=(*talk.history, heard)), tuple(result["say"]))

    async def silence(self) -> Reply:
        """Ask after twice, then say goodbye."""
        talk = self._state
        if talk.ended:
            return Reply(end=True)
        talk = talk.with_(turns=talk.turns + 1, silences=talk.silences + 1)
        if talk.silences <= _MOST_SILENCES:
            asked = script.STILL_THERE[talk.silences - 1]
            return self._reply(talk, (asked, script.question(self._brief, talk)))
        if talk.spoke:
            return self._reply(part(talk, self._brief), script.SILENT)
        return self._reply(finish(talk, Disposition.SILENT), script.SILENT)

    def machine(self) -> Reply:
        """The voicemail text, or nothing; a conversation that has come to an end keeps its end."""
        if self._state.ended:
            return Reply(end=True)
        text = self._brief.voicemail_text.strip()
        end = Disposition.VOICEMAIL_LEFT if text else Disposition.VOICEMAIL_SKIPPED
        return self._reply(finish(self._state, end), (text,) if text else ())

    def resumed(self) -> Reply:
        """A short apology and the open question; a goodbye if all was said."""
        talk = self._state
        question = script.GOODBYE[0] if talk.ended else script.question(self._brief, talk)
        return self._reply(talk.with_(read_back_heard=True), (script.RESUMED, question))

    def cut(self, heard: str) -> None:
        """Keep of the last reply what was heard, and remember what was missed by it."""
        talk = self._state
        last = next(
            (
                n
                for n, line in reversed([*enumerate(talk.history)])
                if line.speaker is Speaker.AGENT
            ),
            None,
        )
        if last is None:
            return
        kept = Line(speaker=Speaker.AGENT, text=heard.strip())
        history = (*talk.history[:last], kept, *talk.history[last + 1 :])
        if talk.question == "confirm" and not talk.ended:
            told = script.held_time(self._brief, talk) in heard
            talk = talk.with_(read_back_heard=told)
        if last == 0:
            talk = talk.with_(disclosed=script.disclosure(self._brief) in heard)
        self._state = talk.with_(history=history)

    def result(self) -> AgentResult:
        """Where the conversation stands; only a confirmed slot counts as an appointment."""
        talk = self._state
        open_end = Disposition.SILENT if talk.silences and not talk.spoke else Disposition.HUNG_UP
        return AgentResult(
            disposition=talk.disposition or open_end,
            answers=dict(talk.answers),
            score=score(talk.answers),
            slot_id=talk.booked,
            callback_at=talk.callback_at,
            opt_out_words=talk.opt_out_words,
        )

    def snapshot(self) -> Snapshot:
        """The whole memory as JSON values."""
        values: dict[str, Any] = self._state.model_dump(mode="json")
        return values

    def _reply(self, talk: TalkState, sentences: tuple[str, ...]) -> Reply:
        if talk.turns >= self._brief.max_turns and not talk.ended:
            talk, sentences = part(talk, self._brief), script.LIMIT
        if not talk.disclosed and not talk.ended:
            sentences = (f"This is {script.disclosure(self._brief)}.", *sentences)
            talk = talk.with_(disclosed=True)
        if sentences:
            said = Line(speaker=Speaker.AGENT, text=" ".join(sentences))
            talk = talk.with_(history=(*talk.history, said))
        self._state = talk
        return Reply(sentences, end=talk.ended)
