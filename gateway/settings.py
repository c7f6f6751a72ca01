"""What a deployment may set, each with its default: the only reader of the environment.

Every setting is an environment variable `GATEWAY_<NAME>`; a misspelt one is refused at start, with the nearest name.
"""

from __future__ import annotations

import difflib
import json
import os
from collections.abc import Iterator
from datetime import time
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from contracts.adapter import Fault
from contracts.errors import ConfigError

_HERE = Path(__file__).resolve().parent.parent


def shipped_mappings() -> Path:
    """The mappings that came with this gateway."""
    inside = Path(__file__).resolve().parent / "mappings"
    return inside if inside.is_dir() else _HERE / "mappings"


class Settings(BaseSettings):
    """Settings of one process."""

    model_config = SettingsConfigDict(env_prefix="GATEWAY_", frozen=True, extra="ignore")

    store: str = Field(default="sqlite:///data/gateway.db", description="sqlite:///path or postgresql://…")
    reader_store: str = Field(default="", description="PostgreSQL: the reader's own URL; empty uses `store`")
    mappings: Path = Field(default_factory=shipped_mappings, description="mappings/ to use instead of those shipped")
    keys: Path = Field(default=Path("data/keys"), description="folder of this deployment's keys, mode 0700")
    secrets: Path = Field(default=Path("data/secrets"), description="folder of hubs' signing secrets, one file each")
    demo: bool = Field(
        default=False, description="demo councils, stub hubs on loopback, demo keys; never with real families"
    )
    host: str = Field(default="127.0.0.1", description="address to listen on")
    port: int = Field(default=8000, ge=1, le=65_535, description="port to listen on")
    metrics: str = Field(
        default="",
        pattern=r"^(|[A-Za-z0-9.:\[\]-]+:[1-9][0-9]{0,4})$",
        description="host:port of the operator's own door: /metrics, and health with the age of the queue",
    )
    telemetry: str = Field(
        default="", pattern=r"^(|https?://[^\s/]+/?)$", description="https://host:port of an OpenTelemetry collector"
    )
    telemetry_ca: str = Field(default="", description="PEM file of the authorities that may have signed for it")
    origin: str = Field(default="gateway.example", description="first part of each record's origin; never change it")
    allowed_hosts: Annotated[tuple[str, ...], NoDecode] = Field(
        default=("127.0.0.1", "localhost", "[::1]"), description="Host headers answered, with commas between"
    )
    public_url: str = Field(
        default="",
        pattern=r"^(|https://[a-z0-9.-]+(:[0-9]+)?)$",
        description="https address that people open, for a council's sign-in to come back to; none: nobody signs in",
    )
    private_destinations: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(), description="host:port of each hub or place that may have a private address, with commas between"
    )
    mail_relay: str = Field(
        default="", pattern=r"^(|[a-z0-9.-]+:[1-9][0-9]{0,4})$", description="host:port of the mail server to send by"
    )
    mail_tls: Literal["starttls", "implicit"] = Field(
        default="starttls", description="how that server is spoken to: STARTTLS, or TLS from the first byte"
    )
    mail_sender: str = Field(
        default="", pattern=r"^(|[^\s@<>]+@[a-z0-9.-]+)$", description="the address that mail comes from"
    )
    mail_user: str = Field(default="", description="user at that server; none: it asks for none")
    mail_secret: str = Field(
        default="", pattern=r"^[A-Za-z0-9_-]*$", description="name of the file in `secrets` that holds its password"
    )
    mail_ca: str = Field(default="", description="PEM file of the authorities that may have signed for that server")
    permit_window: float = Field(default=2.0, gt=0, description="seconds a permit may be spent in (P8)")
    send_deadline: float = Field(default=30.0, gt=0, description="seconds one attempt may take, everything included")
    lease: float = Field(default=90.0, gt=0, description="seconds before another worker may claim a delivery")
    poll: float = Field(default=1.0, gt=0, description="seconds between looks at an outbox that wakes nobody")
    tick: float = Field(default=5.0, gt=0, description="seconds between looks at the clocks whose time has come")
    witnesses: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(), description="public key@address of each witness that signs checkpoints, with commas between"
    )
    self_check: time = Field(default=time(2), description="time of night in London when the whole record is verified")
    seal_every: float = Field(default=60.0, gt=0, description="seconds an entry may wait for its checkpoint")
    max_referral: int = Field(default=1_048_576, gt=0, description="bytes of one canonical referral")
    max_submission: int = Field(default=20_971_520, gt=0, description="bytes of one native submission")
    max_attachment: int = Field(default=20_971_520, gt=0, description="bytes of one document")
    exports_a_day: int = Field(
        default=20, gt=0, description="files that one person of a council may take out in 24 hours"
    )
    scanner: str = Field(
        default="", description="command that reads a document and exits 0 if it is clean, 1 if not; none: not scanned"
    )
    scan_deadline: float = Field(default=30.0, gt=0, description="seconds the scanner may take over one document")
    receive_deadline: float = Field(default=30.0, gt=0, description="seconds a sender may take to send its bytes")

    @field_validator("allowed_hosts", "private_destinations", "witnesses", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        """As an environment gives it: `a.example,b.example`, or a JSON list."""
        if not isinstance(value, str):
            return value
        parts = json.loads(value) if value.startswith('["') else value.split(",")
        return tuple(part.strip() for part in parts if part.strip())


def load_settings(**changes: object) -> Settings:
    """Settings from the environment, with a caller's changes on top. Raises ConfigError for a name nobody knows."""
    known = {f"GATEWAY_{name.upper()}" for name in Settings.model_fields}
    faults = []
    for name in sorted(os.environ):
        if name.startswith("GATEWAY_") and name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            advice = f"Did you mean {near[0]}?" if near else f"Known: {', '.join(sorted(known))}."
            faults.append(Fault(f"environment variable {name}", "", "a setting this gateway has", advice))
    if faults:
        raise ConfigError("A setting is misspelt", tuple(faults))
    try:
        return Settings(**changes)  # type: ignore[arg-type]
    except ValidationError as error:
        raise ConfigError("A setting is wrong", tuple(_faults(error))) from None


def _faults(error: ValidationError) -> Iterator[Fault]:
    """Each setting that cannot be what it was set to, without the value, which may be a secret."""
    for item in error.errors(include_url=False, include_input=False, include_context=False):
        name = str(item["loc"][0]) if item["loc"] else ""
        expected = item["msg"].removeprefix("Input should be ")
        yield Fault(f"environment variable GATEWAY_{name.upper()}", "", expected, "Set it again, or leave it out.")


DEMO_FOLDER = Path("data/demo")
"""Where the demonstration keeps its store, keys and secrets."""


def demo_settings(folder: Path = DEMO_FOLDER, **changes: object) -> Settings:
    """Settings of a demonstration: demo keys, stub hubs, and nothing shared with a live gateway."""
    own: dict[str, object] = {
        "store": f"sqlite:///{folder / 'gateway.db'}",
        "keys": folder / "keys",
        "secrets": folder / "secrets",
    }
    unset = {name: value for name, value in own.items() if f"GATEWAY_{name.upper()}" not in os.environ}
    return load_settings(**unset | {"demo": True} | changes)
