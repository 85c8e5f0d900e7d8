"""Is everything an auditor asks for in one file, is what is missing said, and does nobody's number get into a name?"""

from __future__ import annotations

import io
import json
import re
import subprocess
import zipfile

import pytest
from factories import make_officer
from page_scene import HTML, token_on
from proof_scenes import UNSAMPLED, change, counter_of, jpeg, picture
from python_calamine import CalamineWorkbook
from sqlmodel import select

from service.db.tables import AccessRecord, Case, CaseDocument, Decree, Parcel
from service.delivery.accountability import NothingToAccountFor, case_files, checklist_sheet, pdf_of, zip_of
from service.delivery.checklist import missing_of
from service.delivery.documents import DocumentRefused, NotYourHousehold, add_document
from service.delivery.photos import PhotoRefused
from service.delivery.storage import evidence_store
from service.trust.accounts import add_user, make_session
from service.trust.rights import NoRight, OutsideRegion

PDF = b"%PDF-1.7\ncontoh sintetis\n%%EOF\n"


@pytest.fixture
def counter(database, home):
    return counter_of(database, home, 2)


def files_of(counter, *indexes: int):
    with counter.database.read() as session:
        return case_files(session, [counter.parcel(i).id for i in indexes], counter.work.policy)


def bring(
    counter, kind: str, content: bytes = PDF, role: str = "operator", login: str | None = None, index: int = 0, **who
) -> int:
    officer = make_officer(role, login, **who)
    return add_document(
        counter.database, counter.home, officer, counter.parcel(index).id, kind, content, "", counter.work.now
    )  # fmt: skip


def test_the_checklist_says_what_is_there_and_what_is_missing(counter):
    counter.prove(0)
    counter.run()
    (one,) = files_of(counter, 0)
    assert missing_of(one.pieces) == [
        "Verifikasi kabupaten/kota", "SK penetapan", "Pakta integritas", "Salinan KTP", "Salinan Kartu Keluarga",
    ]  # fmt: skip
    there = {piece.code: piece.said for piece in one.pieces if piece.is_there}
    assert set(there) == {"proposal", "assessment", "record", "photo"}
    assert there["record"] == "400.9.14.5/0001-DINSOS/2021"


def test_papers_brought_and_a_thumbprint_close_the_list(counter):
    counter.tell(0)
    with counter.database.write() as session:
        change(session, Parcel, counter.parcel().id, mark="thumbprint")
        now = counter.work.now
        decree = Decree(
            cycle_id=counter.work.cycle_id, version=1, state="approved", list_hash="0" * 64, households=2, proposed_by="user:a",
            proposed_at=now, decided_at=now, number="400.9.14.1/0001-DINSOS/2021",
        )  # fmt: skip
        session.add(decree)
        session.flush()
        change(session, Case, counter.case().id, decree_id=decree.id, rank=1, score=80)
    counter.run()
    bring(counter, "identity_card", jpeg(picture(9)))
    bring(counter, "family_card")
    (one,) = files_of(counter, 0)
    assert missing_of(one.pieces) == ["Verifikasi kabupaten/kota", "SK penetapan"]
    assert next(p.said for p in one.pieces if p.code == "pledge") == "pada berita acara, dengan cap jempol"


def test_a_year_without_verification_by_regencies_asks_for_none(database, home):
    policy = UNSAMPLED.model_copy(update={"decree": UNSAMPLED.decree.model_copy(update={"regency_verifies": False})})
    counter = counter_of(database, home, 1, policy)
    counter.prove(0)
    assert "verification" not in {piece.code for piece in files_of(counter, 0)[0].pieces}


def test_a_letter_of_authority_is_asked_of_a_proxy_only(counter):
    counter.tell(0, receiver="proxy", relation="anak kandung")
    counter.tell(1)
    first, second = files_of(counter, 0, 1)
    assert "Surat kuasa penerima" in missing_of(first.pieces)
    assert "authority" not in {piece.code for piece in second.pieces}
    bring(counter, "authority")
    counter.run()
    assert counter.parcel(0).status == "verified"
    assert "Surat kuasa penerima" not in missing_of(files_of(counter, 0)[0].pieces)


def test_one_file_holds_everything_of_a_household_and_names_nobody(counter):
    counter.prove(0)
    counter.run()
    number = bring(counter, "identity_card", jpeg(picture(9)))
    content = zip_of(counter.work, files_of(counter, 0))
    archive = zipfile.ZipFile(io.BytesIO(content))
    parcel = counter.numbers[0]
    assert sorted(archive.namelist()) == sorted(
        [
            "daftar-periksa.json", "daftar-periksa.xlsx", f"{parcel}/berkas.pdf", f"{parcel}/berita-acara.pdf",
            f"{parcel}/foto.jpg", f"{parcel}/identity-card-{number}.jpg",
        ]
    )  # fmt: skip
    assert not any(re.search(r"\d{16}|Warga", name) for name in archive.namelist())
    assert archive.read(f"{parcel}/berita-acara.pdf").startswith(b"%PDF")
    (told,) = json.loads(archive.read("daftar-periksa.json"))
    assert (told["parcel"], "Salinan KTP" in told["missing"]) == (parcel, False)
    assert not re.search(r"\d{16}(?!\d|[0-9a-f])", json.dumps([piece["label"] for piece in told["pieces"]]))


def test_the_same_papers_give_the_same_file(counter):
    counter.prove(0)
    counter.run()
    assert pdf_of(counter.work, files_of(counter, 0)[0]) == pdf_of(counter.work, files_of(counter, 0)[0])


def test_the_extract_says_proposal_score_pledge_and_list(counter):
    counter.prove(0)
    counter.run()
    pdf = pdf_of(counter.work, files_of(counter, 0)[0])
    done = subprocess.run(["pdftotext", "-layout", "-", "-"], input=pdf, capture_output=True, check=True)
    text = re.sub(r"\s+", " ", done.stdout.decode())
    for said in (
        "BERKAS PERTANGGUNGJAWABAN", "Kutipan usulan", "JAMSOSRATU", "Pakta integritas", "Keadaan: belum ada", "BELUM",
        "400.9.14.5/0001-DINSOS/2021", counter.numbers[0], "3601********",
    ):  # fmt: skip
        assert said in text, said
    assert not re.search(r"\d{16}", text)


def test_the_sheet_has_a_line_a_household_and_a_column_a_paper(counter):
    counter.prove(0)
    counter.tell(1, receiver="proxy", relation="anak")
    rows = (
        CalamineWorkbook.from_filelike(io.BytesIO(checklist_sheet(files_of(counter, 0, 1)))).get_sheet_by_index(0).to_python()
    )
    place = rows[0].index("Surat kuasa penerima")
    assert [row[0] for row in rows[1:]] == counter.numbers
    assert [row[place] for row in rows[1:]] == ["-", "BELUM"]


def test_a_photo_lost_from_the_store_leaves_a_hole_and_no_fault(counter):
    counter.prove(0)
    for path in (counter.home / "evidence").rglob("*.jpg"):
        path.unlink()
    assert (
        f"{counter.numbers[0]}/foto.jpg"
        not in zipfile.ZipFile(io.BytesIO(zip_of(counter.work, files_of(counter, 0)))).namelist()
    )


def test_without_goods_there_is_nothing_to_account_for(counter):
    with pytest.raises(NothingToAccountFor):
        case_files_of_nobody(counter)


def case_files_of_nobody(counter):
    with counter.database.read() as session:
        return case_files(session, [], counter.work.policy)


# -- papers ---------------------------------------------------------------------------------------------------------


def test_the_same_paper_twice_is_there_once_and_pictures_lose_their_metadata(counter):
    first = bring(counter, "identity_card", jpeg(picture(9)))
    assert bring(counter, "identity_card", jpeg(picture(9))) == first
    assert bring(counter, "family_card", jpeg(picture(9))) != first
    with counter.database.read() as session:
        kept = session.get_one(CaseDocument, first)
    assert (kept.media_type, kept.brought_by) == ("image/jpeg", "user:petugas-operator")
    assert len(evidence_store(counter.home).read(kept.sha256)) == kept.bytes


@pytest.mark.parametrize(
    ("kind", "content", "refusal"),
    [
        ("diary", PDF, DocumentRefused), ("pledge", b"MZ...", PhotoRefused), ("pledge", b"", PhotoRefused),
        ("pledge", b"%PDF-" + b"0" * (8 * 1024 * 1024), DocumentRefused),
    ],
    ids=["unknown kind", "a program", "empty", "heavy"],
)  # fmt: skip
def test_what_is_no_paper_is_refused(counter, kind, content, refusal):
    with pytest.raises(refusal):
        bring(counter, kind, content)
    assert files_of(counter, 0)[0].dossier.documents == []


def test_who_may_bring_papers(counter):
    for who, refusal in (
        ({"role": "auditor"}, NoRight), ({"role": "verifier", "regencies": ("36.02",)}, OutsideRegion),
        ({"role": "facilitator", "login": "fas-f09"}, NotYourHousehold),
    ):  # fmt: skip
        with pytest.raises(refusal):
            bring(counter, "pledge", **who)
    assert bring(counter, "pledge", role="facilitator", login="fas-f01")


# -- the console ----------------------------------------------------------------------------------------------------


def browser_of(counter, role: str, regencies: tuple[str, ...] = ()):
    with counter.database.write() as session:
        user = add_user(session, f"uji-{role}-{len(regencies)}", "Uji", [role], regencies)
        cookie = make_session(session, user.id)
    return type(counter.client)(counter.client.app, headers=HTML, cookies={"estafet": cookie}, follow_redirects=False)


def test_the_page_shows_the_list_takes_a_paper_and_gives_the_file_away_logged(counter):
    counter.prove(0)
    counter.run()
    client, address = browser_of(counter, "operator"), f"/paket/{counter.numbers[0]}"
    page = client.get(address)
    assert page.status_code == 200
    assert "Berkas pertanggungjawaban" in page.text
    token = token_on(page)
    missing = client.post(f"{address}/dokumen", data={"csrf": token, "jenis": "pledge"})
    assert (missing.status_code, "Pilih berkas PDF atau foto" in missing.text) == (422, True)
    sent = client.post(
        f"{address}/dokumen", data={"csrf": token, "jenis": "pledge"}, files={"dokumen": ("a.pdf", PDF, "application/pdf")}
    )  # fmt: skip
    assert (sent.status_code, sent.headers["location"]) == (303, f"{address}?sudah=dokumen")
    number = re.search(r"/dokumen/(\d+)", client.get(address).text).group(1)
    paper = client.get(f"/dokumen/{number}")
    assert (paper.content, paper.headers["content-disposition"]) == (PDF, f'attachment; filename="dokumen-pledge-{number}.pdf"')
    archive = client.get(f"{address}/berkas.zip")
    assert zipfile.ZipFile(io.BytesIO(archive.content)).testzip() is None
    assert client.get(f"{address}/berkas.pdf").content.startswith(b"%PDF")
    assert client.get(f"{address}/berita-acara.pdf").headers["location"].startswith("/surat/")
    with counter.database.read() as session:
        fields = list(session.exec(select(AccessRecord.field).order_by(AccessRecord.id)))
    assert fields == ["document", "accountability", "accountability"]


def test_an_events_papers_come_together(counter):
    counter.prove(0)
    counter.prove(1)
    counter.run()
    client = browser_of(counter, "auditor")
    assert client.get("/acara/ACR-2021-001/berita-acara.pdf").content.startswith(b"%PDF")
    names = zipfile.ZipFile(io.BytesIO(client.get("/acara/ACR-2021-001/berkas.zip").content)).namelist()
    assert {name.split("/")[0] for name in names if "/" in name} == set(counter.numbers)
    assert client.get("/acara/ACR-2021-999/berkas.zip").status_code == 404


@pytest.mark.parametrize(
    "address",
    ["/paket/{n}/berkas.zip", "/paket/{n}/berkas.pdf", "/acara/ACR-2021-001/berkas.zip", "/paket/{n}/berita-acara.pdf"],
)
def test_another_regencys_papers_are_not_given(counter, address):
    counter.prove(0)
    counter.run()
    client = browser_of(counter, "verifier", ("36.02",))
    assert client.get(address.format(n=counter.numbers[0])).status_code == 403


def test_who_may_not_see_whole_numbers_takes_no_file(counter):
    counter.prove(0)
    assert browser_of(counter, "approver").get(f"/paket/{counter.numbers[0]}/berkas.zip").status_code == 403
