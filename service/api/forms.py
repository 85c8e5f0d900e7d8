"""How does a page get a whole form whose fields depend on what is shown?"""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request
from starlette.datastructures import FormData


async def read_form(request: Request) -> FormData:
    """Read here, so that the route itself may be an ordinary function in a thread of its own."""
    return await request.form()


FormOf = Annotated[FormData, Depends(read_form)]
