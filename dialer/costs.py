"""What a campaign's money went for, product by product."""

from decimal import Decimal

from sqlalchemy import text
from sqlalchemy.orm import Session

from dialer.rules.budget import usd

CORRECTIONS = "corrections"
"""What the carrier's own prices added to the rate card's or took from them."""


def by_product(session: Session, campaign_id: int, spent_micros: int) -> dict[str, Decimal]:
    """USD by product, the dearest first, corrections last; they add up to `spent_micros`."""
    rows = session.execute(_PRODUCTS, {"campaign": campaign_id}).all()
    sums = {str(name): int(amount) for name, amount in rows}
    rest = spent_micros - sum(sums.values())
    if rest:
        sums[CORRECTIONS] = rest
    return {name: usd(amount) for name, amount in sums.items()}


_PRODUCTS = text("""
select product.key, sum(cast(product.value as bigint)) as micros
from attempts a cross join lateral jsonb_each_text(a.products) as product
where a.campaign_id = :campaign and a.products is not null
group by product.key order by micros desc, product.key
""")
