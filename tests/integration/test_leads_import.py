"""CSV to leads on a real PostgreSQL: counted, refused by row, repeatable, nothing half-done."""

from collections.abc import Iterator
from io import BytesIO

import pytest
from sqlalchemy import func, select

from dialer import campaigns, leads, suppressions
from dialer.db import transaction
from dialer.errors import InputError
from dialer.models import Import, ImportChunk, ImportRow, Lead, Phone
from dialer.phone import E164
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
