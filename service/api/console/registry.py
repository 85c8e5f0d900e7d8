"""How does a regency's file get in through the browser, and which files came in before?"""

from __future__ import annotations

import re
import shutil
import tempfile
import time
from pathlib import Path
from typing import Annotated, Any

import structlog
from fastapi import APIRouter, Request, Response
from fastapi.responses import FileResponse
from starlette.datastructures import FormData, UploadFile

from service import clock
from service.api.console.doubts import registry_rows
from service.api.console.showing import done_words, id_of, who
from service.api.deps import HouseOf, needs
from service.api.forms import FormOf
from service.api.rendering import HEADERS, page, query, show_again
from service.db.tables import RegistryFile
from service.errors import BadInput, EstafetError, NotFound
from service.registry import queries
from service.registry.doubts.steps import find_duplicates
from service.registry.faults import FileRefused, faults_file_of
from service.registry.steps import import_file
from service.trust.homes import House
from service.trust.rights import Officer

router = APIRouter()
log = structlog.get_logger("estafet.service")
Looker = Annotated[Officer, needs("cycle.look")]
Importer = Annotated[Officer, needs("registry.import")]
SPREADSHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PAGE, LONGEST_UPLOAD = 50, 3_600.0


class NoFile(BadInput):
    """The form came without a file."""


@router.get("/registri")
def registry(request: Request, officer: Looker, house: HouseOf, berkas: int = 0, sebelum: int = 0) -> Response:
    """What the file that just came in did, the form, what waits to be settled, and all files before, the newest first."""
    return _registry_page(request, officer, house, berkas, sebelum)


@router.post("/registri")
def take_in(request: Request, officer: Importer, house: HouseOf, form: FormOf) -> Response:
    """One file, whole or not at all; sent twice, the second time changes nothing."""
    show_again(request, lambda error, status: _registry_page(request, officer, house, error=error, status=status))
    upload = _upload(form)
    _sweep(house.home)
    with tempfile.TemporaryDirectory(prefix="upload-", dir=house.home) as folder:  # nothing of it is kept, whatever happens
        path = Path(folder) / _plain_name(upload.filename or "")
        with path.open("wb") as file:
            shutil.copyfileobj(upload.file, file)
        now = clock.now(house.home)
        result = import_file(house.database, house.home, house.sealer, path, officer.actor, now, regencies=officer.regencies)
        find_duplicates(house.database, now)
    with house.database.read() as session:
        taken = queries.file_with_content(session, result.sha256)
    assert taken is not None
    is_known = not (result.added or result.updated) and bool(taken.added or taken.updated)
    address = query("/registri", sudah="dikenal" if is_known else "masuk", berkas=id_of(taken))
    return Response(status_code=303, headers={"location": address})


@router.get("/registri/perbaikan/{sha256}.xlsx")
def faults_file(sha256: str, officer: Importer, house: HouseOf) -> Response:
    """What must be corrected, as the sender wrote it: it holds personal numbers, so who took it is in the log."""
    path = faults_file_of(house.home, sha256)
    if path is None:
        raise NotFound("Daftar perbaikan berkas ini tidak ada.")
    log.info("faults_file_taken", by=officer.actor, sha256=sha256[:12])
    return FileResponse(path, media_type=SPREADSHEET, filename=path.name, headers=HEADERS)


def _registry_page(
    request: Request, officer: Officer, house: House, file_id: int = 0, before: int = 0,
    error: EstafetError | None = None, status: int = 200,
) -> Response:  # fmt: skip
    with house.database.read() as session:
        files = queries.imported_files(session, PAGE, before)
        senders = who(session, *[file.imported_by for file in files])
        shown = session.get(RegistryFile, file_id) if file_id else None
        values: dict[str, Any] = {
            "files": list(zip(files, senders, strict=True)), "shown": shown, "first": "/registri" if before else "",
            "more": query("/registri", sebelum=id_of(files[-1])) if len(files) == PAGE else "",
            "doubts": registry_rows(session, officer),
            "kept_faults": {file.id for file in (*files, shown) if file and faults_file_of(house.home, file.sha256)},
        }  # fmt: skip
    faults = list(error.details.get("faults", [])) if error else []
    values |= {"error": error, "faults": faults, "refused": _refused(error), "done": done_words(request)}
    return page(request, "registry.html", values, status)


def _sweep(home: Path) -> None:
    """What an upload left that was cut off with the whole process."""
    for folder in home.glob("upload-*"):
        if time.time() - folder.stat().st_mtime > LONGEST_UPLOAD:
            shutil.rmtree(folder, ignore_errors=True)


def _refused(error: EstafetError | None) -> dict[str, Any] | None:
    """The counts of a file that was refused whole."""
    return error.details if isinstance(error, FileRefused) else None


def _upload(form: FormData) -> UploadFile:
    """Raises NoFile."""
    given = form.get("berkas")
    if not isinstance(given, UploadFile) or not given.filename:
        raise NoFile("Pilih berkas CSV atau XLSX dahulu.", faults=[{"field": "berkas", "fault": "Pilih berkas CSV atau XLSX"}])
    return given


def _plain_name(name: str) -> str:
    """The sender's own name of the file, without a folder and without what no file system takes."""
    last = re.split(r"[/\\]", name)[-1]
    return re.sub(r"[^\w .()+-]", "_", last).lstrip(".")[-100:] or "berkas"
