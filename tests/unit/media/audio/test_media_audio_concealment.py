"""What is heard where nothing arrived: one contract over all methods, and the voice going on."""

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.audio.concealment import METHODS, PacketLossConcealment

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
        sound = frames(np.clip(rng.normal(0, 9000, FRAME * len(lost)), -32768, 32767))
        heard = conceal(method, sound, lost)
        assert [len(frame) for frame in heard] == [2 * FRAME] * len(lost)
        assert heard == conceal(method, sound, lost)
        loudest = 0.0
        for frame, made, gone in zip(sound, heard, lost, strict=True):
            if not gone:
                loudest = max(loudest, np.abs(samples(frame)).max())
            assert np.abs(samples(made)).max() <= loudest + 1

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


@pytest.mark.parametrize("hz", [85.0, 100.0, 150.0, 220.0, 310.0])
def test_a_steady_voice_goes_on(hz: float) -> None:
    wave = voice(hz)
    heard = samples(conceal("pitch", frames(wave), [n == 10 for n in range(20)])[10])
    true = wave[10 * FRAME : 11 * FRAME]
    residue = true - heard * (heard @ true) / (heard @ heard)
    assert 10 * np.log10((true @ true) / (residue @ residue)) > 10
    assert 0.6 < np.sqrt((heard @ heard) / (true @ true)) < 1.05


@pytest.mark.parametrize("hz", [100.0, 150.0, 220.0])
def test_there_is_no_click_at_either_seam(hz: float) -> None:
    wave = voice(hz)
    heard = samples(b"".join(conceal("pitch", frames(wave), [n in (10, 11) for n in range(20)])))
    assert np.abs(np.diff(heard)).max() <= 1.2 * np.abs(np.diff(wave)).max()


def test_the_voice_that_goes_on_is_nearer_than_the_plain_methods() -> None:
    wave = voice(130)
    lost = [n in (10, 11) for n in range(20)]

    def off(method: str) -> float:
        heard = samples(b"".join(conceal(method, frames(wave), lost)))
        return float(np.sum((heard - np.rint(wave)) ** 2))

    assert off("pitch") < 0.5 * min(off("simple"), off("linear"))
