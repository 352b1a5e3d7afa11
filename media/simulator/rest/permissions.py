"""Voice v1 dialing permissions (`voice.twilio.com`): which countries the account may call."""

import phonenumbers
from aiohttp import web
from phonenumbers import geocoder

from media.simulator.account import Account
from media.simulator.errors import not_found
from media.simulator.rest.guard import Guard

_COUNTRIES = "/v1/DialingPermissions/Countries"
_RISKS = (
    "low_risk_numbers_enabled",
    "high_risk_special_numbers_enabled",
    "high_risk_tollfraud_numbers_enabled",
)
_ORIGIN = "https://voice.twilio.com"


class Permissions:
    """A country is allowed when its calling code is one of the account's prefixes."""

    def __init__(self, account: Account) -> None:
        self._account = account

    def routes(self, guarded: Guard) -> list[web.RouteDef]:
        """Routes of the product; another host's paths on the same origin."""
        return [web.get(f"{_COUNTRIES}/{{iso}}", guarded(self._country))]

    async def _country(self, request: web.Request) -> web.StreamResponse:
        iso = request.match_info["iso"].upper()
        example = phonenumbers.example_number(iso)
        if example is None:
            raise not_found(request.path)
        code = f"+{example.country_code}"
        allowed = code.startswith(self._account.countries)
        url = f"{_ORIGIN}{_COUNTRIES}/{iso}"
        body = {
            "iso_code": iso,
            "name": geocoder.country_name_for_number(example, "en"),
            "continent": None,
            "country_codes": [code],
            **dict.fromkeys(_RISKS, allowed),
            "url": url,
            "links": {"highrisk_special_prefixes": f"{url}/HighRiskSpecialPrefixes"},
        }
        return web.json_response(body)
