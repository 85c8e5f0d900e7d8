"""Does an electronically signed letter come back only if it is ours, whole, and signed by somebody with a name?"""

from __future__ import annotations

import hashlib
import io
import subprocess
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import page
import pytest
from certificates import PASSPHRASE, keep_p12, pem, signed_elsewhere
from factories import make_cycle, make_officer
from letter_samples import SAMPLES, company_referral, referral
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

from service.db.session import Database
from service.db.tables import Letter
from service.letters import check_letter, letter_file, new_code, render, store_letter
from service.letters.checking import LetterFileGone
from service.letters.seals import SealRefused, read_seal
from service.letters.signing import NoCertificate, WrongCertificate, signed, signer_of
from service.letters.uploading import SignedAlready, sign_here, take_signed
from service.settings import Settings

NOW = datetime(2021, 11, 24, 3, 0, tzinfo=UTC)
HEAD, SECRETARY = "Drs. Contoh Kepala, M.Si.", "Contoh Sekretaris, S.E."
OFFICER = make_officer("operator")
NAME = generic.NameObject


@pytest.fixture(scope="module")
def printed() -> bytes:
    return render("referral", referral(40))


@pytest.fixture
def kept(database: Database, home: Path, printed: bytes) -> str:
    """The code of a letter that was printed and kept."""
    code = new_code()
    with database.write() as session:
        store_letter(
            session, home, kind="referral", cycle_id=make_cycle(session).id, subject_key="batch:BTC-2021-0001", pdf=printed,
            code=code, about="Rujukan", dated_on=date(2021, 11, 24), signer_name=HEAD, signer_post="Kepala Dinas", now=NOW,
            number="400.9.14.6/0001-DINSOS/2021",
        )  # fmt: skip
    return code


def settings(**more: Any) -> Settings:
    return Settings(_env_file=None, **more)


def changed(pdf: bytes, change: Any) -> bytes:
    """The same file with something appended to it, as a PDF editor does."""
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf), strict=False)
    change(writer)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def other_sentence(writer: IncrementalPdfFileWriter) -> None:
    first = writer.root["/Pages"]["/Kids"][0].get_object()
    words = generic.StreamObject(stream_data=b"BT /F1 12 Tf 100 700 Td (PALSU) Tj ET")
    first[NAME("/Contents")] = writer.add_object(words)
    writer.update_container(first)


def sticker(subtype: str, box: tuple[int, int, int, int]) -> Any:
    def stick(writer: IncrementalPdfFileWriter) -> None:
        first = writer.root["/Pages"]["/Kids"][0].get_object()
        rect = generic.ArrayObject(map(generic.NumberObject, box))
        note = generic.DictionaryObject({NAME("/Type"): NAME("/Annot"), NAME("/Subtype"): NAME(subtype), NAME("/Rect"): rect})
        first[NAME("/Annots")] = generic.ArrayObject([writer.add_object(note)])
        writer.update_container(first)

    return stick


def opens_something(writer: IncrementalPdfFileWriter) -> None:
    script = generic.DictionaryObject({NAME("/S"): NAME("/JavaScript"), NAME("/JS"): generic.pdf_string("app.alert(1)")})
    writer.root[NAME("/OpenAction")] = writer.add_object(script)
    writer.update_root()


def page_more(writer: IncrementalPdfFileWriter) -> None:
    pages = writer.root["/Pages"]
    blank = generic.DictionaryObject({NAME("/Type"): NAME("/Page"), NAME("/Parent"): writer.root.raw_get("/Pages")})
    pages["/Kids"].append(writer.add_object(blank))
    pages[NAME("/Count")] = generic.NumberObject(int(pages["/Count"]) + 1)
    writer.update_container(pages)


def test_a_signed_letter_is_kept_beside_the_printed_one_and_the_check_page_names_the_signer(database, home, kept, printed):
    pdf = signed_elsewhere(printed, HEAD)
    took = take_signed(database, home, settings(), kept, pdf, OFFICER, NOW)
    with database.read() as session:
        found = check_letter(session, home, kept)
        assert letter_file(session, home, kept).read_bytes() == pdf
        assert letter_file(session, home, kept, as_printed=True).read_bytes() == printed
    assert (found.signed_electronically, found.signed_by, found.file_intact) == (True, HEAD, True)
    assert found.sha256 == took.signed_sha256 == hashlib.sha256(pdf).hexdigest()
    assert took.uploaded_by == OFFICER.actor
    assert took.signed_at is not None


def test_the_same_file_twice_is_once_and_a_second_signature_on_top_is_kept(database, home, kept, printed):
    first = signed_elsewhere(printed, SECRETARY)
    take_signed(database, home, settings(), kept, first, OFFICER, NOW)
    assert take_signed(database, home, settings(), kept, first, make_officer("approver"), NOW).uploaded_by == OFFICER.actor
    both = signed_elsewhere(first, HEAD, field="Kedua", box=(320, 200, 520, 300))
    assert take_signed(database, home, settings(), kept, both, OFFICER, NOW).signed_by == HEAD


def test_a_version_that_loses_a_signature_is_refused(database, home, kept, printed):
    take_signed(database, home, settings(), kept, signed_elsewhere(printed, HEAD), OFFICER, NOW)
    with pytest.raises(SealRefused, match="dicetak ulang"):
        take_signed(database, home, settings(), kept, signed_elsewhere(printed, SECRETARY), OFFICER, NOW)


@pytest.mark.parametrize(
    ("made", "sentence"),
    [
        (lambda pdf: pdf, "belum ditandatangani"),
        (lambda _pdf: b"PK\x03\x04 bukan surat", "bukan PDF"),
        (lambda _pdf: signed_elsewhere(render("referral", referral(41)), HEAD), "berbeda dari surat yang kami cetak"),
        (lambda pdf: signed_elsewhere(pdf, HEAD)[:-400], "tidak dapat dibaca"),
        (lambda pdf: signed_elsewhere(pdf, HEAD) + b"\n% tambahan", "ada yang ditambahkan"),
        (lambda pdf: changed(signed_elsewhere(pdf, HEAD), other_sentence), "diubah|ditambahkan|rusak"),
        (lambda pdf: signed_elsewhere(changed(pdf, other_sentence), HEAD), "diubah sebelum"),
        (lambda pdf: signed_elsewhere(changed(pdf, opens_something), HEAD), "diubah sebelum"),
        (lambda pdf: signed_elsewhere(changed(pdf, page_more), HEAD), "diubah sebelum"),
        (lambda pdf: signed_elsewhere(changed(pdf, sticker("/FreeText", (100, 100, 300, 200))), HEAD), "tempelan"),
        (lambda pdf: signed_elsewhere(pdf, HEAD, box=(0, 0, 595, 842)), "tempelan"),
    ],
    ids=["unsigned", "other", "foreign", "torn", "appended", "changed after", "before", "script", "page", "note", "cover"],
)  # fmt: skip
def test_a_file_that_is_not_our_letter_with_a_signature_and_nothing_else_is_refused(
    database, home, kept, printed, made, sentence
):
    with pytest.raises(SealRefused, match=sentence):
        take_signed(database, home, settings(), kept, made(printed), OFFICER, NOW)
    with database.read() as session:
        assert not check_letter(session, home, kept).signed_electronically


def test_a_broken_signature_is_refused(printed):
    pdf = bytearray(signed_elsewhere(printed, HEAD))
    place = bytes(pdf).index(b"<3082", len(printed)) + 1200
    pdf[place : place + 2] = b"00" if pdf[place : place + 2] != b"00" else b"11"
    with pytest.raises(SealRefused, match=r"rusak|tidak dapat dibaca"):
        read_seal(bytes(pdf), printed)


def test_where_authorities_are_named_only_their_certificates_count(database, home, kept, printed):
    (home / "penerbit.pem").write_bytes(pem("Penerbit Contoh"))
    trusting = settings(signing_roots="penerbit.pem")
    with pytest.raises(SealRefused, match="penerbit yang dipercaya"):
        take_signed(database, home, trusting, kept, signed_elsewhere(printed, HEAD, issuer="Siapa Saja"), OFFICER, NOW)
    assert take_signed(database, home, trusting, kept, signed_elsewhere(printed, HEAD), OFFICER, NOW).signed_by == HEAD


def test_a_kept_file_that_was_changed_takes_no_signature(database, home, kept, printed):
    with database.read() as session:
        (home / letter_file(session, home, kept)).write_bytes(printed + b"x")
    with pytest.raises(LetterFileGone):
        take_signed(database, home, settings(), kept, signed_elsewhere(printed, HEAD), OFFICER, NOW)


def test_a_signed_file_that_is_changed_later_is_seen_by_whoever_checks(database, home, kept, printed):
    took = take_signed(database, home, settings(), kept, signed_elsewhere(printed, HEAD), OFFICER, NOW)
    (home / took.signed_file).write_bytes(b"lain")
    with database.read() as session:
        assert not check_letter(session, home, kept).file_intact


def test_a_home_with_a_certificate_signs_itself_once(database, home, kept):
    own = settings(signing_certificate=keep_p12(home, HEAD), signing_passphrase=PASSPHRASE)
    took = sign_here(database, home, own, kept, "Serang", OFFICER, NOW)
    assert (took.signed_by, took.signed_electronically) == (HEAD, True)
    with pytest.raises(SignedAlready):
        sign_here(database, home, own, kept, "Serang", OFFICER, NOW)


def test_a_home_without_a_certificate_says_so_and_a_wrong_passphrase_too(home):
    with pytest.raises(NoCertificate):
        signer_of(settings(), home)
    with pytest.raises(WrongCertificate):
        signer_of(settings(signing_certificate="tidak-ada.p12"), home)
    with pytest.raises(WrongCertificate):
        signer_of(settings(signing_certificate=keep_p12(home, HEAD), signing_passphrase="salah"), home)


@pytest.mark.parametrize("template", ["referral", "decree", "order", "company"])
def test_a_letter_signed_here_stays_archivable_and_accessible_and_poppler_agrees(template, home, tmp_path):
    pdf = render("referral", company_referral()) if template == "company" else render(template, SAMPLES[template]())
    own = settings(signing_certificate=keep_p12(home, HEAD), signing_passphrase=PASSPHRASE)
    whole = signed(pdf, signer_of(own, home), "Serang")
    for profile in ("2a", "ua1"):
        report = page.validate_pdf_bytes(whole, profile=profile)
        assert report.is_compliant, [(f.rule_id, f.message) for f in report.failures]
    path = tmp_path / "signed.pdf"
    path.write_bytes(whole)
    told = subprocess.run(["pdfsig", str(path)], capture_output=True, text=True, check=False).stdout
    assert "Signature is Valid" in told
    assert "Total document signed" in told
    assert HEAD in told
    assert read_seal(whole, pdf).signer == HEAD


def test_of_two_who_upload_at_the_same_moment_one_is_told(database, home, kept, printed, monkeypatch):
    first, second = signed_elsewhere(printed, HEAD), signed_elsewhere(printed, SECRETARY)

    def meanwhile(*given: Any) -> Any:
        monkeypatch.undo()
        take_signed(database, home, settings(), kept, first, OFFICER, NOW)
        return read_seal(*given)

    monkeypatch.setattr("service.letters.uploading.read_seal", meanwhile)
    with pytest.raises(SignedAlready):
        take_signed(database, home, settings(), kept, second, OFFICER, NOW)
    with database.read() as session:
        assert session.get(Letter, 1).signed_by == HEAD
