"""Takes away again what lies in a hub's folder and the hub has not taken, once its family takes it back (P12).

Only files of ours, each by its exact name. The file that says "all are here" loses its last name first, in one step:
from then on nobody imports the others. Limits: whoever began to read before that goes on reading, and what was copied
without a word is not seen here. So the notice is put there all the same.
"""

from __future__ import annotations

from typing import Literal

from contracts.hub import Hub, HubAnswer, TakenBack
from gateway.flows.connections.hubfolder import HubFolder, draft

Became = Literal["removed", "taken", "gone", "not_removed"]
"""What became of an earlier message's files: we took them away; the hub says that it has them; they lay there no more,
or never did; they lie there, and the server would not let us take all of them away."""


async def take_back(folder: HubFolder, hub: Hub, one: TakenBack) -> Became:
    """What became of one message's files. Raises what a lost connection raises."""
    import asyncssh

    *files, last = one.files
    if await _is_taken(folder, hub, one):
        return "taken"
    whole, half = await folder.has(last), await folder.has(draft(last))
    try:
        if whole:
            await folder.rename(last, draft(last))
            # It may have said so between our look and our deed.
            if await _is_taken(folder, hub, one):
                return "taken"
    except asyncssh.SFTPNoSuchFile:
        return "taken" if await _is_taken(folder, hub, one) else "gone"
    except (asyncssh.SFTPPermissionDenied, asyncssh.SFTPFailure):
        return "not_removed"
    if not (whole or half):
        return "gone"
    ours = [*files, *map(draft, files)]
    await folder.forget(ours)
    left = [name for name in ours if await folder.has(name)]
    if not one.again and not left:
        await folder.forget([draft(last)])
    return "not_removed" if left else "removed"


async def _is_taken(folder: HubFolder, hub: Hub, one: TakenBack) -> bool:
    said = await folder.acknowledgement(one.acknowledgement)
    return said is not None and hub.acknowledged(HubAnswer(200, {}, said), one.delivery)
