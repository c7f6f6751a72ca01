"""Whatever is done to a sealed record is named, and nothing else is."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.evidence import Section
from gateway.record.entries import dispose, make_entry, pack, unpack
from gateway.record.findings import Finding, Kind, Report
from gateway.record.note import sign_checkpoint
from gateway.record.tree import Frontier, leaf_hash
from gateway.record.verify import verify_record

ORIGIN = "gateway.example/t/0001/decisions"
places = st.integers(0, 599)


def check(kept, tiles: bool = True, **more) -> Report:
    return verify_record(kept.rows, kept.notes, kept.key, ORIGIN, tiles=kept.tile if tiles else None, **more)


def found(report: Report) -> list[tuple[Kind, int | None]]:
    return [(one.kind, one.first) for one in report.findings]


def first(report: Report) -> Finding:
    return report.findings[0]


def renumber(rows: list[tuple]) -> list[tuple]:
    return [(place, leaf, sections) for place, (_, leaf, sections) in enumerate(rows)]


def changed(data: bytes, place: int, letter: int) -> bytes:
    place %= len(data)
    return data[:place] + bytes([data[place] ^ letter]) + data[place + 1 :]


def put(kept, index: int, leaf: bytes, sections: tuple[Section, ...] | None) -> None:
    kept.rows[index] = (index, leaf, sections)


@pytest.mark.parametrize("tiles", [True, False])
def test_a_record_as_it_was_sealed_is_sound(tiles: bool, kept) -> None:
    report = check(kept, tiles)
    assert report.sound
    assert (report.entries, report.proven, report.unsealed, report.checkpoints, report.opened) == (600, 600, 0, 6, 2400)


def test_an_empty_record_is_sound_and_says_that_it_is_empty(empty) -> None:
    assert check(empty) == Report(0, 0, 0, 0, 0, 0, 0, (), 0)


def test_an_empty_tree_s_checkpoint_is_believed(empty) -> None:
    empty.sign_here()
    assert (check(empty).sound, check(empty).checkpoints) == (True, 1)


def test_entries_newer_than_the_last_checkpoint_are_the_exposure_window(kept, entry) -> None:
    kept.add(*(entry(index) for index in range(600, 637)))
    report = check(kept)
    assert (report.sound, report.entries, report.proven, report.unsealed) == (True, 637, 600, 37)


def test_the_same_checkpoint_signed_twice_is_sound(kept) -> None:
    kept.sign_here()
    assert check(kept).sound


def test_content_may_be_left_unread(kept) -> None:
    report = verify_record(((index, leaf, None) for index, leaf, _ in kept.rows), kept.notes, kept.key, ORIGIN)
    assert (report.sound, report.proven, report.opened) == (True, 600, 0)


def test_progress_is_told_at_least_every_256_entries(kept) -> None:
    told: list[int] = []
    kept.notes = kept.notes[-1:]
    check(kept, progress=told.append)
    assert told == [0, 256, 512, 600, 600]


@given(index=places, place=st.integers(0, 333), letter=st.integers(1, 255))
@settings(max_examples=25, deadline=None)
def test_any_one_byte_edit_of_a_leaf_is_named(index: int, place: int, letter: int, sealed) -> None:
    kept = sealed.copy()
    _, leaf, sections = kept.rows[index]
    put(kept, index, changed(leaf, place, letter), sections)
    report = check(kept)
    assert {(one.kind, one.first) for one in report.findings} <= {
        (Kind.EDITED, index),
        (Kind.INSERTED, index),
        (Kind.ERASED, index),
    }
    assert (Kind.EDITED, index) in found(report)
    assert report.proven == 600


@given(index=places, place=st.integers(0, 333), letter=st.integers(1, 255))
@settings(max_examples=25, deadline=None)
def test_without_tiles_an_edited_leaf_is_placed_between_two_checkpoints(
    index: int, place: int, letter: int, sealed
) -> None:
    kept = sealed.copy()
    put(kept, index, changed(kept.rows[index][1], place, letter), None)
    report = check(kept, tiles=False)
    low = index // 100 * 100
    assert (Kind.EDITED, low, low + 99) in [(one.kind, one.first, one.last) for one in report.findings]
    assert report.proven == low


@pytest.mark.parametrize("part", ["salt", "value"])
@given(index=places, section=st.integers(0, 3), place=st.integers(0, 100), letter=st.integers(1, 255))
@settings(max_examples=25, deadline=None)
def test_any_one_byte_edit_of_a_section_is_named(
    part: str, index: int, section: int, place: int, letter: int, sealed
) -> None:
    kept = sealed.copy()
    _, leaf, sections = kept.rows[index]
    edited = replace(sections[section], **{part: changed(getattr(sections[section], part), place, letter)})
    put(kept, index, leaf, (*sections[:section], edited, *sections[section + 1 :]))
    report = check(kept)
    assert found(report) == [(Kind.EDITED, index)]
    assert first(report).say.startswith(f"{edited.name} of entry {index:,} ")


@pytest.mark.parametrize("cut", [31, 33])
def test_a_byte_moved_between_a_salt_and_its_value_is_named(cut: int, kept) -> None:
    _, leaf, (part, *others) = kept.rows[5]
    both = part.salt + part.value
    put(kept, 5, leaf, (replace(part, salt=both[:cut], value=both[cut:]), *others))
    assert found(check(kept)) == [(Kind.EDITED, 5)]


def test_an_entry_rewritten_with_matching_sections_is_named(kept, entry) -> None:
    forged = make_entry(entry(412).rid, "0001", "decision", 1, {"outcome": {"code": "SHARE"}}, lambda: b"s" * 32)
    put(kept, 412, forged.leaf, forged.sections)
    (finding,) = check(kept).findings
    assert (finding.kind, finding.first, finding.rid) == (Kind.EDITED, 412, forged.rid)
    assert finding.say == f"entry 412 ({forged.rid}) was changed after it was sealed"


def test_every_edited_entry_is_named_and_the_rest_is_proven(kept, entry) -> None:
    for index in (7, 250, 259, 599):
        put(kept, index, entry(index + 1000).leaf, entry(index + 1000).sections)
    report = check(kept)
    assert (found(report), report.proven) == ([(Kind.EDITED, index) for index in (7, 250, 259, 599)], 600)


def test_a_unicode_equivalent_spelling_is_an_edit(empty) -> None:
    one = make_entry(
        "0192f1c2-0000-7000-8000-000000000003", "0001", "permit", 0, {"human": {"by": "Zoë"}}, lambda: b"s" * 32
    )
    empty.seal(one)
    (part,) = one.sections
    put(empty, 0, one.leaf, (replace(part, value=part.value.decode().replace("ë", "e\u0308").encode()),))
    assert found(check(empty)) == [(Kind.EDITED, 0)]


@given(index=places)
@settings(max_examples=25, deadline=None)
def test_a_deleted_row_is_named_and_the_rest_is_proven(index: int, sealed) -> None:
    kept = sealed.copy()
    del kept.rows[index]
    report = check(kept)
    kind = Kind.TRUNCATED if index == 599 else Kind.DELETED
    assert found(report) == [(kind, index)]
    assert report.proven == (500 if index == 599 else 600)


def test_without_tiles_a_deleted_row_is_named_and_nothing_after_it_is_proven(kept) -> None:
    del kept.rows[250]
    report = check(kept, tiles=False)
    assert (found(report), report.proven) == ([(Kind.DELETED, 250)], 200)


@given(index=places)
@settings(max_examples=25, deadline=None)
def test_a_deletion_hidden_by_renumbering_is_named(index: int, sealed) -> None:
    kept = sealed.copy()
    del kept.rows[index]
    kept.rows = renumber(kept.rows)
    report = check(kept)
    assert first(report).kind is (Kind.TRUNCATED if index == 599 else Kind.DELETED)
    assert first(report).first == index


def test_nothing_after_a_hidden_deletion_is_proven_or_accused(kept) -> None:
    del kept.rows[250]
    kept.rows = renumber(kept.rows)
    report = check(kept)
    assert (found(report), report.proven) == ([(Kind.DELETED, 250), (Kind.TRUNCATED, 599)], 200)


@given(index=places.filter(lambda index: index % 100 != 99))
@settings(max_examples=25, deadline=None)
def test_an_inserted_entry_is_named(index: int, sealed, entry) -> None:
    kept = sealed.copy()
    kept.rows.insert(index, (index, entry(9000).leaf, entry(9000).sections))
    kept.rows = renumber(kept.rows)
    report = check(kept)
    assert (first(report).kind, first(report).first, first(report).rid) == (Kind.INSERTED, index, entry(9000).rid)


def test_an_entry_inserted_just_before_a_checkpoint_is_named(kept, entry) -> None:
    kept.rows.insert(99, (99, entry(9000).leaf, entry(9000).sections))
    kept.rows = renumber(kept.rows)
    assert first(check(kept)).first == 99


@given(one=places, other=places)
@settings(max_examples=25, deadline=None)
def test_two_swapped_entries_are_named(one: int, other: int, sealed) -> None:
    low, high = sorted((one, other))
    if low // 100 != high // 100 or low == high:
        high = low + 1 if low % 100 < 99 else low - 1
        low, high = sorted((low, high))
    kept = sealed.copy()
    kept.rows[low], kept.rows[high] = kept.rows[high], kept.rows[low]
    kept.rows = renumber(kept.rows)
    report = check(kept)
    assert [(one.kind, one.first, one.last) for one in report.findings] == [(Kind.SWAPPED, low, high)]


def test_entries_swapped_across_checkpoints_are_both_named_and_the_rest_is_proven(kept) -> None:
    (_, *early), (_, *late) = kept.rows[50], kept.rows[450]
    put(kept, 50, *late)
    put(kept, 450, *early)
    report = check(kept)
    assert (found(report), report.proven) == ([(Kind.EDITED, 50), (Kind.EDITED, 450)], 600)


def test_a_copy_of_an_earlier_entry_is_named_where_it_stands(kept) -> None:
    _, leaf, sections = kept.rows[3]
    put(kept, 7, leaf, sections)
    assert found(check(kept)) == [(Kind.EDITED, 7)]


def test_an_entry_that_stands_twice_is_named(kept) -> None:
    kept.rows.insert(8, kept.rows[7])
    report = check(kept)
    assert (found(report), report.proven) == ([(Kind.RENUMBERED, 7)], 600)


def test_rows_out_of_order_are_named(kept) -> None:
    kept.rows[7], kept.rows[8] = kept.rows[8], kept.rows[7]
    assert found(check(kept)) == [(Kind.DELETED, 7), (Kind.RENUMBERED, 7)]


def test_a_row_numbered_far_away_does_not_hang_the_check(kept) -> None:
    kept.rows[-1] = (2**53, *kept.rows[-1][1:])
    assert found(check(kept))[0] == (Kind.DELETED, 599)


@given(length=st.integers(0, 599))
@settings(max_examples=25, deadline=None)
def test_a_record_cut_below_its_checkpoint_is_truncated(length: int, sealed) -> None:
    kept = sealed.copy()
    kept.rows = kept.rows[:length]
    report = check(kept)
    assert [(one.kind, one.first, one.last) for one in report.findings] == [(Kind.TRUNCATED, length, 599)]


def test_a_record_cut_together_with_its_checkpoints_is_seen_by_who_holds_one(kept) -> None:
    held = [kept.notes[5]]
    kept.rows, kept.notes = kept.rows[:400], kept.notes[:4]
    assert check(kept).sound
    assert found(check(kept, held=held)) == [(Kind.ROLLED_BACK, 400)]


def test_a_truncation_that_the_record_s_own_checkpoints_show_is_named_once(kept) -> None:
    kept.rows = kept.rows[:400]
    assert found(check(kept, held=[kept.notes[5]])) == [(Kind.TRUNCATED, 400)]


def test_a_checkpoint_held_elsewhere_that_agrees_is_sound(kept) -> None:
    assert check(kept, held=[kept.notes[5], kept.notes[2]]).sound


def test_a_checkpoint_held_elsewhere_beyond_the_newest_is_asked(kept) -> None:
    held = [kept.notes.pop()]
    report = check(kept, held=held)
    assert (report.sound, report.proven, report.unsealed) == (True, 600, 100)


def test_a_rewritten_record_is_seen_by_who_holds_an_older_checkpoint(kept, empty, entry) -> None:
    for start in range(0, 600, 100):
        empty.seal(*(entry(index + (index == 250) * 1000) for index in range(start, start + 100)))
    assert check(empty).sound
    assert found(check(empty, held=[kept.notes[1]])) == []
    assert found(check(empty, held=[kept.notes[5]])) == [(Kind.FORKED, None)]


def test_two_checkpoints_of_one_size_are_a_fork(kept) -> None:
    kept.notes.append(sign_checkpoint(kept.key, kept.sign, 600, b"r" * 32).note)
    assert found(check(kept)) == [(Kind.FORKED, None)]


def test_a_replayed_checkpoint_is_a_rollback(kept) -> None:
    kept.notes.append(kept.notes[3])
    report = check(kept)
    assert (found(report), report.proven) == ([(Kind.ROLLED_BACK, None)], 600)
    assert first(report).say == "a checkpoint of 400 entries comes after one of 600"


def test_a_checkpoint_signed_with_another_key_is_forged(kept, other_key) -> None:
    kept.notes[5] = sign_checkpoint(*other_key, 600, kept.frontier.root()).note
    report = check(kept)
    assert (found(report), report.proven, report.unsealed) == ([(Kind.FORGED, None)], 500, 100)


def test_a_record_rewritten_and_signed_again_with_another_key_is_forged(other_key, empty, entry, log_key) -> None:
    empty.key, empty.sign = other_key
    empty.seal(*map(entry, range(100)))
    empty.key = log_key[0]
    report = check(empty)
    assert (found(report), report.proven, report.unsealed) == ([(Kind.FORGED, None)], 0, 100)


def test_an_edited_checkpoint_is_forged(kept) -> None:
    kept.notes[2] = kept.notes[2].replace("\n300\n", "\n299\n")
    assert found(check(kept)) == [(Kind.FORGED, None)]


def test_the_checkpoint_of_another_council_is_named(kept, log_key) -> None:
    key = replace(log_key[0], name="gateway.example/t/0002/decisions")
    kept.notes[2] = sign_checkpoint(key, kept.sign, 300, kept.frontier.root()).note
    assert found(check(kept)) == [(Kind.OTHER_RECORD, None)]


def test_the_entries_of_another_council_are_named(kept, entry) -> None:
    kept.rows = [(index, entry(index + 5000).leaf, None) for index in range(600)]
    report = check(kept)
    assert (found(report)[0], len(report.findings)) == ((Kind.EDITED, 0), 600)


def test_a_stored_tree_that_was_changed_does_not_accuse_the_entry(kept) -> None:
    kept.tiles[0, 1] = changed(kept.tiles[0, 1], 32 * 10, 1)
    report = check(kept)
    assert (found(report), report.proven) == ([(Kind.TREE, 266)], 600)


def test_an_entry_changed_together_with_the_stored_tree_is_placed_between_checkpoints(kept, entry) -> None:
    put(kept, 266, entry(9000).leaf, entry(9000).sections)
    tile = kept.tiles[0, 1]
    kept.tiles[0, 1] = tile[:320] + leaf_hash(entry(9000).leaf) + tile[352:]
    report = check(kept)
    assert [(one.kind, one.first, one.last) for one in report.findings] == [(Kind.EDITED, 200, 299)]
    assert report.proven == 200


def test_an_entry_edited_and_the_end_cut_off_are_both_named(kept, entry) -> None:
    put(kept, 510, entry(9000).leaf, entry(9000).sections)
    kept.rows = kept.rows[:550]
    assert found(check(kept)) == [(Kind.EDITED, 510), (Kind.TRUNCATED, 550)]


def test_a_section_disposed_of_is_counted_and_sound(kept) -> None:
    _, leaf, sections = kept.rows[5]
    put(kept, 5, leaf, unpack(dispose(pack(sections), {"human"})))
    report = check(kept, disposed=lambda rid, section: section == "human")
    assert (report.sound, report.disposed, report.opened) == (True, 1, 2399)


@pytest.mark.parametrize("left", ["null", "absent", "no salt", "no value"])
def test_content_that_is_gone_without_a_recorded_disposal_is_named(left: str, kept) -> None:
    _, leaf, sections = kept.rows[5]
    *others, human = sections
    gone = {
        "null": [replace(human, salt=None, value=None)],
        "absent": [],
        "no salt": [replace(human, salt=None)],
        "no value": [replace(human, value=None)],
    }[left]
    put(kept, 5, leaf, (*others, *gone))
    (finding,) = check(kept).findings
    assert (finding.kind, finding.first) == (Kind.ERASED, 5)
    assert finding.say.startswith("human of entry 5 ")
    assert finding.say.endswith("no disposal was recorded")


def test_a_record_may_be_checked_from_a_checkpoint_on(kept) -> None:
    start = Frontier.of(300, kept.tile)
    report = verify_record(iter(kept.rows[300:]), kept.notes[2:], kept.key, ORIGIN, tiles=kept.tile, start=start)
    assert (report.sound, report.entries, report.proven) == (True, 300, 300)


def test_a_false_start_is_found_at_its_checkpoint(kept) -> None:
    start = replace(Frontier.of(300, kept.tile), nodes=(b"x" * 32,) * 4)
    report = verify_record(kept.rows[300:], kept.notes[2:], kept.key, ORIGIN, start=start)
    assert (first(report).kind, report.proven) == (Kind.FORKED, 0)


def test_findings_stop_at_1000_and_the_rest_are_counted(empty, entry) -> None:
    empty.seal(*map(entry, range(1100)))
    empty.rows = [(index, b"?", None) for index in range(1100)]
    report = check(empty)
    assert (len(report.findings), report.more) == (1000, 100)


def test_more_edits_under_one_checkpoint_than_can_be_listed_are_counted(empty, entry) -> None:
    empty.seal(*map(entry, range(400)))
    empty.rows[50:350] = [(index, entry(index + 1000).leaf, None) for index in range(50, 350)]
    report = check(empty)
    assert (len(report.findings), report.findings[-1].say) == (
        257,
        "44 more entries after that are not as they were sealed",
    )


def test_an_entry_beyond_the_last_checkpoint_that_differs_from_the_stored_tree_is_named(kept, entry) -> None:
    kept.notes.pop()
    put(kept, 555, entry(9000).leaf, entry(9000).sections)
    (finding,) = check(kept).findings
    assert (finding.kind, finding.first) == (Kind.EDITED, 555)
    assert finding.say.endswith("differs from the stored tree; no checkpoint says which is right")


def test_entries_whose_bytes_only_together_are_json_are_named(kept) -> None:
    """A block is looked at at once: what borrows a bracket from its neighbour may not pass."""
    one, two, three = kept.rows[10][1], kept.rows[11][1], kept.rows[12][1]
    at = two.index(b',"ts"')
    for index, leaf in enumerate((one + b"," + two[:at], two[at + 1 :], three), 10):
        kept.rows[index] = (index, leaf, None)
    report = check(kept)
    assert {finding.first for finding in report.findings} >= {10, 11}


def test_an_entry_whose_whole_content_is_gone_is_named_among_others_that_are_not_read(kept) -> None:
    kept.rows = [(index, leaf, () if index == 17 else None) for index, leaf, _ in kept.rows]
    report = check(kept)
    assert {(finding.kind, finding.first) for finding in report.findings} == {(Kind.ERASED, 17)}
