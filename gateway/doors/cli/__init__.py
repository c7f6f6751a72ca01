"""The command line: `gateway <verb> --help`. Exit codes: 0 fine, 1 the input is at fault, 2 misuse or configuration.

3 is the gateway's own fault.
"""

from __future__ import annotations

import sys

import typer

from contracts.errors import ConfigError, GatewayError, NotFound, UnknownSource
from gateway.doors.cli import (
    configuration,
    drafting,
    exporting,
    fetching,
    files,
    holds,
    mapping,
    operating,
    policy,
    receiving,
    record,
    ringing,
    serving,
    tasks,
    witnessing,
)
from gateway.doors.cli.telling import say, tell_faults
from gateway.logs import place_of

app = typer.Typer(
    name="gateway",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Takes requests for Early Help to the right hub of the right council, and proves what it did.",
)
serving.add_to(app)
configuration.add_to(app)
drafting.add_to(app)
mapping.add_to(app)
files.add_to(app)
receiving.add_to(app)
fetching.add_to(app)
exporting.add_to(app)
holds.add_to(app)
tasks.add_to(app)
record.add_to(app)
policy.add_to(app)
witnessing.add_to(app)
operating.add_to(app)
ringing.add_to(app)


def main() -> None:
    """Run one verb. An error that has a name is told in words; nothing is ever told by a stack trace."""
    try:
        app(standalone_mode=True)
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
