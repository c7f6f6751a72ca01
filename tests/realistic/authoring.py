"""What the author of a new fortnight needs, and nothing of what the gateway answers: what was drawn, and words."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from tests.realistic.drawing import drawn
from tests.realistic.forms import ORDINARY
from tests.realistic.stories import COUNCILS, fortnight, stories

EMPTY = """\
- id: {id}
  drawn: {kind}
  who: ""
  story: ""
  form: {form}
  has: {{}}
  expect: []
  because: ""
"""


def drawn_files(name: str) -> str:
    """Writes `<name>/<council>.yaml` for every council, where there is none, and says which."""
    folder = Path(__file__).parent / name
    folder.mkdir(exist_ok=True)
    said = []
    for council in COUNCILS:
        place = folder / f"{council}.yaml"
        if place.exists():
            said.append(f"{place.name} is there already, and is left as it is.")
            continue
        place.write_text("\n".join(_empty(name, council)), encoding="utf-8")
        said.append(f"{place.name} is ready to be filled in.")
    return "\n".join(said) + "\n"


def _empty(name: str, council: str) -> list[str]:
    found = drawn(name)
    ours = [story for story in found if council.replace("_", "-") in story]
    return [EMPTY.format(id=story, kind=found[story][1], form=found[story][0]) for story in ours]


def words() -> str:
    """Each form, what an ordinary one says, and the other words that stories have used, each with one example."""
    used: dict[str, dict[str, Any]] = {form: {} for form in ORDINARY}
    for story in (*fortnight(), *stories()):
        for word, value in story.has.items():
            used[story.form].setdefault(word, value)
    return "\n".join(_form(form, ORDINARY[form], used[form]) for form in ORDINARY)


def _form(form: str, ordinary: Mapping[str, Any], used: Mapping[str, Any]) -> str:
    others = {word: value for word, value in used.items() if word not in ordinary}
    return yaml.safe_dump({form: {"ordinary": dict(ordinary), "also": others}}, allow_unicode=True, sort_keys=False)
