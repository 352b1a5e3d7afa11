"""Do-not-call in any wording: committed first, and never undone."""

import pytest

from dialer.call import Disposition
from media.agent.guard import opts_out

OPT_OUTS = (
    "stop calling me", "stop", "please stop", "no stop it", "stop calling this number",
    "quit calling me", "dont call me again", "do not call me", "dont ever call here again",
    "never call me again", "no more calls please", "take me off your list",
    "take my number off the list", "remove me from your list", "take me of your list",
    "put me on the do not call list",
    "im on the do not call registry", "opt me out", "opt out", "unsubscribe", "lose my number",
    "delete my number", "leave me alone", "i dont want any more calls", "stop bothering me",
    "i dont want you to call me", "do not contact me", "cease and desist", "i revoke my consent",
    "if you call me again im calling the police", "you should not be calling me",
    "stop harassing us", "not interested dont call back", "get me off this list",
    "i told you not to call me", "yes but please stop calling", "remove my information",
    "dont bother me again", "i dont want to be called", "no dont call me tomorrow or ever",
    "Don't call me, ever!",
)  # fmt: skip
HARMLESS = (
    "yes", "no", "not interested", "dont call me before ten", "dont call me today im busy",
    "can someone stop by on tuesday", "the bus stop is near", "call me again tomorrow",
    "i dont mind if you call", "stop recording me", "dont call me at work call me tonight", "",
    "no problem", "we are off to dinner", "how did you get my number", "who is calling",
)  # fmt: skip


@pytest.mark.parametrize("line", OPT_OUTS)
def test_every_wording_suppresses_the_number(call_of, line):
    call = call_of()
    call.says(line)
    result = call.agent.result()
    assert result.disposition is Disposition.DO_NOT_CALL
    assert result.opt_out_words == line and call.reply.end
    assert call.effects.log == [("opt_out", line)]


@pytest.mark.parametrize("line", HARMLESS)
def test_what_only_sounds_like_it_does_not(line):
    assert not opts_out(line)


@pytest.mark.parametrize(
    "phrase", ["stop calling", "off your list", "from your list", "do not call", "don't call me"]
)
def test_a_spotted_keyphrase_is_enough(call_of, phrase):
    call = call_of()
    call.says("so fallen", 0.1, phrase)
    assert call.agent.result().disposition is Disposition.DO_NOT_CALL
    assert phrase in call.effects.log[0][1]


def test_a_keyphrase_does_not_outweigh_a_well_heard_time(call_of):
    call = call_of()
    call.says("dont call me before noon", 0.9, "don't call me")
    assert call.agent.result().disposition is Disposition.CALLBACK_REQUESTED
    doubtful = call_of()
    doubtful.says("dont call me before noon", 0.2, "don't call me")
    assert doubtful.agent.result().disposition is Disposition.DO_NOT_CALL


def test_it_counts_at_any_point_and_even_after_the_end(call_of):
    call = call_of()
    call.all(
        "i would like to meet an agent",
        "the first one",
        "yes",
    )
    assert call.agent.result().disposition is Disposition.APPOINTMENT_BOOKED
    call.says("wait stop calling me")
    result = call.agent.result()
    assert (result.disposition, result.slot_id) == (Disposition.DO_NOT_CALL, None)


def test_a_failing_database_does_not_lose_the_wish(call_of):
    call = call_of(broken=True)
    assert "won't call you again" in call.says("stop calling me")
    assert call.agent.result().opt_out_words == "stop calling me"
