"""How do the parts become one web service, and which HTTP number does each kind of refusal get?

`uvicorn service.api.app:create_app --factory` opens the home of the environment; tests and the demo hand theirs in.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import DataError, OperationalError
from starlette.exceptions import HTTPException

from service.api import (
    agency_deletion,
    agency_sheet,
    callbacks,
    decrees,
    documentation,
    exits,
    fhir,
    field,
    field_consents,
    health,
    link_code,
    officials,
    partner_pages,
    receiving,
    settling,
)
from service.api.console import routes as console
from service.api.deps import NotLoggedIn
from service.api.guard import Guard
from service.api.logs import configure_logs
from service.api.master import mount_master_data
from service.api.problem import problem
from service.api.rendering import HEADINGS, STATIC, refusal, refusal_page, wants_page
from service.api.static import Kept
from service.doors import DOORS
from service.errors import BadInput, EstafetError, NeedsPerson, NotAllowed, NotFound, NotNow, TryAgainLater
from service.faults import faults_of
from service.messages.inbox import Doors
from service.messages.prefect_api import open_prefect
from service.messages.sending import Carrier, Sender
from service.sandbox.ground import Practice
from service.settings import current_settings
from service.trust.accounts import WrongLogin
from service.trust.homes import House, open_home

PARTS = (
    callbacks, officials, decrees, exits, settling, health, documentation, partner_pages, link_code, agency_deletion,
    agency_sheet, receiving, field, field_consents, fhir,
)  # fmt: skip
NUMBERS: dict[type[EstafetError], int] = {
    NotLoggedIn: 401, WrongLogin: 401, callbacks.NotBelieved: 401, callbacks.TooLarge: 413,
    BadInput: 422, NotFound: 404, NotAllowed: 403, NotNow: 409, NeedsPerson: 409, TryAgainLater: 503, EstafetError: 500,
}  # fmt: skip
WORDS = {
    401: "Belum masuk", 403: "Tidak diizinkan", 404: "Tidak ditemukan", 405: "Cara tidak didukung",
    413: "Kiriman terlalu besar", 422: "Isian belum benar", 500: "Kesalahan sistem", 503: "Coba lagi sebentar",
}  # fmt: skip

ADVICE = {
    404: "Periksa alamatnya, atau kembali ke halaman depan.",
    413: "Berkas lebih besar dari 60 MB; tidak ada yang disimpan. Bagi per kecamatan lalu kirim satu per satu.",
}


def create_app(house: House | None = None, doors: Doors = DOORS, sends: bool = True) -> FastAPI:
    """The service over one home. `sends=False` leaves the outbox to somebody else (tests, several instances)."""
    opened = house or open_home(current_settings())
    app = FastAPI(
        title="Estafet", version="1", docs_url=None, redoc_url=None, openapi_url=None, lifespan=_lifespan,
        description="Callback mitra, keputusan pejabat, dan keadaan siklus.",
    )  # fmt: skip
    app.state.house, app.state.doors, app.state.sends = opened, doors, sends
    app.state.waiting_room = callbacks.waiting_room(opened, doors)
    app.state.owns_house = house is None
    app.state.practice = Practice(opened.home)
    app.state.prefect = open_prefect(opened.settings)
    for part in (*PARTS, console):
        app.include_router(part.router)
    app.mount("/static", Kept(directory=STATIC), name="static")
    mount_master_data(app, opened)
    app.add_middleware(Guard, is_https=opened.settings.address.startswith("https://"))
    _refuse_politely(app)
    return app


def number_of(error: EstafetError) -> int:
    """The nearest kind in the table decides."""
    return next(NUMBERS[kind] for kind in type(error).__mro__ if kind in NUMBERS)


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    configure_logs()
    house: House = app.state.house
    carrier = Carrier(house.database, house.sealer, house.home, house.settings, app.state.prefect)
    sender = Sender(carrier) if app.state.sends else None
    if sender:
        sender.start()
    yield
    if sender:
        sender.stop(wait=5)
    app.state.prefect.close()
    app.state.practice.close()
    if app.state.owns_house:
        house.close()


def _refuse_politely(app: FastAPI) -> None:
    app.add_exception_handler(EstafetError, _refused)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(OperationalError, _database_away)
    for kind in (DataError, OverflowError):
        app.add_exception_handler(kind, _out_of_range)


def _refused(request: Request, error: Any) -> Response:
    status = number_of(error)
    if wants_page(request) and not isinstance(error, callbacks.NotBelieved):
        return refusal(request, status, error)
    details = {key: value for key, value in error.details.items() if key not in ("type", "title", "status", "detail")}
    if "status" in error.details:
        details["at"] = error.details["status"]
    response = problem(status, _title(status, error), error.kind, detail=error.message, **details)
    if status == 401:
        response.headers["www-authenticate"] = "Bearer"
    if status == 503:
        response.headers["retry-after"] = "5"
    return response


def _invalid(request: Request, error: Any) -> Response:
    faults = faults_of(error.errors())
    sentence = "; ".join(f"{fault['field']} {fault['fault']}" for fault in faults)
    if wants_page(request):
        return refusal_page(request, 422, WORDS[422], sentence)
    return problem(422, WORDS[422], BadInput.kind, detail=sentence, faults=faults)


def _http(request: Request, error: Any) -> Response:
    title = WORDS.get(error.status_code, "Tidak dapat dilayani")
    if wants_page(request):
        return refusal_page(request, error.status_code, title, ADVICE.get(error.status_code, ADVICE[404]))
    response = problem(error.status_code, title, "http")
    response.headers.update(error.headers or {})
    return response


def _database_away(request: Request, error: Any) -> Response:
    return _refused(request, TryAgainLater("Basis data sedang tidak menjawab. Coba lagi sebentar."))


def _out_of_range(request: Request, error: Any) -> Response:
    """A number or instant no database keeps, for instance a year of twelve digits."""
    return _refused(request, BadInput("Ada nilai di luar batas yang dapat disimpan."))


def _title(status: int, error: EstafetError) -> str:
    return WORDS.get(status) or HEADINGS.get(error.kind, "Tidak dapat dilakukan")
