"""The campaigns of a run: the demo's people in several campaigns, so that they share phones."""

from dataclasses import dataclass
from datetime import time
from pathlib import Path

from sqlalchemy import text

from dialer import campaigns, leads
from dialer.db import transaction
from dialer.models import Agent, Campaign
from dialer.wiring import Product

PEOPLE = Path(__file__).parents[1] / "samples" / "demo_leads.csv"
CAMPAIGNS = 3


@dataclass(frozen=True, slots=True)
class Campaigns:
    """The campaigns of a run, started."""

    product: Product
    ids: tuple[int, ...]

    def drain(self) -> None:
        """No new calls; those under way go on to their end."""
        with transaction(self.product.sessions) as session:
            now = self.product.clock.of(session)
            for one in self.ids:
                campaign = session.get_one(Campaign, one)
                if campaign.state == "running":
                    campaigns.drain(session, campaign, now)

    def at_rest(self) -> bool:
        """Whether every attempt is recorded and nobody is in a call."""
        with self.product.engine.connect() as connection:
            left = connection.execute(
                text(
                    "select (select count(*) from attempts where recorded_at is null)"
                    " + (select count(*) from leads where state = 'in_call')"
                )
            ).scalar()
        return not left


def start(product: Product) -> Campaigns:
    """Take in the demo's people once for each campaign, and start them all."""
    with transaction(product.sessions) as session:
        now = product.clock.of(session)
        hours = {"work_start": time(9), "work_end": time(17), "work_days": [0, 1, 2, 3, 4]}
        for name, zone in (("Dana Reyes", "America/New_York"), ("Sam Ortiz", "America/Denver")):
            email = f"{name.split()[0].lower()}@harbor.example"
            session.add(Agent(name=name, email=email, timezone=zone, **hours))
        ids = []
        for number in range(1, CAMPAIGNS + 1):
            spec = campaigns.spec(
                name=f"chaos {number}",
                window="10:00-17:00",
                daily_budget="5",
                script={"brand": "Harbor Realty", "purpose": "about selling your home"},
            )
            campaign_id = campaigns.create(session, spec, product.limits, now).id
            with PEOPLE.open("rb") as file:
                import_id = leads.upload(session, campaign_id, PEOPLE.name, file, now).id
            leads.stage(session, import_id)
            leads.normalise(session, import_id, now)
            leads.activate(session, import_id, now)
            campaigns.start(session, session.get_one(Campaign, campaign_id), now)
            ids.append(campaign_id)
    return Campaigns(product, tuple(ids))
