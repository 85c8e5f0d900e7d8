"""Which papers belong to a household's file, who brings them, and how does an auditor take the whole file away?"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from sqlmodel import Session
from starlette.datastructures import FormData, UploadFile

from service import clock
from service.api.console.parcels import parcel_page
from service.api.console.showing import back_to, id_of, seen_regencies
from service.api.deps import HouseOf, needs
from service.api.forms import FormOf
from service.api.rendering import HEADERS, show_again
from service.db import listings
from service.db.tables import Case, Cycle, Parcel
from service.delivery import queries as delivery
from service.delivery.accountability import FIELD, REASON, CaseFile, case_files, pdf_of, zip_of
from service.delivery.documents import add_document, read_document
from service.delivery.queries import dossiers
from service.delivery.queries.records import letter_of_parcel
from service.delivery.records import event_bundle
from service.errors import BadInput, NotFound
from service.regions import regency_of
from service.stage import Work
from service.trust.homes import House
from service.trust.reach import require_case
from service.trust.rights import Officer, require_region

router = APIRouter()
Seer = Annotated[Officer, needs("household.look")]
Owner = Annotated[Officer, needs("household.own")]
Bringer = Annotated[Officer, needs("document.add")]
Revealer = Annotated[Officer, needs("household.reveal")]


class NoDocument(BadInput):
    """The form came without a file."""


@router.post("/paket/{number}/dokumen")
def bring(request: Request, number: str, officer: Bringer, house: HouseOf, form: FormOf) -> Response:
    """A paper of the household's file; the same file twice is there once."""
    show_again(request, lambda error, code: parcel_page(request, number, officer, house, error, code))
    content, kind, note = _upload(form), str(form.get("jenis") or ""), str(form.get("keterangan") or "")
    with house.database.read() as session:
        parcel_id = id_of(listings.by_number(session, Parcel, number))
    add_document(house.database, house.home, officer, parcel_id, kind, content, note, clock.now(house.home))
    return back_to(f"/paket/{number}", "dokumen")


@router.get("/dokumen/{document_id}")
def document(document_id: int, officer: Revealer, house: HouseOf) -> Response:
    """One paper, as a download: it may hold whole numbers, so who took it is written down."""
    with house.database.write() as session:
        kept, content = read_document(session, house.home, officer, document_id, clock.now(house.home))
    return _file(content, kept.media_type, f"dokumen-{kept.kind.replace('_', '-')}-{kept.id}.{kept.media_type[-3:]}")


@router.get("/paket/{number}/berita-acara.pdf")
def record(number: str, officer: Owner, house: HouseOf) -> Response:
    """The kept record of handover."""
    with house.database.read() as session:
        parcel = listings.by_number(session, Parcel, number)
        require_case(session, officer, session.get_one(Case, parcel.case_id))
        letter = letter_of_parcel(session, number)
    if letter is None:
        raise NotFound("Berita acara dibuat sesudah penyerahan terbukti.")
    return RedirectResponse(f"/surat/{letter.code}.pdf", status_code=303)


@router.get("/paket/{number}/berkas.zip")
def household_zip(number: str, officer: Revealer, house: HouseOf) -> Response:
    """Everything of one household."""
    work, files = _opened(house, officer, number)
    return _file(zip_of(work, files), "application/zip", f"berkas-{number}.zip")


@router.get("/paket/{number}/berkas.pdf")
def household_pdf(number: str, officer: Revealer, house: HouseOf) -> Response:
    """The same as one PDF."""
    work, files = _opened(house, officer, number)
    return _file(pdf_of(work, files[0]), "application/pdf", f"berkas-{number}.pdf")


@router.get("/acara/{number}/berita-acara.pdf")
def event_records(number: str, officer: Seer, house: HouseOf) -> Response:
    """All records of an event behind a recap."""
    with house.database.read() as session:
        event = _event(session, officer, number)
        bundle = event_bundle(session, _work(house, session.get_one(Cycle, event.cycle_id), officer), event)
    return _file(bundle, "application/pdf", f"berita-acara-{number}.pdf")


@router.get("/acara/{number}/berkas.zip")
def event_zip(number: str, officer: Revealer, house: HouseOf) -> Response:
    """The files of all households of an event that were handed their goods."""
    with house.database.write() as session:
        event = _event(session, officer, number)
        cycle = session.get_one(Cycle, event.cycle_id)
        work = _work(house, cycle, officer)
        ids = dossiers.parcels_for_files(session, event.cycle_id, event_id=id_of(event), within=seen_regencies(officer, None))
        files = _taken(session, work, officer, ids)
    return _file(zip_of(work, files), "application/zip", f"berkas-{number}.zip")


def _opened(house: House, officer: Officer, number: str) -> tuple[Work, list[CaseFile]]:
    """Raises NotFound, OutsideRegion, NothingToAccountFor."""
    with house.database.write() as session:
        parcel = listings.by_number(session, Parcel, number)
        case, cycle = session.get_one(Case, parcel.case_id), session.get_one(Cycle, parcel.cycle_id)
        require_region(officer, case.regency_code)
        work = _work(house, cycle, officer)
        return work, _taken(session, work, officer, [id_of(parcel)])


def _taken(session: Session, work: Work, officer: Officer, ids: list[int]) -> list[CaseFile]:
    files = case_files(session, ids, work.policy)
    households = {one.dossier.case_household for one in files}
    dossiers.log_access(session, officer.id, households, FIELD, REASON, work.now)
    return files


def _work(house: House, cycle: Cycle, officer: Officer) -> Work:
    return Work(house.database, house.home, house.settings.address, cycle, officer.actor, house.sealer)


def _event(session: Session, officer: Officer, number: str) -> Any:
    event = delivery.event_numbered(session, number)
    if event is None:
        raise NotFound(f"Acara {number} tidak ditemukan.")
    require_region(officer, regency_of(event.district_code))
    return event


def _file(content: bytes, media_type: str, name: str) -> Response:
    return Response(
        content, media_type=media_type, headers={**HEADERS, "content-disposition": f'attachment; filename="{name}"'}
    )


def _upload(form: FormData) -> bytes:
    """Raises NoDocument."""
    given = form.get("dokumen")
    if not isinstance(given, UploadFile) or not given.filename:
        raise NoDocument("Pilih berkas dahulu.", faults=[{"field": "dokumen", "fault": "Pilih berkas PDF atau foto"}])
    return given.file.read()
