"""The layout of the first release: every table, with its constraints and indexes, as they were then."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Column, ForeignKey, Index, MetaData, Table, UniqueConstraint, text

from gateway.store.columns import Bytes, Int, Integer, Text

if TYPE_CHECKING:
    from alembic.operations import Operations

_FIRST: Final = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_label)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def upgrade(op: Operations) -> None:
    """Make every table."""
    _FIRST.create_all(op.get_bind())


def downgrade(op: Operations) -> None:
    """Take every table away, and with them everything that was kept."""
    _FIRST.drop_all(op.get_bind())


def _table(name: str, *parts: Column[Any] | Index | UniqueConstraint) -> None:
    Table(name, _FIRST, *parts, sqlite_strict=True)


def _where(condition: str) -> dict[str, Any]:
    return {"sqlite_where": text(condition), "postgresql_where": text(condition)}


# Every table, in the order in which they name each other.
_table(
    "alarm",
    Column("seq", Int, primary_key=True, autoincrement=True),
    Column("id", Text, nullable=False, unique=True),
    Column("council", Text, nullable=False),
    Column("referral", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("delivery", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("interrupts", Integer, nullable=False),
    Column("at", Int, nullable=False),
    Column("tell_at", Int, nullable=False),
    Column("entry", Text, nullable=False),
    Index("ix_alarm_role", "council", "role", "tell_at"),
)
_table(
    "attachment",
    Column("council", Text, primary_key=True),
    Column("sender", Text, primary_key=True),
    Column("test", Integer, primary_key=True),
    Column("token", Text, primary_key=True),
    Column("content", Text, nullable=False),
    Column("media_type", Text, nullable=False),
    Column("size", Integer, nullable=False),
    Column("scanned", Text, nullable=False),
    Column("at", Int, nullable=False),
)
_table(
    "checkpoint",
    Column("council", Text, primary_key=True),
    Column("size", Int, primary_key=True),
    Column("root", Bytes, nullable=False),
    Column("frontier", Bytes, nullable=False),
    Column("note", Text, nullable=False),
    Column("at", Int, nullable=False),
)
_table(
    "clock",
    Column("id", Text, primary_key=True),
    Column("council", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("referral", Text, nullable=False),
    Column("decision", Text, nullable=False),
    Column("delivery", Text, nullable=False),
    Column("owner", Text, nullable=False),
    Column("taken_by", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("rung", Integer, nullable=False),
    Column("started_at", Int, nullable=False),
    Column("due_at", Int, nullable=False),
    Column("next_at", Int, nullable=False),
    Column("ended_at", Int, nullable=True),
    Column("ended_by", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("needed", Text, nullable=False),
    Index("ix_clock_delivery", "delivery", **_where("state = 'running' AND delivery <> ''")),
    Index("ix_clock_next", "next_at", **_where("state = 'running'")),
    Index("ix_clock_referral", "referral"),
    Index("ix_clock_runs", "council", "kind", "started_at", **_where("state <> 'stopped'")),
)
_table(
    "content",
    Column("id", Text, primary_key=True),
    Column("council", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("body", Bytes, nullable=False),
)
_table(
    "draft",
    Column("id", Text, primary_key=True),
    Column("council", Text, nullable=False),
    Column("sender", Text, nullable=False),
    Column("content", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("started_by", Text, nullable=False),
    Column("changed_by", Text, nullable=False),
    Column("prepared_by", Text, nullable=False),
    Column("referral", Text, nullable=False),
    Column("at", Int, nullable=False),
    Column("changed_at", Int, nullable=False),
    Index("ix_draft_changed_at", "changed_at"),
    Index("ix_draft_sender", "council", "sender", "changed_at"),
)
_table(
    "entry",
    Column("seq", Int, primary_key=True, autoincrement=True),
    Column("rid", Text, nullable=False, unique=True),
    Column("council", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("ts", Int, nullable=False),
    Column("referral", Text, nullable=False),
    Column("leaf", Bytes, nullable=False),
    Column("sections", Text, nullable=False),
    Column("idx", Int, nullable=True),
    Index("ix_entry_idx", "council", "idx", unique=True),
    Index("ix_entry_referral", "referral"),
    Index("ix_entry_unsealed", "council", "seq", **_where("idx IS NULL")),
)
_table(
    "hub_lane",
    Column("council", Text, primary_key=True),
    Column("hub", Text, primary_key=True),
    Column("state", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("open_at", Int, nullable=False),
    Column("at", Int, nullable=False),
    Column("stopped", Text, nullable=False),
    Column("until", Int, nullable=True),
    Column("last", Int, nullable=False),
    Column("diverts", Integer, nullable=False),
    Column("by", Text, nullable=False),
    Column("said", Text, nullable=False),
)
_table(
    "letter",
    Column("id", Text, primary_key=True),
    Column("council", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("recipient", Text, nullable=False),
    Column("referral", Text, nullable=False),
    Column("tell_at", Int, nullable=False),
    Column("state", Text, nullable=False),
    Column("due_at", Int, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("why", Text, nullable=False),
    Column("at", Int, nullable=False),
    Column("ended_at", Int, nullable=True),
    UniqueConstraint("council", "key"),
    Index("ix_letter_at", "council", "at"),
    Index("ix_letter_due", "due_at", **_where("state = 'due'")),
)
_table(
    "manifest",
    Column("council", Text, primary_key=True),
    Column("day", Text, primary_key=True),
    Column("whose", Text, primary_key=True),
    Column("content", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("entry", Text, nullable=False),
    Column("at", Int, nullable=False),
    Column("compared_at", Int, nullable=True),
    Column("clock", Text, nullable=False),
)
_table(
    "meta",
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
)
_table(
    "policy",
    Column("seq", Int, primary_key=True, autoincrement=True),
    Column("council", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("starts", Int, nullable=False),
    Column("published_by", Text, nullable=False),
    Column("entry", Text, nullable=False),
    Column("at", Int, nullable=False),
    Index("ix_policy_council", "council", "starts"),
)
_table(
    "policy_act",
    Column("council", Text, primary_key=True),
    Column("digest", Text, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("role", Text, primary_key=True),
    Column("by", Text, primary_key=True),
    Column("entry", Text, nullable=False),
    Column("at", Int, nullable=False),
)
_table(
    "proposal",
    Column("council", Text, primary_key=True),
    Column("digest", Text, primary_key=True),
    Column("text", Text, nullable=False),
    Column("by", Text, nullable=False),
    Column("said", Text, nullable=False),
    Column("entry", Text, nullable=False),
    Column("at", Int, nullable=False),
    Column("ended_at", Int, nullable=True),
)
_table(
    "rehearsal",
    Column("id", Text, primary_key=True),
    Column("council", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("against", Text, nullable=False),
    Column("since", Int, nullable=False),
    Column("until", Int, nullable=False),
    Column("by", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("done", Integer, nullable=False),
    Column("of", Integer, nullable=False),
    Column("result", Text, nullable=False),
    Column("at", Int, nullable=False),
    Column("seen_at", Int, nullable=False),
    Index("ix_rehearsal_digest", "council", "digest", "at"),
)
_table(
    "report",
    Column("id", Text, primary_key=True),
    Column("council", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("query", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("rows", Int, nullable=False),
    Column("size", Int, nullable=False),
    Column("digest", Text, nullable=False),
    Column("made_by", Text, nullable=False),
    Column("at", Int, nullable=False),
    Column("seen_at", Int, nullable=False),
    Column("reviewed_by", Text, nullable=False),
    Column("reviewed_at", Int, nullable=True),
    Column("signed_by", Text, nullable=False),
    Column("signed_at", Int, nullable=True),
    Column("entry", Text, nullable=False),
    Index("ix_report_name", "council", "name", "at"),
)
_table(
    "rights_request",
    Column("id", Text, primary_key=True),
    Column("council", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("token", Text, nullable=False),
    Column("about", Text, nullable=False),
    Column("pauses", Integer, nullable=False),
    Column("received_at", Int, nullable=False),
    Column("due_at", Int, nullable=True),
    Column("stopped_at", Int, nullable=True),
    Column("stopped", Text, nullable=False),
    Column("stood", Integer, nullable=False),
    Column("extended", Integer, nullable=False),
    Column("acknowledged_at", Int, nullable=True),
    Column("said", Text, nullable=False),
    Column("by", Text, nullable=False),
    Column("at", Int, nullable=False),
    Column("ended_at", Int, nullable=True),
    Column("ended_by", Text, nullable=False),
    Index("ix_rights_request_pauses", "council", "token", **_where("pauses = 1")),
    Index("ix_rights_request_state", "council", "state", "due_at"),
)
_table(
    "saved_view",
    Column("id", Text, primary_key=True),
    Column("council", Text, nullable=False),
    Column("person", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("query", Text, nullable=False),
    Column("at", Int, nullable=False),
    Index("ix_saved_view_person", "council", "person"),
)
_table(
    "session",
    Column("id", Text, primary_key=True),
    Column("council", Text, nullable=False),
    Column("sender", Text, nullable=False),
    Column("person", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("how", Text, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("started_at", Int, nullable=False),
    Column("seen_at", Int, nullable=False),
    Column("stepped_up_until", Int, nullable=False),
    Column("allowed", Text, nullable=False),
    Index("ix_session_seen_at", "seen_at"),
)
_table(
    "sheet",
    Column("of", Text, primary_key=True),
    Column("n", Integer, primary_key=True),
    Column("council", Text, nullable=False),
    Column("first", Int, nullable=False),
    Column("rows", Int, nullable=False),
    Column("content", Text, nullable=False),
)
_table(
    "spent",
    Column("id", Text, primary_key=True),
    Column("council", Text, nullable=False),
    Column("until", Int, nullable=False),
    Index("ix_spent_until", "until"),
)
_table(
    "submission",
    Column("id", Text, primary_key=True),
    Column("council", Text, nullable=False),
    Column("sender", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("fingerprint", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("status", Integer, nullable=False),
    Column("answer", Bytes, nullable=False),
    Column("raw", Text, nullable=True),
    Column("test", Integer, nullable=False),
    Column("at", Int, nullable=False),
    UniqueConstraint("council", "sender", "key"),
    Index("ix_submission_rejected", "council", "at", **_where("state = 'rejected'")),
)
_table(
    "tile",
    Column("council", Text, primary_key=True),
    Column("level", Integer, primary_key=True),
    Column("n", Int, primary_key=True),
    Column("hashes", Bytes, nullable=False),
)
_table(
    "witnessed",
    Column("council", Text, primary_key=True),
    Column("witness", Text, primary_key=True),
    Column("size", Int, primary_key=True),
    Column("line", Text, nullable=False),
    Column("at", Int, nullable=False),
)
_table(
    "export",
    Column("id", Text, primary_key=True),
    Column("council", Text, nullable=False),
    Column("report", Text, ForeignKey("report.id"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("rows", Int, nullable=False),
    Column("size", Int, nullable=False),
    Column("digest", Text, nullable=False),
    Column("by", Text, nullable=False),
    Column("second", Text, nullable=False),
    Column("at", Int, nullable=False),
    Column("seen_at", Int, nullable=False),
    Column("until", Int, nullable=False),
    Column("entry", Text, nullable=False),
    Index("ix_export_at", "council", "at"),
)
_table(
    "referral",
    Column("id", Text, primary_key=True),
    Column("council", Text, nullable=False),
    Column("sender", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("submission", Text, ForeignKey("submission.id"), nullable=False),
    Column("version", Integer, nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("filed", Text, nullable=False),
    Column("facts_by_people", Text, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("test", Integer, nullable=False),
    Column("at", Int, nullable=False),
    Column("supersedes", Text, nullable=True),
    Index("ix_referral_council_at", "council", "at"),
    Index("ix_referral_sender_at", "council", "sender", "at"),
    Index("ix_referral_supersedes", "supersedes", unique=True, **_where("supersedes IS NOT NULL")),
)
_table(
    "sampled",
    Column("report", Text, ForeignKey("report.id"), primary_key=True),
    Column("row", Int, primary_key=True),
    Column("by", Text, primary_key=True),
    Column("council", Text, nullable=False),
    Column("answers", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("at", Int, nullable=False),
    Column("entry", Text, nullable=False),
)
_table(
    "decision",
    Column("id", Text, primary_key=True),
    Column("council", Text, nullable=False),
    Column("referral", Text, ForeignKey("referral.id"), nullable=False),
    Column("version", Integer, nullable=False),
    Column("subject", Text, nullable=False),
    Column("hub", Text, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("deciding", Text, nullable=False),
    Column("flags", Text, nullable=False),
    Column("facts", Text, nullable=False),
    Column("policy", Text, nullable=False),
    Column("inputs", Text, nullable=False),
    Column("valid_until", Int, nullable=True),
    Column("delivery", Text, nullable=True),
    Column("entry", Text, nullable=False),
    Column("by", Text, nullable=False),
    Column("at", Int, nullable=False),
    Index("ix_decision_council_at", "council", "at"),
    Index("ix_decision_open", "council", "outcome", "at", **_where("state = 'open'")),
    Index("ix_decision_referral", "referral"),
)
_table(
    "delivery",
    Column("seq", Int, primary_key=True, autoincrement=True),
    Column("id", Text, nullable=False, unique=True),
    Column("council", Text, nullable=False),
    Column("referral", Text, ForeignKey("referral.id"), nullable=False),
    Column("hub", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("urgent", Integer, nullable=False),
    Column("lane", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("due_at", Int, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("schedule", Text, nullable=False),
    Column("hub_class", Text, nullable=False),
    Column("rungs", Integer, nullable=False),
    Column("lost", Integer, nullable=False),
    Column("early", Integer, nullable=False),
    Column("planned_at", Int, nullable=True),
    Column("passed", Integer, nullable=False),
    Column("fence", Integer, nullable=False),
    Column("lease_until", Int, nullable=True),
    Column("payload", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("inputs", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("at", Int, nullable=False),
    Column("ended_at", Int, nullable=True),
    Index("ix_delivery_due", "council", "hub", "urgent", "due_at", **_where("state = 'due'")),
    Index("ix_delivery_lane", "lane", "seq"),
    Index("ix_delivery_open", "council", "state", "at", **_where("state NOT IN ('delivered', 'cancelled')")),
    Index("ix_delivery_referral", "referral"),
    Index("ix_delivery_sending", "lease_until", **_where("state = 'sending'")),
)
_table(
    "event",
    Column("seq", Int, primary_key=True, autoincrement=True),
    Column("id", Text, nullable=False, unique=True),
    Column("council", Text, nullable=False),
    Column("referral", Text, ForeignKey("referral.id"), nullable=False),
    Column("delivery", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("code", Text, nullable=False),
    Column("by", Text, nullable=False),
    Column("happened_at", Int, nullable=False),
    Column("at", Int, nullable=False),
    Column("said", Text, nullable=False),
    Column("entry", Text, nullable=False),
    Index("ix_event_council_at", "council", "at"),
    Index("ix_event_referral", "referral"),
)
_table(
    "lookup",
    Column("council", Text, primary_key=True),
    Column("token", Text, primary_key=True),
    Column("referral", Text, ForeignKey("referral.id"), primary_key=True),
    Column("kind", Text, nullable=False),
)
_table(
    "attempt",
    Column("delivery", Text, ForeignKey("delivery.id"), primary_key=True),
    Column("fence", Integer, primary_key=True),
    Column("council", Text, nullable=False),
    Column("n", Integer, nullable=False),
    Column("started_at", Int, nullable=False),
    Column("ended_at", Int, nullable=False),
    Column("result", Text, nullable=False),
    Column("status", Integer, nullable=True),
    Column("why", Text, nullable=False),
    Column("entry", Text, nullable=False),
)
_table(
    "permit",
    Column("delivery", Text, ForeignKey("delivery.id"), primary_key=True),
    Column("fence", Integer, primary_key=True),
    Column("council", Text, nullable=False),
    Column("at", Int, nullable=False),
    Column("inputs", Text, nullable=False),
    Column("destination", Text, nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("entry", Text, nullable=False),
)
_table(
    "word_read",
    Column("event", Text, ForeignKey("event.id"), primary_key=True),
    Column("council", Text, nullable=False),
    Column("sender", Text, nullable=False),
    Column("at", Int, nullable=False),
    Column("entry", Text, nullable=False),
)
