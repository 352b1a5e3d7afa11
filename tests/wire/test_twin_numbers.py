"""The numbers that the account may show, as the official client sees them."""

import pytest
from twilio.base.exceptions import TwilioRestException
from wire.twin_under_test import OWN, with_client

OTHERS = frozenset({OWN, "+13125550101", "+442071838750"})
VERIFIED = "+15055550100"


def test_owned_numbers_are_listed_filtered_and_fetched():
    def work(client, _):
        owned = client.incoming_phone_numbers
        assert {one.phone_number for one in owned.list()} == OTHERS
        assert len(owned.list(page_size=1)) == 3
        assert [one.phone_number for one in owned.list(phone_number="+4420")] == ["+442071838750"]
        assert len(owned.list(phone_number="312555010*")) == 2
        [one] = owned.list(friendly_name="(312) 555-0100")
        assert owned(one.sid).fetch().phone_number == OWN
        assert one.capabilities["voice"] is True
        call = client.calls.create(to="+12125550124", from_=OWN, twiml="<Response/>")
        assert call.phone_number_sid == one.sid

    with_client(work, numbers=OTHERS)


def test_verified_caller_ids_may_be_shown_but_are_not_owned():
    def work(client, _):
        [one] = client.outgoing_caller_ids.list(phone_number=VERIFIED)
        assert client.outgoing_caller_ids(one.sid).fetch().phone_number == VERIFIED
        assert client.calls.create(to="+12125550124", from_=VERIFIED, twiml="<Response/>").sid
        with pytest.raises(TwilioRestException) as caught:
            client.incoming_phone_numbers(one.sid).fetch()
        assert caught.value.code == 20404

    with_client(work, verified=frozenset({VERIFIED}))
