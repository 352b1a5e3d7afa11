"""The settings name exactly the engines that the audio path knows."""

from typing import get_args

import pytest

from dialer.settings import Settings
from media.audio.concealment import METHODS
from media.audio.echo import choose as echo
from media.audio.noise import choose as noise
from media.audio.path import AUTO, OFF, order
from media.audio.vad import choose as vad


@pytest.mark.parametrize(
    ("setting", "stage", "named"),
    [
        ("echo_cancellation", "echo", {AUTO, OFF, *echo.NAMES}),
        ("noise_reduction", "noise", {AUTO, OFF, *noise.NAMES}),
        ("voice_activity", "vad", {AUTO, *vad.ORDER}),
        ("loss_concealment", "concealment", {OFF, *METHODS}),
    ],
)
def test_a_setting_allows_what_its_stage_knows(setting: str, stage: str, named: set[str]) -> None:
    allowed = set(get_args(Settings.model_fields[setting].annotation))
    assert allowed == named
    assert all(order(stage, engine) or engine == OFF for engine in allowed)
