"""Noise reducers: one contract over all engines, and what they must do to noise and speech."""

import numpy as np
import numpy.typing as npt
import pytest

from media.audio.noise import choose
from media.audio.noise.port import NoiseReducer

FRAME, RATE = 160, 8000
LIVE = ("spectral", "speex", "webrtc")
PACKAGES = {"webrtc": "livekit", "noisereduce": "noisereduce"}
Signal = npt.NDArray[np.float64]


def engine(name: str) -> NoiseReducer:
    if name in PACKAGES:
        pytest.importorskip(PACKAGES[name])
    return choose.make(name, forced=True)


def noise(seconds: float, rms: float, seed: int = 1) -> Signal:
    return np.random.default_rng(seed).standard_normal(int(seconds * RATE)) * rms


def speech(seconds: float) -> Signal:
    """Harmonics of a gliding voice in four syllables a second, 20 % of the time silent."""
    at = np.arange(int(seconds * RATE)) / RATE
    phase = 2 * np.pi * (130 * at + 4 * np.sin(2 * np.pi * 0.7 * at))
    voice = sum(np.sin(k * phase) / k for k in range(1, 20))
    return np.asarray(2500 * voice * np.maximum(0.0, np.sin(2 * np.pi * 4 * at) + 0.8) / 1.8)


def frames(signal: Signal) -> list[bytes]:
    pcm = np.clip(np.round(signal), -32768, 32767).astype("<i2").tobytes()
    return [pcm[at : at + 320] for at in range(0, len(pcm) - 319, 320)]


def passed(reducer: NoiseReducer, signal: Signal) -> Signal:
    return np.frombuffer(b"".join(map(reducer.reduce, frames(signal))), "<i2").astype(float)


def level(signal: Signal, start_s: float, end_s: float) -> float:
    part = signal[int(start_s * RATE) : int(end_s * RATE)]
    return float(10 * np.log10(np.mean(part**2) + 1e-9))


@pytest.mark.parametrize("name", choose.NAMES)
class TestContract:
    def test_frames_in_are_frames_out_and_silence_stays_silence(self, name: str) -> None:
        reducer = engine(name)
        made = [reducer.reduce(bytes(320)) for _ in range(20)]
        assert made == [bytes(320)] * 20

    def test_another_length_is_refused(self, name: str) -> None:
        with pytest.raises(ValueError, match="320 bytes"):
            engine(name).reduce(bytes(160))

    def test_same_input_same_output_whatever_was_heard_before_reset(self, name: str) -> None:
        heard = frames(speech(0.4) + noise(0.4, 300))
        new, used = engine(name), engine(name)
        for frame in frames(noise(0.2, 9000, seed=2)):
            used.reduce(frame)
        used.reset()
        assert [new.reduce(one) for one in heard] == [used.reduce(one) for one in heard]

    def test_extremes_do_not_wrap_round(self, name: str) -> None:
        loud = np.clip(50000 * np.sin(2 * np.pi * 200 / RATE * np.arange(RATE // 5)), -32768, 32767)
        out = passed(engine(name), loud)
        assert len(out) == len(loud)
        assert np.max(np.abs(np.diff(out))) < 20000


@pytest.mark.parametrize("name", LIVE)
class TestLive:
    def test_speech_in_quiet_keeps_its_level(self, name: str) -> None:
        """Within 3 dB: WebRTC takes 2.4 dB from voices as steady as this one."""
        heard = speech(3)
        assert abs(level(passed(engine(name), heard), 1, 3) - level(heard, 1, 3)) <= 3

    def test_steady_noise_is_lowered_after_two_seconds(self, name: str) -> None:
        heard = noise(3, 300)
        out = passed(engine(name), heard)
        assert level(heard, 2, 3) - level(out, 2, 3) >= 8

    def test_continuous_speech_is_not_learnt_as_noise(self, name: str) -> None:
        heard = speech(5) + noise(5, 30)
        out = passed(engine(name), heard)
        assert level(heard, 4, 5) - level(out, 4, 5) <= 1.5

    def test_louder_noise_is_learnt_in_three_seconds(self, name: str) -> None:
        heard = np.concatenate((noise(2, 50), noise(4, 500, seed=3)))
        out = passed(engine(name), heard)
        assert level(heard, 5, 6) - level(out, 5, 6) >= 8


@pytest.mark.parametrize("name", ["spectral", "speex"])
def test_speech_in_quiet_keeps_its_waveform(name: str) -> None:
    """Not asked of WebRTC, which turns phases."""
    heard = speech(3)
    reducer = engine(name)
    lag = reducer.delay_samples
    due, out = heard[RATE:-lag], passed(reducer, heard)[RATE + lag :]
    assert level(due, 0, 2) - level(out - due, 0, 2) >= 10


def test_a_clean_line_passes_spectral_bit_for_bit() -> None:
    reducer = choose.make("spectral")
    lag = reducer.delay_samples
    heard = np.round(np.concatenate((np.zeros(RATE // 2), speech(2))) + noise(2.5, 2))
    assert np.array_equal(passed(reducer, heard)[lag:], heard[:-lag])


def test_a_clean_line_that_begins_in_a_word_passes_spectral_bit_for_bit_after_pauses() -> None:
    reducer = choose.make("spectral")
    lag = reducer.delay_samples
    pauses = np.arange(2 * RATE) // (RATE // 5) % 3 != 2
    heard = np.round(speech(2) * pauses + noise(2, 2))
    out = passed(reducer, heard)
    assert np.array_equal(out[RATE * 7 // 4 + lag :], heard[RATE * 7 // 4 : -lag])


def test_what_breaks_the_limit_of_a_frame_is_refused_with_the_measured_reason() -> None:
    with pytest.raises(ValueError, match=r"12 to 20 ms of processor time for each frame of 20 ms"):
        choose.make("noisereduce")


def test_an_unknown_name_is_answered_with_those_there_are() -> None:
    with pytest.raises(ValueError, match="'rnnoise': one of spectral, speex, webrtc, noisereduce"):
        choose.make("rnnoise")
