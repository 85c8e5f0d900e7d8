"""How long may a browser keep our own stylesheet, scripts and pictures? As long as we say they have not changed."""

from __future__ import annotations

from typing import Any

from fastapi import Response
from fastapi.staticfiles import StaticFiles


class Kept(StaticFiles):
    """Asked for again with its ETag each time, so a phone with a weak signal does not load the same file twice."""

    def file_response(self, *given: Any, **named: Any) -> Response:
        response = super().file_response(*given, **named)
        response.headers["Cache-Control"] = "no-cache"
        return response
