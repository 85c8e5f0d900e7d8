"""Is every wrong file that is brought back as a signed letter answered by one sentence, at the field, with nothing kept?"""

from __future__ import annotations

import pytest
from certificates import signed_elsewhere
from handoff_scenes import APPROVER, Scene, make_scene
from page_scene import Pages, token_on
from sqlmodel import select

from service.db.tables import Letter, ReferralBatch
from service.handoff.replacing import replace_cover
from service.letters.uploading import LARGEST

HEAD = "Drs. Contoh Kepala, M.Si."


@pytest.fixture
def scene(database, home) -> Scene:
    made = make_scene(database, home, households=2)
    made.send_all()
    return made


@pytest.fixture
def pages(scene) -> Pages:
    return Pages(scene.database, scene.home)


def letters(scene: Scene) -> list[Letter]:
    with scene.database.read() as session:
        return list(session.exec(select(Letter).order_by(Letter.id)))


def bring(pages: Pages, letter: Letter, content: bytes | None, role: str = "operator"):
    browser = pages.officer(role)
    token = token_on(browser.get(f"/surat/{letter.code}"))
    files = {"berkas": ("surat.pdf", content, "application/pdf")} if content is not None else None
    return browser.post(f"/surat/{letter.code}/tte", data={"csrf": token}, files=files)


def printed(scene: Scene, letter: Letter) -> bytes:
    return (scene.home / letter.file).read_bytes()


def wrong_files(scene: Scene, cover: Letter, other: Letter) -> dict[str, tuple[bytes | None, str]]:
    mine = printed(scene, cover)
    sealed = signed_elsewhere(mine, HEAD)
    broken = sealed.replace(b"/ByteRange", b"/ByteRangx")
    return {
        "no file": (None, "Pilih berkas PDF yang sudah ditandatangani."),
        "not a PDF": (b"PK\x03\x04", "Berkas ini bukan PDF."),
        "not signed": (mine, "PDF ini belum ditandatangani secara elektronik."),
        "another letter": (signed_elsewhere(printed(scene, other), HEAD), "Isi berkas ini berbeda dari surat yang kami cetak"),
        "tampered": (sealed + b"\n%x", "Tanda tangan tidak mencakup seluruh isi PDF"),
        "unreadable": (broken, "Tanda tangan di dalam PDF ini tidak dapat dibaca."),
        "huge": (b"%PDF-1.7" + b" " * LARGEST, "lebih besar dari 32 MB"),
    }


def test_each_wrong_file_gets_one_sentence_and_nothing_is_kept(scene, pages):
    cover, other = letters(scene)[0], letters(scene)[1]
    for name, (content, sentence) in wrong_files(scene, cover, other).items():
        answer = bring(pages, cover, content)
        assert answer.status_code in (413, 422), name
        assert sentence in answer.text, name
        assert "Traceback" not in answer.text, name
    assert not any(letter.signed_sha256 for letter in letters(scene))


def test_the_sentence_stands_at_the_field_too(scene, pages):
    text = bring(pages, letters(scene)[0], b"PK").text
    assert 'id="berkas-salah"' in text
    assert 'href="#berkas"' in text


def test_who_may_not_bring_letters_back_is_refused(scene, pages):
    cover = letters(scene)[0]
    token = token_on(pages.officer("operator").get(f"/surat/{cover.code}"))
    answer = pages.officer("auditor").post(
        f"/surat/{cover.code}/tte", data={"csrf": token}, files={"berkas": ("s.pdf", b"%PDF-", "application/pdf")}
    )
    assert answer.status_code == 403


def test_a_letter_that_was_replaced_takes_no_signature_and_leads_to_the_new_one(scene, pages):
    old = letters(scene)[0]
    browser = pages.officer("operator")
    token = token_on(browser.get(f"/surat/{old.code}"))
    with scene.database.write() as session:
        replace_cover(session, APPROVER, session.get_one(ReferralBatch, 1), scene.told(APPROVER.actor), old.number)
    scene.run()
    sealed = signed_elsewhere(printed(scene, old), HEAD)
    late = browser.post(f"/surat/{old.code}/tte", data={"csrf": token}, files={"berkas": ("s.pdf", sealed, "application/pdf")})
    assert late.status_code == 409
    assert "Tandatangani surat penggantinya" in late.text
    page = browser.get(f"/surat/{old.code}").text
    new = [letter for letter in letters(scene) if letter.kind == "referral"][-1]
    assert f'href="/surat/{new.code}"' in page
    assert "Periksa dan simpan" not in page


def test_the_page_of_a_batch_offers_the_successor_only_to_a_signer_and_refuses_a_stale_form(scene, pages):
    path = "/batch/BTC-2021-0001"
    assert "Ganti surat pengantar" not in pages.officer("operator").get(path).text
    browser = pages.officer("approver")
    page = browser.get(path)
    assert "Ganti surat pengantar?" in page.text
    form = {"csrf": token_on(page), "surat": "400.9.14.6/0001-DINSOS/2021"}
    assert browser.post(f"{path}/ganti-surat", data=form).status_code == 303
    assert "sedang dicetak" in browser.get(path).text
    again = browser.post(f"{path}/ganti-surat", data=form)
    assert again.status_code == 409
    assert "yang berlaku bernomor 400.9.14.6/0002-DINSOS/2021" in again.text
    assert pages.officer("operator").post(f"{path}/ganti-surat", data=form).status_code == 403
