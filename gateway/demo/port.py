"""A port of loopback for a peer that comes and goes, which nobody else is given meanwhile."""

from __future__ import annotations

import socket


def reserved(port: int = 0) -> socket.socket:
    """Bound, deaf, and to be closed by whoever asked for it; at a free port for 0.

    A server with `reuse_address` may listen at its port, stop, and listen again; while none does, connections are
    refused, and the system gives the port to no one else.
    """
    place = socket.socket()
    place.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    place.bind(("127.0.0.1", port))
    return place
