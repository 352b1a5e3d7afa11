"""`dialer audio`: recordings cleaned by the audio path of the live call, and measured.

The media side does the work in a process of its own: the dialer imports nothing of it.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from dialer import attempts
from dialer.cli.output import AsJson, emit
from dialer.cli.parts import product
from dialer.db import transaction
from dialer.errors import InputError, Unavailable

app = typer.Typer(help="Sound: recordings cleaned, and how good the line was.")

Echo = Annotated[str, typer.Option(help="Echo canceller: auto, speex, nlms or off.")]
Noise = Annotated[
    str, typer.Option(help="Noise reducer: auto, speex, spectral, webrtc, noisereduce or off.")
]


@app.command()
def clean(
    source: Annotated[Path, typer.Argument(metavar="IN", help="The callee; any rate.")],
    target: Annotated[Path, typer.Argument(metavar="OUT", help="Gets 8 kHz, 16 bit, mono.")],
    far: Annotated[
        Path | None,
        typer.Option(help="What the callee's telephone played; default: IN's second channel."),
    ] = None,
    echo: Echo = "auto",
    noise: Noise = "auto",
    as_json: AsJson = False,
) -> None:
    """A recording as the agent would hear it: without echo and noise."""
    words = [str(source), str(target), "--echo", echo, "--noise", noise]
    made = _analysis("clean", *words, *(("--far", str(far)) if far else ()))
    emit(as_json, made, Group(Text(f"{target} is written."), _shown(made)))


@app.command()
def report(
    call: Annotated[str, typer.Argument(metavar="CALL|FILE", help="Attempt, or a recording.")],
    out: Annotated[Path, typer.Option(help="Directory for the picture.")] = Path(),
    echo: Echo = "auto",
    noise: Noise = "auto",
    as_json: AsJson = False,
) -> None:
    """How the line of a call was: levels, echo, speech and loss in numbers and as a picture."""
    source, recorded = _source(call)
    picture = out / f"{source.stem}-audio.png"
    words = [str(source), "--picture", str(picture), "--title", call, "--echo", echo]
    made = _analysis("report", *words, "--noise", noise, recorded=recorded)
    drawn = f"The picture is {picture}" if made["picture"] else made["picture_remedy"]
    emit(as_json, made, Group(_shown(made), Text(drawn)))


def _source(call: str) -> tuple[Path, dict[str, Any] | None]:
    """The recording, and what the call record knows of its sound. Raises `NotFound`."""
    if Path(call).is_file():
        return Path(call), None
    with transaction(product().sessions) as session:
        recording = attempts.recording(session, call)
        return recording, (attempts.find(session, call).outcome or {}).get("audio")


def _analysis(*words: str, recorded: dict[str, Any] | None = None) -> dict[str, Any]:
    """Run the media side. Raises `InputError` with its reason, `Unavailable` when it breaks."""
    command = [sys.executable, "-m", "media.analysis", *words]
    known = json.dumps(recorded)
    done = subprocess.run(command, input=known, capture_output=True, text=True, check=False)
    try:
        value: dict[str, Any] = json.loads(done.stdout)
    except ValueError:
        cause = (done.stderr.strip() or "no output").splitlines()[-1]
        raise Unavailable(
            f"the analysis ended with code {done.returncode}: {cause}",
            "Try another recording; if that works, this one is broken",
        ) from None
    if "error" in value:
        raise InputError(value["error"], value["remedy"])
    return value


def _shown(made: dict[str, Any]) -> RenderableType:
    grid = Table.grid(padding=(0, 3))
    erle, delay, lost = made["erle_db"], made["echo_delay_ms"], made["lost_frames"]
    facts = {
        "length": f"{made['seconds']:.1f} s",
        **{
            name: f"{made[name]['active_dbfs']} dBFS, peak {made[name]['peak_dbfs']}"
            for name in ("callee", "agent", "clean")
        },
        "noise": "-" if made["noise_dbfs"] is None else f"{made['noise_dbfs']} dBFS",
        "clipped": f"{made['clipped_share']:.2%} of the samples",
        "speech": f"callee {made['speech_seconds']} s, agent {made['agent_seconds']} s, "
        f"both {made['double_talk_seconds']} s",
        "echo": ("none found" if erle is None else f"{erle} dB of it removed")
        + ("" if delay is None else f", {delay} ms late"),
        "lost": "not known"
        if lost is None
        else f"{lost} frames, jitter {made['jitter_ms']:.1f} ms",
        "engines": ", ".join(f"{stage}: {name}" for stage, name in made["engines"].items()),
        "speed": f"{made['real_time_factor']} times real time",
    }
    for name, fact in facts.items():
        grid.add_row(Text(name, style="dim"), Text(fact))
    for warning in made["warnings"]:
        grid.add_row(Text("warning", style="yellow"), Text(warning))
    return grid
