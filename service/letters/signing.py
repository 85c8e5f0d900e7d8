"""How does a letter get the electronic signature of a certificate kept in this home (for agencies that may)?

The signature is appended: the printed letter's own bytes stay as they were. PDF/A-2a and PDF/UA-1 stay true, because the
letter's description is not rewritten and the signature's field is tagged as a form for screen readers.
"""

from __future__ import annotations

import io
from pathlib import Path

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.fields import SigFieldSpec, SigSeedSubFilter, append_signature_field
from pyhanko.sign.signers import PdfSignatureMetadata, SimpleSigner, sign_pdf

from service.errors import BadInput, NotNow
from service.settings import Settings

FIELD = "TandaTangan"
FIELD_WORDS = "Tanda tangan elektronik"
_NAME = generic.NameObject


class NoCertificate(NotNow):
    """This home signs nothing itself."""


class WrongCertificate(BadInput):
    """The certificate's file or passphrase does not open."""


class _Appending(IncrementalPdfFileWriter):
    """Leaves the letter's XMP description alone: rewriting it would lose what makes the letter PDF/A."""

    def _update_meta(self) -> None:
        return None


def signer_of(settings: Settings, home: Path) -> SimpleSigner:
    """
    Raises:
        NoCertificate: ESTAFET_SIGNING_CERTIFICATE is not set.
        WrongCertificate: the file is not there, or not opened by the passphrase.
    """
    if not settings.signing_certificate:
        raise NoCertificate("Rumah data ini tidak menandatangani sendiri: ESTAFET_SIGNING_CERTIFICATE belum diisi.")
    path = home / settings.signing_certificate
    secret = settings.signing_passphrase.get_secret_value().encode()
    loaded = SimpleSigner.load_pkcs12(str(path), passphrase=secret or None) if path.is_file() else None
    signer: SimpleSigner | None = loaded
    if signer is None:
        raise WrongCertificate("Sertifikat tanda tangan tidak dapat dibuka. Periksa berkas .p12 dan kata sandinya.")
    return signer


def signed(pdf: bytes, signer: SimpleSigner, place: str) -> bytes:
    """The letter with an invisible signature appended (PAdES)."""
    writer = _Appending(io.BytesIO(pdf), strict=False)
    append_signature_field(writer, SigFieldSpec(FIELD))
    _tag(writer)
    told = PdfSignatureMetadata(field_name=FIELD, subfilter=SigSeedSubFilter.PADES, location=place)
    return bytes(sign_pdf(writer, told, signer=signer).getvalue())


def _tag(writer: _Appending) -> None:
    """Put the signature's field among what a screen reader reads, at the end."""
    page = _first_page(writer.root.raw_get("/Pages"))
    widget = page.get_object()["/Annots"].raw_get(-1)
    tree = writer.root["/StructTreeRoot"]
    document = tree["/K"].raw_get(0)
    key = int(tree["/ParentTreeNextKey"])
    form = writer.add_object(_form_of(widget, page, document))
    document.get_object()["/K"].append(form)
    tree["/ParentTree"]["/Nums"].extend([generic.NumberObject(key), form])
    tree[_NAME("/ParentTreeNextKey")] = generic.NumberObject(key + 1)
    field = widget.get_object()
    field[_NAME("/StructParent")] = generic.NumberObject(key)
    field[_NAME("/TU")] = generic.pdf_string(FIELD_WORDS)
    for changed in (
        document.get_object(),
        document.get_object()["/K"],
        tree,
        tree["/ParentTree"],
        tree["/ParentTree"]["/Nums"],
    ):
        writer.update_container(changed)


def _first_page(reference: generic.IndirectObject) -> generic.IndirectObject:
    while reference.get_object()["/Type"] == "/Pages":
        reference = reference.get_object()["/Kids"].raw_get(0)
    return reference


def _form_of(
    widget: generic.IndirectObject, page: generic.IndirectObject, document: generic.IndirectObject
) -> generic.DictionaryObject:
    shown = generic.DictionaryObject({_NAME("/Type"): _NAME("/OBJR"), _NAME("/Obj"): widget, _NAME("/Pg"): page})
    return generic.DictionaryObject({
        _NAME("/Type"): _NAME("/StructElem"), _NAME("/S"): _NAME("/Form"), _NAME("/P"): document, _NAME("/Pg"): page,
        _NAME("/Alt"): generic.pdf_string(FIELD_WORDS), _NAME("/K"): shown,
    })  # fmt: skip
