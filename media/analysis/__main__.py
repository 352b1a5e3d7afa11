"""`python -m media.analysis clean|report`: one JSON object on stdout; exit code 1 for an error,
which is told as `{"error": ..., "remedy": ...}`. `report` reads the audio health of the call
record, or null, as JSON on stdin."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from media.analysis import plot, sound_file
from media.analysis.numbers import lost_by_second, numbers
from media.analysis.passage import Passage, through
from media.analysis.sound_file import EXTRA, SoundFileFailed
from media.audio.path import AUTO, AudioSettings


def arguments(argv: list[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m media.analysis", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    clean, report = verbs.add_parser("clean"), verbs.add_parser("report")
    for verb in (clean, report):
        verb.add_argument("source", type=Path, help="channel 0 the callee, 1 the agent")
        verb.add_argument("--echo", default=AUTO)
        verb.add_argument("--noise", default=AUTO)
    clean.add_argument("target", type=Path, help="the WAV that is written")
    clean.add_argument("--far", type=Path, help="what the callee's telephone played")
    report.add_argument("--picture", type=Path, help="a PNG that is written")
    report.add_argument("--title", default="")
    return parser.parse_args(argv)


def passage(options: argparse.Namespace, far: Path | None) -> Passage:
    """The source through the audio path. A second channel is the agent unless `far` is given."""
    channels = sound_file.read(options.source)
    agent = sound_file.read(far)[0] if far else channels[1] if len(channels) > 1 else None
    try:
        return through(channels[0], agent, AudioSettings(echo=options.echo, noise=options.noise))
    except ValueError as error:
        raise SoundFileFailed(str(error), "Leave --echo and --noise out for the best") from error
    except ImportError as error:
        raise SoundFileFailed(f"{error.name} is not installed", EXTRA) from error


def clean(options: argparse.Namespace) -> dict[str, Any]:
    """Write the callee's channel as the agent would hear it."""
    made = passage(options, options.far)
    sound_file.write(options.target, made.clean)
    return numbers(made, None)


def report(options: argparse.Namespace) -> dict[str, Any]:
    """Measure, and draw where the extra is there; `picture` is None where it is not."""
    recorded = json.load(sys.stdin)
    made = passage(options, None)
    value = numbers(made, recorded) | {"picture": None, "picture_remedy": ""}
    if options.picture:
        try:
            plot.draw(made, lost_by_second(recorded), options.title, options.picture)
        except ImportError as error:
            value["picture_remedy"] = f"{error.name} is not installed: {EXTRA}"
        except OSError as error:
            raise SoundFileFailed(
                f"{options.picture} cannot be written: {error.strerror}", "Choose another --out"
            ) from error
        else:
            value["picture"] = str(options.picture)
    return value


def main() -> int:
    """0 done, 1 refused with a reason."""
    options = arguments()
    try:
        value = clean(options) if options.verb == "clean" else report(options)
    except SoundFileFailed as failure:
        value = {"error": failure.problem, "remedy": failure.remedy}
    json.dump(value, sys.stdout, allow_nan=False)
    return 1 if "error" in value else 0


if __name__ == "__main__":
    sys.exit(main())
