"""How does an agency take its referrals as XLSX, and how does the filled table come back?

Every fault of the table is told by cell and nothing of a faulty one is kept; each answer ends where the webhook's does.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import FileResponse, RedirectResponse
from sqlmodel import Session
from starlette.datastructures import FormData, UploadFile

from service import clock
from service.api.agency_answers import answer_one
from service.api.agency_book import book_of
from service.api.deps import HouseOf, Open
from service.api.forms import FormOf
from service.api.partner_pages import SPREADSHEET, page_of
from service.api.rendering import PUBLIC_HEADERS, query, region, show_again
from service.business import named
from service.db.history import Told
from service.db.tables import Household, Partner, PartnerLink, Referral
from service.errors import NotFound, NotNow
from service.handoff.answers_sheet import SheetRefused, line_of, read_answers
from service.handoff.consents import fields_for
from service.handoff.links import open_link_for
from service.handoff.queries.doors import known_of, open_for_sheet
from service.handoff.sheet_row import Answer, Fault
from service.handoff.sheet_words import COLUMNS, FAULTS, FORMERLY, LABELS, NUMBER, REQUIRED, TEXTS
from service.lifecycle import Subject, label_of
from service.procurement.workbook import MOST_BYTES, Row, rows_of, workbook_of
from service.trust.homes import House

router = APIRouter(dependencies=[Open("tautan bertanda milik mitra")])
HEAD = [name for name, _ in COLUMNS]
MOST_SHOWN, MOST_ANSWERS = 50, 2_000  # more in one transaction would keep others from writing for too long


@router.get("/r/{token}/rujukan.xlsx")
def sheet(token: str, house: HouseOf) -> Response:
    """The agency's open referrals with the columns to fill; no address, no phone."""
    with house.database.read() as session:
        partner, link = _agency(session, token, house)
        today = clock.today(house.home)
        rows = open_for_sheet(session, partner.id or 0, link.batch_id, today)
        lines = [line_of(row.number, _kept(row, home, partner), known, today) for row, home, known in rows]
    headers = {**PUBLIC_HEADERS, "content-disposition": 'attachment; filename="rujukan.xlsx"'}
    return Response(book_of(lines), media_type=SPREADSHEET, headers=headers)


@router.post("/r/{token}/rujukan.xlsx")
def bring_back(request: Request, token: str, house: HouseOf, form: FormOf) -> Response:
    """The filled table, whole or not at all; the same table twice has effect once."""
    show_again(request, lambda error, status: page_of(request, token, house, FormData(), error, status))
    with house.database.read() as session:
        partner, link = _agency(session, token, house)
    content, name = _file(form)
    count = take_sheet(house, partner, link, content, name, f"/r/{token}")
    return RedirectResponse(query(f"/r/{token}", sudah="sheet" if count else "sheet-known", jumlah=count), status_code=303)


@router.get("/r/{token}/salah/{digest}.xlsx")
def faults_file(token: str, digest: str, house: HouseOf) -> Response:
    """The refused table with the reasons first, for the agency that sent it."""
    with house.database.read() as session:
        partner, _ = _agency(session, token, house)
    path = _faults_path(house, partner, digest) if re.fullmatch(r"[0-9a-f]{64}", digest) else None
    if path is None or not path.is_file():
        raise NotFound("Berkas ini tidak ada.")
    return FileResponse(path, media_type=SPREADSHEET, headers=PUBLIC_HEADERS, filename="perlu-diperbaiki.xlsx")


def take_sheet(house: House, partner: Partner, link: PartnerLink, content: bytes, name: str, here: str) -> int:
    """How many new answers were taken, all in one transaction.

    Raises:
        UnreadableWorkbook: it is no table of ours.
        SheetRefused: a cell is wrong, or a row was answered meanwhile; nothing was kept.
    """
    rows = rows_of(content, name, HEAD, REQUIRED, LABELS, TEXTS, FORMERLY)
    try:
        with house.database.write() as session:
            return _apply(house, session, partner, link, rows)
    except _Faulty as faulty:
        digest = hashlib.sha256(content).hexdigest()
        _write_faults(_faults_path(house, partner, digest), rows, faulty.faults)
        raise SheetRefused(
            f"Berkas ditolak seluruhnya: {len(faulty.faults)} isian perlu diperbaiki. Tidak ada yang disimpan.",
            faults=_shown(faulty.faults), faults_file=f"{here}/salah/{digest}.xlsx",
        ) from None  # fmt: skip


class _Faulty(Exception):
    """Cells that cannot be taken: the transaction is given up."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__(len(faults))
        self.faults = faults


def _apply(house: House, session: Session, partner: Partner, link: PartnerLink, rows: list[tuple[int, Row]]) -> int:
    """All answers of the table, in the caller's transaction; the referrals are ours while it is read. Raises _Faulty."""
    numbers = [row.get(NUMBER, "").upper() for _, row in rows]
    known = known_of(session, partner.id or 0, link.batch_id, numbers)
    read = read_answers(rows, known, clock.today(house.home))
    if read.faults:
        raise _Faulty(read.faults)
    if len(read.answers) > MOST_ANSWERS:
        raise SheetRefused(
            f"Berkas memuat {len(read.answers)} jawaban baru, paling banyak {MOST_ANSWERS} sekali kirim. Tidak ada yang "
            "disimpan; hapus sebagian barisnya, lalu kirim sisanya sesudah itu."
        )
    told = Told(f"partner:{partner.sender}", clock.now(house.home))
    if late := [fault for answer in read.answers if (fault := _tell(session, partner, link, answer, told))]:
        raise _Faulty(late)
    return len(read.answers)


def _tell(session: Session, partner: Partner, link: PartnerLink, answer: Answer, told: Told) -> Fault | None:
    """What waited for one step of a row may have taken its next one already."""
    try:
        answer_one(session, partner, link, answer.referral, answer.event, answer.said, told)
    except NotNow:
        return Fault(answer.row, answer.column, "ANSWERED_MEANWHILE", FAULTS["ANSWERED_MEANWHILE"])
    return None


def _agency(session: Session, token: str, house: House) -> tuple[Partner, PartnerLink]:
    partner, link = open_link_for(session, token, clock.today(house.home))
    if partner.kind != "agency":
        raise NotFound("Daftar rujukan hanya untuk instansi.")
    return partner, link


def _kept(row: Referral, home: Household, partner: Partner) -> list[Any]:
    """The columns that are not to be filled, as far as this agency may see them."""
    seen = fields_for(partner)
    business = named(home.business_type, home.business_text)
    village, district = (region(home.village_code), region(home.district_code)) if "address" in seen else ("", "")
    return [
        home.name, village, district,
        business if "business" in seen else "", home.product or "", home.monthly_capacity or "",
        label_of(Subject.REFERRAL, row.status),
    ]  # fmt: skip


def _file(form: FormData) -> tuple[bytes, str]:
    given = form.get("berkas")
    if not isinstance(given, UploadFile) or not given.filename:
        raise SheetRefused("", faults=[{"field": "berkas", "fault": "Pilih berkas XLSX yang sudah diisi"}])
    with given.file as file:
        content = file.read(MOST_BYTES + 1)
    return content, re.sub(r"[^\w .()+-]", "_", given.filename)[-80:]


def _shown(faults: list[Fault]) -> list[dict[str, str]]:
    told = [{"field": "berkas", "fault": _sentence(fault)} for fault in faults[:MOST_SHOWN]]
    more = len(faults) - MOST_SHOWN
    return [*told, {"field": "berkas", "fault": f"Dan {more} kesalahan lain."}] if more > 0 else told


def _sentence(fault: Fault) -> str:
    return f"Baris {fault.row}, kolom {LABELS[fault.column]}: {fault.text}"


def _faults_path(house: House, partner: Partner, digest: str) -> Path:
    return house.home / "faults" / f"rujukan-{partner.id}-{digest[:24]}.xlsx"


def _write_faults(path: Path, rows: list[tuple[int, Row]], faults: list[Fault]) -> None:
    """The faulty rows as they were sent, with the reasons first; for the home's owner and the sender only."""
    by_row: dict[int, list[str]] = {}
    for fault in faults:
        by_row.setdefault(fault.row, []).append(_sentence(fault))
    lines = [["\n".join(by_row[at]), *(row.get(name, "") for name in HEAD)] for at, row in rows if at in by_row]
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_suffix(".new")
    texts = [LABELS[name] for name in TEXTS]
    draft.write_bytes(workbook_of("Perlu diperbaiki", ["Perlu diperbaiki", *LABELS.values()], lines, texts))
    draft.chmod(0o600)
    draft.replace(path)
