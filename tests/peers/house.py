"""The product with one lead that is due, in the product's environment; its carrier is elsewhere.

`house.py FOLDER CARRIER_ORIGIN` tells the account and the disposition as JSON lines, and ends when
its input does.
"""

import json
import select
import sys
from datetime import time, timedelta
from io import BytesIO
from pathlib import Path

from dialer import campaigns, launch, leads, rehearsal, settings
from dialer.db import transaction
from dialer.leads import BulkConsent
from dialer.models import Agent, Attempt, Campaign
from dialer.settings import Settings
from dialer.supervisor import Supervisor
from dialer.wiring import Product

CSV = b"phone,first name\n+12125552101,Mary\n"


def campaign(product: Product) -> None:
    """One lead, one agent, a running campaign."""
    with transaction(product.sessions) as session:
        now = product.clock.of(session)
        hours = {"work_start": time(9), "work_end": time(17), "work_days": [0, 1, 2, 3, 4]}
        zone, email = "America/New_York", "dana@harbor.example"
        session.add(Agent(name="Dana Reyes", email=email, timezone=zone, **hours))
        spec = campaigns.spec(
            name="peers", window="10:00-17:00", daily_budget="5", script={"brand": "Harbor"}
        )
        made = campaigns.create(session, spec, product.limits, now)
        agreed = BulkConsent("They may call me", "web form", now - timedelta(days=30))
        taken = leads.upload(session, made.id, "l.csv", BytesIO(CSV), now, consent=agreed)
        leads.stage(session, taken.id)
        leads.normalise(session, taken.id, now)
        leads.activate(session, taken.id, now)
        campaigns.start(session, session.get_one(Campaign, made.id), now)
    product.nudges.tick()


def tell(**words: str) -> None:
    sys.stdout.write(json.dumps(words) + "\n")
    sys.stdout.flush()


def ended(product: Product) -> str | None:
    """The disposition of the call, once it is recorded."""
    with transaction(product.sessions) as session:
        attempt = session.query(Attempt).first()
        return attempt.disposition if attempt and attempt.recorded_at else None


def work(effective: Settings, supervisor: Supervisor) -> int:
    """Tell the account, call, tell how the call ended, wait for the end of the input."""
    product = Product(effective)
    token = effective.twilio_auth_token.get_secret_value()
    tell(origin=effective.public_url, account=effective.twilio_account_sid, token=token)
    campaign(product)
    disposition = None
    while not select.select([sys.stdin], [], [], 0)[0]:
        if supervisor.pause(0.1):
            break
        if disposition is None and (disposition := ended(product)):
            tell(disposition=disposition)
    product.engine.dispose()
    return 0


def main(folder: Path, carrier: str) -> int:
    base = settings.load(
        database_url="",
        redis_url="",
        web_port=launch.free_port(),
        flower_port=launch.free_port(),
        max_concurrent_calls=1,
    )
    told = rehearsal.prepare(base, folder).settings
    told = told.model_copy(update={"twilio_api_base": carrier})
    return launch.run(told, lambda *_: None, work, durable=False)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2]))
