"""How does a refusal look on the wire? (RFC 9457; HTTP numbers stand in `app.py` only)"""

from __future__ import annotations

import json
from typing import Any

from fastapi import Response

CONTENT_TYPE = "application/problem+json"


def problem(status: int, title: str, kind: str, **more: Any) -> Response:
    """One problem document; `more` are extension members, already free of personal data."""
    body = {"type": f"urn:estafet:{kind}", "title": title, "status": status, **more}
    return Response(json.dumps(body, ensure_ascii=False, default=str), status, media_type=CONTENT_TYPE)
