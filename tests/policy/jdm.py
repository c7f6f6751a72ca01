"""A policy in the format of another engine: GoRules zen's JSON Decision Model, one table for each of ours."""

from __future__ import annotations

from typing import Any

from gateway.config.policy import Policy, Table


def a_decision(policy: Policy) -> dict[str, Any]:
    """A policy in zen's own format (JDM): a node for each table, asked about a list of cases, collecting every hit."""
    nodes: list[dict[str, Any]] = [{"id": "in", "type": "inputNode", "name": "in"}]
    nodes += [a_node(table) for table in policy.tables]
    nodes += [{"id": "out", "type": "outputNode", "name": "out"}]
    edges = [
        {"id": f"{start}-{end}", "sourceId": start, "targetId": end, "type": "edge"}
        for table in policy.tables
        for start, end in (("in", table.id), (table.id, "out"))
    ]
    return {"nodes": nodes, "edges": edges}


def a_node(table: Table) -> dict[str, Any]:
    facts = sorted({fact for rule in table.rules for fact, _ in rule.when})
    rows = []
    for rule in table.rules:
        cells = {fact: ", ".join(f'"{value}"' for value in sorted(values)) for fact, values in rule.when}
        row = {"_id": rule.id} | dict.fromkeys(facts, "") | cells
        rows.append(row | {"rule": f'"{rule.id}"', "outcome": f'"{rule.outcome}"'})
    content = {
        "hitPolicy": "collect",
        "inputs": [{"id": fact, "name": fact, "field": fact} for fact in facts],
        "outputs": [{"id": name, "name": name, "field": name} for name in ("rule", "outcome")],
        "rules": rows,
        "executionMode": "loop",
        "inputField": "cases",
        "outputPath": table.id,
        "passThrough": False,
    }
    return {"id": table.id, "type": "decisionTableNode", "name": table.id, "content": content}
