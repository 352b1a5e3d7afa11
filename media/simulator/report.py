"""What the carrier saw and the callees heard, as JSON for tests and for the demo's report."""

from typing import Any

from media.simulator.calls.exchange import Exchange
from media.simulator.calls.live_call import LiveCall
from media.simulator.clock import rfc2822
from media.simulator.playout.metronome import percentile

_SAMPLES_PER_MS = 8


def call_report(live: LiveCall) -> dict[str, Any]:
    """One call: its state, and when who talked (milliseconds since the pickup)."""
    call, person = live.call, live.person
    report: dict[str, Any] = {
        "sid": call.sid,
        "to": call.request.to,
        "name": person.name,
        "behaviour": person.behaviour,
        "status": call.status.value,
        "answered_at": rfc2822(call.answered_at),
        "duration_s": call.duration_s,
        "sip_code": call.sip_code,
    }
    if live.line is not None:
        report |= _conversation(live)
    return report


def _conversation(live: LiveCall) -> dict[str, Any]:
    assert live.line is not None
    callee = live.line.callee
    diary = callee.diary
    return {
        "line_ms": callee.now_ms,
        "heard": [[_ms(spurt.started), _ms(spurt.ended)] for spurt in callee.heard()],
        "said": [[_ms(words.started), _ms(words.ended), words.name] for words in diary.said],
        "pressed": diary.pressed,
        "understood": diary.understood,
        "callee_hung_up": diary.hung_up,
        "underruns": live.line.playback.underruns,
        "voice_to_voice_ms": callee.stopwatch.voice_to_voice_ms,
        "yield_ms": callee.stopwatch.yield_ms,
    }


def _ms(samples: int) -> int:
    return samples // _SAMPLES_PER_MS


def summary(exchange: Exchange) -> dict[str, Any]:
    """The whole run."""
    lines = [live.line for live in exchange.calls.values() if live.line is not None]
    answers = [float(ms) for line in lines for ms in line.callee.stopwatch.voice_to_voice_ms]
    yields = [float(ms) for line in lines for ms in line.callee.stopwatch.yield_ms]
    lateness = exchange.network.metronome.lateness_ms
    statuses = [live.call.status.value for live in exchange.calls.values()]
    return {
        "calls": len(statuses),
        "by_status": {status: statuses.count(status) for status in sorted(set(statuses))},
        "active": exchange.active(),
        "max_concurrent_calls": exchange.most_active,
        "creates_per_number": dict(exchange.creates),
        "callbacks_sent": exchange.network.callbacks.sent,
        "pacing_lateness_ms": _spread(lateness),
        "underruns": sum(line.playback.underruns for line in lines),
        "voice_to_voice_ms": _spread(answers),
        "yield_ms": _spread(yields),
        "spent": f"{exchange.spent:.4f}",
    }


def _spread(values: list[float]) -> dict[str, float | int | None]:
    rounded = [round(value, 2) for value in values]
    return {
        "count": len(rounded),
        "p50": percentile(rounded, 0.50),
        "p95": percentile(rounded, 0.95),
        "p99": percentile(rounded, 0.99),
    }
