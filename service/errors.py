"""What went wrong, sorted by what the reader must do about it?

Concrete errors subclass one of the five kinds beside the code that raises them. The message is a
sentence an officer understands, in Bahasa Indonesia; `details` is for machines (no personal data).
"""

from __future__ import annotations

from typing import Any


class EstafetError(Exception):
    """Base of the five kinds; never raised itself."""

    kind = "error"

    def __init__(self, message: str, **details: Any) -> None:
        super().__init__(message)
        self.message = message
        self.details = details


class BadInput(EstafetError):
    """The reader corrects what was given and tries again (HTTP 422)."""

    kind = "bad_input"


class NotFound(EstafetError):
    """The thing named does not exist, or the reader may not know that it does (404)."""

    kind = "not_found"


class NotAllowed(EstafetError):
    """A person without the role, the region, or who made what they now want to decide (403)."""

    kind = "not_allowed"


class NotNow(EstafetError):
    """The subject's status does not admit the event (409); names both."""

    kind = "not_now"


class TryAgainLater(EstafetError):
    """Something outside is away (503); the only kind that is retried by itself."""

    kind = "try_again_later"


class NeedsPerson(EstafetError):
    """No rule decides this; it is kept and shown to a person."""

    kind = "needs_person"
