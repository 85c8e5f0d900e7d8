"""Is a port free, and if not, what does the person do?"""

from __future__ import annotations

import socket

from service.errors import BadInput

HERE = "127.0.0.1"


class PortTaken(BadInput):
    """Another program listens where ours should."""


def require_free(port: int, what: str, option: str) -> None:
    """Raises PortTaken, naming the port and the option that takes another."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HERE, port))
        except OSError:
            raise PortTaken(f"Port {port} ({what}) sudah dipakai program lain. Pilih yang lain: {option} {port + 1}") from None


def free_port() -> int:
    """Some port that is free now."""
    with socket.socket() as probe:
        probe.bind((HERE, 0))
        return int(probe.getsockname()[1])
