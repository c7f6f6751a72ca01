"""The command line: `gateway <verb> --help`. Exit codes: 0 fine, 1 the input is at fault, 2 misuse or configuration.

3 is the gateway's own fault.
"""

from __future__ import annotations

import sys
from functools import cache
from importlib import import_module
from typing import Final

import typer

from contracts.errors import ConfigError, GatewayError, NotFound, UnknownSource
from gateway.doors.cli.telling import say, tell_faults
from gateway.lasting import lasting
from gateway.logs import place_of

VERBS: Final = {
    "serving": ("run", "serve", "work", "demo"),
    "configuration": ("check", "codes", "sources", "rules", "schemas"),
    "drafting": ("source",),
    "mapping": ("map",),
    "converting": ("convert",),
    "files": ("preview",),
    "receiving": ("receive",),
    "fetching": ("pickup",),
    "exporting": ("export",),
    "holds": ("holds",),
    "tasks": ("tasks",),
    "withdrawing": ("withdraw",),
    "delivering": ("hubs", "waiting", "dead", "replay", "cancel", "skip", "end-links", "hub"),
    "casing": ("cases",),
    "record": ("record",),
    "policy": ("policy",),
    "witnessing": ("witness",),
    "operating": ("db", "keys"),
    "backup": ("backup",),
    "retention": ("retention",),
    "reports": ("report",),
    "subjectaccess": ("subject-access",),
    "rights": ("rights",),
    "readers": ("readers", "glass"),
    "ringing": ("tick", "alarms"),
    "manifesting": ("manifest",),
    "drilling": ("drill",),
    "papers": ("paper",),
}
"""The modules of this folder, in the order of the help, and the verbs that each adds. For one verb only its module is
loaded: most of the time that a small one takes, and most of its memory, would be for the others."""

_MODULE_OF: Final = {verb: module for module, verbs in VERBS.items() for verb in verbs}


@cache
def whole() -> typer.Typer:
    """Every verb."""
    made = _none()
    for module in VERBS:
        import_module(f"{__name__}.{module}").add_to(made)
    return made


def one(module: str) -> typer.Typer:
    """One module's verbs, called by their names although there may be no other."""
    made = _none()
    made.callback()(lambda: None)
    import_module(f"{__name__}.{module}").add_to(made)
    return made


def _none() -> typer.Typer:
    return typer.Typer(
        name="gateway",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        help="Takes requests for Early Help to the right hub of the right council, and proves what it did.",
    )


def __getattr__(name: str) -> typer.Typer:
    if name == "app":
        return whole()
    raise AttributeError(f"module {__name__} has no attribute {name}")


def main() -> None:
    """Run one verb. An error that has a name is told in words; nothing is ever told by a stack trace."""
    try:
        module = _MODULE_OF.get(sys.argv[1]) if len(sys.argv) > 1 else None
        with lasting():
            verbs = one(module) if module else whole()
        verbs(standalone_mode=True)
    except (ConfigError, UnknownSource, NotFound) as error:
        tell_faults(error)
        sys.exit(2)
    except GatewayError as error:
        tell_faults(error)
        sys.exit(1)
    except OSError as error:
        say(f"{error.filename or 'A file'}: {error.strerror or 'cannot be used'}.")
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as error:
        # Its text may repeat a value of what was read, so only its kind and its place are told.
        say(f"The gateway itself is at fault: {type(error).__name__} in {place_of(error)}. Please report this.")
        sys.exit(3)


__all__ = ["app", "main"]
