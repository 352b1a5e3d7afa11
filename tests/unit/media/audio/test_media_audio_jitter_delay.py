"""The delay estimate: up within frames of a burst, down when it was long ago, within its bounds."""

import numpy as np
import pytest

from media.audio.jitter.delay import DelayEstimator


def calm(estimator: DelayEstimator, packets: int, least: float = 0.0) -> None:
    for index in range(packets):
        estimator.arrived(least + index % 5)


def burst(estimator: DelayEstimator, delay: float, least: float = 0.0) -> None:
    for late in np.arange(delay, 0, -20):
        estimator.arrived(least + late)


def test_it_starts_at_the_start_delay_and_falls_to_the_minimum_on_a_calm_line() -> None:
    estimator = DelayEstimator(40, 200)
    assert estimator.target_ms == 80
    calm(estimator, 25)
    assert 60 < estimator.target_ms <= 80, "one half second proves little"
    calm(estimator, 1500)
    assert estimator.target_ms == 40


def test_bursts_raise_the_target_at_once_and_it_forgets_them() -> None:
    estimator = DelayEstimator(40, 200)
    calm(estimator, 3000)
    before = estimator.ceiling_ms
    estimator.arrived(130)
    assert estimator.ceiling_ms > before + 30, "one burst shows how far stretching may have to go"
    for _ in range(3):
        calm(estimator, 25)
        burst(estimator, 130)
    raised = estimator.target_ms
    assert 75 < raised < 130, "held below the burst: stretching does the rest"
    calm(estimator, 60 * 50)
    assert estimator.target_ms == 40


def test_a_burst_counts_before_its_half_second_is_over() -> None:
    estimator = DelayEstimator(40, 400)
    estimator.arrived(0)
    for _ in range(3):
        estimator.arrived(300)
    assert estimator.target_ms > 150


def test_jitter_on_every_half_second_is_held_in_full() -> None:
    """What is usual is not a stall: no time is left to stretch from."""
    rng = np.random.default_rng(5)
    estimator = DelayEstimator(40, 200)
    late = rng.gamma(2.0, 9 / np.sqrt(2), 20000)
    for transit in late:
        estimator.arrived(float(transit))
    assert np.mean(late > estimator.target_ms) < 0.005
    assert estimator.target_ms < 65
    assert estimator.stall_ms > 30


@pytest.mark.parametrize("bounds", [(40, 200), (0, 60), (100, 100)])
def test_it_stays_within_its_bounds(bounds: tuple[float, float]) -> None:
    estimator = DelayEstimator(*bounds)
    rng = np.random.default_rng(6)
    for transit in np.concatenate(
        (rng.normal(0, 1, 2000), rng.exponential(300, 2000), [1e12, -1e12])
    ):
        estimator.arrived(float(transit))
        assert bounds[0] <= estimator.target_ms <= estimator.ceiling_ms <= bounds[1]


def test_delays_are_over_the_fastest_packet_of_two_seconds() -> None:
    estimator = DelayEstimator(40, 200)
    calm(estimator, 200, least=1000)
    assert estimator.base_ms == 1000
    calm(estimator, 1, least=940)
    assert estimator.base_ms == 940, "faster at once"
    calm(estimator, 150, least=1050)
    assert estimator.base_ms == 1050, "slower when two seconds have proved it"
    estimator.restart(-7.0)
    assert estimator.base_ms == -7.0


def test_a_sender_whose_clock_drifts_does_not_move_the_target() -> None:
    estimator = DelayEstimator(40, 200)
    for index in range(15000):
        estimator.arrived(index * 20 * 200e-6 + index % 5)
    assert estimator.target_ms == 40
