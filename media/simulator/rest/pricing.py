"""Pricing v2 (`pricing.twilio.com`): what a minute to a number or a country costs."""

import phonenumbers
from aiohttp import web
from phonenumbers import geocoder

from media.simulator.account import Account
from media.simulator.errors import not_found
from media.simulator.rest.guard import Guard

_VOICE = "/v2/Voice"
_ORIGIN = "https://pricing.twilio.com"


class Pricing:
    """Prices of the account's own list, by the longest prefix."""

    def __init__(self, account: Account) -> None:
        self._account = account

    def routes(self, guarded: Guard) -> list[web.RouteDef]:
        """Routes of the product; another host's paths on the same origin."""
        return [
            web.get(f"{_VOICE}/Numbers/{{number}}", guarded(self._number)),
            web.get(f"{_VOICE}/Countries/{{iso}}", guarded(self._country)),
        ]

    async def _number(self, request: web.Request) -> web.StreamResponse:
        number = request.match_info["number"]
        try:
            parsed = phonenumbers.parse(number)
        except phonenumbers.NumberParseException:
            raise not_found(request.path) from None
        iso = phonenumbers.region_code_for_number(parsed)
        if iso is None:
            raise not_found(request.path)
        prices = self._price(number) | {"origination_prefixes": ["ALL"]}
        body = {
            "country": geocoder.country_name_for_number(parsed, "en"),
            "destination_number": number,
            "inbound_call_price": dict.fromkeys(("base_price", "current_price", "number_type")),
            "iso_country": iso,
            "origination_number": request.query.get("OriginationNumber"),
            "outbound_call_prices": [prices],
            "price_unit": "USD",
            "url": f"{_ORIGIN}{_VOICE}/Numbers/{number}",
        }
        return web.json_response(body)

    async def _country(self, request: web.Request) -> web.StreamResponse:
        iso = request.match_info["iso"].upper()
        code = phonenumbers.country_code_for_region(iso)
        example = phonenumbers.example_number(iso)
        if code == 0 or example is None:
            raise not_found(request.path)
        name = geocoder.country_name_for_number(example, "en")
        prefixes = [f"+{code}", *self._dearer(iso, f"+{code}")]
        body = {
            "country": name,
            "inbound_call_prices": [],
            "iso_country": iso,
            "outbound_prefix_prices": [self._prefix(name, one) for one in prefixes],
            "price_unit": "USD",
            "url": f"{_ORIGIN}{_VOICE}/Countries/{iso}",
        }
        return web.json_response(body)

    def _dearer(self, iso: str, stem: str) -> list[str]:
        """Prefixes with a price of their own that lie in the country."""
        own = sorted(self._account.per_minute_by_prefix)
        return [one for one in own if one.startswith(stem) and one != stem and _in(iso, one)]

    def _prefix(self, country: str, prefix: str) -> dict[str, object]:
        return {
            "destination_prefixes": [prefix.lstrip("+")],
            "friendly_name": f"Programmable Outbound Minute - {country} {prefix}",
            "origination_prefixes": ["ALL"],
            **self._price(prefix),
        }

    def _price(self, number: str) -> dict[str, object]:
        price = f"{self._account.rate(number):.4f}"
        return {"base_price": price, "current_price": price}


def _in(iso: str, prefix: str) -> bool:
    """Whether numbers of the prefix are the country's: those of +1 are shared by many."""
    if not prefix.startswith("+1"):
        return True
    sample = phonenumbers.parse((prefix + "2125550")[:12])
    return phonenumbers.region_code_for_number(sample) == iso
