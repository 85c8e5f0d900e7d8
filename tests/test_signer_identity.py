"""Does whoever checks a letter learn that nobody checked who signed it electronically?"""

from __future__ import annotations

import json

import pytest
from certificates import pem, signed_elsewhere
from commands import caller
from conftest import KEYS
from handoff_scenes import make_scene
from page_scene import Pages, token_on
from sqlmodel import select

from service.clock import CLOCK_FILE
from service.db.tables import Letter
from service.letters.checking import CHECKED_SINCE, UNCHECKED
from service.trust.homes import FORMAT

WHO = "Pejabat Contoh"


@pytest.fixture
def cover(house) -> Letter:
    made = make_scene(house.database, house.home)
    made.send_all()
    with house.database.read() as session:
        return session.exec(select(Letter).where(Letter.kind == "referral")).first()


@pytest.fixture
def pages(house, cover):
    made = Pages(house.database, house.home)
    yield made
    made.app.state.prefect.close()


def _signed(pages, cover, issuer="Siapa Saja"):
    return signed_elsewhere((pages.home / cover.file).read_bytes(), WHO, issuer=issuer)


def _bring(pages, cover, content):
    browser = pages.officer("operator")
    token = token_on(browser.get(f"/surat/{cover.code}"))
    return browser.post(f"/surat/{cover.code}/tte", data={"csrf": token}, files={"berkas": ("s.pdf", content)})


def test_the_public_page_and_the_officers_say_that_the_signer_was_not_checked(pages, cover):
    before = pages.stranger().get(f"/v/{cover.code}").text + pages.officer("operator").get(f"/surat/{cover.code}").text
    assert UNCHECKED not in before
    assert _bring(pages, cover, _signed(pages, cover)).status_code == 303
    public = pages.stranger().get(f"/v/{cover.code}").text
    assert f"Ditandatangani secara elektronik oleh {WHO}" in public
    assert "Identitas penanda tangan tidak diperiksa." in public
    assert "Identitas penanda tangan tidak diperiksa." in pages.officer("operator").get(f"/surat/{cover.code}").text


def test_where_authorities_are_named_the_page_says_since_when_and_no_more(pages, cover, monkeypatch):
    (pages.home / "penerbit.pem").write_bytes(pem("Penerbit Contoh"))
    monkeypatch.setattr(pages.house.settings, "signing_roots", "penerbit.pem")
    assert _bring(pages, cover, _signed(pages, cover)).status_code == 422
    assert _bring(pages, cover, _signed(pages, cover, "Penerbit Contoh")).status_code == 303
    for shown in (pages.stranger().get(f"/v/{cover.code}"), pages.officer("operator").get(f"/surat/{cover.code}")):
        assert UNCHECKED not in shown.text
        assert CHECKED_SINCE in shown.text


def test_a_file_that_is_not_our_letter_is_told_as_that(pages, cover):
    printed = (pages.home / cover.file).read_bytes()
    tampered = printed.replace(b"/Title", b"/Tidle", 1) + b"\n"
    answer = _bring(pages, cover, tampered)
    assert answer.status_code == 422
    assert "Isi berkas ini berbeda dari surat yang kami cetak" in answer.text


def test_the_command_says_it_too(pages, cover, house, monkeypatch, capsys):
    (house.home / "home.json").write_text(json.dumps({"kind": "normal", "format": FORMAT}))
    (house.home / CLOCK_FILE).unlink()
    told = {"ESTAFET_HOME": str(house.home), "ESTAFET_DATABASE_URL": house.settings.database_url}
    for name, value in (KEYS | told).items():
        monkeypatch.setenv(name, value)
    file = house.home / "s.pdf"
    file.write_bytes(_signed(pages, cover))
    call = caller(house, monkeypatch, capsys)
    code, said, wrong = call("letter", "upload", cover.code, str(file), by="operator")
    assert wrong == ""
    assert (code, said.strip()) == (0, f"Tersimpan: ditandatangani oleh {WHO}. {UNCHECKED}")
    _, said, _ = call("letter", "upload", cover.code, str(file), "--json", by="operator")
    assert json.loads(said)["identity"] == UNCHECKED
