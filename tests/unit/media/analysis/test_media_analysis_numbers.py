"""What a passage says of a call: whole, by second, and with what the call record adds."""

import json

import numpy as np
import pytest

from dialer.call import AudioHealth
from media.analysis.numbers import lost_by_second, numbers
from media.analysis.passage import Passage, through
from media.audio.path import OFF, AudioSettings
from media.audio.resample import Samples, to_pcm

FRAMES = 100
HEALTH = AudioHealth(
    frames=FRAMES, lost_frames=0, late_frames=0, duplicate_frames=0, malformed_frames=0, resets=0,
    longest_gap_ms=0, jitter_ms=0.0, speech_dbfs=None, noise_dbfs=-70.0, clipped_share=0.0,
    far_ms=0, double_talk_ms=0, erle_db=None, echo_delay_ms=120, engines={"echo": "speex"},
)  # fmt: skip


def hum(dbfs: float, frames: int = FRAMES) -> Samples:
    at = np.arange(160 * frames) * 2 * np.pi * 300 / 8000
    return (10 ** (dbfs / 20) * 32_768 * np.sqrt(2) * np.sin(at)).astype(np.float32)


def passage(echo: np.ndarray, double_talk: np.ndarray) -> Passage:
    """Two seconds of a callee at -30 dBFS, of which -50 dBFS is left."""
    return Passage(
        callee=to_pcm(hum(-30)),
        agent=to_pcm(hum(-20)),
        clean=to_pcm(hum(-50)),
        callee_dbfs=np.full(FRAMES, -30.0),
        agent_dbfs=np.full(FRAMES, -20.0),
        clean_dbfs=np.full(FRAMES, -50.0),
        speech=np.arange(FRAMES) < 25,
        echo=echo,
        double_talk=double_talk,
        health=HEALTH,
        cpu_seconds=0.01,
    )


def test_erle_is_how_much_of_the_echo_is_gone() -> None:
    made = passage(np.ones(FRAMES, bool), np.arange(FRAMES) < 40)
    assert made.erle_db[60] == pytest.approx(20.0)
    value = numbers(made, None)
    assert value["erle_db"] == 20.0
    assert (value["agent_seconds"], value["double_talk_seconds"]) == (2.0, 0.8)
    assert [second["speech"] for second in value["by_second"]] == [25, 0]
    assert value["by_second"][1]["clean_dbfs"] == -50.0
    assert value["callee"]["active_dbfs"] == pytest.approx(-30, abs=0.1)
    assert value["real_time_factor"] == 200


def test_without_echo_there_is_no_erle_and_it_is_still_json() -> None:
    value = numbers(passage(np.zeros(FRAMES, bool), np.zeros(FRAMES, bool)), None)
    assert value["erle_db"] is None
    assert (value["lost_frames"], value["by_second"][0]["lost"]) == (None, None)
    assert json.loads(json.dumps(value, allow_nan=False)) == value


def test_what_only_the_call_record_knows_is_added() -> None:
    recorded = {"lost_frames": 7, "jitter_ms": 3.5, "seconds": [{"lost": 0}, {"lost": 7}]}
    value = numbers(passage(np.zeros(FRAMES, bool), np.zeros(FRAMES, bool)), recorded)
    assert (value["lost_frames"], value["jitter_ms"]) == (7, 3.5)
    assert [second["lost"] for second in value["by_second"]] == lost_by_second(recorded) == [0, 7]


def test_without_engines_sound_passes_as_the_line_has_it() -> None:
    off = AudioSettings(concealment=OFF, echo=OFF, noise=OFF, vad=OFF)
    made = through(hum(-20, 25)[:-30], hum(-30, 10), off)
    assert made.clean == made.callee
    assert len(made.clean) == len(made.agent) == 25 * 320
    assert made.seconds == 0.5
    assert made.callee_dbfs[:-1] == pytest.approx(-20, abs=0.2)
    assert made.agent_dbfs[10:].max() == -96.0
    assert not made.speech.any()


def test_the_agents_echo_is_taken_out_of_the_callees_channel() -> None:
    rng = np.random.default_rng(1)
    agent = rng.normal(0, 3000, 8000 * 4).astype(np.float32) * (np.arange(32_000) % 8000 > 1600)
    echo = 0.5 * np.concatenate((np.zeros(80, np.float32), agent[:-80]))
    made = through(echo, agent, AudioSettings(noise=OFF, vad=OFF))
    assert made.echo[100:].any()
    assert np.nanmedian(made.erle_db[150:]) > 20


def test_an_unknown_engine_is_refused() -> None:
    with pytest.raises(ValueError, match="nobody"):
        through(hum(-20, 2), None, AudioSettings(noise="nobody", vad=OFF))


def test_noisereduce_hears_the_whole_recording() -> None:
    pytest.importorskip("noisereduce")
    rng = np.random.default_rng(1)
    hiss = rng.normal(0, 300, 8000 * 2).astype(np.float32)
    voice = hum(-20, 100) * (np.arange(16_000) % 8000 > 4000)
    made = through(voice + hiss, None, AudioSettings(echo=OFF, noise="noisereduce", vad=OFF))
    assert made.health.engines["noise"] == "noisereduce"
    assert len(made.clean) == len(made.callee)
    assert made.clean_dbfs[5:20].mean() < made.callee_dbfs[5:20].mean() - 5
