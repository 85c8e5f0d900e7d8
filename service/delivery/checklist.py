"""What belongs to the accountability file of a household, what is there, and what is missing? Pure.

Source: Permendagri 32/2011 Article 36 (proposal, decree, pledge, proof of handover), and the papers the office adds (photo,
copies of identity and family card, letter of authority of a proxy).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from service.clock import WIB
from service.delivery.queries.dossiers import Dossier
from service.policy import CyclePolicy
from service.regions import name_of

DOCUMENTS = {
    "identity_card": "Salinan KTP", "family_card": "Salinan Kartu Keluarga", "pledge": "Pakta integritas bertanda tangan",
    "authority": "Surat kuasa", "statement": "Surat pernyataan", "other": "Dokumen lain",
}  # fmt: skip
ASKED = ("identity_card", "family_card")
PIECES = {
    "proposal": "Usulan", "verification": "Verifikasi kabupaten/kota", "assessment": "Penilaian", "decree": "SK penetapan",
    "pledge": "Pakta integritas", "record": "Berita acara serah terima", "photo": "Foto penyerahan",
    "authority": "Surat kuasa penerima", **{kind: DOCUMENTS[kind] for kind in ASKED},
}  # fmt: skip
MISSING = "belum ada"


@dataclass(frozen=True)
class Piece:
    """One line of the checklist; `said`: what it is, or why it is missing."""

    code: str
    label: str
    is_there: bool
    said: str


def checklist_of(dossier: Dossier, policy: CyclePolicy) -> list[Piece]:
    """Only what this household's file must hold: no letter of authority where the head came in person."""
    return [Piece(code, PIECES[code], said is not None, said or MISSING) for code, said in _pieces(dossier, policy)]


def missing_of(pieces: list[Piece]) -> list[str]:
    return [piece.label for piece in pieces if not piece.is_there]


def as_rows(pieces: list[Piece]) -> list[dict[str, Any]]:
    return [asdict(piece) for piece in pieces]


def _pieces(dossier: Dossier, policy: CyclePolicy) -> Iterator[tuple[str, str | None]]:
    yield "proposal", _proposal(dossier)
    if policy.decree.regency_verifies:
        yield "verification", _verification(dossier)
    yield "assessment", _assessment(dossier)
    yield "decree", _decree(dossier)
    yield "pledge", _pledge(dossier)
    yield "record", dossier.record.number if dossier.record else None
    yield "photo", f"SHA-256 {dossier.story.photo[:12]}" if dossier.story.photo else None
    if dossier.story.parcel.receiver == "proxy":
        yield "authority", _has(dossier, "authority") or ("dikirim pendamping" if dossier.authority else None)
    for kind in ASKED:
        yield kind, _has(dossier, kind)


def _proposal(dossier: Dossier) -> str:
    source = dossier.source
    return f"berkas usulan SHA-256 {source.sha256[:12]}, masuk {source.imported_at.astimezone(WIB):%d-%m-%Y}"


def _verification(dossier: Dossier) -> str | None:
    verified = dossier.verified
    if verified is None:
        return None
    return f"{name_of(verified.regency_code)}, {verified.at.astimezone(WIB):%d-%m-%Y}"


def _assessment(dossier: Dossier) -> str | None:
    case, assessed = dossier.story.case, dossier.assessment
    if assessed is None:
        return None
    score = f"nilai {case.score}, urutan {case.rank} di {name_of(case.regency_code)}, " if case.score is not None else ""
    return f"{score}dinilai {assessed.assessed_on:%d-%m-%Y}"


def _decree(dossier: Dossier) -> str | None:
    decree, case = dossier.decree, dossier.story.case
    if decree is None:
        return None
    place = f", urutan {case.rank} di {name_of(case.regency_code)}" if case.rank is not None else ""
    return f"Nomor {decree.number}{place}"


def _pledge(dossier: Dossier) -> str | None:
    """A signed paper brought in, or the receiver's own mark under the record, which holds the pledge."""
    if told := _has(dossier, "pledge"):
        return told
    if dossier.record and (dossier.story.signature or dossier.story.parcel.mark == "thumbprint"):
        return "pada berita acara, dengan " + ("tanda tangan" if dossier.story.signature else "cap jempol")
    return None


def _has(dossier: Dossier, kind: str) -> str | None:
    kept = [document for document in dossier.documents if document.kind == kind]
    return f"{len(kept)} berkas, SHA-256 {kept[-1].sha256[:12]}" if kept else None
