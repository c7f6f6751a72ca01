"""`gateway hubs`, `hub`, `waiting`, `dead`, `replay`, `cancel`, `skip` and `end-links`: people over messages."""

from __future__ import annotations

from typing import Annotated

import typer

from gateway.doors.cli import queues
from gateway.doors.cli.asking import By, Council, Demo, Role, ask

Hub = Annotated[str, typer.Argument(help="The hub, as `gateway hubs` names it.")]
OfHub = Annotated[str, typer.Option("--hub", help="Of this hub only.")]
Message = Annotated[str, typer.Argument(help="The message, by the beginning of its id.")]
Reason = Annotated[str, typer.Option(help="Why, in your own words. It is kept in the record.")]
Until = Annotated[
    str, typer.Option(help="When it goes on by itself, 2026-11-30T09:00 in London; else: gateway hub resume.")
]


def add_to(app: typer.Typer) -> None:
    """Add these verbs."""
    app.command("hubs")(list_hubs)
    hub = typer.Typer(no_args_is_help=True, help="One hub: try it out, stop it, or let it go on.")
    hub.command("test")(try_out)
    hub.command("pause")(pause)
    hub.command("drain")(drain)
    hub.command("resume")(resume)
    app.add_typer(hub, name="hub")
    app.command("waiting")(waiting)
    app.command("dead")(dead)
    app.command("replay")(replay)
    app.command("cancel")(cancel)
    app.command("skip")(skip)
    app.command("end-links")(end_links)


def list_hubs(council: Council, by: By, role: Role, demo: Demo = False) -> None:
    """Each hub: how it is doing, what rests for it, and how long the oldest has."""
    queues.hubs(ask("hubs", demo, _who(council, by, role)))


def try_out(
    hub: Hub,
    council: Council,
    by: By,
    role: Role,
    sure: Annotated[
        bool, typer.Option("--yes-this-is-a-test-address", help="Nobody acts on what comes to its address.")
    ] = False,
    demo: Demo = False,
) -> None:
    """Try a hub out before it goes live, with test messages about nobody: what it gets right and wrong. Exit 0 or 1."""
    asked = {"hub": hub, "for_tests": "yes" if sure else ""}
    found = ask("hub_test", demo, _who(council, by, role) | asked)
    queues.tested(found)
    if not found["fit"]:
        raise typer.Exit(1)


def pause(
    hub: Hub,
    council: Council,
    by: By,
    role: Role,
    reason: Reason,
    until: Until = "",
    everything: Annotated[bool, typer.Option("--everything", help="Safeguarding contacts too.")] = False,
    demo: Demo = False,
) -> None:
    """Send a hub nothing more. What is accepted waits for it; safeguarding contacts still go."""
    asked = {"hub": hub, "reason": reason, "until": until, "diverts": "yes" if everything else ""}
    queues.told(ask("hub_pause", demo, _who(council, by, role) | asked))


def drain(
    hub: Hub, council: Council, by: By, role: Role, reason: Reason, until: Until = "", demo: Demo = False
) -> None:
    """Send a hub what was promised before now, and nothing newer: before it moves or changes its system."""
    asked = {"hub": hub, "reason": reason, "until": until}
    queues.told(ask("hub_drain", demo, _who(council, by, role) | asked))


def resume(hub: Hub, council: Council, by: By, role: Role, reason: Reason, demo: Demo = False) -> None:
    """Let a hub go on that was paused, drained, or had turned us away. What waited is tried now."""
    queues.told(ask("hub_resume", demo, _who(council, by, role) | {"hub": hub, "reason": reason}))


def waiting(council: Council, by: By, role: Role, hub: OfHub = "", demo: Demo = False) -> None:
    """Every message that has not arrived: why it waits, and when its next try is. It names nobody."""
    queues.messages(ask("waiting", demo, _who(council, by, role) | {"hub": hub}), none="Nothing waits.")


def dead(council: Council, by: By, role: Role, hub: OfHub = "", demo: Demo = False) -> None:
    """What only a person ends: refused, given up or in doubt. Each with its cause and what to do."""
    queues.messages(ask("dead", demo, _who(council, by, role) | {"hub": hub}), none="Nothing waits for a person.")


def replay(
    council: Council,
    by: By,
    role: Role,
    message: Annotated[str, typer.Argument(help="The message, by the beginning of its id. Without: all of them.")] = "",
    reason: Annotated[str, typer.Option(help="Why, in your own words. It is kept in the record.")] = "",
    hub: OfHub = "",
    why: Annotated[str, typer.Option(help="With this cause only, such as http_400.")] = "",
    confirm: Annotated[str, typer.Option(help="The mark that the preview showed: without it nothing is sent.")] = "",
    demo: Demo = False,
) -> None:
    """Send again as the same id: one message, or all that a preview has shown. The rules are asked once more."""
    who = _who(council, by, role)
    if message:
        queues.told(ask("replay", demo, who | {"delivery": message, "reason": reason}))
    elif confirm:
        asked = {"mark": confirm, "reason": reason, "hub": hub, "why": why}
        queues.told(ask("replay_all", demo, who | asked))
    else:
        queues.preview(ask("replay_preview", demo, who | {"hub": hub, "why": why}))


def cancel(message: Message, council: Council, by: By, role: Role, reason: Reason, demo: Demo = False) -> None:
    """Cancel a message for good: no byte of it is sent any more."""
    queues.told(ask("cancel", demo, _who(council, by, role) | {"delivery": message, "reason": reason}))


def skip(message: Message, council: Council, by: By, role: Role, reason: Reason, demo: Demo = False) -> None:
    """Let what waits behind a message go first, though both are about the same child."""
    queues.told(ask("skip", demo, _who(council, by, role) | {"delivery": message, "reason": reason}))


def end_links(message: Message, council: Council, by: By, role: Role, reason: Reason, demo: Demo = False) -> None:
    """End every link about a message that was mailed until now. The whole number of the message is needed."""
    queues.told(ask("end_links", demo, _who(council, by, role) | {"delivery": message, "reason": reason}))


def _who(council: str, by: str, role: str) -> dict[str, str]:
    return {"council": council, "by": by, "role": role}
