"""The report on all sets of stories, ordinary fortnights first, as plain text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from contracts.decision import Outcome
from tests.realistic.stories import COUNCILS, Story, fortnight, stories, written_sets
from tests.realistic.walking import Ended, walk

ORDER = (
    Outcome.SHARE, Outcome.SHARE_MINIMISED, Outcome.ADVICE_ONLY, Outcome.HOLD, Outcome.RETURN, Outcome.REFUSE,
    Outcome.DIVERT,
)  # fmt: skip
"""From what goes whole to what goes elsewhere. A story with several decisions counts under the last of these."""


def report(*names: str) -> str:
    """Every set, or those that are named: a fortnight says how much is held, every trouble how each is answered."""
    parts = [(f"{name.replace('_', ' ').capitalize()}, two hundred as drawn", name) for name in written_sets()]
    chosen = [chapter(title, fortnight(name)) for title, name in parts if not names or name in names]
    if not names:
        chosen.append(chapter("Every trouble, two hundred as chosen", stories()))
    return "\n".join(chosen)


def chapter(title: str, told_of: Sequence[Story]) -> str:
    """Council by outcome, the sums of the goal, every story that nobody wanted so, and every hold with its reason."""
    ends = [walk(story) for story in told_of]
    wrong = [ended for ended in ends if not ended.acceptable]
    held = [ended for ended in ends if ended.held]
    parts = [title, "", table(ends), sums(ends)]
    parts += ["Otherwise than anybody wanted:", *(told(ended) for ended in wrong)]
    parts += ["", "Held:", *(told(ended) for ended in held)]
    return "\n".join(parts) + "\n"


def worst(ended: Ended) -> Outcome:
    """The most cautious outcome of a story."""
    return max(ended.outcomes, key=ORDER.index)


def table(ends: Sequence[Ended]) -> str:
    """Stories by council and outcome."""
    rows = [f"{'':14}" + "".join(f"{outcome:>17}" for outcome in ORDER)]
    for council in (*COUNCILS, "all"):
        counts = Counter(worst(ended) for ended in ends if council in (ended.story.council, "all"))
        rows.append(f"{council:14}" + "".join(f"{counts[outcome]:>17}" for outcome in ORDER))
    return "\n".join(rows)


def sums(ends: Sequence[Ended]) -> str:
    """Held, held wrongly, shared wrongly, and otherwise than anybody wanted, as parts of all."""
    of = len(ends)
    found = {
        "held": sum(ended.held for ended in ends),
        "held though its author would simply have sent it on": sum(
            ended.held and ended.story.ordinary for ended in ends
        ),
        "held wrongly": sum(ended.held_wrongly for ended in ends),
        "shared wrongly": sum(ended.shared_wrongly for ended in ends),
        "otherwise than anybody wanted": sum(not ended.acceptable for ended in ends),
    }
    return (
        "\n" + "\n".join(f"{word}: {count} of {of} ({100 * count / of:.1f} %)" for word, count in found.items()) + "\n"
    )


def told(ended: Ended) -> str:
    """One story: what was wanted, what came, and the rules that made it so."""
    story = ended.story
    came = ", ".join(sorted(ended.outcomes))
    lines = [f"{story.id} ({story.form}): wanted {', '.join(sorted(story.expect))}; came {came}. {story.story}"]
    lines += [f"    {reason}" for reason in ended.reasons]
    lines += [f"    went though it may not: {words}" for words in ended.leaked]
    return "\n".join(lines)
