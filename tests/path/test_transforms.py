"""Each transform reads what it names and nothing else."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.config import targets
from gateway.path.transforms import TRANSFORMS, excel_counted


@pytest.mark.parametrize(
    ("name", "text", "read"),
    [
        ("uk_date", "14/03/2015", "2015-03-14"),
        ("uk_date", "4/3/2015", "2015-03-04"),
        ("uk_date", "14.03.2015", "2015-03-14"),
        ("uk_date", "14 03 2015", "2015-03-14"),
        ("iso_date", "2015-03-14", "2015-03-14"),
        ("uk_or_iso_date", "14/03/2015", "2015-03-14"),
        ("uk_or_iso_date", "2015-03-14", "2015-03-14"),
        ("date_of_datetime", "2015-03-14 00:00:00.000", "2015-03-14"),
        ("date_of_datetime", "2015-03-14T23:30:00+01:00", "2015-03-14"),
        ("date_of_datetime", "2015-03-14", "2015-03-14"),
        ("written_date", "2015-Mar-14 00:00:00", "2015-03-14"),
        ("written_date", "14 March 2015", "2015-03-14"),
        ("written_date", "14/03/2015", "2015-03-14"),
        ("written_date", "2015-03-14T00:00:00", "2015-03-14"),
        ("count", "136.0", 136),
        ("count", "0", 0),
        ("iso_datetime", "2026-09-14T07:00:00.000Z", "2026-09-14T07:00:00+00:00"),
        ("iso_datetime", "2026-09-14 07:00", "2026-09-14T07:00:00"),
        ("yes_no", "YES", True),
        ("yes_no", "n", False),
        ("yes_no", "true", True),
        ("whole_number", "012", 12),
        ("upper", "a1", "A1"),
        ("lines", "one\ntwo", "one\ntwo"),
        ("split_lines", "one\r\n\n two ", ["one", "two"]),
        ("split_semicolon", "one; two;;", ["one", "two"]),
    ],
)
def test_what_it_names_is_read(name, text, read):
    assert TRANSFORMS[name](text) == read


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("uk_date", "03/14/2015"),  # month first
        ("uk_date", "31/02/2015"),  # no such day
        ("uk_date", "14/03/15"),  # whose century?
        ("uk_date", "2015-03-14"),
        ("uk_date", "١٤/٠٣/٢٠١٥"),  # digits other than 0 to 9
        ("iso_date", "14/03/2015"),
        ("iso_date", "2015-02-29"),
        ("iso_date", "0000-01-01"),
        ("uk_or_iso_date", "2015/03/14"),
        ("date_of_datetime", "14/03/2015 09:30"),
        ("written_date", "14 March 15"),  # whose century?
        ("written_date", "March 2015"),
        ("written_date", "30 Feb 2015"),
        ("written_date", "14 Mai 2015"),
        ("count", "12.5"),
        ("count", "-1"),
        ("iso_datetime", "2015-03-14"),  # no time
        ("iso_datetime", "2015-03-14T25:00:00"),
        ("yes_no", "yes, but not to school"),
        ("yes_no", "1"),
        ("whole_number", "12.0"),
        ("whole_number", "1,200"),
        ("whole_number", "9" * 5000),
    ],
)
def test_what_it_does_not_name_is_not_read(name, text):
    assert TRANSFORMS[name](text) is None


@given(st.dates(min_value=date(1000, 1, 1)))
def test_a_day_survives_both_ways_of_writing_it(day):
    assert TRANSFORMS["uk_date"](day.strftime("%d/%m/%Y")) == day.isoformat()
    assert TRANSFORMS["iso_date"](day.isoformat()) == day.isoformat()


@given(st.datetimes(timezones=st.none() | st.just(datetime.now().astimezone().tzinfo)))
def test_the_day_of_a_time_is_the_one_written_there(moment):
    assert TRANSFORMS["date_of_datetime"](moment.isoformat()) == moment.date().isoformat()


@pytest.mark.parametrize("name", sorted(TRANSFORMS))
@given(text=st.text(min_size=1, max_size=20).map(str.strip).filter(bool))
def test_no_text_makes_it_fail(name, text):
    read = TRANSFORMS[name](text)
    assert read is None or isinstance(read, str | bool | int | list)


def test_every_word_a_mapping_may_name_has_its_function():
    assert set(TRANSFORMS) == set(targets.TRANSFORMS)


def test_a_list_is_what_those_give_that_say_so():
    assert {name for name, transform in targets.TRANSFORMS.items() if transform.many} == {
        name for name, function in TRANSFORMS.items() if isinstance(function("a"), list)
    }


@pytest.mark.parametrize(
    ("text", "counted"),
    [("42552", True), ("42552.5", True), ("10000", True), ("73050", True), ("9999", False), ("73051", False),
     ("425520", False), ("42552 days", False), ("٤٢٥٥٢", False), ("", False)],
)  # fmt: skip
def test_excels_number_of_a_day_is_known_as_such(text: str, counted: bool) -> None:
    assert excel_counted(text) is counted
