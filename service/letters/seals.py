"""Is a PDF the letter we printed, signed electronically, with nothing else done to it? By whom, and when?

The letter's own bytes must begin the file. What comes after may only be signatures and what belongs to them: a page may get
nothing but small signature fields, so that nobody covers a sentence with another one and signs that. Whether the certificate
leads to an authority this home trusts is checked where such authorities are named (ESTAFET_SIGNING_ROOTS).
"""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from asn1crypto import pem
from asn1crypto.x509 import Certificate
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.diff_analysis import ModificationLevel
from pyhanko.sign.validation import EmbeddedPdfSignature, PdfSignatureStatus, SignatureCoverageLevel, validate_pdf_signature
from pyhanko_certvalidator import ValidationContext

from service.errors import BadInput

for _loud in ("pyhanko", "pyhanko_certvalidator"):  # they write whose certificate it is, and a trace, into our log
    logging.getLogger(_loud).setLevel(logging.CRITICAL)

NOT_WHOLE = "Tanda tangan tidak mencakup seluruh isi PDF: ada yang ditambahkan sesudahnya."
LARGEST_FIELD = 0.25
IN_CATALOG = frozenset({"/AcroForm", "/DSS", "/Extensions", "/Perms", "/Metadata", "/Version", "/StructTreeRoot"})
IN_TREE = {"/StructTreeRoot": frozenset({"/K", "/ParentTree", "/ParentTreeNextKey"}), "/StructElem": frozenset({"/K"})}
ONLY_NOTES = frozenset({"/Annots", "/Tabs"})


class SealRefused(BadInput):
    """The file is not our letter with an electronic signature and nothing else."""

    def __init__(self, message: str) -> None:
        super().__init__(message, faults=[{"field": "berkas", "fault": message}])


@dataclass(frozen=True)
class Seal:
    """Who signed last, and when as the signature says; `is_trusted` None: this home names no authorities."""

    signer: str
    at: datetime
    is_trusted: bool | None


def read_seal(pdf: bytes, printed: bytes, roots: Sequence[Certificate] = ()) -> Seal:
    """
    Raises:
        SealRefused: says in a sentence what is wrong.
    """
    if not pdf.startswith(b"%PDF-"):
        raise SealRefused("Berkas ini bukan PDF.")
    if not pdf.startswith(printed):
        raise SealRefused(
            "Isi berkas ini berbeda dari surat yang kami cetak: diubah, dicetak ulang, atau surat lain. Tanda tangani PDF yang "
            "diunduh di sini tanpa mengubahnya."
        )
    try:
        return _read(pdf, printed, roots)
    except (PdfError, ValueError, KeyError, IndexError, TypeError, AttributeError, RecursionError, OSError):
        raise SealRefused("Tanda tangan di dalam PDF ini tidak dapat dibaca.") from None


def roots_of(path: Path) -> list[Certificate]:
    """The certificates of a PEM file.

    Raises:
        SealRefused: there are none in it.
    """
    try:
        return [Certificate.load(content) for _, _, content in pem.unarmor(path.read_bytes(), multiple=True)]
    except (OSError, ValueError):
        raise SealRefused("Berkas sertifikat induk (ESTAFET_SIGNING_ROOTS) tidak dapat dibaca.") from None


def _read(pdf: bytes, printed: bytes, roots: Sequence[Certificate]) -> Seal:
    reader = PdfFileReader(io.BytesIO(pdf), strict=False)
    signatures = sorted(reader.embedded_regular_signatures, key=lambda one: one.signed_revision)
    if not signatures:
        raise SealRefused("PDF ini belum ditandatangani secara elektronik.")
    for one in reader.embedded_signatures:
        one.compute_integrity_info()
    _require_only_signatures_added(reader, PdfFileReader(io.BytesIO(printed), strict=False))
    context = ValidationContext(trust_roots=list(roots), allow_fetching=False, revocation_mode="soft-fail")
    states = [validate_pdf_signature(one, context) for one in signatures]
    for place, state in enumerate(states, start=1):
        _require_whole(state, is_last=place == len(states))
    last = states[-1]
    if (
        last.coverage != SignatureCoverageLevel.ENTIRE_FILE
        and signatures[-1].signed_revision == reader.xrefs.total_revisions - 1
    ):
        raise SealRefused(NOT_WHOLE)
    if roots and not last.trusted:
        raise SealRefused("Sertifikat penanda tangan tidak berasal dari penerbit yang dipercaya rumah data ini.")
    return Seal(_name_in(signatures[-1]), _time_of(signatures[-1], last), bool(last.trusted) if roots else None)


def _require_whole(state: PdfSignatureStatus, is_last: bool) -> None:
    """Every signature unbroken; after the last nothing but what proves it, before that further signatures."""
    if not (state.intact and state.valid):
        raise SealRefused("Isi PDF berubah setelah ditandatangani: tanda tangannya rusak.")
    allowed = ModificationLevel.LTA_UPDATES if is_last else ModificationLevel.FORM_FILLING
    whole = state.coverage in (SignatureCoverageLevel.ENTIRE_FILE, SignatureCoverageLevel.ENTIRE_REVISION)
    level = state.modification_level
    if not whole or level is None or level > allowed:
        raise SealRefused(NOT_WHOLE)


def _name_in(signature: EmbeddedPdfSignature) -> str:
    found = signature.signer_cert.subject.native.get("common_name")
    name = found[0] if isinstance(found, list) else found
    if not name:
        raise SealRefused("Sertifikat di dalam PDF ini tidak menyebut nama penanda tangan.")
    return " ".join(str(name).split())[:120]


def _time_of(signature: EmbeddedPdfSignature, state: PdfSignatureStatus) -> datetime:
    """The time stamp's, else what the signer's program said."""
    stamp = state.timestamp_validity.timestamp if state.timestamp_validity else signature.self_reported_timestamp
    if stamp is None:
        raise SealRefused("Tanda tangan di dalam PDF ini tidak menyebut waktu.")
    moment: datetime = stamp
    return moment.astimezone(UTC)


def _require_only_signatures_added(reader: PdfFileReader, printed: PdfFileReader) -> None:
    """Of what we printed nothing may have been written anew, but for the places where a signature is named."""
    pages = {reference.idnum for reference, _ in _pages(printed)}
    kept = {one.idnum for one in printed.xrefs.explicit_refs_in_revision(0)}
    aside = _free_to_change(printed)
    for revision in range(1, reader.xrefs.total_revisions):
        for reference in reader.xrefs.explicit_refs_in_revision(revision):
            number = reference.idnum
            if number in kept and number not in aside:
                old = printed.get_object(generic.Reference(number, 0, printed))
                new = reader.get_object(generic.Reference(number, reference.generation, reader))
                _require_same(old, new, _changeable(old, number in pages))
    now = _pages(reader)
    if [reference.idnum for reference, _ in now] != [reference.idnum for reference, _ in _pages(printed)]:
        raise SealRefused("Jumlah halaman PDF ini berbeda dari surat yang dicetak.")
    _require_only_signature_fields(reader)
    for _, page in now:
        _require_small_fields(page)


def _free_to_change(printed: PdfFileReader) -> set[int]:
    """The descriptions (XMP, Info), the root of the form tree, and the list behind the tags: nothing of it is printed."""
    root = printed.root
    places = [
        (root, "/Metadata"), (printed.trailer, "/Info"), (root, "/AcroForm"), (root["/StructTreeRoot"], "/ParentTree"),
        (root["/StructTreeRoot"]["/ParentTree"], "/Nums"),
    ]  # fmt: skip
    found = [holder.raw_get(name) for holder, name in places if name in holder]
    return {one.idnum for one in found if isinstance(one, generic.IndirectObject)}


def _changeable(old: Any, is_page: bool) -> frozenset[str]:
    if is_page:
        return ONLY_NOTES
    kind = str(_of(old, "/Type")) if isinstance(old, generic.DictionaryObject) else ""
    return IN_CATALOG if kind == "/Catalog" else IN_TREE.get(kind, frozenset())


def _require_same(old: Any, new: Any, changeable: frozenset[str]) -> None:
    if changeable and isinstance(new, generic.DictionaryObject):
        names = (set(old) | set(new)) - changeable
        same = all(name in old and name in new and _plain(old.raw_get(name)) == _plain(new.raw_get(name)) for name in names)
    else:
        same = type(old) is type(new) and _plain(old) == _plain(new)
    if not same:
        raise SealRefused("Isi surat di dalam PDF ini diubah sebelum ditandatangani.")


def _plain(value: Any) -> Any:
    """Comparable across two readers: a reference by its number, a stream by its bytes."""
    if isinstance(value, generic.IndirectObject):
        return ("ref", value.idnum)
    if isinstance(value, generic.StreamObject):
        return ("stream", bytes(value.data), [(k, _plain(value.raw_get(k))) for k in sorted(value) if k != "/Length"])
    if isinstance(value, generic.DictionaryObject):
        return [(key, _plain(value.raw_get(key))) for key in sorted(value)]
    if isinstance(value, generic.ArrayObject):
        return [_plain(value.raw_get(place)) for place in range(len(value))]
    return value


def _pages(reader: PdfFileReader) -> list[tuple[Any, Any]]:
    return list(_leaves(reader.root.raw_get("/Pages")))


def _leaves(reference: Any) -> Iterator[tuple[Any, Any]]:
    node = reference.get_object()
    if node["/Type"] == "/Page":
        yield reference, node
        return
    kids = node["/Kids"]
    for place in range(len(kids)):
        yield from _leaves(kids.raw_get(place))


def _require_only_signature_fields(reader: PdfFileReader) -> None:
    form = reader.root["/AcroForm"]
    if "/XFA" in form or any(_of(field, "/FT") != "/Sig" for field in form["/Fields"]):
        raise SealRefused("PDF ini memuat isian lain di samping tanda tangan.")


def _of(holder: Any, name: str) -> Any:
    found = holder.get_object()
    return found[name] if name in found else None  # noqa: SIM401  (`get` would answer a reference)


def _require_small_fields(page: Any) -> None:
    """A page gets signature fields only, each smaller than a quarter of it."""
    left, bottom, right, top = (float(one) for one in page["/MediaBox"])
    for note in _of(page, "/Annots") or ():
        if _of(note, "/Subtype") == "/Link":
            continue
        box = [float(one) for one in _of(note, "/Rect")]
        area = abs((box[2] - box[0]) * (box[3] - box[1]))
        if _of(note, "/Subtype") != "/Widget" or area > LARGEST_FIELD * (right - left) * (top - bottom):
            raise SealRefused("PDF ini memuat tempelan yang menutupi isi surat.")
