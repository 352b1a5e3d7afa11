"""CSV to leads on a real PostgreSQL: counted, refused by row, repeatable, nothing half-done."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO

import pytest
from sqlalchemy import delete, func, select

from dialer import campaigns, consents, leads, localities, suppressions
from dialer.db import transaction
from dialer.erasures import Key
from dialer.errors import InputError, SettingsError
from dialer.lead_consent import BulkConsent
from dialer.models import (
    Campaign,
    CampaignLocality,
    Consent,
    Decision,
    Erasure,
    Import,
    ImportChunk,
    ImportRow,
    Lead,
    Phone,
)
from dialer.models import Locality as PlaceRow
from dialer.phone import E164
from dialer.rules.locality import Locality
from integration.house import NOON, House, add_leads, build


@pytest.fixture
def house(database: str) -> Iterator[House]:
    made = build(database)
    yield made
    made.close()


def report(house: House, import_id: int) -> leads.ImportReport:
    with transaction(house.sessions) as session:
        return leads.report(session, import_id)


def test_good_rows_are_imported_and_bad_ones_named(house: House) -> None:
    text = (
        "phone,first name,timezone,budget\n"
        "(303) 555-0101,Ann,,400\n"
        "not a number,Bob,,\n"
        '303 555 0102,"Cyd, the ""second""",America/Denver,"a\\b\tc"\n'
        "303.555.0101,Ann again,,\n"
        "212 555 0123,known to the campaign,,\n"
        "303 555 0103,Dee,Denver time,\n"
    )
    got = report(house, add_leads(house, house.campaign_id, text))
    assert (got.state, got.rows_total, got.rows_imported, got.rows_rejected) == ("ready", 6, 2, 4)
    assert [(fault.line, fault.column) for fault in got.faults] == [
        (3, "phone"),
        (5, "phone"),
        (6, "phone"),
        (7, "timezone"),
    ]
    with transaction(house.sessions) as session:
        lead = session.scalars(select(Lead).where(Lead.first_name.like("Cyd%"))).one()
        assert lead.first_name == 'Cyd, the "second"'
        assert lead.extra == {"budget": "a\\b\tc"}
        assert lead.state == "ready"
        for table in (ImportRow, ImportChunk):
            assert session.scalar(select(func.count()).select_from(table)) == 0


def run(house: House, content: str, **upload: object) -> int:
    """The three steps, each in its own transaction."""
    with transaction(house.sessions) as session:
        stream = BytesIO(content.encode())
        taken = leads.upload(session, house.campaign_id, "more.csv", stream, NOON, **upload)
        import_id = taken.id
    with transaction(house.sessions) as session:
        leads.stage(session, import_id)
    with transaction(house.sessions) as session:
        leads.normalise(session, import_id, NOON)
    with transaction(house.sessions) as session:
        leads.activate(session, import_id, NOON)
    return import_id


def states(house: House, import_id: int) -> list[tuple[str, str, bool]]:
    """State, reason and whether it has an hour, of each lead in file order."""
    with transaction(house.sessions) as session:
        rows = session.scalars(select(Lead).where(Lead.import_id == import_id).order_by(Lead.line))
        return [(one.state, one.reason, one.next_attempt_at is not None) for one in rows]


def decided(house: House, import_id: int) -> list[list[str]]:
    """The reasons of the decisions at import, in file order."""
    with transaction(house.sessions) as session:
        rows = session.execute(
            select(Decision.reasons)
            .join(Lead, Lead.id == Decision.lead_id)
            .where(Lead.import_id == import_id, Decision.stage == "import")
            .order_by(Lead.line)
        )
        return [reasons for (reasons,) in rows]


def test_without_consent_an_automated_campaign_holds_the_lead(house: House) -> None:
    import_id = run(
        house,
        "phone,consent,consent date,consent channel\n"
        "303 555 0101,yes call me,2026-03-31,web form\n"
        "303 555 0102,,,\n"
        "303 555 0103,yes,,web form\n",
    )
    assert states(house, import_id) == [("ready", "", True), ("waiting", "consent_missing", False)]
    assert decided(house, import_id) == [["consent_missing"]]
    faults = report(house, import_id).faults
    assert [(one.line, one.column) for one in faults] == [(4, "consent_date")]
    with transaction(house.sessions) as session:
        kept = session.scalars(select(Consent).where(Consent.import_id == import_id)).one()
        assert (kept.wording, kept.channel, kept.form) == ("yes call me", "web form", "written")
        assert (kept.source, kept.evidence) == ("more.csv", "line 2")


def test_a_live_campaign_needs_no_consent(house: House) -> None:
    with transaction(house.sessions) as session:
        session.get_one(Campaign, house.campaign_id).call_class = "live"
    assert states(house, run(house, "phone\n303 555 0101\n")) == [("ready", "", True)]


def test_one_consent_holds_for_a_file_and_a_row_keeps_its_own(house: House) -> None:
    bulk = BulkConsent("all agreed", "fair", datetime(2026, 5, 1, tzinfo=UTC), "express", "homes")
    import_id = run(
        house,
        "phone,consent,consent date,consent channel\n"
        "303 555 0101,mine,2026-03-31,web form\n"
        "303 555 0102,,,\n",
        consent=bulk,
    )
    assert {state for state, _, _ in states(house, import_id)} == {"ready"}
    with transaction(house.sessions) as session:
        kept = session.scalars(
            select(Consent).where(Consent.import_id == import_id).order_by(Consent.evidence)
        ).all()
        assert [one.wording for one in kept] == ["mine", "all agreed"]
        assert (kept[1].form, kept[1].purpose, kept[1].captured_at) == (*bulk[3:], bulk[2])


def test_a_consent_that_was_taken_back_does_not_come_back_with_an_old_file(house: House) -> None:
    text = "phone,consent,consent date,consent channel\n303 555 0101,yes,2026-03-31,web form\n"
    run(house, text)
    with transaction(house.sessions) as session:
        consents.revoke(session, E164("+13035550101"), "stop", NOON)
        other = Campaign(**copied(session.get_one(Campaign, house.campaign_id)), name="other")
        session.add(other)
        session.flush()
        other_id = other.id
    import_id = run(replace(house, campaign_id=other_id), text + "\n")
    assert states(house, import_id) == [("waiting", "consent_missing", False)]


def copied(campaign: Campaign) -> dict[str, object]:
    """The columns of a campaign that a second one may share."""
    columns = (column.key for column in Campaign.__table__.columns)
    return {key: getattr(campaign, key) for key in columns if key not in ("id", "name")}


def test_a_number_without_place_is_kept_but_never_ready(house: House) -> None:
    import_id = run(house, "phone\n800 555 0101\n867 555 0101\n")
    assert states(house, import_id) == [
        ("invalid", "number_without_place", False),
        ("invalid", "too_many_zones", False),
    ]
    assert decided(house, import_id) == [["number_without_place"], ["too_many_zones"]]


def test_texts_that_add_nothing_are_noted(house: House) -> None:
    text = "phone,state,zip\n303 555 0101,Colorodo,80202\n303 555 0102,Colorodo,802\n"
    notes = report(house, run(house, text)).notes
    assert [(one.line, one.column, one.rows) for one in notes] == [
        (2, "region", 2),
        (3, "postal_code", 1),
    ]
    assert "'Colorodo'" in notes[0].text


def test_leads_of_one_place_share_its_row(house: House) -> None:
    import_id = run(house, "phone,state\n303 555 0101,CO\n720 555 0102,Colorado\n")
    with transaction(house.sessions) as session:
        found = set(session.scalars(select(Lead.locality_id).where(Lead.import_id == import_id)))
        assert len(found) == 1
        place = localities.get(session, found.pop())
        assert (place.zones, place.states) == (("America/Denver",), ("US-CO",))
        row = (house.campaign_id, localities.ensure(session, [place])[place])
        assert session.get(CampaignLocality, row) is not None


def test_a_rolled_back_place_is_not_remembered(house: House) -> None:
    place = Locality("US", ("America/Adak",), ("US-AK",))
    with pytest.raises(RuntimeError), transaction(house.sessions) as session:
        lost = localities.ensure(session, [place])[place]
        raise RuntimeError
    with transaction(house.sessions) as session:
        kept = localities.ensure(session, [place])[place]
        assert kept != lost
        assert session.get(PlaceRow, kept) is not None


def test_a_person_who_was_erased_is_refused_and_stored_nowhere(house: House) -> None:
    text = "phone,first name\n303 555 0101,Ann\n303 555 0102,Bob\n"
    with transaction(house.sessions) as session:
        key = Key("the key")
        told = {"key_id": key.key_id, "reason": "asked", "erased_at": NOON}
        session.add(Erasure(hash=key.hash("+13035550101"), **told))
    with pytest.raises(SettingsError, match="erasure key"):
        run(house, text)
    with transaction(house.sessions) as session:
        import_id = session.scalars(select(func.max(Import.id))).one()
    with (
        pytest.raises(SettingsError, match="not the key"),
        transaction(house.sessions) as session,
    ):
        leads.activate(session, import_id, NOON, Key("another"))
    with transaction(house.sessions) as session:
        leads.activate(session, import_id, NOON, key)
    got = report(house, import_id)
    assert [(one.line, one.reason) for one in got.faults] == [
        (2, "the person asked to be forgotten")
    ]
    assert (got.rows_imported, got.rows_rejected) == (1, 1)
    with transaction(house.sessions) as session:
        assert session.scalar(select(Phone).where(Phone.e164 == "+13035550101")) is None


@pytest.mark.parametrize("before", ["normalise", "activate"])
def test_a_crash_that_empties_the_staging_table_costs_nothing(house: House, before: str) -> None:
    text = "phone\n303 555 0101\nx\n303 555 0101\n303 555 0102\n"
    with transaction(house.sessions) as session:
        stream = BytesIO(text.encode())
        import_id = leads.upload(session, house.campaign_id, "a.csv", stream, NOON).id
        leads.stage(session, import_id)
        if before == "activate":
            leads.normalise(session, import_id, NOON)
        session.execute(delete(ImportRow))
        leads.normalise(session, import_id, NOON)
        leads.activate(session, import_id, NOON)
    got = report(house, import_id)
    assert (got.rows_total, got.rows_imported, got.rows_rejected) == (4, 2, 2)
    assert [one.line for one in got.faults] == [3, 4]


def test_two_files_at_once_make_one_lead_of_each_number(house: House) -> None:
    numbers = [f"303555{line:04d}" for line in range(200)]
    files = ["phone\n" + "\n".join(order) + "\n" for order in (numbers, numbers[::-1])]
    with ThreadPoolExecutor(2) as pool:
        ids = list(pool.map(lambda text: run(house, text), files))
    counts = [report(house, import_id).rows_imported for import_id in ids]
    refused = [report(house, import_id).rows_rejected for import_id in ids]
    assert (sorted(counts), sorted(refused)) == ([0, 200], [0, 200])


def test_a_corrected_file_is_taken_in(house: House) -> None:
    run(house, "phone\n303 555 0101\n303 555 01\n")
    again = report(house, run(house, "phone\n303 555 0101\n303 555 0102\n"))
    assert (again.rows_imported, again.rows_rejected) == (1, 1)
    assert "in this campaign already" in again.faults[0].reason


def test_priority_and_the_lists_own_zone_are_kept(house: House) -> None:
    text = "phone,priority,tz\n303 555 0101,7,America/Chicago\n"
    import_id = run(house, text)
    with transaction(house.sessions) as session:
        lead = session.scalars(select(Lead).where(Lead.import_id == import_id)).one()
        assert (lead.priority, lead.timezone_source) == (7, "list")
        zones = localities.get(session, lead.locality_id).zones
        assert zones == ("America/Chicago", "America/Denver")


def test_every_step_may_be_repeated(house: House) -> None:
    import_id = add_leads(house, house.campaign_id, "phone\n303 555 0101\nx\n")
    before = report(house, import_id)
    with transaction(house.sessions) as session:
        leads.stage(session, import_id)
        leads.normalise(session, import_id, NOON)
        leads.activate(session, import_id, NOON)
    assert report(house, import_id) == before


def test_the_same_file_is_recognised(house: House) -> None:
    text = "phone\n303 555 0101\n"
    first = add_leads(house, house.campaign_id, text)
    assert add_leads(house, house.campaign_id, text) == first


def test_nothing_is_due_before_the_whole_file_is_in(house: House) -> None:
    with transaction(house.sessions) as session:
        content = BytesIO(b"phone\n303 555 0101\n")
        import_id = leads.upload(session, house.campaign_id, "a.csv", content, NOON).id
        leads.stage(session, import_id)
        leads.normalise(session, import_id, NOON)
        assert session.scalars(select(Lead).where(Lead.import_id == import_id)).all() == []


def test_a_suppressed_number_goes_aside_at_once(house: House) -> None:
    with transaction(house.sessions) as session:
        suppressions.add(session, E164("+13035550101"), "by letter", "operator", NOON)
    add_leads(house, house.campaign_id, "phone\n303 555 0101\n")
    with transaction(house.sessions) as session:
        counts = campaigns.lead_counts(session, house.campaign_id)
    assert counts["suppressed"] == 1


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b" \n ", "is empty"),
        (b"phone,name\n", "no rows"),
        (b"name\nAnn\n", "no phone column"),
        ("phone,name\n3035550101,J\u00fcrgen\n".encode("latin-1"), "not UTF-8: byte 23 is 0xfc"),
        ("phone\n3035550101\n".encode("utf-16"), "UTF-16"),
    ],
)
def test_an_unusable_file_leaves_nothing_behind(house: House, content: bytes, words: str) -> None:
    before = counted(house)
    with pytest.raises(InputError, match=words), transaction(house.sessions) as session:
        leads.upload(session, house.campaign_id, "bad.csv", BytesIO(content), NOON)
    assert counted(house) == before


def test_a_wrong_byte_after_the_first_chunk_is_found_before_anything_is_kept(
    house: House,
) -> None:
    content = b"phone,note\n" + b"3035550101,fine\n" * 80_000 + b"3035550102,\xe9\n"
    before = counted(house)
    with pytest.raises(InputError, match="not UTF-8"), transaction(house.sessions) as session:
        leads.upload(session, house.campaign_id, "bad.csv", BytesIO(content), NOON)
    assert counted(house) == before


def counted(house: House) -> list[int | None]:
    with transaction(house.sessions) as session:
        return [
            session.scalar(select(func.count()).select_from(table))
            for table in (Import, ImportChunk, ImportRow, Lead, Phone)
        ]
