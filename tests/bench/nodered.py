"""Node-RED with SQLite, as a council's developer would wire it: the peer that is measured beside the gateway.

HTTP in, a check of the JSON, the referral in a durable row, 202, the hub, the row again. That is less than the
gateway does: no decision, no trimming, no record, and what waits when it stops is never sent. It is measured where
`node-red` and its SQLite node are on the machine, and left out where they are not. The gateway needs nothing of it.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final

from tests.bench.processes import Process, free_port, start

SQLITE_NODE: Final = "node-red-node-sqlite"

_CHECK: Final = """
const r = msg.payload, bad = [];
for (const k of ["schema_version", "council", "purpose", "source", "referrer", "people", "harm", "agreements"])
    if (!r || r[k] === undefined) bad.push("/" + k);
if (!bad.length) {
    if (!/^[a-z_]+$/.test(r.council)) bad.push("/council");
    if (isNaN(Date.parse(r.source.submitted_at))) bad.push("/source/submitted_at");
    r.people.forEach((p, i) => {
        if (!p.surname) bad.push(`/people/${i}/surname`);
        if (p.date_of_birth && isNaN(Date.parse(p.date_of_birth))) bad.push(`/people/${i}/date_of_birth`);
        for (const a of p.addresses || [])
            if (!/^[A-Z]{1,2}[0-9][A-Z0-9]? ?[0-9][A-Z]{2}$/.test(a.postcode)) bad.push(`/people/${i}/addresses`);
    });
    if (!r.agreements.some(a => a.status === "given")) bad.push("/agreements");
}
if (bad.length) { msg.statusCode = 422; msg.payload = {errors: bad}; return [null, msg]; }
msg.referral = r;
msg.params = {$id: msg.req.headers["idempotency-key"], $body: JSON.stringify(r), $at: Date.now()};
return [msg, null];
"""

_KEPT: Final = """
const id = msg.params.$id;
return [
    {req: msg.req, res: msg.res, statusCode: 202, payload: {status: "accepted"}},
    {id, payload: msg.referral, headers: {"content-type": "application/json", "webhook-id": id}},
];
"""

_SENT: Final = """
return {params: {$id: msg.id, $state: msg.statusCode === 200 ? "delivered" : "failed", $at: Date.now()}};
"""

_TABLE: Final = "CREATE TABLE referral (id TEXT PRIMARY KEY, body TEXT, state TEXT, received INTEGER, ended INTEGER)"


class NotHere(Exception):
    """There is no Node-RED to measure. The message says what is missing."""


def find() -> Path:
    """The program, with its SQLite node beside it. Raises NotHere."""
    found = shutil.which("node-red")
    if found is None:
        raise NotHere(f"there is no `node-red` on the path (npm install node-red {SQLITE_NODE})")
    program = Path(found).resolve()
    if not (program.parent.parent / SQLITE_NODE).is_dir():
        raise NotHere(f"node-red is installed without {SQLITE_NODE} beside it")
    return program


def node_red(folder: Path, hub: str) -> Process:
    """Start the flow in an empty folder. Every row is synced before its 202. Raises NotHere."""
    program, port, store = find(), free_port(), folder / "store.db"
    with closing(sqlite3.connect(store)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute(_TABLE)
    (folder / "node_modules").symlink_to(program.parent.parent)
    (folder / "flow.json").write_text(json.dumps(_flow(store, f"{hub}/in")))
    (folder / "settings.js").write_text(
        f'module.exports = {{flowFile: "flow.json", uiHost: "127.0.0.1", uiPort: {port}, httpAdminRoot: false, '
        'diagnostics: {enabled: false}, logging: {console: {level: "warn"}}};\n'
    )
    return start([str(program), "-u", str(folder), "-s", str(folder / "settings.js")], folder, port)


def _flow(store: Path, hub: str) -> list[dict[str, object]]:
    """The nodes and their wires, as Node-RED's editor would save them."""
    return [
        {"id": "tab", "type": "tab", "label": "referrals"},
        {"id": "db", "type": "sqlitedb", "db": str(store), "mode": "RW"},
        _node("start", "inject", [["full"]], once=True, onceDelay=0, props=[{"p": "payload"}], payload="", repeat=""),
        _sql("full", "PRAGMA synchronous = FULL", [], sqlquery="fixed"),
        _node("in", "http in", [["check"]], url="/v1/referrals", method="post"),
        _node("check", "function", [["keep"], ["answer"]], func=_CHECK, outputs=2),
        _sql("keep", "INSERT INTO referral (id, body, state, received) VALUES ($id, $body, 'due', $at)", ["kept"]),
        _node("kept", "function", [["answer"], ["hub"]], func=_KEPT, outputs=2),
        _node("answer", "http response", []),
        _node("hub", "http request", [["sent"]], method="POST", ret="txt", url=hub, persist=True, paytoqs="ignore"),
        _node("sent", "function", [["end"]], func=_SENT, outputs=1),
        _sql("end", "UPDATE referral SET state = $state, ended = $at WHERE id = $id", []),
    ]


def _node(name: str, kind: str, wires: list[list[str]], **settings: object) -> dict[str, object]:
    return {"id": name, "type": kind, "z": "tab", "wires": wires, **settings}


def _sql(name: str, sql: str, then: list[str], sqlquery: str = "prepared") -> dict[str, object]:
    return _node(name, "sqlite", [then], mydb="db", sqlquery=sqlquery, sql=sql)
