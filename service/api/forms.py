"""How does a page get a whole form whose fields depend on what is shown?"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import Depends, Request
from starlette.datastructures import FormData


async def read_form(request: Request) -> AsyncIterator[FormData]:
    """Read here, so that the route may be an ordinary function in a thread of its own; files sent are closed after it."""
    async with request.form() as form:
        yield form


FormOf = Annotated[FormData, Depends(read_form)]
