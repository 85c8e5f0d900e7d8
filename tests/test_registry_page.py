"""Does a regency's file get in through the browser, once, and is what was wrong handed only to who may import?"""

import io

import pytest
from page_scene import Pages, token_on
from python_calamine import CalamineWorkbook
from registry_scenes import NOW, households, person, write_csv, write_xlsx
from sqlmodel import select

from service.api.guard import LARGEST_REQUEST
from service.db.tables import RegistryFile
from service.trust.rights import ROLES


@pytest.fixture
def pages(database, home):
    made = Pages(database, home)
    yield made
    made.app.state.prefect.close()


def send(browser, path, name=None):
    """Choose a file on the page and press the button."""
    form = {"csrf": token_on(browser.get("/registri"))}
    return browser.post("/registri", data=form, files={"berkas": (name or path.name, path.read_bytes())})


def uploads_left(home):
    tables = (path for path in home.rglob("*") if path.suffix in (".csv", ".xlsx"))
    return [path for path in tables if path.parent.name != "faults"]


def test_an_empty_registry_says_so_and_only_who_may_import_sees_the_form(pages):
    for role in ROLES:
        answer = pages.officer(role).get("/registri")
        assert answer.status_code == 200
        assert "Belum ada berkas yang masuk" in answer.text
        assert ("Masukkan berkas</button>" in answer.text) == (role == "operator")
        assert 'href="/registri"' in answer.text
    assert pages.stranger().get("/registri").status_code == 303


@pytest.mark.parametrize(("write", "name"), [(write_csv, "pandeglang.csv"), (write_xlsx, "pandeglang.xlsx")])
def test_a_file_comes_in_and_its_counts_are_shown(pages, home, tmp_path, write, name):
    browser, path = pages.officer("operator"), tmp_path / name
    write(path, [person(1), person(2), person(3, rt="x"), person(1), person(4)])
    sent = send(browser, path)
    assert sent.status_code == 303
    answer = browser.get(sent.headers["location"])
    assert "Berkas sudah masuk." in answer.text
    assert f"Hasil berkas {path.name}" in answer.text
    assert "2 baris belum masuk." in answer.text
    assert "Uji operator" in answer.text
    assert len(households(pages.database)) == 3
    assert uploads_left(home) == []


def faults_link(answer):
    return answer.text.split('href="/registri/perbaikan/')[1].split('"')[0]


def test_the_faults_file_is_only_for_who_may_import_and_is_kept_by_no_browser(pages, tmp_path):
    browser = pages.officer("operator")
    sent = send(browser, write_csv(tmp_path / "a.csv", [person(1), person(2), person(3, rt="x")]))
    link = "/registri/perbaikan/" + faults_link(browser.get(sent.headers["location"]))
    taken = browser.get(link)
    assert (taken.status_code, taken.headers["cache-control"]) == (200, "no-store")
    assert taken.headers["content-disposition"].startswith("attachment")
    rows = CalamineWorkbook.from_filelike(io.BytesIO(taken.content)).get_sheet_by_index(0).to_python()
    assert rows[1][0] == "Baris 4, kolom rt: 'x' bukan nomor RT/RW (paling banyak 3 angka)."
    for role in set(ROLES) - {"operator"}:
        assert pages.officer(role).get(link).status_code == 403
        assert "/registri/perbaikan/" not in pages.officer(role).get("/registri").text
    assert browser.get("/registri/perbaikan/" + "0" * 64 + ".xlsx").status_code == 404
    assert browser.get("/registri/perbaikan/..%2F..%2Fkeys.xlsx").status_code == 404


def test_the_button_pressed_twice_takes_the_file_in_once(pages, tmp_path):
    browser, path = pages.officer("operator"), write_csv(tmp_path / "a.csv", [person(1), person(2)])
    first, second = send(browser, path), send(browser, path, "nama-lain.csv")
    assert "sudah=masuk" in first.headers["location"]
    assert "sudah=dikenal" in second.headers["location"]
    assert "Tidak ada yang berubah." in browser.get(second.headers["location"]).text
    with pages.database.read() as session:
        assert [file.name for file in session.exec(select(RegistryFile))] == ["a.csv"]


def test_a_file_that_is_half_faulty_is_refused_with_its_counts_and_its_faults(pages, home, tmp_path):
    browser = pages.officer("operator")
    answer = send(browser, write_csv(tmp_path / "a.csv", [person(1), person(2, rt="x"), person(3, nik="1")]))
    assert answer.status_code == 422
    assert "Berkas a.csv ditolak seluruhnya" in answer.text
    assert "Dari 3 baris, 2 salah dan 0 ganda" in answer.text
    assert str(home) not in answer.text
    assert browser.get("/registri/perbaikan/" + faults_link(answer)).status_code == 200
    assert households(pages.database) == []
    assert "Belum ada berkas yang masuk" in browser.get("/registri").text


def test_what_is_no_table_or_no_file_or_too_large_is_a_sentence_and_nothing_is_kept(pages, home, tmp_path):
    browser = pages.officer("operator")
    (tmp_path / "foto.csv").write_bytes(b"\x00\x01")
    answer = send(browser, tmp_path / "foto.csv", "../../foto <b>.csv")
    assert answer.status_code == 422
    assert "Berkas foto _b_.csv bukan tabel. Kirim sebagai XLSX atau CSV." in answer.text
    answer = browser.post("/registri", data={"csrf": token_on(browser.get("/registri"))})
    assert answer.status_code == 422
    assert "Pilih berkas CSV atau XLSX" in answer.text
    (tmp_path / "besar.csv").write_bytes(b"x" * (LARGEST_REQUEST + 1))
    answer = send(browser, tmp_path / "besar.csv")
    assert answer.status_code == 413
    assert "Bagi per kecamatan" in answer.text
    assert households(pages.database) == []
    assert uploads_left(home) == []
    assert list(home.glob("upload-*")) == []


def test_nobody_else_and_no_other_site_brings_a_file_in(pages, tmp_path):
    path = write_csv(tmp_path / "a.csv", [person(1)])
    for role in set(ROLES) - {"operator"}:
        browser = pages.officer(role)
        form = {"csrf": token_on(browser.get("/registri"))}
        assert browser.post("/registri", data=form, files={"berkas": ("a.csv", path.read_bytes())}).status_code == 403
    answer = pages.officer("operator").post("/registri", files={"berkas": ("a.csv", path.read_bytes())})
    assert answer.status_code == 403
    assert households(pages.database) == []


def test_the_files_are_listed_newest_first_page_by_page(pages):
    with pages.database.write() as session:
        for number in range(60):
            session.add(RegistryFile(
                sha256=f"{number:064}", name=f"berkas-{number:02}.csv", rows=1, added=1, updated=0, unchanged=0, rejected=0,
                duplicates=0, imported_by="user:uji-operator", imported_at=NOW,
            ))  # fmt: skip
            session.flush()
    browser = pages.officer("auditor")
    first = browser.get("/registri").text
    assert first.index("berkas-59.csv") < first.index("berkas-10.csv")
    assert "berkas-09.csv" not in first
    more = first.split('rel="next"')[0].rsplit('href="', 1)[1].split('"')[0]
    rest = browser.get(more.replace("&amp;", "&")).text
    assert ("berkas-09.csv" in rest, "berkas-10.csv" in rest) == (True, False)
