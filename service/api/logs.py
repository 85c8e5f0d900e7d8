"""What may a log line hold? Never a 16-digit number, never the token of a link.

Everything goes through one filter: structlog's lines, the standard library's, and uvicorn's access log.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

_LONG_NUMBER = re.compile(r"(?<!\d)(?:\d[ .-]?){15}\d(?!\d)")
_LINK = re.compile(r"/r/[^/?\s\"']+")
_SECRET = re.compile(r"(?:whsec_|est_)[A-Za-z0-9+/=_-]{8,}")


def masked_text(text: str) -> str:
    text = _LINK.sub("/r/***", _SECRET.sub("***", text))
    return _LONG_NUMBER.sub("****************", text)


class MaskFilter(logging.Filter):
    """Masks the finished line, so that nothing slips through as an argument."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.args = _masked(record.args)
        record.msg = masked_text(str(record.msg))
        return True


def configure_logs() -> None:
    """Once per process: structured lines on standard error, masked."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _mask_event,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        logger_factory=lambda *_names: structlog.WriteLogger(sys.stderr),
        cache_logger_on_first_use=False,
    )
    for name in ("", "uvicorn", "uvicorn.access", "uvicorn.error"):
        log = logging.getLogger(name)
        for place in (log, *log.handlers):
            if not any(isinstance(kept, MaskFilter) for kept in place.filters):
                place.addFilter(MaskFilter())


def _mask_event(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    return {key: _masked(value) for key, value in event.items()}


def _masked(value: Any) -> Any:
    if isinstance(value, str):
        return masked_text(value)
    if isinstance(value, dict):
        return {key: _masked(inner) for key, inner in value.items()}
    if isinstance(value, tuple | list):
        return type(value)(_masked(inner) for inner in value)
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 10**15:
        return "****************"
    return value
