"""How does a partner's program talk to us, in a page that works without internet?"""

from __future__ import annotations

import json
from copy import deepcopy
from typing import Any

from fastapi import APIRouter, Request, Response

from service.api.deps import Open
from service.api.described import PROBLEMS, RESULTS, describe, envelope
from service.api.rendering import public_page
from service.handoff.standards import all_words
from service.messages.inbox import Doors
from service.sandbox.script import PARTS

router = APIRouter()
WORD_OF_KIND = {"supplier": "penyedia", "agency": "instansi", "facilitator": "pendamping"}
_for_all = [Open("keterangan antarmuka; tanpa data")]


@router.get("/openapi.json", dependencies=_for_all, include_in_schema=False)
def schema(request: Request) -> dict[str, Any]:
    return _described(request)


@router.get("/docs", dependencies=_for_all, include_in_schema=False)
def documentation(request: Request) -> Response:
    values = {
        "routes": _routes(_described(request)), "events": _events(request.app.state.doors), "results": RESULTS,
        "refusals": {number: about for number, (about, _) in PROBLEMS.items()}, "words": all_words(), "parts": PARTS,
    }  # fmt: skip
    return public_page(request, "docs.html", values)


def _described(request: Request) -> dict[str, Any]:
    """Made once: it does not change while the service runs."""
    state = request.app.state
    if not hasattr(state, "described"):
        state.described = describe(deepcopy(request.app.openapi()), state.doors)
    found: dict[str, Any] = state.described
    return found


def _events(doors: Doors) -> list[dict[str, Any]]:
    return [
        {
            "type": kind, "who": [WORD_OF_KIND[sender] for sender in door.sender_kinds],
            "fields": [(name, field.is_required()) for name, field in door.data.model_fields.items()],
            "example": json.dumps(envelope(kind), ensure_ascii=False, indent=1),
        }
        for kind, door in doors.items()
    ]  # fmt: skip


def _routes(described: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "method": method.upper(),
            "path": path,
            "summary": route.get("description") or route.get("summary", ""),
            "parameters": [(p["name"], p["in"], bool(p.get("required"))) for p in route.get("parameters", [])],
            "answers": sorted(route.get("responses", {})),
        }
        for path, methods in sorted(described["paths"].items())
        for method, route in methods.items()
    ]
