"""`dialer audio`: the command, the process behind it, and their errors."""

import json
import wave
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from dialer import attempts, cli
from dialer.db import transaction
from integration.history import live_through
from integration.house import House, build


@pytest.fixture
def house(database: str) -> Iterator[House]:
    made = build(database)
    yield made
    made.close()


def recording(path: Path, seconds: int = 3) -> Path:
    """Two channels at 8 kHz: the callee is the agent's echo and a soft hiss."""
    rng = np.random.default_rng(1)
    agent = rng.normal(0, 3000, 8000 * seconds) * (np.arange(8000 * seconds) % 8000 > 1600)
    callee = 0.4 * np.concatenate((np.zeros(400), agent[:-400])) + rng.normal(0, 20, len(agent))
    with wave.open(str(path), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(np.stack((callee, agent), axis=1).astype("<i2").tobytes())
    return path


def channel(path: Path) -> np.ndarray:
    with wave.open(str(path), "rb") as file:
        assert (file.getnchannels(), file.getframerate(), file.getsampwidth()) == (1, 8000, 2)
        return np.frombuffer(file.readframes(file.getnframes()), dtype="<i2").astype(float)


def test_a_recording_is_cleaned_of_the_agents_echo(
    terminal: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = recording(terminal / "call.wav")
    assert cli.main(["audio", "clean", str(source), "clean.wav"]) == 0
    assert "clean.wav is written" in " ".join(capsys.readouterr().out.split())
    cleaned = channel(terminal / "clean.wav")
    assert len(cleaned) == 24_000
    assert np.sqrt(np.mean(cleaned[16_000:] ** 2)) < 1200 / 10


def test_a_report_of_a_call_gives_numbers_and_a_picture_or_the_remedy(
    terminal: Path, house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    call = str(live_through(house)["booked"])
    source = recording(terminal / "call.wav")
    with transaction(house.sessions) as session:
        attempts.find(session, call).outcome = {
            "recording": {"path": str(source)},
            "audio": {"lost_frames": 4, "jitter_ms": 2.5, "seconds": [{"lost": 4}]},
        }
    assert cli.main(["audio", "report", call, "--out", str(terminal), "--json"]) == 0
    value = json.loads(capsys.readouterr().out)
    assert (value["seconds"], value["lost_frames"], value["jitter_ms"]) == (3.0, 4, 2.5)
    assert [second["lost"] for second in value["by_second"]] == [4, None, None]
    assert value["engines"]["echo"] in ("speex", "nlms")
    assert value["erle_db"] > 15
    if value["picture"]:
        assert (terminal / "call-audio.png").read_bytes().startswith(b"\x89PNG")
    else:
        assert "pip install 'batch-dialer[analysis]'" in value["picture_remedy"]


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (("clean", "absent.wav", "out.wav"), "absent.wav cannot be read"),
        (("clean", "call.wav", "out.wav", "--echo", "magic"), "magic"),
        (("report", "notes.wav"), "notes.wav is no "),
        (("report", "00000000-0000-0000-0000-000000000000"), "there is no attempt"),
    ],
)
def test_errors_name_the_file_or_engine_and_the_remedy(
    terminal: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], error: str
) -> None:
    recording(terminal / "call.wav", 1)
    (terminal / "notes.wav").write_text("no sound at all")
    assert cli.main(["audio", *words]) == 1
    told = capsys.readouterr()
    problem, remedy = told.err.splitlines()
    assert error in problem
    assert remedy.startswith("remedy: ")
    assert told.out == ""
