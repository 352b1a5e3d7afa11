"""CSV rows: what is understood, what is refused and with which words."""

import csv
import io
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer import lead_consent, lead_staging
from dialer.errors import InputError
from dialer.lead_consent import BulkConsent
from dialer.lead_csv import Fault, Row, read
from dialer.lead_rows import Normalised, normalise_row

FIELD = st.text(st.characters(blacklist_categories=("Cs",), blacklist_characters="\x00"))


def test_columns_are_known_by_many_names() -> None:
    rows = list(read(["Mobile;First Name;Zip Code;Favourite colour\n", "2125550123;Ann;1;red\n"]))
    assert rows == [
        Row(
            2,
            {
                "phone": "2125550123",
                "first_name": "Ann",
                "postal_code": "1",
            },
            {"Favourite colour": "red"},
        )
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "empty"),
        ("\n", "empty"),
        ("name,mail\nAnn,a@b.c\n", "no phone column"),
        ("phone,mobile\n1,2\n", "two columns"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_as_a_whole(text: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        list(read(io.StringIO(text)))


def test_a_row_with_too_many_fields_is_refused_alone() -> None:
    rows = list(read(["phone,name\n", "1,a,b\n", "2,c\n"]))
    assert isinstance(rows[0], Fault)
    assert rows[0].line == 2
    assert rows[1] == Row(3, {"phone": "2", "first_name": "c"})


@given(st.lists(st.lists(FIELD, min_size=3, max_size=3), max_size=20))
def test_every_row_is_told_of_once_and_in_order(table: list[list[str]]) -> None:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["phone", "first name", "note"])
    writer.writerows(table)
    found = list(read(io.StringIO(text.getvalue(), newline="")))
    full = [row for row in table if any(value.strip() for value in row)]
    assert len(found) == len(full)
    lines = [item.line for item in found]
    assert lines == sorted(lines)


NOW = datetime(2026, 11, 22, tzinfo=UTC)
AGREED = {
    "consent_wording": "yes, call me",
    "consent_date": "2026-03-31",
    "consent_channel": "web form",
}


def normalised(**fields: str) -> Normalised | Fault:
    return normalise_row(Row(7, {"phone": "212 555 0123"} | fields), NOW)


@pytest.mark.parametrize(
    ("fields", "column", "words"),
    [
        ({"phone": ""}, "phone", "is empty"),
        ({"phone": "call me"}, "phone", "not a telephone number"),
        ({"phone": "213 555 21"}, "phone", "not a number that exists"),
        ({"phone": "212 555 0123 ext. 5"}, "phone", "extension"),
        ({"timezone": "Mountain"}, "timezone", "IANA"),
        ({"timezone": "America"}, "timezone", "IANA"),
        ({"priority": "high"}, "priority", "whole number"),
        ({"priority": "1001"}, "priority", "whole number"),
        (AGREED | {"consent_date": ""}, "consent_date", "is empty"),
        (AGREED | {"consent_channel": ""}, "consent_channel", "is empty"),
        (AGREED | {"consent_wording": ""}, "consent_wording", "is empty"),
        (AGREED | {"consent_date": "31/12/2025"}, "consent_date", "is not a date"),
        (AGREED | {"consent_date": "2027-01-01"}, "consent_date", "in the future"),
        (AGREED | {"consent_form": "oral"}, "consent_form", "neither written nor express"),
    ],
)
def test_a_fault_names_line_column_and_reason(
    fields: dict[str, str], column: str, words: str
) -> None:
    fault = normalised(**fields)
    assert isinstance(fault, Fault)
    assert (fault.line, fault.column) == (7, column)
    assert words in fault.reason


def test_a_row_becomes_a_lead_with_its_place_priority_and_consent() -> None:
    row = normalised(**AGREED, priority="-5", intent="Buyer", region="NJ")
    assert isinstance(row, Normalised)
    assert (row.e164, row.country, row.priority, row.intent) == ("+12125550123", "US", -5, "buy")
    assert row.located.locality.states == ("US-NJ", "US-NY")
    moment = datetime(2026, 3, 31, tzinfo=UTC)
    assert row.consent == BulkConsent("yes, call me", "web form", moment)


def test_a_row_without_consent_has_none() -> None:
    row = normalised(consent_form="written", consent_purpose="real estate")
    assert isinstance(row, Normalised) and row.consent is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-03-31", datetime(2026, 3, 31, tzinfo=UTC)),
        ("3/31/2026", datetime(2026, 3, 31, tzinfo=UTC)),
        ("03/31/2026 14:05", datetime(2026, 3, 31, 14, 5, tzinfo=UTC)),
        ("2026-03-31T14:05:00-05:00", datetime(2026, 3, 31, 19, 5, tzinfo=UTC)),
        ("2026-03-31 14:05:00Z", datetime(2026, 3, 31, 14, 5, tzinfo=UTC)),
        ("yesterday", None),
        ("2026-02-30", None),
    ],
)
def test_the_hour_of_a_consent_is_read_as_it_is_written(
    text: str, expected: datetime | None
) -> None:
    assert lead_consent.moment(text) == expected


def test_a_consent_for_a_whole_file_is_whole_or_refused() -> None:
    told = lead_consent.for_file("yes", "web form", "2026-03-31", "express", "", NOW)
    assert told and BulkConsent.of_record(told.record()) == told
    assert lead_consent.for_file("", "", "", "", "", NOW) is None
    with pytest.raises(InputError, match="consent channel is empty"):
        lead_consent.for_file("yes", "", "2026-03-31", "", "", NOW)


@given(st.lists(st.lists(FIELD, min_size=4, max_size=4), max_size=20))
def test_what_is_copied_is_what_was_read(table: list[list[str]]) -> None:
    """COPY's text form gives back each value, whatever stands in it."""
    rows = [
        Row(
            2 + at,
            {
                "phone": f"212555{at:04d}",
                "first_name": a.strip(),
                "address": b.strip(),
                "external_id": c.strip(),
            },
            {"note": d.strip()},
        )
        for at, (a, b, c, d) in enumerate(table)
    ]
    stream = lead_staging.Stream(3, rows, NOW)
    copied = [dict(zip(lead_staging.COLUMNS, line, strict=True)) for line in _copied(stream)]
    assert [line["first_name"] for line in copied] == [row.fields["first_name"] for row in rows]
    assert [line["address"] for line in copied] == [row.fields["address"] for row in rows]
    assert [line["external_id"] for line in copied] == [row.fields["external_id"] for row in rows]
    assert [json.loads(line["extra"]) for line in copied] == [row.extra for row in rows]


def _copied(stream: lead_staging.Stream) -> Iterator[list[str]]:
    """What PostgreSQL reads: lines end in a newline, values in a tab, a backslash escapes."""
    signs = {"n": "\n", "r": "\r", "t": "\t", "\\": "\\"}
    text = ""
    while block := stream.read(0):
        text += block
    for line in text.split("\n")[:-1]:
        values = line.split("\t")
        yield [re.sub(r"\\(.)", lambda sign: signs[sign[1]], value) for value in values]
