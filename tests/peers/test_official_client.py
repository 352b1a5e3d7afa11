"""The official client walks the REST API of the twin; nothing of it is changed but the host."""

from collections.abc import Iterator

import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

from peers.twin import AC, OWN, TwinProcess, running_twin

ANN, BUSY = "+12125550123", "+12125550124"
PEOPLE = f'callees:\n  "{ANN}": {{ring_s: 0}}\n  "{BUSY}": {{pickup: busy, ring_s: 0}}\n'
HOLD = "<Response><Pause length='60'/></Response>"
BYE = "<Response><Hangup/></Response>"


@pytest.fixture(scope="module")
def twin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TwinProcess]:
    with running_twin(tmp_path_factory.mktemp("twin"), PEOPLE) as twin:
        yield twin


def place(client: Client, to: str = ANN, twiml: str = HOLD) -> str:
    return client.calls.create(to=to, from_=OWN, twiml=twiml).sid


def test_a_call_is_created_fetched_changed_and_deleted(twin: TwinProcess) -> None:
    client = twin.client
    created = client.calls.create(to=ANN, from_=OWN, twiml=HOLD, timeout=20)
    assert (created.status, created.direction, created.price) == ("queued", "outbound-api", None)
    talking = twin.until(created.sid, "in-progress")
    assert (talking.to, talking._from, talking.account_sid) == (ANN, OWN, AC)
    assert client.calls(created.sid).update(status="completed").sid == created.sid
    ended = twin.until(created.sid, "completed")
    assert ended.start_time <= ended.end_time and int(ended.duration) >= 0
    assert client.calls(created.sid).delete() is True
    with pytest.raises(TwilioRestException) as gone:
        client.calls(created.sid).fetch()
    assert (gone.value.status, gone.value.code) == (404, 20404)


def test_a_running_call_can_be_given_other_twiml(twin: TwinProcess) -> None:
    sid = place(twin.client)
    twin.until(sid, "in-progress")
    twin.client.calls(sid).update(twiml=BYE)
    twin.until(sid, "completed")
    with pytest.raises(TwilioRestException) as late:
        twin.client.calls(sid).update(status="completed")
    assert late.value.code == 21220


def test_a_list_is_walked_page_by_page_and_filtered(twin: TwinProcess) -> None:
    client = twin.client
    busy = {place(client, BUSY) for _ in range(7)}
    for sid in busy:
        twin.until(sid, "busy")
    sid = place(client, ANN, BYE)
    assert {call.sid for call in client.calls.list(to=BUSY, page_size=2)} == busy
    assert sid in {call.sid for call in client.calls.stream(page_size=3)}
    assert len(client.calls.list(to=BUSY, status="busy", limit=5, page_size=2)) == 5
    first = client.calls.page(to=BUSY, page_size=4)
    second = first.next_page()
    assert second is not None and second.next_page() is None
    pages = [[call.sid for call in page] for page in (first, second)]
    assert [len(page) for page in pages] == [4, 3] and {*pages[0], *pages[1]} == busy
    back = second.previous_page()
    assert back is not None and [call.sid for call in back] == pages[0]


def test_money_falls_and_is_accounted_for(twin: TwinProcess) -> None:
    client = twin.client
    before = client.balance.fetch()
    sid = place(client, ANN, BYE)
    for _ in range(2000):
        if client.calls(sid).fetch().price is not None:
            break
    call, after = client.calls(sid).fetch(), client.balance.fetch()
    assert before.currency == after.currency == call.price_unit == "USD"
    assert float(call.price) < 0
    assert float(after.balance) == pytest.approx(float(before.balance) + float(call.price))
    for records in (client.usage.records, client.usage.records.today):
        (billed,) = records.list(category="calls")
        assert float(billed.price) > 0 and int(billed.count) >= 1


def test_what_the_account_has_and_what_it_may_not(twin: TwinProcess) -> None:
    client = twin.client
    assert [one.phone_number for one in client.incoming_phone_numbers.list()] == [OWN]
    for form, code in (
        ({"to": ANN, "from_": "+13125550199", "twiml": BYE}, 21210),
        ({"to": "12", "from_": OWN, "twiml": BYE}, 21211),
        ({"to": ANN, "from_": OWN}, 21205),
    ):
        with pytest.raises(TwilioRestException) as refused:
            client.calls.create(**form)
        assert (refused.value.status, refused.value.code) == (400, code)
