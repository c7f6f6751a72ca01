"""Builds everything once and hands it down: the catalogue, the store, the keys, the writer and the worker."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import cast

from gateway.config.catalogue import Catalogue
from gateway.flows.access import callers
from gateway.flows.connections.outbound import WayOut
from gateway.flows.connections.posting import relay_of
from gateway.flows.connections.secretfiles import read_secret
from gateway.flows.decisions.again import StandingJudge
from gateway.flows.decisions.permit import Terms
from gateway.flows.delivery.forward import Forwarder
from gateway.flows.evidence.restoring import find_out
from gateway.flows.follow_up.answerlinks import link, mailed
from gateway.flows.gateway import Gateway
from gateway.flows.inforce import InForce
from gateway.flows.mapping.checked import load_checked as load_checked
from gateway.flows.mapping.sources import Reader
from gateway.flows.measures import Measures
from gateway.flows.places.place import Unreachable
from gateway.flows.policy import policies
from gateway.path.course import Rules
from gateway.path.mapping import compile_all
from gateway.settings import Settings
from gateway.store.engine import Opened, open_engine
from gateway.store.heads import Heads
from gateway.store.keys import check_keys, load_keys
from gateway.store.sealer import Sealer, forget
from gateway.store.writer import Write, Writer

STOP_WITHIN = 10.0
"""Seconds that attempts under way may take to finish when the worker is told to stop."""


@contextmanager
def build(settings: Settings, catalogue: Catalogue) -> Iterator[Gateway]:
    """A gateway with its writer running. Stops the writer and closes the store at the end.

    Raises ConfigError (StoreRefused among them) for a store or keys that may not be used as they are.
    """
    catalogue = mailed(catalogue, settings)
    opened = open_engine(settings.store, demo=settings.demo, reader_url=settings.reader_store, keys=settings.keys)
    try:
        embedded = opened.kind == "sqlite"
        keys = load_keys(settings.keys, catalogue.councils, settings.origin, create=embedded or settings.demo)
        heads = Heads(settings.keys)
        sealer = Sealer(keys, every=settings.seal_every, kept=forget if settings.demo else heads.keep)
        measures = Measures()
        writer = Writer(opened, between=sealer, measured=measures.committed)
        writer.start()
        try:
            writer.run(Write(lambda tx: check_keys(tx, keys)))
            if not settings.demo:
                writer.run(Write(lambda tx: find_out(tx, heads.read())))
            gateway = Gateway(
                settings=settings,
                catalogue=catalogue,
                reader=Reader(catalogue.mappings, compile_all(catalogue.mappings)),
                rules=InForce(_rules(catalogue)),
                store=opened,
                writer=writer,
                sealer=sealer,
                keys=keys,
                callers=callers(catalogue.councils.values(), demo=settings.demo),
                measures=measures,
            )
            policies.refresh_now(gateway)
            yield gateway
        finally:
            writer.stop()
    finally:
        opened.close()


def without_store(settings: Settings, catalogue: Catalogue) -> Gateway:
    """A gateway that only works out what canonical referrals bring (`submissions.colleague`). Raises StoreRefused."""
    catalogue = mailed(catalogue, settings)
    return Gateway(
        settings=settings,
        catalogue=catalogue,
        reader=Reader(catalogue.mappings, {}),
        rules=InForce(_rules(catalogue)),
        # Whatever asks for one of these fails, and the process that has them does it instead.
        store=cast(Opened, None),
        writer=cast(Writer, None),
        sealer=cast(Sealer, None),
        keys=load_keys(settings.keys, catalogue.councils, settings.origin, create=False),
        callers={},
    )


def _rules(catalogue: Catalogue) -> dict[str, Rules]:
    return {
        name: Rules(council, catalogue.policies[name], catalogue.groups, catalogue.screens)
        for name, council in catalogue.councils.items()
    }


def with_worker(gateway: Gateway, way: WayOut, *, alone: bool) -> tuple[Gateway, Forwarder]:
    """The gateway with a worker inside it, woken by whatever is accepted. `alone`: no other worker has this store.

    Raises ConfigError for a mail server that cannot be used as it is set.
    """
    settings = gateway.settings

    def secret(name: str) -> str:
        return read_secret(settings.secrets, name)

    way = replace(way, relay=relay_of(settings, secret), answer_at=partial(link, gateway))
    terms = Terms(
        councils=gateway.catalogue.councils,
        judge=StandingJudge(gateway),
        secret=secret,
        window=settings.permit_window,
        lease=settings.lease,
        demo=settings.demo,
        published=lambda council: settings.demo or gateway.has_published(council),
        mailbox=way.relay.sender if way.relay else "",
    )
    forwarder = Forwarder(
        gateway.writer,
        terms,
        way,
        poll=settings.poll,
        grace=STOP_WITHIN,
        alone=alone,
        counted=gateway.measures.attempted,
        traces=gateway.traces,
    )
    return replace(gateway, wake=forwarder.wake, cut=forwarder.cut), forwarder


def place_secrets(settings: Settings) -> Callable[[str], str]:
    """The passwords and keys of the places to fetch from: as hubs' secrets, a file each. Raises Unreachable."""

    def secret(name: str) -> str:
        try:
            return read_secret(settings.secrets, name)
        except KeyError:
            raise Unreachable("secret_missing") from None

    return secret
