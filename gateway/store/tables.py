"""The tables. Every personal byte is in `content`; the rest holds ids, codes, times and keyed digests (settled 20).

Instants are integer milliseconds UTC; SQLite tables are STRICT. Every row carries its council. What a column takes is
in `columns`, the same on both stores. `seq` columns are given by the store.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import Column, ForeignKey, Index, MetaData, Table, UniqueConstraint, text

from gateway.store.columns import Bytes, Int, Integer, Text

# Written out the same in index and query, or SQLite does not see that the one serves the other.
DELIVERY_OPEN: Final = text("state NOT IN ('delivered', 'cancelled')")
DECISION_OPEN: Final = text("state = 'open'")
CLOCK_RUNS: Final = text("state <> 'stopped'")
CLOCK_OF_DELIVERY: Final = text("state = 'running' AND delivery <> ''")
REJECTED: Final = text("state = 'rejected'")
REPLACES: Final = text("supersedes IS NOT NULL")
PAUSES: Final = text("pauses = 1")
NOT_JUDGED: Final = text("flags IS NULL")
REQUEST_KEPT: Final = text("request_gone IS NULL")
DECISIONS_KEPT: Final = text("decisions_gone IS NULL")
OUTCOME: Final = text("kind = 'outcome'")
CLOCK_ENDED: Final = text("state = 'stopped'")
OF_RETENTION: Final = text("substr(type, 1, 9) IN ('disposal.', 'retention')")

METADATA = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_label)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _table(name: str, *parts: Column[object] | Index | UniqueConstraint) -> Table:
    return Table(name, METADATA, *parts, sqlite_strict=True)


CONTENT = _table(
    "content",
    Column("id", Text, primary_key=True),
    Column("council", Text, nullable=False),
    # raw | filed | payload | sections | attachment | said | manifest | report | draft
    Column("kind", Text, nullable=False),
    Column("body", Bytes, nullable=False),
)
"""Raw bytes, filed referrals with their ledger, trimmed payloads, and the opened sections of entries."""

ATTACHMENT = _table(
    "attachment",
    Column("council", Text, primary_key=True),
    Column("sender", Text, primary_key=True),
    Column("test", Integer, primary_key=True),  # sent with a test key: no live referral may rest on it
    Column("token", Text, primary_key=True),  # HMAC of the document's SHA-256
    Column("content", Text, nullable=False),  # content id
    Column("media_type", Text, nullable=False),
    Column("size", Integer, nullable=False),
    Column("scanned", Text, nullable=False),  # clean | no
    Column("at", Int, nullable=False),
)
"""Documents by their digest, each sender's own (settled 26, 54)."""

SUBMISSION = _table(
    "submission",
    Column("id", Text, primary_key=True),
    Column("council", Text, nullable=False),
    Column("sender", Text, nullable=False),
    Column("key", Text, nullable=False),  # HMAC of the idempotency key
    Column("fingerprint", Text, nullable=False),  # HMAC of the bytes and their content type
    Column("source", Text, nullable=False),
    Column("state", Text, nullable=False),  # accepted | rejected
    Column("status", Integer, nullable=False),
    Column("answer", Bytes, nullable=False),  # the receipts as sent: no personal data
    Column("raw", Text, nullable=True),  # content id
    Column("test", Integer, nullable=False),
    Column("at", Int, nullable=False),
    UniqueConstraint("council", "sender", "key"),
    Index("ix_submission_rejected", "council", "at", sqlite_where=REJECTED, postgresql_where=REJECTED),
)
"""What one sender sent once, and the answer it got: the idempotency row (P5, settled 22)."""

REFERRAL = _table(
    "referral",
    Column("id", Text, primary_key=True),
    Column("council", Text, nullable=False),
    Column("sender", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("submission", Text, ForeignKey("submission.id"), nullable=False),
    Column("version", Integer, nullable=False),
    Column("epoch", Integer, nullable=False),  # of the family's agreement (P11)
    Column("filed", Text, nullable=False),  # content id
    Column("facts_by_people", Text, nullable=False),  # content id of persons' recorded facts, "" for none
    Column("purpose", Text, nullable=False),
    Column("test", Integer, nullable=False),
    Column("at", Int, nullable=False),
    Column("supersedes", Text, nullable=True),  # the referral this is a newer version of
    # For retention. The year in which the youngest child is born, never the day; NULL where not every day is known.
    Column("born", Integer, nullable=True),
    Column("request_gone", Int, nullable=True),  # when what was sent was disposed of
    Column("decisions_gone", Int, nullable=True),  # when what was decided of it was
    Index("ix_referral_sender_at", "council", "sender", "at"),
    Index("ix_referral_council_at", "council", "at"),
    # One version follows one: two processes at once cannot both write the next.
    Index("ix_referral_supersedes", "supersedes", unique=True, sqlite_where=REPLACES, postgresql_where=REPLACES),
    Index("ix_referral_request", "council", "at", sqlite_where=REQUEST_KEPT, postgresql_where=REQUEST_KEPT),
    Index("ix_referral_born", "council", "born", sqlite_where=DECISIONS_KEPT, postgresql_where=DECISIONS_KEPT),
)

DECISION = _table(
    "decision",
    Column("id", Text, primary_key=True),
    Column("council", Text, nullable=False),
    Column("referral", Text, ForeignKey("referral.id"), nullable=False),
    Column("version", Integer, nullable=False),  # 1 is the first for this candidate
    Column("subject", Text, nullable=False),  # pointer to the child; "" for nobody
    Column("hub", Text, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("outcome", Text, nullable=False),
    # open → promised | refused | closed; superseded when decided again
    Column("state", Text, nullable=False),
    Column("deciding", Text, nullable=False),  # rule ids, comma-separated
    Column("flags", Text, nullable=False),
    Column("facts", Text, nullable=False),  # canonical JSON of codes: replayable
    Column("policy", Text, nullable=False),  # digest
    Column("inputs", Text, nullable=False),
    Column("valid_until", Int, nullable=True),
    Column("delivery", Text, nullable=True),
    Column("entry", Text, nullable=False),  # rid
    Column("by", Text, nullable=False),  # "machine" or who recorded the fact
    Column("at", Int, nullable=False),
    # What the sharing log is asked for, beside what has it already: of the referral, and of the facts. None changes.
    Column("test", Integer, nullable=False),
    Column("sender", Text, nullable=False),
    Column("agreement", Text, nullable=False),
    Column("human", Text, nullable=False),
    Column("protect", Text, nullable=False),
    Index("ix_decision_referral", "referral"),
    # Whole questions to the log are answered from this index alone, without the rows, which are ten times as large.
    Index(
        "ix_decision_log",
        "council",
        "at",
        "id",
        "test",
        "outcome",
        "hub",
        "sender",
        "agreement",
        "human",
        "protect",
        "deciding",
    ),
    Index("ix_decision_open", "council", "outcome", "at", sqlite_where=DECISION_OPEN, postgresql_where=DECISION_OPEN),
)

DELIVERY = _table(
    "delivery",
    Column("seq", Int, primary_key=True, autoincrement=True),  # order of acceptance within one store
    Column("id", Text, nullable=False, unique=True),
    Column("council", Text, nullable=False),
    Column("referral", Text, ForeignKey("referral.id"), nullable=False),
    Column("hub", Text, nullable=False),
    Column("kind", Text, nullable=False),  # referral | notice | divert
    Column("urgent", Integer, nullable=False),  # 0 | 1 overtakes | 2 a divert, in slots of its own (settled 33)
    Column("lane", Text, nullable=False),  # council/hub/subject: order holds inside it (P18)
    Column("state", Text, nullable=False),  # contracts.delivery.DeliveryState
    Column("due_at", Int, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("schedule", Text, nullable=False),  # it was promised under: a key of path.schedule.SCHEDULES
    Column("hub_class", Text, nullable=False),  # of its hub when it was promised
    Column("rungs", Integer, nullable=False),  # of the schedule that are used: tries the hub failed at
    Column("lost", Integer, nullable=False),  # tries in a row that were lost by our own doing
    Column("early", Integer, nullable=False),  # rungs at which it was brought forward last
    Column("planned_at", Int, nullable=True),  # when it was to be tried before it was brought forward
    Column("passed", Integer, nullable=False),  # a person let later ones about the same child go first
    Column("fence", Integer, nullable=False),  # rises with every claim
    Column("lease_until", Int, nullable=True),  # store time
    Column("payload", Text, nullable=False),  # content id
    Column("digest", Text, nullable=False),  # SHA-256 of the payload
    Column("inputs", Text, nullable=False),
    Column("why", Text, nullable=False),  # code of why it waits, "" when it does not
    Column("at", Int, nullable=False),
    Column("ended_at", Int, nullable=True),
    Index(
        "ix_delivery_due",
        "council",
        "hub",
        "urgent",
        "due_at",
        sqlite_where=text("state = 'due'"),
        postgresql_where=text("state = 'due'"),
    ),
    Index(
        "ix_delivery_sending",
        "lease_until",
        sqlite_where=text("state = 'sending'"),
        postgresql_where=text("state = 'sending'"),
    ),
    Index("ix_delivery_open", "council", "state", "at", sqlite_where=DELIVERY_OPEN, postgresql_where=DELIVERY_OPEN),
    Index("ix_delivery_lane", "lane", "seq"),
    Index("ix_delivery_referral", "referral"),
)
"""The outbox: one promise to put one payload into one hub (settled 1, 5)."""

PERMIT = _table(
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

ATTEMPT = _table(
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

LANE = _table(
    "hub_lane",
    Column("council", Text, primary_key=True),
    Column("hub", Text, primary_key=True),
    Column("state", Text, nullable=False),  # open | held
    Column("why", Text, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("open_at", Int, nullable=False),  # nothing is tried before this instant
    Column("at", Int, nullable=False),
    Column("stopped", Text, nullable=False),  # by a person: paused | draining, "" if it is not
    Column("until", Int, nullable=True),  # when it goes on by itself
    Column("last", Int, nullable=False),  # draining: what was promised up to this delivery.seq still leaves
    Column("diverts", Integer, nullable=False),  # paused: diverts stay too
    Column("by", Text, nullable=False),  # who stopped it
    Column("said", Text, nullable=False),  # content id of why, "" where it is not stopped
)
"""What is known of each hub's way in: held by a fault, stopped by a person, or backing off."""

ENTRY = _table(
    "entry",
    Column("seq", Int, primary_key=True, autoincrement=True),
    Column("rid", Text, nullable=False, unique=True),
    Column("council", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("ts", Int, nullable=False),
    Column("referral", Text, nullable=False),  # "" when it is about none
    Column("leaf", Bytes, nullable=False),
    Column("sections", Text, nullable=False),  # content id
    Column("idx", Int, nullable=True),  # given by the sealer: position in the council's tree
    Index(
        "ix_entry_unsealed",
        "council",
        "seq",
        sqlite_where=text("idx IS NULL"),
        postgresql_where=text("idx IS NULL"),
    ),
    Index("ix_entry_idx", "council", "idx", unique=True),
    Index("ix_entry_referral", "referral"),
    Index("ix_entry_retention", "council", "type", "seq", sqlite_where=OF_RETENTION, postgresql_where=OF_RETENTION),
)

TILE = _table(
    "tile",
    Column("council", Text, primary_key=True),
    Column("level", Integer, primary_key=True),
    Column("n", Int, primary_key=True),
    Column("hashes", Bytes, nullable=False),
)
"""Tiles of each council's tree, 256 hashes wide; the last of each level fills up in place (C2SP tlog-tiles)."""

CHECKPOINT = _table(
    "checkpoint",
    Column("council", Text, primary_key=True),
    Column("size", Int, primary_key=True),
    Column("root", Bytes, nullable=False),
    Column("frontier", Bytes, nullable=False),
    Column("note", Text, nullable=False),
    Column("at", Int, nullable=False),
)

WITNESSED = _table(
    "witnessed",
    Column("council", Text, primary_key=True),
    Column("witness", Text, primary_key=True),  # its key's name
    Column("size", Int, primary_key=True),  # of the checkpoint that it signed
    Column("line", Text, nullable=False),  # its signature, as a line of a signed note
    Column("at", Int, nullable=False),
    Index("ix_witnessed_size", "council", "size", "at"),
)
"""Which checkpoints a witness outside this deployment has signed (governance 3.3)."""

CLOCK = _table(
    "clock",
    Column("id", Text, primary_key=True),
    Column("council", Text, nullable=False),
    Column("kind", Text, nullable=False),  # hold:CLASS, task:CODE, clock:CODE, timer:NAME, or an alarm's own
    Column("referral", Text, nullable=False),
    Column("decision", Text, nullable=False),
    # The message that did not arrive, or what somebody asked of their rights; "" for a clock of anything else.
    Column("delivery", Text, nullable=False),
    Column("owner", Text, nullable=False),  # the duty role whose turn it is
    Column("taken_by", Text, nullable=False),  # who has taken it, "" for nobody
    Column("state", Text, nullable=False),  # running | stopped
    Column("rung", Integer, nullable=False),  # how often its time was up
    Column("started_at", Int, nullable=False),
    Column("due_at", Int, nullable=False),
    Column("next_at", Int, nullable=False),  # when the tick looks at it next
    Column("ended_at", Int, nullable=True),
    Column("ended_by", Text, nullable=False),  # who stopped it, or "machine"; "" while it runs
    Column("why", Text, nullable=False),  # code of how it ended: an event, a decision, "answered"; "" while it runs
    Column("needed", Text, nullable=False),  # yes | no: whether the hold should have been; "" not said (settled 42)
    Index(
        "ix_clock_next",
        "next_at",
        sqlite_where=text("state = 'running'"),
        postgresql_where=text("state = 'running'"),
    ),
    Index("ix_clock_runs", "council", "kind", "started_at", sqlite_where=CLOCK_RUNS, postgresql_where=CLOCK_RUNS),
    Index("ix_clock_ended", "council", "ended_at", sqlite_where=CLOCK_ENDED, postgresql_where=CLOCK_ENDED),
    Index("ix_clock_referral", "referral"),
    Index("ix_clock_delivery", "delivery", sqlite_where=CLOCK_OF_DELIVERY, postgresql_where=CLOCK_OF_DELIVERY),
)
"""One table and one tick for holds, timers, alarms and silence (settled 16)."""

ALARM = _table(
    "alarm",
    Column("seq", Int, primary_key=True, autoincrement=True),
    Column("id", Text, nullable=False, unique=True),
    Column("council", Text, nullable=False),
    Column("referral", Text, nullable=False),  # with kind and delivery: which clock, also once another stands for it
    Column("kind", Text, nullable=False),
    Column("delivery", Text, nullable=False),
    Column("role", Text, nullable=False),  # who hears of it
    Column("why", Text, nullable=False),  # due | passed
    Column("interrupts", Integer, nullable=False),
    Column("at", Int, nullable=False),
    Column("tell_at", Int, nullable=False),  # at once, or in the role's next digest (settled 45)
    Column("entry", Text, nullable=False),
    Index("ix_alarm_role", "council", "role", "tell_at"),
    Index("ix_alarm_clock", "council", "referral", "kind", "delivery"),
)
"""One telling: which role hears that a clock is theirs now, or that its time is up."""

LETTER = _table(
    "letter",
    Column("id", Text, primary_key=True),  # of its Message-ID too: the same on every attempt
    Column("council", Text, nullable=False),
    Column("key", Text, nullable=False),  # what it tells of, so that it is told once
    Column("kind", Text, nullable=False),  # digest | alarm | back | lapsed | push
    Column("recipient", Text, nullable=False),  # role:NAME, or sender:NAME
    Column("referral", Text, nullable=False),  # "" where it is about none, or about several
    Column("tell_at", Int, nullable=False),
    Column("state", Text, nullable=False),  # due | posted | dead | unsent: nobody to send it to, or nothing left to say
    Column("due_at", Int, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("why", Text, nullable=False),
    Column("at", Int, nullable=False),
    Column("ended_at", Int, nullable=True),
    UniqueConstraint("council", "key"),
    Index("ix_letter_at", "council", "at"),
    Index("ix_letter_due", "due_at", sqlite_where=text("state = 'due'"), postgresql_where=text("state = 'due'")),
)
"""One mail that names nobody: a digest, an alarm, or word to a sender that something came back. Never its words.

`push` is that word to the sender's own system instead (`flows.telling.pushing`)."""

MANIFEST = _table(
    "manifest",
    Column("council", Text, primary_key=True),
    Column("day", Text, primary_key=True),  # 2026-11-22, in London
    Column("whose", Text, primary_key=True),  # sender:NAME, hub:NAME, or council
    Column("content", Text, nullable=False),  # content id of the signed note
    Column("digest", Text, nullable=False),  # SHA-256 of it
    Column("entry", Text, nullable=False),
    Column("at", Int, nullable=False),
    Column("compared_at", Int, nullable=True),  # when they last laid their own list beside it
    Column("clock", Text, nullable=False),  # of the task about what differed, "" where nothing did
)
"""Where everything was after a day, for each sender and hub, as it was signed. Ids, codes and numbers only."""

EVENT = _table(
    "event",
    Column("seq", Int, primary_key=True, autoincrement=True),
    Column("id", Text, nullable=False, unique=True),  # the same report twice is one event
    Column("council", Text, nullable=False),
    Column("referral", Text, ForeignKey("referral.id"), nullable=False),
    Column("delivery", Text, nullable=False),  # "" where it is about none
    Column("kind", Text, nullable=False),  # event | outcome
    Column("code", Text, nullable=False),  # a key of contracts.events.EVENTS or OUTCOMES
    Column("by", Text, nullable=False),  # the hub's registration, or a person
    Column("happened_at", Int, nullable=False),
    Column("at", Int, nullable=False),  # when it was told
    Column("said", Text, nullable=False),  # content id of what was written beside it, "" for nothing
    Column("entry", Text, nullable=False),
    Index("ix_event_referral", "referral"),
    Index("ix_event_council_at", "council", "at"),
    Index("ix_event_outcome", "council", "happened_at", sqlite_where=OUTCOME, postgresql_where=OUTCOME),
)
"""What happened after the hand-over, as hubs and people told it (settled 46)."""

WORD_READ = _table(
    "word_read",
    Column("event", Text, ForeignKey("event.id"), primary_key=True),
    Column("council", Text, nullable=False),
    Column("sender", Text, nullable=False),
    Column("at", Int, nullable=False),
    Column("entry", Text, nullable=False),
)
"""Word that something came back, which its sender has fetched and acknowledged."""

LOOKUP = _table(
    "lookup",
    Column("council", Text, primary_key=True),
    Column("token", Text, primary_key=True),  # HMAC of a normalised name and date, or an identifier
    Column("referral", Text, ForeignKey("referral.id"), primary_key=True),
    Column("kind", Text, nullable=False),
)

RIGHT = _table(
    "rights_request",
    Column("id", Text, primary_key=True),
    Column("council", Text, nullable=False),
    Column("kind", Text, nullable=False),  # a key of path.rights.KINDS
    Column("state", Text, nullable=False),  # open | closed
    Column("outcome", Text, nullable=False),  # "" while it is open
    Column("token", Text, nullable=False),  # of whom it is about, as in lookup; "" where it names nobody
    Column("about", Text, nullable=False),  # id of the decision or request that it is about, "" for none
    Column("pauses", Integer, nullable=False),  # 1: nothing but safeguarding is sent about this person
    Column("received_at", Int, nullable=False),
    Column("due_at", Int, nullable=True),  # None where nothing is due any more
    Column("stopped_at", Int, nullable=True),  # since when its time stands still
    Column("stopped", Text, nullable=False),  # why: a key of path.rights.STOPS, "" where it runs
    Column("stood", Integer, nullable=False),  # days that it stood still before
    Column("extended", Integer, nullable=False),  # 1: two months more were taken
    Column("acknowledged_at", Int, nullable=True),
    Column("said", Text, nullable=False),  # content id of all that names people; "" once disposed of
    Column("by", Text, nullable=False),  # who wrote it down
    Column("at", Int, nullable=False),
    Column("ended_at", Int, nullable=True),
    Column("ended_by", Text, nullable=False),
    Index("ix_rights_request_state", "council", "state", "due_at"),
    Index("ix_rights_request_pauses", "council", "token", sqlite_where=PAUSES, postgresql_where=PAUSES),
)
"""What people asked of their rights, and complaints (governance 2.2)."""

POLICY = _table(
    "policy",
    Column("seq", Int, primary_key=True, autoincrement=True),
    Column("council", Text, nullable=False),
    Column("digest", Text, nullable=False),  # SHA-256 of the text
    Column("text", Text, nullable=False),  # the tables, as the files read
    Column("starts", Int, nullable=False),  # decides from this instant, until one that starts later
    Column("published_by", Text, nullable=False),
    Column("entry", Text, nullable=False),
    Column("at", Int, nullable=False),
    Index("ix_policy_council", "council", "starts"),
)
"""What is in force, by digest; files are proposals (settled 11)."""

POLICY_ACT = _table(
    "policy_act",
    Column("council", Text, primary_key=True),
    Column("digest", Text, primary_key=True),
    Column("kind", Text, primary_key=True),  # approved | rehearsed
    Column("role", Text, primary_key=True),
    Column("by", Text, primary_key=True),
    Column("entry", Text, nullable=False),
    Column("at", Int, nullable=False),
)
"""Who approved a proposal, or rehearsed it, by the digest of its words."""

PROPOSAL = _table(
    "proposal",
    Column("council", Text, primary_key=True),
    Column("digest", Text, primary_key=True),  # SHA-256 of the text
    Column("text", Text, nullable=False),  # the tables, as the files read
    Column("by", Text, nullable=False),  # who put it forward, and so never approves it
    Column("said", Text, nullable=False),  # content id of why
    Column("entry", Text, nullable=False),
    Column("at", Int, nullable=False),
    Column("ended_at", Int, nullable=True),  # when somebody put it aside
)
"""Words that somebody put forward to be rehearsed, approved and published."""

REHEARSAL = _table(
    "rehearsal",
    Column("id", Text, primary_key=True),
    Column("council", Text, nullable=False),
    Column("digest", Text, nullable=False),  # of the words that were tried
    Column("against", Text, nullable=False),  # of the words that were in force
    Column("since", Int, nullable=False),
    Column("until", Int, nullable=False),
    Column("by", Text, nullable=False),
    Column("state", Text, nullable=False),  # running | done | failed
    Column("done", Integer, nullable=False),  # decisions so far
    Column("of", Integer, nullable=False),
    Column("result", Text, nullable=False),  # content id, "" while there is none
    Column("at", Int, nullable=False),
    Column("seen_at", Int, nullable=False),  # when it last said how far it is
    Index("ix_rehearsal_digest", "council", "digest", "at"),
)
"""A proposal tried on what came before: how far that is, and what came of it."""

SESSION = _table(
    "session",
    Column("id", Text, primary_key=True),  # SHA-256 of what the browser holds
    Column("council", Text, nullable=False),
    Column("sender", Text, nullable=False),  # whose person it is, "" for the council's own
    Column("person", Text, nullable=False),  # the name they sign in with
    Column("role", Text, nullable=False),
    Column("how", Text, nullable=False),  # how sure we may be of who it was
    Column("purpose", Text, nullable=False),  # why they read names, "" while they have not said
    Column("started_at", Int, nullable=False),
    Column("seen_at", Int, nullable=False),
    Column("stepped_up_until", Int, nullable=False),  # they signed in again just now
    Column("allowed", Text, nullable=False),  # roles their sign-in lets them act in, "" for all that list them
    Index("ix_session_seen_at", "seen_at"),
)
"""Who is signed in to the pages."""

SAVED_VIEW = _table(
    "saved_view",
    Column("id", Text, primary_key=True),
    Column("council", Text, nullable=False),
    Column("person", Text, nullable=False),  # the name they sign in with
    Column("title", Text, nullable=False),  # content id of what they call it
    Column("query", Text, nullable=False),  # codes and days only
    Column("at", Int, nullable=False),
    Index("ix_saved_view_person", "council", "person"),
)
"""Filters of the sharing log that somebody keeps under a name of their own."""

REPORT = _table(
    "report",
    Column("id", Text, primary_key=True),
    Column("council", Text, nullable=False),
    Column("name", Text, nullable=False),  # a key of flows.reports.defined.DEFINITIONS
    Column("query", Text, nullable=False),  # what was asked, in codes and days only
    Column("version", Integer, nullable=False),  # of the same question; 0 until it is made
    Column("state", Text, nullable=False),  # making | draft | reviewed | signed | failed | same
    Column("why", Text, nullable=False),  # what kept it from being made, in our words; "" for nothing
    Column("rows", Int, nullable=False),
    Column("size", Int, nullable=False),  # bytes
    Column("digest", Text, nullable=False),  # SHA-256 of its lines, "" until it is made
    Column("made_by", Text, nullable=False),
    Column("at", Int, nullable=False),
    Column("seen_at", Int, nullable=False),  # when it last grew
    Column("reviewed_by", Text, nullable=False),
    Column("reviewed_at", Int, nullable=True),
    Column("signed_by", Text, nullable=False),
    Column("signed_at", Int, nullable=True),
    Column("entry", Text, nullable=False),  # of signature, review or making; of a `same`, which report it is
    Index("ix_report_name", "council", "name", "at"),
)
"""A report as it was made: its lines lie in sheets, and never change. Making it again is another one."""

EXPORT = _table(
    "export",
    Column("id", Text, primary_key=True),
    Column("council", Text, nullable=False),
    Column("report", Text, ForeignKey("report.id"), nullable=False),
    Column("kind", Text, nullable=False),  # a key of flows.reports.exporting.KINDS
    Column("state", Text, nullable=False),  # making | waiting | ready | ended | failed
    Column("rows", Int, nullable=False),
    Column("size", Int, nullable=False),  # bytes
    Column("digest", Text, nullable=False),  # SHA-256 of the file
    Column("by", Text, nullable=False),
    Column("second", Text, nullable=False),  # who confirmed it, "" for nobody
    Column("at", Int, nullable=False),
    Column("seen_at", Int, nullable=False),
    Column("until", Int, nullable=False),  # the link's end: then its bytes go
    Column("entry", Text, nullable=False),
    Index("ix_export_at", "council", "at"),
)
"""A file made of a report, for one person to take away until its link ends."""

SHEET = _table(
    "sheet",
    Column("of", Text, primary_key=True),  # a report's id, or an export's
    Column("n", Integer, primary_key=True),
    Column("council", Text, nullable=False),
    Column("first", Int, nullable=False),  # how many rows lie before it
    Column("rows", Int, nullable=False),
    Column("content", Text, nullable=False),  # content id
)
"""A report or an export piece by piece, so that nobody needs to hold the whole."""

SAMPLED = _table(
    "sampled",
    Column("report", Text, ForeignKey("report.id"), primary_key=True),
    Column("row", Int, primary_key=True),  # of the sample
    Column("by", Text, primary_key=True),
    Column("council", Text, nullable=False),
    Column("answers", Text, nullable=False),  # canonical JSON: question → yes, no or not_known
    Column("note", Text, nullable=False),  # content id, "" for none
    Column("at", Int, nullable=False),
    Column("entry", Text, nullable=False),
)
"""What one reviewer answered about one decision of an assurance sample."""

DRAFT = _table(
    "draft",
    Column("id", Text, primary_key=True),
    Column("council", Text, nullable=False),
    Column("sender", Text, nullable=False),  # whose people write it, and nobody else sees it
    Column("content", Text, nullable=False),  # content id, "" once it was sent
    Column("state", Text, nullable=False),  # open | ready | sending | sent
    Column("started_by", Text, nullable=False),  # names they sign in with
    Column("changed_by", Text, nullable=False),
    Column("prepared_by", Text, nullable=False),  # who said that it is ready, "" for nobody
    Column("referral", Text, nullable=False),  # the reference that it has, or will have once it is sent
    Column("at", Int, nullable=False),
    Column("changed_at", Int, nullable=False),
    Index("ix_draft_sender", "council", "sender", "changed_at"),
    Index("ix_draft_changed_at", "changed_at"),
)
"""Referrals that a sender's people are writing by hand."""

UPLOAD = _table(
    "upload",
    Column("id", Text, primary_key=True),
    Column("council", Text, nullable=False),
    Column("sender", Text, nullable=False),  # whose people looked at it, and nobody else sees it
    Column("source", Text, nullable=False),
    Column("state", Text, nullable=False),  # looked | ready | partly | sent
    Column("media_type", Text, nullable=False),
    Column("size", Integer, nullable=False),
    Column("fingerprint", Text, nullable=False),  # HMAC of its bytes
    Column("content", Text, nullable=False),  # content id of its bytes, "" where its source's are not kept
    Column("told", Text, nullable=False),  # content id of what the look said, "" once it is sent
    Column("answer", Bytes, nullable=False),  # the receipts as given: no personal data; empty until it is sent
    Column("prepared_by", Text, nullable=False),  # names they sign in with
    Column("ready_by", Text, nullable=False),  # who said that it is ready, "" for nobody
    Column("sent_by", Text, nullable=False),
    Column("at", Int, nullable=False),
    Column("changed_at", Int, nullable=False),
    Index("ix_upload_sender", "council", "sender", "changed_at"),
    Index("ix_upload_changed_at", "changed_at"),
)
"""Files that a sender's people looked at before they are sent, and what became of each row."""

LINK_END = _table(
    "link_end",
    Column("delivery", Text, primary_key=True),
    Column("council", Text, nullable=False),
    Column("at", Int, nullable=False),  # links that were given up to this instant count no more
    Column("by", Text, nullable=False),  # the name they sign in with
    Column("entry", Text, nullable=False),
)
"""Messages whose links somebody at the council ended before their time."""

PUBLICATION = _table(
    "publication",
    Column("report", Text, primary_key=True),
    Column("council", Text, nullable=False),
    Column("by", Text, nullable=False),  # the name they sign in with
    Column("at", Int, nullable=False),
    Column("entry", Text, nullable=False),
    Column("ended_by", Text, nullable=False),  # who took it back, "" while it stands
    Column("ended_at", Int, nullable=True),
)
"""Signed reports that anybody may read without signing in."""

SPENT = _table(
    "spent",
    Column("id", Text, primary_key=True),  # SHA-256 of what may be used once
    Column("council", Text, nullable=False),
    Column("until", Int, nullable=False),  # after this instant it is refused for its age
    Index("ix_spent_until", "until"),
)
"""What was used and may be used once only: ids of signed assertions, and returns from a sign-in."""

READING = _table(
    "reading",
    Column("entry", Text, primary_key=True),  # rid of the entry that says so
    Column("council", Text, nullable=False),
    Column("at", Int, nullable=False),
    Column("type", Text, nullable=False),  # of that entry
    Column("referral", Text, nullable=False),  # "" where it is about none, or about several
    Column("person", Text, nullable=False),  # the name they sign in with
    Column("role", Text, nullable=False),
    Column("flags", Text, nullable=True),  # codes of the rules that it met, comma-separated; NULL: not judged yet
    Index("ix_reading_at", "council", "at"),
    Index("ix_reading_referral", "referral", "at"),
    Index("ix_reading_new", "council", "at", sqlite_where=NOT_JUDGED, postgresql_where=NOT_JUDGED),
)
"""Every entry that says who looked, by person and time: why they looked stands in the entry alone."""

GLASS = _table(
    "glass",
    Column("id", Text, primary_key=True),
    Column("council", Text, nullable=False),
    Column("person", Text, nullable=False),  # the name they sign in with
    Column("role", Text, nullable=False),
    Column("code", Text, nullable=False),  # of the reason; its words stand in the entry
    Column("token", Text, nullable=False),  # names the child as LOOKUP does; "" once it was reviewed
    Column("referral", Text, nullable=False),  # the newest about the child when it began
    Column("at", Int, nullable=False),
    Column("until", Int, nullable=False),  # it ends by itself
    Column("clock", Text, nullable=False),  # of its review
    Column("found", Text, nullable=False),  # justified | training | misuse, "" before the review
    Column("reviewed_by", Text, nullable=False),
    Column("reviewed_at", Int, nullable=True),
    Column("entry", Text, nullable=False),
    Index("ix_glass_person", "council", "person", "until"),
    Index("ix_glass_at", "council", "at"),
)
"""Who was let in to everything about one child although it is not theirs, until when, and what a review found."""

PAPER_CODE = _table(
    "paper_code",
    Column("id", Text, primary_key=True),  # SHA-256 of the council's name and what is printed
    Column("council", Text, nullable=False),
    Column("sheet", Text, nullable=False),  # both halves of five pairs, made together
    Column("n", Integer, nullable=False),  # of the pair
    Column("half", Integer, nullable=False),  # 1 | 2: each is printed by another person
    Column("made_by", Text, nullable=False),  # the name they sign in with
    Column("at", Int, nullable=False),
    Column("used_at", Int, nullable=True),
    Column("used_by", Text, nullable=False),  # the name that was given, "" before
    Index("ix_paper_code_council", "council", "at"),
)
"""Ways in on paper, for when no sign-in answers: two halves let one person in, once."""

META = _table(
    "meta",
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
)
"""Schema version, and which kind of store this is."""
