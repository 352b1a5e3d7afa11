"""One step of the dial in a process of its own, so that a test may kill it: production code only.

`python dial_child.py reserve` prints what it reserved; `place ATTEMPT` and `record ATTEMPT` do
their step and print the result.
"""

import sys
from uuid import UUID

from dialer import dialing, outcomes, placing
from dialer.db import transaction
from dialer.settings import load
from dialer.wiring import Product


def main(step: str, attempt: str = "") -> None:
    it = Product(load())
    if step == "reserve":
        with transaction(it.sessions) as session:
            made = dialing.reserve(session, it.terms, it.clock.of(session))
        print("reserved", *made.reserved, flush=True)
        sys.stdin.read()
    elif step == "place":
        state = placing.place(it.sessions, it.clock, it.carrier, UUID(attempt), it.terms)
        print(state, flush=True)
    elif step == "record":
        with transaction(it.sessions) as session:
            done = outcomes.record(session, UUID(attempt), it.rate_card, it.clock.of(session))
        print(done.disposition if done else "", flush=True)


main(*sys.argv[1:])
