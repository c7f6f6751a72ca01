"""What people may do, by name: one way in for the command line now and for the pages later."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import date
from typing import Any, Final

from contracts.errors import NoSuchAnswer, NotFound, NotYourRole
from gateway.flows.acting import Acting, acting
from gateway.flows.data_protection import retaining, rightsdesk
from gateway.flows.delivery import outboxdesk
from gateway.flows.evidence import explaining
from gateway.flows.follow_up import familysays
from gateway.flows.gateway import Gateway
from gateway.flows.holds import deciding, needed, showing, taking, tasks
from gateway.flows.holds.deciding import Order
from gateway.flows.holds.opening import opened
from gateway.flows.holds.sealed import SealedFile, tell
from gateway.flows.operations import drills
from gateway.flows.oversight import glassreview, readers
from gateway.flows.reports import terminal

Asked = Mapping[str, str]
"""What a person gave beside who they are: all of it text, "" where they gave none."""

_HOLDS: Final = ("hold:",)
_TASKS: Final = ("task:", "clock:", "review:")


async def ask(gateway: Gateway, verb: str, asked: Asked) -> Any:
    """Do one thing as one person. `asked` names `council`, `by` and `role`.

    Raises NotYourRole, NotFound, and what the verb raises.

    Whoever it is, and whatever they may, is looked at before anything else.
    """
    if verb not in VERBS:
        raise NotFound("The desk knows no such word.")
    who = acting(gateway.council(asked.get("council", "")), asked.get("by", ""), asked.get("role", ""))
    try:
        return await VERBS[verb](gateway, who, asked)
    except SealedFile as tried:
        await tell(gateway, tried)
        raise NotYourRole(str(tried)) from None


async def _list(gateway: Gateway, who: Acting, asked: Asked) -> Any:
    if asked.get("ended"):
        return await needed.ended(gateway, who)
    return await showing.listed(gateway, who, _HOLDS, mine=not asked.get("all"))


async def _tasks(gateway: Gateway, who: Acting, asked: Asked) -> Any:
    return await showing.listed(gateway, who, _TASKS, mine=not asked.get("all"))


async def _show(gateway: Gateway, who: Acting, asked: Asked) -> Any:
    return await showing.show(gateway, who, asked.get("hold", ""))


async def _open(gateway: Gateway, who: Acting, asked: Asked) -> Any:
    return await opened(gateway, who, asked.get("hold", ""), asked.get("purpose", ""))


async def _take(gateway: Gateway, who: Acting, asked: Asked) -> Any:
    return await taking.take(gateway, who, asked.get("hold", ""))


async def _decide(gateway: Gateway, who: Acting, asked: Asked) -> Any:
    names = ("hold", "answer", "reason", "ground", "basis", "hub")
    order = Order(**{name: asked.get(name, "") for name in names}, review=_day(asked.get("review", ""), "review"))
    return await deciding.decide(gateway, who, order)


async def _confirm(gateway: Gateway, who: Acting, asked: Asked) -> Any:
    return await deciding.confirm(gateway, who, asked.get("hold", ""))


async def _needed(gateway: Gateway, who: Acting, asked: Asked) -> Any:
    said = asked.get("needed", "")
    if said not in ("yes", "no"):
        raise NoSuchAnswer("Say yes or no: was this hold needed?")
    return await needed.answer(gateway, who, asked.get("hold", ""), "yes" if said == "yes" else "no")


async def _report(gateway: Gateway, who: Acting, asked: Asked) -> Any:
    month = _day(f"{asked.get('month', '')}-01", "month")
    assert month is not None
    return await needed.report(gateway, who, month)


async def _done(gateway: Gateway, who: Acting, asked: Asked) -> Any:
    return await tasks.done(gateway, who, asked.get("hold", ""), on=asked.get("on", ""), note=asked.get("note", ""))


async def _acknowledge(gateway: Gateway, who: Acting, asked: Asked) -> Any:
    return await tasks.acknowledge(gateway, who, asked.get("referral", ""))


async def _withdraw(gateway: Gateway, who: Acting, asked: Asked) -> Any:
    return await familysays.withdrawn_at_desk(gateway, who, asked.get("referral", ""), asked.get("reason", ""))


async def _explain(gateway: Gateway, who: Acting, asked: Asked) -> Any:
    safe, reader = asked.get("safe_because", ""), asked.get("reader", "")
    return await explaining.explain(gateway, who, asked.get("delivery", ""), safe_because=safe, reader=reader)


def _day(text: str, name: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise NoSuchAnswer(f"Write --{name} as {'2026-11' if name == 'month' else '2026-11-30'}.") from None


async def _drill(gateway: Gateway, who: Acting, asked: Asked) -> Any:
    return await drills.begin(gateway, who)


async def _drill_last(gateway: Gateway, who: Acting, asked: Asked) -> Any:
    return await drills.last(gateway, who)


Verb = Callable[[Gateway, Acting, Asked], Awaitable[Any]]

VERBS: Final[Mapping[str, Verb]] = {
    "list": _list,
    "tasks": _tasks,
    "show": _show,
    "open": _open,
    "take": _take,
    "decide": _decide,
    "confirm": _confirm,
    "needed": _needed,
    "report": _report,
    "done": _done,
    "acknowledge": _acknowledge,
    "explain": _explain,
    "withdraw": _withdraw,
    "drill": _drill,
    "drill_last": _drill_last,
    **outboxdesk.VERBS,
    **glassreview.VERBS,
    **readers.VERBS,
    **retaining.VERBS,
    **rightsdesk.VERBS,
    **terminal.VERBS,
}
"""Name → what it does."""
