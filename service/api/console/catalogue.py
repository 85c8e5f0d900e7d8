"""Which packages does a year's catalogue hold, in which versions, and how does another one get in through the browser?"""

from __future__ import annotations

import re
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import FileResponse
from starlette.datastructures import FormData, UploadFile

from service.api.console.showing import back_to, chosen_cycle, done_words, id_of
from service.api.deps import HouseOf, needs, told_by
from service.api.forms import FormOf
from service.api.rendering import HEADERS, page, show_again
from service.cohort import queries as cohort
from service.errors import BadInput, EstafetError, NotFound
from service.policy import CyclePolicy
from service.procurement.catalogue import WrongCatalogue
from service.procurement.catalogue_file import as_workbook, keep_faults, read_workbook
from service.procurement.changing import change_catalogue, copy_catalogue, current_catalogue
from service.procurement.queries import catalogue as queries
from service.procurement.workbook import MOST_BYTES
from service.trust.homes import House
from service.trust.rights import Officer

router = APIRouter()
Looker = Annotated[Officer, needs("cycle.look")]
Editor = Annotated[Officer, needs("catalogue.edit")]
SPREADSHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class NoFile(BadInput):
    """The form came without a file."""


@router.get("/katalog")
def catalogue(request: Request, officer: Looker, house: HouseOf, tahun: int | None = None) -> Response:
    """The versions that are given now, older ones below."""
    return _page(request, house, tahun)


@router.get("/katalog/{year}.xlsx")
def download(year: int, officer: Looker, house: HouseOf) -> Response:
    """The same shape as the one that comes in."""
    with house.database.read() as session:
        content = as_workbook(current_catalogue(session, cohort.cycle_of(session, year)))
    headers = {**HEADERS, "content-disposition": f'attachment; filename="katalog-{year}.xlsx"'}
    return Response(content, media_type=SPREADSHEET, headers=headers)


@router.post("/katalog")
def take_in(request: Request, officer: Editor, house: HouseOf, form: FormOf) -> Response:
    """A whole catalogue, or nothing of it; the same again changes nothing."""
    year = _year(form)
    show_again(request, lambda error, status: _page(request, house, year, error, status))
    upload = form.get("berkas")
    if not isinstance(upload, UploadFile) or not upload.filename:
        raise NoFile("Pilih berkas XLSX dahulu.", faults=[{"field": "berkas", "fault": "Pilih berkas XLSX"}])
    name = re.sub(r"[^\w .()+-]", "_", re.split(r"[/\\]", upload.filename)[-1])[-80:]
    offered = read_workbook(upload.file.read(MOST_BYTES + 1), name)
    with house.database.write() as session:
        cycle = cohort.cycle_of(session, year or 0)
        change = change_catalogue(session, officer, cycle, offered, told_by(officer, house))
    return back_to("/katalog", "katalog-sama" if change.is_nothing else "katalog", tahun=year)


@router.post("/katalog/salin")
def copy(
    request: Request, officer: Editor, house: HouseOf, tahun: Annotated[int, Form()], dari: Annotated[int, Form()]
) -> Response:
    """Another year's catalogue as the start of this one."""
    show_again(request, lambda error, status: _page(request, house, tahun, error, status))
    with house.database.write() as session:
        source, target = cohort.cycle_of(session, dari), cohort.cycle_of(session, tahun)
        copy_catalogue(session, officer, source, target, told_by(officer, house))
    return back_to("/katalog", "katalog", tahun=tahun)


@router.get("/katalog/perbaikan/{digest}.xlsx")
def faults_file(digest: str, officer: Editor, house: HouseOf) -> Response:
    """The faulty rows of a file that was refused."""
    path = house.home / "faults" / f"katalog-{digest}.xlsx"
    if not re.fullmatch(r"[0-9a-f]{12}", digest) or not path.exists():
        raise NotFound("Daftar perbaikan berkas ini tidak ada.")
    return FileResponse(path, media_type=SPREADSHEET, filename=path.name, headers=HEADERS)


def _page(request: Request, house: House, year: int | None, error: EstafetError | None = None, status: int = 200) -> Response:
    with house.database.read() as session:
        cycle = chosen_cycle(session, year)
        if cycle is None:
            return page(request, "no_cycle.html", {"heading": "Katalog"})
        versions = queries.all_versions(session, id_of(cycle))
        items = queries.items_of_packages(session, [id_of(one) for one in versions])
        kinds, parcels = queries.kinds_of(session, id_of(cycle)), queries.parcels_by_package(session, id_of(cycle))
        others = [one.year for one in cohort.cycles(session) if one.year != cycle.year]
    rows = [(one, items.get(id_of(one), []), kinds.get(id_of(one), []), parcels.get(id_of(one), (0, 0))) for one in versions]
    told = list(error.details.get("faults", [])) if error else []
    values = {
        "cycle": cycle, "own_account": CyclePolicy.model_validate(cycle.policy).budget_account_code,
        "given": [row for row in rows if row[0].is_current], "former": [row for row in rows if not row[0].is_current],
        "years": others, "error": error, "done": done_words(request),
        "faults": [fault for fault in told if isinstance(fault, dict)],
        "sentences": [fault for fault in told if isinstance(fault, str)], "corrections": _corrections(house, error),
    }  # fmt: skip
    return page(request, "catalogue.html", values, status)


def _corrections(house: House, error: EstafetError | None) -> str:
    """Where the faulty rows of the file just refused can be taken."""
    content: Any = error.workbook if isinstance(error, WrongCatalogue) else None
    return f"/katalog/perbaikan/{keep_faults(house.home, content).stem.removeprefix('katalog-')}.xlsx" if content else ""


def _year(form: FormData) -> int | None:
    given = str(form.get("tahun", ""))
    return int(given) if given.isdecimal() else None
