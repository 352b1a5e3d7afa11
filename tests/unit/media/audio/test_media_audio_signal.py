"""Level, resampling, voice activity and beeps on synthetic signals."""

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.audio import g711
from media.audio.level import (
    FULL_SCALE,
    SILENT_DBFS,
    active_dbfs,
    amplify,
    gain_for,
    peak_dbfs,
    rms_dbfs,
)
from media.audio.resample import FoldedUpsampler, Resampler, to_pcm
from media.audio.tone import BeepDetector
from media.audio.vad import NoiseFloor, SpeechDetector

FRAME = 320


def tone(hz: float, ms: int, rate: int = 8000, amplitude: float = 8000) -> npt.NDArray[np.float32]:
    at = np.arange(rate * ms // 1000) / rate
    return (amplitude * np.sin(2 * np.pi * hz * at)).astype(np.float32)


def over_the_line(samples: npt.NDArray[np.float32]) -> list[bytes]:
    pcm = g711.decode(g711.encode(to_pcm(samples)))
    return [pcm[i : i + FRAME] for i in range(0, len(pcm) - FRAME + 1, FRAME)]


def beeps(frames: list[bytes]) -> int:
    """In how many of the frames a beep is found."""
    detector = BeepDetector()
    return sum(detector.feed(frame) for frame in frames)


def noise(dbfs: float, ms: int, seed: int = 1) -> npt.NDArray[np.float32]:
    rng = np.random.default_rng(seed)
    deviation = FULL_SCALE * 10 ** (dbfs / 20)
    return rng.normal(0, deviation, 8 * ms).astype(np.float32)


def test_levels_of_a_sine() -> None:
    pcm = to_pcm(tone(1000, 1000, amplitude=FULL_SCALE / 2))
    assert rms_dbfs(pcm) == pytest.approx(-9.03, abs=0.02)
    assert peak_dbfs(pcm) == pytest.approx(-6.02, abs=0.02)


def test_nothing_and_zeros_are_silent() -> None:
    assert rms_dbfs(b"") == peak_dbfs(b"") == rms_dbfs(bytes(FRAME)) == SILENT_DBFS


def test_pauses_do_not_lower_the_active_level() -> None:
    speech = to_pcm(tone(400, 1000))
    paused = speech + bytes(len(speech)) + speech
    assert active_dbfs(paused, 8000) == pytest.approx(rms_dbfs(speech), abs=0.1)


@given(st.floats(-90, 0), st.floats(-30, -10))
def test_gain_reaches_the_target_or_its_bound(level: float, target: float) -> None:
    reached = level + 20 * np.log10(gain_for(level, target))
    assert reached == pytest.approx(target) or abs(reached - level) == pytest.approx(30)


@given(st.floats(0.1, 30.0))
def test_amplified_speech_never_clips_and_keeps_its_order(gain: float) -> None:
    ramp = np.linspace(-32768, 32767, 999).astype(np.float32)
    loud = amplify(ramp, gain)
    assert np.abs(loud).max() <= 32767
    assert (np.diff(loud) >= 0).all()


@pytest.mark.parametrize("rate", [16_000, 22_050])
@given(data=st.data())
def test_resampling_in_pieces_is_resampling_the_whole(rate: int, data: st.DataObject) -> None:
    signal = tone(1000, 200, rate)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(signal)), max_size=8)))
    whole = Resampler(rate, 8000)
    expected = np.concatenate((whole.process(signal), whole.flush()))
    parts = Resampler(rate, 8000)
    pieces = [parts.process(piece) for piece in np.split(signal, cuts)]
    assert np.array_equal(np.concatenate((*pieces, parts.flush())), expected)
    assert len(expected) == len(signal) * 8000 // rate
    inner = slice(50, -50)
    assert np.abs(expected - tone(1000, 200))[inner].max() < 1


@pytest.mark.parametrize("rate", [16_000, 22_050])
def test_what_8_khz_cannot_hold_is_gone(rate: int) -> None:
    heard = Resampler(rate, 8000).process(tone(5000, 400, rate))[50:]
    assert rms_dbfs(to_pcm(heard)) < rms_dbfs(to_pcm(tone(5000, 400, rate))) - 60


def test_the_upper_band_holds_a_faint_mirror_image() -> None:
    upsampler = FoldedUpsampler(fold=0.3)
    pieces = [upsampler.process(piece) for piece in np.split(tone(1000, 1000), 50)]
    spectrum = np.abs(np.fft.rfft(np.concatenate(pieces)[4000:12000])) / 4000
    assert spectrum[500] == pytest.approx(8000, rel=0.01)
    assert spectrum[3500] == pytest.approx(2400, rel=0.01)
    spectrum[[500, 3500]] = 0
    assert spectrum.max() < 10


def test_silence_and_line_noise_are_not_speech() -> None:
    detector = SpeechDetector()
    frames = [bytes(FRAME)] * 50 + over_the_line(noise(-55, 3000)) + over_the_line(noise(-35, 6000))
    heard = [detector.is_speech(frame) for frame in frames]
    assert not any(heard[:200])
    assert not any(heard[-150:])


def test_a_recorded_sentence_is_speech_and_its_surroundings_are_not(
    speech: dict[str, bytes],
) -> None:
    pcm = g711.decode(speech["yes_i_have_a_minute.slt"])
    quiet = to_pcm(noise(-60, 1000))
    whole = quiet + pcm + quiet
    detector = SpeechDetector()
    heard = [detector.is_speech(whole[i : i + FRAME]) for i in range(0, len(whole) - FRAME, FRAME)]
    middle = heard[50 : 50 + len(pcm) // FRAME]
    assert sum(middle) > 0.5 * len(middle)
    assert not any(heard[:45])
    assert not any(heard[-25:])


def test_a_frame_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="320"):
        SpeechDetector().is_speech(bytes(160))


@given(st.lists(st.floats(-96, 0), min_size=1, max_size=300))
def test_the_floor_is_never_above_the_smoothed_level(levels: list[float]) -> None:
    floor = NoiseFloor()
    for number, level in enumerate(levels, start=1):
        recent = levels[max(0, number - 3) : number]
        assert floor.feed(level) <= sum(recent) / len(recent) + 1e-9


@given(st.floats(410, 1980), st.integers(200, 1500))
def test_a_beep_is_found_after_180_ms(hz: float, ms: int) -> None:
    detector = BeepDetector()
    heard = [detector.feed(frame) for frame in over_the_line(tone(hz, ms))]
    assert heard.index(True) == 8
    assert all(heard[8:])


@pytest.mark.parametrize("hz", [200.0, 300.0, 2300.0])
def test_a_tone_outside_of_the_band_is_no_beep(hz: float) -> None:
    assert not beeps(over_the_line(tone(hz, 600)))


def test_dtmf_noise_and_a_short_blip_are_no_beeps() -> None:
    signals = (tone(770, 500) + tone(1336, 500), noise(-20, 500), tone(1000, 160), noise(-60, 100))
    frames = [frame for signal in signals for frame in over_the_line(signal)]
    assert not beeps(frames)


def test_speech_is_no_beep(speech: dict[str, bytes]) -> None:
    for recording in speech.values():
        pcm = g711.decode(recording)
        frames = [pcm[i : i + FRAME] for i in range(0, len(pcm) - FRAME, FRAME)]
        assert not beeps(frames)
