"""Where does a command keep what is for developers: log lines and traces? In the home's `logs/cli.log`, never in an answer."""

from __future__ import annotations

from collections.abc import MutableMapping
from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn

from service.errors import EstafetError


def log_file() -> Path:
    """In the home where that can be written, else in this folder."""
    from service.settings import current_settings

    try:
        folder = current_settings().home / "logs"
        folder.mkdir(parents=True, exist_ok=True)
    except (OSError, EstafetError):
        return Path("estafet-error.log")
    return folder / "cli.log"


def keep_log_lines() -> None:
    """Log lines of this process go to the file: what is printed is the answer and nothing else."""
    import structlog

    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(ensure_ascii=False),
            _keep,
        ],
        logger_factory=structlog.ReturnLoggerFactory(),
        cache_logger_on_first_use=False,
    )


def _keep(_logger: Any, _method: str, line: MutableMapping[str, Any] | str) -> NoReturn:
    """A full disk is said where the work itself meets it."""
    from structlog import DropEvent

    with suppress(OSError), log_file().open("a") as log:
        log.write(f"{line}\n")
    raise DropEvent
