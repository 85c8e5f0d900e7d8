"""What may a log say about an error nobody expected: where and which kind, never what was in it?

A database's or a library's message quotes values: names, numbers, addresses. Our own sentences do not, and stay.
"""

from __future__ import annotations

import re
import traceback

from service.errors import EstafetError

_LONG_NUMBER = re.compile(r"\d{7,}")


def safe_trace(error: BaseException) -> str:
    """The places an error came through, innermost cause first, each with its kind."""
    parts: list[str] = []
    at: BaseException | None = error
    while at is not None:
        said = f": {_LONG_NUMBER.sub('#', at.message)}" if isinstance(at, EstafetError) else ""
        parts.append("".join(traceback.format_tb(at.__traceback__)) + type(at).__name__ + said)
        at = at.__cause__ or (None if at.__suppress_context__ else at.__context__)
    return "\n".join(reversed(parts))
