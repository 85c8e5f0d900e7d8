"""Which routes exist, in a page that works without internet?"""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response

from service.api.deps import Open
from service.api.rendering import public_page

router = APIRouter()
_for_all = [Open("keterangan antarmuka; tanpa data")]


@router.get("/openapi.json", dependencies=_for_all, include_in_schema=False)
def schema(request: Request) -> dict[str, Any]:
    found: dict[str, Any] = request.app.openapi()
    return found


@router.get("/docs", dependencies=_for_all, include_in_schema=False)
def documentation(request: Request) -> Response:
    return public_page(request, "docs.html", {"routes": _routes(request.app.openapi())})


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
