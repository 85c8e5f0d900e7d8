"""How do all papers of a household, or of a whole event, become one file for the auditor?

A ZIP: a folder for each household (by the parcel's number, never a NIK or name) with its extract (PDF), record of handover,
photo and papers; the decree once; and a checklist of what is there and what is missing, for people (XLSX) and programs (JSON).
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import xlsxwriter
from sqlmodel import Session

from service import letters
from service.clock import WIB, is_demo_home
from service.db.tables import CaseDocument, Letter
from service.delivery.checklist import PIECES, Piece, as_rows, checklist_of, missing_of
from service.delivery.papers import dossier_values
from service.delivery.photos import small_picture
from service.delivery.queries import dossiers as queries
from service.delivery.queries.dossiers import Dossier
from service.delivery.storage import ENDINGS, EvidenceGone, Store, evidence_store
from service.errors import NotFound
from service.policy import CyclePolicy
from service.stage import Work

FIELD, REASON = "accountability", "berkas pertanggungjawaban"


class NothingToAccountFor(NotFound):
    """No goods were handed over to this household, or at this event."""


@dataclass(frozen=True)
class CaseFile:
    """One household's dossier with its checklist."""

    dossier: Dossier
    pieces: list[Piece]

    @property
    def number(self) -> str:
        return self.dossier.story.parcel.number

    def as_json(self) -> dict[str, Any]:
        return {
            "parcel": self.number, "household": self.dossier.story.household.id, "pieces": as_rows(self.pieces),
            "missing": missing_of(self.pieces),
        }  # fmt: skip


def case_files(session: Session, parcel_ids: Collection[int], policy: CyclePolicy) -> list[CaseFile]:
    """Raises NothingToAccountFor."""
    found = queries.dossiers(session, parcel_ids)
    if not found:
        raise NothingToAccountFor("Belum ada barang yang diserahkan di sini, jadi belum ada berkas pertanggungjawaban.")
    return [CaseFile(dossier, checklist_of(dossier, policy)) for dossier in found]


def zip_of(work: Work, files: Sequence[CaseFile]) -> bytes:
    """The same papers give the same bytes: every entry carries the day of the newest paper."""
    out, store = io.BytesIO(), evidence_store(work.home)
    at = max(one.dossier.story.parcel.status_since for one in files).astimezone(WIB)
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in _entries(work, files, store):
            archive.writestr(zipfile.ZipInfo(name, _stamp(at)), content, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def pdf_of(work: Work, one: CaseFile, store: Store | None = None) -> bytes:
    """The household's file as one PDF: proposal, verification, score, decree, pledge, record, photo, checklist."""
    policy, store = work.policy, store or evidence_store(work.home)
    picture = _photo(store, one.dossier)
    frame = letters.letter_frame(
        policy.letterhead, public_url=work.public_url, home=work.home, synthetic=is_demo_home(work.home)
    )  # fmt: skip
    values = dossier_values(one.dossier, one.pieces, policy.letterhead, work.cycle.year, work.sealer, picture is not None)
    pictures = {"photo": picture} if picture else {}
    dated_on = one.dossier.story.parcel.status_since.astimezone(WIB).date()
    return letters.render("case_file", {**frame, **values, "dated_on": dated_on, "pictures": pictures})


def checklist_sheet(files: Sequence[CaseFile]) -> bytes:
    """One line a household, one column a paper: `ada`, `BELUM`, or `-` where it is not asked for."""
    out = io.BytesIO()
    safe = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(out, safe) as book:
        book.set_properties({"created": datetime(2000, 1, 1, tzinfo=WIB).replace(tzinfo=None)})
        sheet, bold = book.add_worksheet("Daftar periksa"), book.add_format({"bold": True})
        sheet.write_row(0, 0, ["Paket", "No. keluarga", *PIECES.values(), "Yang belum ada"], bold)
        for line, one in enumerate(files, 1):
            said = {piece.code: "ada" if piece.is_there else "BELUM" for piece in one.pieces}
            row = [one.number, str(one.dossier.story.household.id), *(said.get(code, "-") for code in PIECES)]
            sheet.write_row(line, 0, [*row, ", ".join(missing_of(one.pieces))])
        sheet.freeze_panes(1, 1)
    return out.getvalue()


def _entries(work: Work, files: Sequence[CaseFile], store: Store) -> Iterator[tuple[str, bytes]]:
    yield "daftar-periksa.json", json.dumps([one.as_json() for one in files], ensure_ascii=False, indent=1).encode()
    yield "daftar-periksa.xlsx", checklist_sheet(files)
    decrees = {one.dossier.decree.code: one.dossier.decree for one in files if one.dossier.decree}
    for place, letter in enumerate(decrees.values(), 1):
        yield from _letter(work.home, letter, f"sk-{place}.pdf")
    for one in files:
        yield f"{one.number}/berkas.pdf", pdf_of(work, one, store)
        if one.dossier.record:
            yield from _letter(work.home, one.dossier.record, f"{one.number}/berita-acara.pdf")
        for name, sha256 in _pictures(one.dossier):
            yield from _stored(store, sha256, ".jpg", f"{one.number}/{name}.jpg")
        for document in one.dossier.documents:
            yield from _stored(store, document.sha256, _ending(document), f"{one.number}/{_name(document)}")


def _pictures(dossier: Dossier) -> Iterator[tuple[str, str]]:
    named = (("foto", dossier.story.photo), ("tanda-tangan", dossier.story.signature), ("surat-kuasa", dossier.authority))
    return ((name, sha256) for name, sha256 in named if sha256)


def _letter(home: Path, letter: Letter, name: str) -> Iterator[tuple[str, bytes]]:
    path = home / letter.file
    if path.is_file():
        yield name, path.read_bytes()


def _stored(store: Store, sha256: str, ending: str, name: str) -> Iterator[tuple[str, bytes]]:
    try:
        yield name, store.read(sha256, ending)
    except EvidenceGone:
        return


def _name(document: CaseDocument) -> str:
    return f"{document.kind.replace('_', '-')}-{document.id}{_ending(document)}"


def _ending(document: CaseDocument) -> str:
    return ENDINGS[document.media_type]


def _photo(store: Store, dossier: Dossier) -> bytes | None:
    try:
        return small_picture(store, dossier.story.photo) if dossier.story.photo else None
    except EvidenceGone:
        return None


def _stamp(at: datetime) -> tuple[int, int, int, int, int, int]:
    return at.year, at.month, at.day, at.hour, at.minute, at.second
