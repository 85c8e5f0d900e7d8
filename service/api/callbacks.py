"""How does a partner's program tell us something? (`POST /callbacks/{sender}`, `POST /evidence/{sender}`)

Signed by Standard Webhooks over the raw bytes. Whoever cannot sign learns nothing: one refusal for every fault.
"""

from __future__ import annotations

import json
from asyncio import get_running_loop, wrap_future
from collections.abc import Awaitable, Callable
from datetime import date, datetime
from math import isfinite
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from pydantic import AwareDatetime, BaseModel, Field, ValidationError, field_validator
from sqlmodel import Session

from service import clock
from service.api.deps import HouseOf, Open, house_of, practice_of
from service.delivery.field import photo_arrived
from service.delivery.photos import store_photo
from service.errors import BadInput, NotAllowed
from service.faults import faults_of
from service.messages import queries as message_queries
from service.messages.inbox import Doors, Telling, WrongSender, receive
from service.messages.signatures import Forged, verified_id
from service.messages.together import Callback, WaitingRoom, receive_together
from service.trust import queries as trust_queries
from service.trust.homes import House
from service.trust.partners import new_secret, secrets_of
from service.trust.queries import Signer

LARGEST_MESSAGE = 64 * 1024
SMALL_MESSAGE = 8 * 1024  # read at once, without a thread of its own
LARGEST_PHOTO = 8 * 1024 * 1024
MOST_IGNORED, LONGEST_NAME = 20, 60  # of fields nobody knows, as they are named in the answer
SIGNED = Open("mitra membuktikan diri dengan tanda tangan Standard Webhooks")
_nobody = new_secret()


class NotBelieved(NotAllowed):
    """Forged, unknown, unsigned or stale (401); which of them is not said."""


class TooLarge(BadInput):
    """More bytes than the door takes (413)."""


class Malformed(BadInput):
    """Known sender, but not a message; `details["faults"]` names every field."""


class Envelope(BaseModel):
    """What every callback holds; `data` is checked by the type's own model."""

    type: str = Field(min_length=1, max_length=60)
    timestamp: AwareDatetime
    data: dict[str, Any]

    @field_validator("timestamp")
    @classmethod
    def _of_our_time(cls, value: datetime) -> datetime:
        if not 2000 <= value.year < 2200:
            raise ValueError("tahunnya tidak masuk akal")
        return value


def body_up_to(limit: int) -> Callable[[Request], Awaitable[bytes]]:
    """The raw bytes, counted while they come: a body without a stated length is cut off as well."""

    async def limited_body(request: Request) -> bytes:
        stated = request.headers.get("content-length", "")
        if stated.isdigit() and int(stated[:12]) > limit:
            raise TooLarge(f"Isi pesan lebih dari {limit} byte.")
        chunks, size = list[bytes](), 0
        async for chunk in request.stream():
            chunks.append(chunk)
            size += len(chunk)
            if size > limit:
                raise TooLarge(f"Isi pesan lebih dari {limit} byte.")
        return b"".join(chunks)

    return limited_body


class SignedRoute(APIRoute):
    """Reads the body and runs the endpoint in one hop to a thread.

    FastAPI's own way (a resolver for each dependency, a thread for each, an answer checked against its type) costs as
    much as the callback itself. The endpoint's signature is for the description and for the limit of its body.
    """

    def get_route_handler(self) -> Callable[[Request], Awaitable[Response]]:  # type: ignore[override]
        read_body: Any = next(part.call for part in self.dependant.dependencies if part.name == "body")

        async def answer(request: Request) -> Response:
            body = await read_body(request)
            given = (request.path_params["sender"], request, body, house_of(request))
            said = await self.with_others(*given)
            said = said or await get_running_loop().run_in_executor(None, self.endpoint, *given)
            return JSONResponse(said, self.status_code or 200)

        return answer

    async def with_others(self, sender: str, request: Request, body: bytes, house: House) -> dict[str, Any] | None:
        """The answer, where several may be taken together; None: the endpoint gives it."""
        return None


class ToldRoute(SignedRoute):
    """Small messages that arrive together are kept and applied together, so that they share one commit.

    Only what is in order in every way is answered here. The endpoint meets everything else as if it had just come.
    """

    async def with_others(self, sender: str, request: Request, body: bytes, house: House) -> dict[str, Any] | None:
        room: WaitingRoom = request.app.state.waiting_room
        signer = room.known.get(sender)
        if len(body) > SMALL_MESSAGE:
            return None
        try:
            message_id = verified_id(request.headers, body, _secrets(signer, house, wall := clock.wall()), wall)
            telling = read_telling(request.app.state.doors, message_id, body, lambda: clock.today(house.home))
        except (Forged, Malformed):
            return None
        if signer is None or not (one := Callback(signer, telling, request.app.state.doors[telling.type])).may_go_together:
            return None
        result = await wrap_future(room.enter(one))
        return said_of(result, telling) if result else None


def waiting_room(house: House, doors: Doors) -> WaitingRoom:
    return WaitingRoom(lambda callbacks: receive_together(house.database, doors, callbacks, clock.now(house.home)))


router = APIRouter(tags=["partners"], route_class=SignedRoute)
tellings = APIRouter(tags=["partners"], route_class=ToldRoute)
MessageBody = Annotated[bytes, Depends(body_up_to(LARGEST_MESSAGE))]
PhotoBody = Annotated[bytes, Depends(body_up_to(LARGEST_PHOTO))]


def _schema(kind: str, schema: dict[str, Any]) -> dict[str, Any]:
    headers = ("webhook-id", "webhook-timestamp", "webhook-signature")
    return {
        "parameters": [{"name": name, "in": "header", "required": True, "schema": {"type": "string"}} for name in headers],
        "requestBody": {"required": True, "content": {kind: {"schema": schema}}},
    }


@tellings.post(
    "/callbacks/{sender}", status_code=202, dependencies=[SIGNED],
    openapi_extra=_schema("application/json", Envelope.model_json_schema()),
)  # fmt: skip
def tell(sender: str, request: Request, body: MessageBody, house: HouseOf) -> dict[str, Any]:
    """A partner tells what happened. Answers `{"result": "applied" | "duplicate" | "parked" | "late"}`; fields nobody knows
    are named in `ignored`."""
    partner, message_id = _believed(house, sender, request, body)
    doors: Doors = request.app.state.doors
    telling = read_telling(doors, message_id, body, lambda: clock.today(house.home))
    if not partner.is_sandbox:
        request.app.state.waiting_room.known[sender] = partner
    database = practice_of(request).database_for(partner) if partner.is_sandbox else house.database
    return said_of(receive(database, doors, partner, telling, clock.now(house.home)), telling)


@router.post(
    "/evidence/{sender}", status_code=201, dependencies=[SIGNED],
    openapi_extra=_schema("image/jpeg", {"type": "string", "format": "binary"}),
)  # fmt: skip
def bring_photo(sender: str, request: Request, body: PhotoBody, house: HouseOf) -> dict[str, str]:
    """A facilitator's photo of a handover. Answers `{"photo": sha256}`, which `parcel.handed_over` then names."""
    partner, _ = _believed(house, sender, request, body)
    if partner.kind != "facilitator":
        raise WrongSender("Foto bukti hanya dari pendamping.")
    now = clock.now(house.home)
    photo = store_photo(house.database, house.home, partner, body, now)
    photo_arrived(house.database, photo, now)
    return {"photo": photo}


router.include_router(tellings)


def said_of(result: str, telling: Telling) -> dict[str, Any]:
    """The answer to a message that was taken; a mistyped field is told, for it had no effect."""
    return {"result": result} | ({"ignored": list(telling.ignored)} if telling.ignored else {})


def read_telling(doors: Doors, message_id: str, body: bytes, today: Callable[[], date] | None = None) -> Telling:
    """`today` judges days to come. Raises Malformed, naming every faulty field of envelope and data at once."""
    content = _json(body)
    faults, envelope, data = list[dict[str, str]](), None, None
    try:
        envelope = Envelope.model_validate(content)
    except ValidationError as error:
        faults += faults_of(error.errors())
    kind, given = (content.get("type"), content.get("data")) if isinstance(content, dict) else (None, None)
    door = doors.get(kind) if isinstance(kind, str) else None
    if isinstance(kind, str) and door is None:
        faults.append({"field": "type", "fault": "tidak dikenal; yang dikenal: " + ", ".join(sorted(doors))})
    if door is not None and isinstance(given, dict):
        try:
            data = door.data.model_validate(given, context={"today": today})
        except ValidationError as error:
            faults += faults_of(error.errors(), ("data",))
    if faults or envelope is None:
        raise Malformed("Pesan tidak dapat dibaca: " + "; ".join(f"{f['field']} {f['fault']}" for f in faults), faults=faults)
    assert door is not None
    ignored = tuple(f"data.{name[:LONGEST_NAME]}" for name in envelope.data if name not in door.data.model_fields)
    return Telling(message_id, envelope.type, envelope.timestamp, data, content, ignored[:MOST_IGNORED])


def _believed(house: House, sender: str, request: Request, body: bytes) -> tuple[Signer, str]:
    """The active partner and the message's id. Unknown senders cost the same work as known ones."""
    now = clock.wall()
    with house.database.read() as session:
        partner = trust_queries.signer(session, sender[:60])
    known = partner if partner and partner.active else None
    try:
        message_id = verified_id(request.headers, body, _secrets(known, house, now), now)
        if known is None:
            raise Forged("sender")
    except Forged as verdict:
        with house.database.write() as session:
            _count(session, verdict.reason if known else "sender", now)
        raise NotBelieved("Tanda tangan tidak dapat dipercaya.") from None
    return known, message_id


def _secrets(known: Signer | None, house: House, now: datetime) -> tuple[str, ...]:
    return secrets_of(known, house.sealer, now) if known else (_nobody,)


def _count(session: Session, reason: str, now: datetime) -> None:
    message_queries.count_refused(session, now.astimezone(clock.WIB).date(), reason)


def _json(body: bytes) -> Any:
    """Raises Malformed; NaN, infinity (also as 1e999), lone surrogates and NUL are refused because no database keeps them."""
    try:
        text = body.decode("utf-8")
        content = json.loads(text, parse_constant=_refuse_constant, parse_float=_finite)
        if "\\u" in text:  # nothing else can write a surrogate or NUL
            text = json.dumps(content, ensure_ascii=False)
            text.encode("utf-8")
    except (ValueError, RecursionError):
        raise Malformed("Isi bukan JSON yang benar.", faults=[{"field": "(isi)", "fault": "bukan JSON yang benar"}]) from None
    if "\\u0000" in text:
        raise Malformed("Isi memuat karakter NUL.", faults=[{"field": "(isi)", "fault": "memuat karakter NUL"}])
    return content


def _refuse_constant(name: str) -> Any:
    raise ValueError(name)


def _finite(digits: str) -> float:
    number = float(digits)
    if not isfinite(number):
        raise ValueError(digits)
    return number
