"""CSV rows: what is understood, what is refused and with which words."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.errors import InputError
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
                "extra:Favourite colour": "red",
            },
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


def normalised(**fields: str) -> Normalised | Fault:
    return normalise_row(Row(7, fields), {})


@pytest.mark.parametrize(
    ("fields", "column", "words"),
    [
        ({}, "phone", "is empty"),
        ({"phone": "call me"}, "phone", "not a telephone number"),
        ({"phone": "213 555 21"}, "phone", "not a number that exists"),
        ({"phone": "212 555 0123 ext. 5"}, "phone", "extension"),
        ({"phone": "212 555 0123", "timezone": "Mountain"}, "timezone", "IANA"),
        ({"phone": "212 555 0123", "timezone": "America"}, "timezone", "IANA"),
    ],
)
def test_a_fault_names_line_column_and_reason(
    fields: dict[str, str], column: str, words: str
) -> None:
    fault = normalised(**fields)
    assert isinstance(fault, Fault)
    assert (fault.line, fault.column) == (7, column)
    assert words in fault.reason


def test_the_same_number_written_twice_is_one_lead() -> None:
    seen: dict[str, int] = {}
    first = normalise_row(Row(2, {"phone": "(212) 555-0123"}), seen)
    second = normalise_row(Row(3, {"phone": "+1 212 555 0123"}), seen)
    assert isinstance(first, Normalised)
    assert first.zones == ("America/New_York",)
    assert isinstance(second, Fault)
    assert "line 2" in second.reason
