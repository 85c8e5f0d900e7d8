"""How does a facilitator's phone report handovers, also after hours without a network? (`/lapangan`)

The page is a shell without personal data; what the phone takes along comes from `/lapangan/bekal`. A report ends in the
same function as a signed callback, under the id the phone gave it: sent twice it has effect once.
"""

from __future__ import annotations

import hashlib
import json
from functools import cache
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from service import clock
from service.api.callbacks import LARGEST_MESSAGE, LARGEST_PHOTO, Malformed, body_up_to, read_telling
from service.api.deps import HouseOf, Open, csrf_token, needs
from service.api.rendering import HEADERS, STATIC, render
from service.delivery import field
from service.delivery.answers import DOORS
from service.delivery.codes import code_in_picture
from service.delivery.photos import store_photo
from service.faults import faults_of
from service.messages.inbox import receive
from service.trust.rights import Officer

router = APIRouter(prefix="/lapangan", include_in_schema=False)
Facilitator = Annotated[Officer, needs("field.report")]
FOLDER = STATIC / "lapangan"
SHELL = ("app.js", "camera.js", "dom.js", "form.js", "queue.js", "store.js", "lapangan.css")
LARGEST_FRAME = 512 * 1024
OWN = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; "
    "connect-src 'self'; worker-src 'self'; manifest-src 'self'; media-src 'self' blob:; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "Permissions-Policy": "camera=(self), geolocation=(self), microphone=()",
}


class Report(BaseModel):
    """`id`: made by the phone when the report was saved; `data`: as in the callback of this type."""

    model_config = ConfigDict(extra="forbid")

    id: str = Field(pattern=r"^[A-Za-z0-9_-]{16,60}$")
    type: Literal["parcel.handed_over", "parcel.partial", "parcel.absent", "parcel.refused"]
    data: dict[str, Any]


@router.get("", dependencies=[needs("field.report")])
def shell() -> Response:
    """The page itself; the same for everybody, so that a phone may keep it."""
    return Response(render("lapangan.html", {"files": SHELL}), media_type="text/html", headers={**HEADERS, **OWN})


@router.get("/kerja.js", dependencies=[Open("skrip tanpa data; peramban mengambilnya sendiri")])
def worker() -> Response:
    """The service worker, with a version that changes whenever any file of the page does."""
    content = f'const VERSION = "{version()}";\nconst FILES = {json.dumps(SHELL)};\n' + (FOLDER / "worker.js").read_text()
    headers = {**HEADERS, **OWN, "Cache-Control": "no-cache", "Service-Worker-Allowed": "/lapangan"}
    return Response(content, media_type="text/javascript", headers=headers)


@cache
def version() -> str:
    """Of the files as this process found them."""
    paths = [STATIC / "estafet.css", STATIC.parent / "lapangan.html", FOLDER / "worker.js", *(FOLDER / name for name in SHELL)]
    return hashlib.sha256(b"\0".join(path.read_bytes() for path in paths)).hexdigest()[:16]


@router.get("/bekal")
def supplies(officer: Facilitator, house: HouseOf) -> dict[str, Any]:
    """What the phone takes along. `ahead_ms`: how far a demo's clock runs before the phone's; 0 in a real home."""
    now = clock.now(house.home)
    with house.database.read() as session:
        partner = field.facilitator_of(session, officer)
        taken = field.take_along(session, partner, clock.today(house.home))
    ahead = round((now - clock.wall()).total_seconds() * 1000) if clock.is_demo_home(house.home) else 0
    return {"login": officer.login, "name": officer.name, "at": now, "ahead_ms": ahead, **taken}


@router.get("/kunci")
def key(request: Request, officer: Facilitator) -> dict[str, str]:
    """Who is logged in here, and the token that goes with whatever the phone sends."""
    return {"login": officer.login, "csrf": csrf_token(request)}


@router.post("/berkas", status_code=201)
def keep_file(
    officer: Facilitator, house: HouseOf, body: Annotated[bytes, Depends(body_up_to(LARGEST_PHOTO))]
) -> dict[str, str]:
    """A photo, a signature or a letter of authority, before or after the report that names it; twice is once."""
    now = clock.now(house.home)
    with house.database.read() as session:
        partner = field.facilitator_of(session, officer)
    sha256 = store_photo(house.database, house.home, partner, body, now)
    field.photo_arrived(house.database, sha256, now)
    return {"sha256": sha256}


@router.post("/laporan", status_code=202)
def report(
    request: Request, officer: Facilitator, house: HouseOf, body: Annotated[bytes, Depends(body_up_to(LARGEST_MESSAGE))]
) -> dict[str, str]:
    """One handover as told. Answers `{"result": "applied" | "duplicate" | "parked" | "late"}` as a callback does."""
    given, now = _report(body), clock.now(house.home)
    envelope = {"type": given.type, "timestamp": now.isoformat(), "data": given.data}
    telling = read_telling(DOORS, f"hp-{given.id}", json.dumps(envelope).encode())
    with house.database.read() as session:
        partner = field.facilitator_of(session, officer)
        field.check_region(session, officer, telling.data.parcel)
    return {"result": receive(house.database, DOORS, partner, telling, now)}


@router.post("/pindai")
def scan(_: Facilitator, body: Annotated[bytes, Depends(body_up_to(LARGEST_FRAME))]) -> dict[str, str | None]:
    """For browsers that read no QR themselves: the code in one frame of the camera, or null."""
    return {"code": code_in_picture(body)}


def _report(body: bytes) -> Report:
    """Raises Malformed, naming every field."""
    try:
        return Report.model_validate_json(body)
    except ValidationError as error:
        faults = faults_of(error.errors())
        raise Malformed("Laporan tidak dapat dibaca: " + "; ".join(f"{f['field']} {f['fault']}" for f in faults),
                        faults=faults) from None  # fmt: skip
