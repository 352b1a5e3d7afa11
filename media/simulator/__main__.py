"""`python -m media.simulator`: runs the carrier twin as a process of its own."""

import argparse
import asyncio
import signal
import sys
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from random import Random  # noqa: TID251 - this is the one who starts the run

from media.simulator.account import Account
from media.simulator.account_file import read
from media.simulator.clock import ShiftedClock
from media.simulator.hearing import understand
from media.simulator.people.listing import listing
from media.simulator.people.marked_yaml import ScenarioError
from media.simulator.people.scenario import load
from media.simulator.server import Setup, Twin


class Check(argparse.Action):
    """`--check FILE`: reads a scenario, prints its people, and that is all; 2 where it is wrong."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: object,
        option_string: str | None = None,
    ) -> None:
        path = Path(str(values))
        try:
            sys.stdout.write(listing(load(path, Random(1))) + "\n")
        except ScenarioError as error:
            parser.exit(2, f"{path}: {error}\n")
        except (OSError, UnicodeDecodeError) as error:
            parser.exit(2, f"{path} cannot be read: {error}\n")
        parser.exit()


def arguments(argv: list[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m media.simulator", description=__doc__)
    parser.add_argument(
        "--check", action=Check, metavar="FILE", help="read a scenario, print its people, and exit"
    )
    parser.add_argument("--scenario", type=Path, required=True, help="YAML file of the callees")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--port-file", type=Path, help="gets the port as text")
    parser.add_argument("--account", required=True, help="account SID, AC + 32 hex digits")
    parser.add_argument("--auth-token", required=True)
    parser.add_argument("--number", action="append", required=True, help="owned number, E.164")
    parser.add_argument(
        "--account-file", type=Path, help="YAML of limits, lists and prices; wins over the options"
    )
    parser.add_argument("--clock-shift", type=float, default=0.0, help="seconds")
    parser.add_argument("--cps", type=float, default=1.0, help="calls per second")
    parser.add_argument("--max-calls", type=int, help="concurrent calls of the account")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--ring-scale", type=float, default=1.0, help="multiplies ringing times")
    parser.add_argument("--price-delay", type=float, default=2.0, help="seconds")
    parser.add_argument("--per-minute", type=Decimal, default=Decimal("0.0140"), help="US dollars")
    parser.add_argument("--record-dir", type=Path, help="writes a WAV of every call")
    parser.add_argument(
        "--plain-loopback",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="connect wss:// to this machine as ws://",
    )
    return parser.parse_args(argv)


def _account(options: argparse.Namespace) -> Account:
    account = Account(
        sid=options.account,
        auth_token=options.auth_token,
        numbers=frozenset(options.number),
        cps=options.cps,
        max_calls=options.max_calls,
        ring_scale=options.ring_scale,
        price_delay_s=options.price_delay,
        per_minute=options.per_minute,
        plain_loopback=options.plain_loopback,
    )
    return replace(account, **read(options.account_file)) if options.account_file else account


def setup(options: argparse.Namespace) -> Setup:
    """Raises `ScenarioError`, OSError."""
    rng = Random(options.seed)
    account = _account(options)
    clock = ShiftedClock(options.clock_shift)
    people = load(options.scenario, rng)
    return Setup(account, people, clock, rng, options.record_dir, understand)


async def serve(options: argparse.Namespace) -> None:
    """Run until SIGTERM, SIGINT or `POST /twin/shutdown`."""
    async with Twin(setup(options), options.port, options.host) as twin:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, twin.stop)
        if options.port_file:
            part = options.port_file.with_suffix(".part")
            part.write_text(str(twin.port))
            part.replace(options.port_file)
        sys.stdout.write(f"{twin.port}\n")
        sys.stdout.flush()
        await twin.stopped()


if __name__ == "__main__":
    try:
        asyncio.run(serve(arguments()))
    except (ScenarioError, OSError) as error:
        sys.exit(f"the carrier twin cannot start: {error}")
