"""What is heard where nothing arrived: one contract over all methods, and the voice going on."""

from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.audio.concealment import METHODS, PacketLossConcealment
from media.audio.concealment.pitch import MUTE_AFTER_MS

FRAME = 160
Wave = npt.NDArray[np.float64]


def frames(wave: Wave) -> list[bytes]:
    pcm = np.rint(wave).astype("<i2").tobytes()
    return [pcm[at : at + 2 * FRAME] for at in range(0, len(pcm), 2 * FRAME)]


def samples(frame: bytes) -> Wave:
    return np.frombuffer(frame, "<i2").astype(np.float64)


def voice(hz: float, count: int = 20, peak: float = 8000.0) -> Wave:
    """Ten falling harmonics: a steady vowel."""
    n = np.arange(FRAME * count)
    wave = sum(np.cos(2 * np.pi * hz * k * n / 8000) / k for k in range(1, 11))
    return peak * np.asarray(wave) / 3.0


def conceal(method: str, sound: list[bytes], lost: list[bool]) -> list[bytes]:
    plc = PacketLossConcealment(method)
    return [
        plc.lost() if gone else plc.good(frame) for frame, gone in zip(sound, lost, strict=True)
    ]


def test_a_method_nobody_knows_is_refused() -> None:
    with pytest.raises(ValueError, match="'magic': one of pitch, simple, linear, spectral"):
        PacketLossConcealment("magic")


@pytest.mark.parametrize("method", METHODS)
class TestAnyMethod:
    @given(lost=st.lists(st.booleans(), min_size=1, max_size=40), seed=st.integers(0, 9))
    def test_a_frame_for_a_frame_none_louder_than_before_and_the_same_again(
        self, method: str, lost: list[bool], seed: int
    ) -> None:
        rng = np.random.default_rng(seed)
        loud = np.repeat(rng.choice([0, 30, 3000, 30000], len(lost)), FRAME)
        sound = frames(np.clip(loud * rng.normal(0, 1, FRAME * len(lost)), -32768, 32767))
        heard = conceal(method, sound, lost)
        assert [len(frame) for frame in heard] == [2 * FRAME] * len(lost)
        assert heard == conceal(method, sound, lost)
        before, last = np.zeros(4 * FRAME), 0.0
        for frame, made, gone in zip(sound, heard, lost, strict=True):
            loudest = np.abs(before).max() if gone else max(np.abs(samples(frame)).max(), last)
            assert np.abs(samples(made)).max() <= loudest
            before = np.concatenate((before[FRAME:], samples(made)))
            last = np.abs(before).max()

    @given(lost=st.lists(st.booleans(), max_size=40))
    def test_it_counts_what_it_made_up_and_the_longest_gap(
        self, method: str, lost: list[bool]
    ) -> None:
        plc, tone = PacketLossConcealment(method), frames(voice(140, 1))[0]
        for gone in lost:
            plc.lost() if gone else plc.good(tone)
        gaps = "".join("x" if gone else " " for gone in lost).split()
        assert plc.concealed == sum(lost)
        assert plc.longest_gap == max(map(len, gaps), default=0)

    def test_before_anything_was_heard_there_is_silence(self, method: str) -> None:
        tone = frames(voice(140, 1))[0]
        heard = conceal(method, [tone] * 60, [n < 50 for n in range(60)])
        assert heard[:50] == [bytes(2 * FRAME)] * 50 and heard[51:] == [tone] * 9

    def test_without_loss_nothing_is_touched(self, method: str) -> None:
        sound = frames(voice(140))
        plc = PacketLossConcealment(method)
        assert all(plc.good(frame) is frame for frame in sound)

    def test_only_the_first_frame_after_a_gap_is_touched(self, method: str) -> None:
        sound = frames(voice(140))
        heard = conceal(method, sound, [n in (10, 11) for n in range(20)])
        assert heard[:10] == sound[:10] and heard[13:] == sound[13:]
        assert heard[12][160:] == sound[12][160:]

    def test_silence_stays_silence(self, method: str) -> None:
        heard = conceal(method, [bytes(2 * FRAME)] * 30, [n % 3 == 1 for n in range(30)])
        assert heard == [bytes(2 * FRAME)] * 30

    def test_an_endless_gap_becomes_silence(self, method: str) -> None:
        heard = conceal(method, frames(voice(140, 120)), [n >= 5 for n in range(120)])
        energy = [float(np.sum(samples(frame) ** 2)) for frame in heard[5:]]
        assert all(later <= sooner * 1.3 for sooner, later in zip(energy, energy[3:], strict=False))
        assert energy[-1] == 0.0

    def test_the_extremes_of_the_range_do_no_harm(self, method: str) -> None:
        loud = np.where(np.arange(FRAME * 12) // 20 % 2, 32767.0, -32768.0)
        heard = conceal(method, frames(loud), [n % 4 == 3 for n in range(12)])
        assert all(len(frame) == 2 * FRAME for frame in heard)

    def test_a_frame_of_another_length_is_refused(self, method: str) -> None:
        with pytest.raises(ValueError, match="320 bytes, not 318"):
            PacketLossConcealment(method).good(bytes(318))


@pytest.mark.parametrize("scale", [2000.0, 60000.0])
def test_there_is_no_click_where_nothing_repeats_either(scale: float) -> None:
    """Dark noise: the next period is foretold wrongly, at full scale beyond what 16 bits hold."""
    for seed in range(30):
        noise = np.random.default_rng(seed).normal(0, 1, FRAME * 14 + 23)
        wave = np.clip(scale * np.convolve(noise, np.hanning(24) / 3, "valid"), -32768, 32767)
        heard = samples(
            b"".join(conceal("pitch", frames(wave), [n in (8, 9, 10) for n in range(14)]))
        )
        steps = np.abs(np.diff(heard))
        assert steps[8 * FRAME - 1 : 11 * FRAME].max() <= 1.2 * steps[: 8 * FRAME - 1].max()


def residue_db(true: Wave, heard: Wave) -> float:
    """Signal to error, the level set aside."""
    error = true - heard * (heard @ true) / (heard @ heard)
    return float(10 * np.log10((true @ true) / (error @ error)))


@pytest.mark.parametrize("hz", [85.0, 100.0, 150.0, 220.0, 310.0])
def test_a_steady_voice_goes_on(hz: float) -> None:
    wave = voice(hz)
    heard = samples(conceal("pitch", frames(wave), [n == 10 for n in range(20)])[10])
    true = wave[10 * FRAME : 11 * FRAME]
    assert residue_db(true, heard) > 10
    assert 0.6 < np.sqrt((heard @ heard) / (true @ true)) < 1.05


@pytest.mark.parametrize("hz", [100.0, 150.0, 220.0])
def test_there_is_no_click_at_either_seam(hz: float) -> None:
    wave = voice(hz)
    heard = samples(b"".join(conceal("pitch", frames(wave), [n in (10, 11) for n in range(20)])))
    assert np.abs(np.diff(heard)).max() <= 1.2 * np.abs(np.diff(wave)).max()


@pytest.mark.parametrize(("rate", "least_db"), [(-1.5, 7.9), (-0.8, 10.8), (0.8, 8.3), (1.5, 6.0)])
def test_a_pitch_that_glides_goes_on_gliding(rate: float, least_db: float) -> None:
    """By `rate` of itself in a second, as in the melody of a sentence.

    Holding the pitch of the gap's edge falls 1 dB short of these.
    """
    n = np.arange(FRAME * 15)
    turns = 150.0 / 8000 * (n + rate * (n - 10 * FRAME) ** 2 / 16000)
    harmonics = [np.cos(2 * np.pi * k * turns) / k for k in range(1, 11)]
    wave: Wave = 2500.0 * np.sum(harmonics, axis=0)
    heard = samples(conceal("pitch", frames(wave), [at == 10 for at in range(15)])[10])
    assert residue_db(wave[10 * FRAME : 11 * FRAME], heard) > least_db


def test_a_voice_falls_all_the_time_and_is_mute_at_last() -> None:
    """40 ms from `MUTE_AFTER_MS` on: nothing quieter was heard, so nothing follows.

    At 100 Hz two periods are a frame.
    """
    heard = conceal("pitch", frames(voice(100, 60)), [n >= 10 for n in range(60)])[10:]
    levels = [float(np.sqrt(np.mean(samples(frame) ** 2))) for frame in heard]
    mute = MUTE_AFTER_MS // 20 + 2
    assert all(after < before for before, after in pairwise(levels[: mute + 1]))
    assert levels[10] > 0.4 * levels[0], "in bursts a mute after 60 ms costs more than it saves"
    assert 0 < levels[mute - 1] < 0.5 * levels[mute - 3] and set(levels[mute:]) == {0.0}


def noisy_line(frames_of_speech: int) -> Wave:
    """A second of low-pass noise at 60 steps RMS, then a voice over it."""
    rng = np.random.default_rng(3)
    noise = np.convolve(rng.normal(0, 60, 8000 + FRAME * frames_of_speech + 1), [0.7, 0.7], "valid")
    noise[8000:] += voice(130, frames_of_speech)
    return np.asarray(noise)


def test_when_the_voice_is_gone_the_noise_of_the_line_stays() -> None:
    wave = noisy_line(20)
    sound = frames(np.concatenate((wave, np.zeros(FRAME * 100))))
    heard = samples(b"".join(conceal("pitch", sound, [n >= 70 for n in range(170)])[100:]))
    assert 10 * np.log10(np.mean(heard**2) / 60**2) == pytest.approx(0, abs=3)
    power = np.abs(np.fft.rfft(heard.reshape(-1, FRAME) * np.hanning(FRAME))) ** 2
    low, high = power[:, 2:20].mean(), power[:, 60:78].mean()
    assert low > 8 * high, "as on the line, not white"


def test_a_line_on_which_nobody_speaks_gets_no_hole() -> None:
    noise = np.random.default_rng(8).normal(0, 60, FRAME * 120)
    heard = conceal("pitch", frames(noise), [n >= 60 for n in range(120)])[60:]
    levels = [np.sqrt(np.mean(samples(frame) ** 2)) for frame in heard]
    assert min(levels) > 0.6 * 60 and max(levels) < 1.5 * 60


def test_without_a_quiet_moment_no_voice_is_taken_for_noise() -> None:
    wave = np.concatenate((voice(130, 70), np.zeros(FRAME * 30)))
    heard = conceal("pitch", frames(wave), [n >= 70 for n in range(100)])
    assert np.sqrt(np.mean(samples(heard[-1]) ** 2)) < 600


def test_simple_says_the_last_frame_again_and_softer() -> None:
    sound = frames(voice(130, 10))
    heard = conceal("simple", sound, [n >= 5 for n in range(10)])
    assert heard[5] == sound[4]
    assert samples(heard[7]) == pytest.approx(0.8**2 * samples(sound[4]), abs=1)


def test_linear_falls_in_a_line_to_nothing() -> None:
    heard = conceal(
        "linear", [np.full(FRAME, 8000, "<i2").tobytes()] * 10, [n >= 5 for n in range(10)]
    )
    assert samples(heard[5]) == pytest.approx(8000 * (1 - np.arange(FRAME) / FRAME), abs=1)
    assert heard[6:] == [bytes(2 * FRAME)] * 4


def test_spectral_lets_each_partial_go_on_in_phase() -> None:
    n = np.arange(20 * FRAME)
    wave = 4000 * np.cos(2 * np.pi * 437 * n / 8000) + 2000 * np.cos(2 * np.pi * 1213 * n / 8000)
    heard = samples(conceal("spectral", frames(wave), [n == 10 for n in range(20)])[10])
    assert residue_db(wave[10 * FRAME : 11 * FRAME], heard) > 10


def test_the_voice_that_goes_on_is_nearer_than_the_plain_methods() -> None:
    wave = voice(130)
    lost = [n in (10, 11) for n in range(20)]

    def off(method: str) -> float:
        heard = samples(b"".join(conceal(method, frames(wave), lost)))
        return float(np.sum((heard - np.rint(wave)) ** 2))

    assert off("pitch") < 0.5 * min(off("simple"), off("linear"))
