"""What people ask of the register of rights, by name: verbs of the desk like any other (`flows.desk`)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import date
from typing import Any, Final

from contracts.errors import NoSuchAnswer
from gateway.flows.acting import Acting
from gateway.flows.data_protection import answering, rights, writingdown
from gateway.flows.data_protection.writingdown import Given
from gateway.flows.gateway import Gateway

Asked = Mapping[str, str]


async def _list(gateway: Gateway, who: Acting, asked: Asked) -> Any:
    return await rights.listed(gateway, who, closed=asked.get("ended") == "yes")


async def _open(gateway: Gateway, who: Acting, asked: Asked) -> Any:
    born = _day(asked.get("born", "")) if asked.get("born") else None
    names = ("kind", "asker", "words", "name", "about")
    given = Given(received=_day(asked.get("received", "")), born=born, **{name: asked.get(name, "") for name in names})
    return {"request": await writingdown.write_down(gateway, who, given)}


async def _show(gateway: Gateway, who: Acting, asked: Asked) -> Any:
    return await rights.show(gateway, who, asked.get("request", ""))


async def _read(gateway: Gateway, who: Acting, asked: Asked) -> Any:
    return await rights.read(gateway, who, asked.get("request", ""), asked.get("purpose", ""))


async def _act(gateway: Gateway, who: Acting, asked: Asked) -> Any:
    what, _, choice = asked.get("what", "").partition("@")
    say = await answering.act(gateway, who, asked.get("request", ""), what, asked.get("words", ""), choice)
    return {"say": say}


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise NoSuchAnswer("Write a day as 2026-11-30.") from None


VERBS: Final[Mapping[str, Callable[[Gateway, Acting, Asked], Awaitable[Any]]]] = {
    "rights-list": _list,
    "rights-open": _open,
    "rights-show": _show,
    "rights-read": _read,
    "rights-act": _act,
}
"""Name → what it does."""
