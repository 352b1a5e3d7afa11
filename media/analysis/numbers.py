"""What a passage says of a call in numbers: one JSON object, levels in dBFS."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from media.analysis.passage import Levels, Passage
from media.audio.g711 import FRAME_MS, SAMPLE_RATE
from media.audio.level import active_dbfs, peak_dbfs

_FRAMES_A_SECOND = 1000 // FRAME_MS


def numbers(passage: Passage, recorded: Mapping[str, Any] | None) -> dict[str, Any]:
    """The whole and each second. `recorded` is the call record's audio health, which knows what
    a recording cannot: lost frames and jitter."""
    health = passage.health
    return {
        "seconds": round(passage.seconds, 2),
        "callee": _channel(passage.callee),
        "agent": _channel(passage.agent),
        "clean": _channel(passage.clean),
        "noise_dbfs": health.noise_dbfs,
        "clipped_share": health.clipped_share,
        "speech_seconds": _seconds(passage.speech.sum()),
        "agent_seconds": _seconds(passage.echo.sum()),
        "double_talk_seconds": _seconds(passage.double_talk.sum()),
        "erle_db": _overall_erle(passage),
        "echo_delay_ms": health.echo_delay_ms,
        "lost_frames": recorded["lost_frames"] if recorded else None,
        "jitter_ms": recorded["jitter_ms"] if recorded else None,
        "engines": health.engines,
        "warnings": list(health.warnings),
        "real_time_factor": round(passage.seconds / max(passage.cpu_seconds, 1e-9)),
        "by_second": _by_second(passage, lost_by_second(recorded)),
    }


def lost_by_second(recorded: Mapping[str, Any] | None) -> list[int]:
    """Frames that the carrier lost, second by second, as the call record has them."""
    return [second["lost"] for second in (recorded or {}).get("seconds", ())]


def _channel(pcm: bytes) -> dict[str, float]:
    return {
        "active_dbfs": round(active_dbfs(pcm, SAMPLE_RATE), 1),
        "peak_dbfs": round(peak_dbfs(pcm), 1),
    }


def _seconds(frames: int) -> float:
    return round(int(frames) * FRAME_MS / 1000, 2)


def _overall_erle(passage: Passage) -> float | None:
    found = passage.erle_db[~np.isnan(passage.erle_db)]
    return round(float(np.median(found)), 1) if found.size else None


def _by_second(passage: Passage, lost: list[int]) -> list[dict[str, Any]]:
    rows = []
    for number, start in enumerate(range(0, len(passage.speech), _FRAMES_A_SECOND)):
        span = slice(start, start + _FRAMES_A_SECOND)
        erle = passage.erle_db[span]
        known = erle[~np.isnan(erle)]
        rows.append(
            {
                "callee_dbfs": _mean_dbfs(passage.callee_dbfs[span]),
                "agent_dbfs": _mean_dbfs(passage.agent_dbfs[span]),
                "clean_dbfs": _mean_dbfs(passage.clean_dbfs[span]),
                "speech": int(passage.speech[span].sum()),
                "double_talk": int(passage.double_talk[span].sum()),
                "erle_db": round(float(known.mean()), 1) if known.size else None,
                "lost": lost[number] if number < len(lost) else None,
            }
        )
    return rows


def _mean_dbfs(levels: Levels) -> float:
    return round(float(10 * np.log10(np.mean(10 ** (levels / 10)))), 1)
