"""Do the pages lead a list from proposal to signature: whose yes is missing, who objects, why not yet?"""

import pytest
from decree_scenes import Selection
from fastapi.testclient import TestClient
from letter_samples import text_of
from page_scene import HTML, Pages, token_on
from sqlmodel import select

from service.db.tables import Household, User
from service.trust.accounts import add_user, make_session, make_token


@pytest.fixture
def pages(database, home):
    made = Pages(database, home)
    yield made
    made.app.state.prefect.close()


@pytest.fixture
def selection(pages):
    """Proposed by a flow; two regencies to verify, two approvals, no window."""
    made = Selection(pages.database, pages.home, decree={"approvals_needed": 2})
    made.run()
    return made


def _somebody(pages, login, role, regencies=()):
    with pages.database.write() as session:
        cookie = make_session(session, add_user(session, login, login.title(), [role], regencies).id)
    return TestClient(pages.app, headers=HTML, cookies={"estafet": cookie}, follow_redirects=False)


def _post(browser, page, action, **data):
    return browser.post(action, data={"csrf": token_on(page), **data})


SK = "/siklus/2021/sk"


def test_a_verifier_sees_a_button_for_the_own_regency_only_and_the_page_who_is_missing(pages, selection):
    lebak = _somebody(pages, "verif-lebak", "verifier", ["36.02"])
    page = lebak.get(SK)
    assert "Verifikasi Kab. Lebak" in page.text
    assert "Verifikasi Kab. Pandeglang" not in page.text
    assert "Diverifikasi 0 dari 2 wilayah" in page.text
    assert _post(lebak, page, f"{SK}/verifikasi", wilayah="36.01").status_code == 403
    done = _post(lebak, page, f"{SK}/verifikasi", wilayah="36.02")
    after = lebak.get(done.headers["location"]).text
    for told in ("Verifikasi wilayah tersimpan.", "Diverifikasi 1 dari 2 wilayah", "Verif-Lebak", "menunggu"):
        assert told in after
    assert "Verifikasi Kab. Lebak" not in after
    again = _post(lebak, page, f"{SK}/verifikasi", wilayah="36.02")
    assert (again.status_code, "Sudah diverifikasi: Kabupaten Lebak" in again.text) == (409, True)


def test_an_approver_is_told_what_is_missing_before_there_is_a_button(pages, selection):
    first = pages.officer("approver")
    page = first.get(SK)
    assert "Belum diverifikasi: Kabupaten Pandeglang, Kabupaten Lebak." in page.text
    assert "Setujui 4 keluarga" not in page.text
    verifier = pages.officer("verifier")
    _post(verifier, verifier.get(SK), f"{SK}/verifikasi")
    page = first.get(SK)
    assert "Setujui 4 keluarga" in page.text
    done = _post(first, page, f"{SK}/setujui")
    half = first.get(done.headers["location"]).text
    assert "1 dari 2 persetujuan" in half
    assert "Anda sudah menyetujui" in half
    assert "Setujui 4 keluarga" not in half
    second = _somebody(pages, "sekda", "approver")
    page = second.get(SK)
    assert "Bila disetujui, 4 keluarga ditetapkan" in page.text
    done = _post(second, page, f"{SK}/setujui")
    assert "Keputusan tersimpan: disetujui." in second.get(done.headers["location"]).text
    assert len(selection.cases("decreed")) == 4


def test_who_verified_is_told_that_somebody_else_approves(pages, selection):
    both = _somebody(pages, "rangkap", "verifier")
    _post(both, both.get(SK), f"{SK}/verifikasi")
    assert "Anda yang memverifikasi daftar ini" in both.get(SK).text


def test_the_draft_is_for_every_officer_and_holds_no_name(pages, selection):
    for role in ("operator", "auditor", "facilitator"):
        answer = pages.officer(role).get(f"{SK}/usulan.pdf")
        assert answer.headers["content-type"] == "application/pdf"
        assert "inline" in answer.headers["content-disposition"]
    text = text_of(answer.content)
    assert "USULAN" in text
    assert "W. C." in text
    assert "Warga" not in text
    assert pages.stranger().get(f"{SK}/usulan.pdf").status_code == 303
    selection.verify()
    selection.approve()
    assert pages.officer("operator").get(f"{SK}/usulan.pdf").status_code == 200


def test_without_a_waiting_version_there_is_no_draft(pages):
    made = Selection(pages.database, pages.home)
    assert pages.officer("operator").get(f"{SK}/usulan.pdf").status_code == 404
    made.run()
    made.sign()
    assert pages.officer("operator").get(f"{SK}/usulan.pdf").status_code == 404


def test_an_objection_is_filed_on_the_households_page_and_decided_on_its_own_by_somebody_else(pages, selection):
    case = selection.cases("selected")[0]
    path = f"/keluarga/2021/{case.household_id}"
    facilitator = pages.officer("facilitator")
    with pages.database.write() as session:
        session.exec(select(User).where(User.login == "uji-facilitator")).one().login = "fas-f77"
        session.get_one(Household, case.household_id).facilitator_code = "F77"
    page = facilitator.get(path)
    assert "Tidak seharusnya masuk daftar" in page.text
    assert "Seharusnya masuk daftar" not in page.text
    nothing = _post(facilitator, page, f"{path}/keberatan")
    assert (nothing.status_code, "Pilih isi keberatan" in nothing.text) == (422, True)
    short = _post(facilitator, page, f"{path}/keberatan", jenis="leave", alasan="ya")
    assert 'href="#alasan-keberatan"' in short.text
    done = _post(facilitator, page, f"{path}/keberatan", jenis="leave", alasan="Sudah punya dua toko <besar>")
    objection = done.headers["location"].partition("?")[0]
    told = facilitator.get(done.headers["location"]).text
    assert "Keberatan tercatat dan menunggu putusan." in told
    assert "Sudah punya dua toko &lt;besar&gt;" in told
    assert "Tidak seharusnya masuk daftar" not in facilitator.get(path).text
    assert _post(facilitator, page, f"{path}/keberatan", jenis="leave", alasan="sekali lagi").status_code == 409

    verifier = pages.officer("verifier")
    assert "keberatan menunggu putusan" in verifier.get("/").text.split("Di tangan pihak lain")[0]
    page = verifier.get(objection)
    for words in (
        "Terpilih: urutan",
        "Syarat pada hari data dibekukan",
        "Bila diterima, keluarga ini dikeluarkan",
        "Uji facilitator",
    ):
        assert words in page.text
    no_choice = _post(verifier, page, f"{objection}/putuskan", alasan="sudah dikunjungi")
    assert (no_choice.status_code, "sudah dikunjungi" in no_choice.text) == (422, True)
    no_reason = _post(verifier, page, f"{objection}/putuskan", putusan="terima")
    assert 'value="terima" checked' in no_reason.text
    assert selection.objections()[0].state == "open"
    done = _post(verifier, page, f"{objection}/putuskan", putusan="terima", alasan="Benar, sudah mampu")
    assert "Putusan keberatan tersimpan." in verifier.get(done.headers["location"]).text
    assert selection.case(case.id).status == "withdrawn"
    assert _post(verifier, page, f"{objection}/putuskan", putusan="tolak", alasan="sekali lagi").status_code == 409


def test_whoever_filed_an_objection_is_told_that_somebody_else_decides(pages, selection):
    with pages.database.write() as session:
        add_user(session, "petugas-operator", "Petugas", ["operator"])
    mine = _somebody(pages, "verif-sendiri", "verifier")
    path = f"/keluarga/2021/{selection.cases('selected')[0].household_id}"
    done = _post(mine, mine.get(path), f"{path}/keberatan", jenis="leave", alasan="Menurut warga")
    page = mine.get(done.headers["location"])
    assert "Anda yang mencatat keberatan ini" in page.text
    assert "Simpan putusan" not in page.text
    objection = done.headers["location"].partition("?")[0]
    page = mine.get(path)
    assert _post(mine, page, f"{objection}/putuskan", putusan="tolak", alasan="tidak benar").status_code == 403
    assert "1 keberatan belum diputuskan." in pages.officer("approver").get(SK).text


def test_an_objection_of_another_regency_is_not_shown_nor_decided(pages, selection):
    objection = selection.object(selection.cases("selected", "36.01")[0], "leave")
    lebak = _somebody(pages, "verif-lebak", "verifier", ["36.02"])
    assert lebak.get(f"/keberatan/{objection.id}").status_code == 403
    assert f"/keberatan/{objection.id}" not in lebak.get(SK).text
    assert (
        _post(lebak, lebak.get(SK), f"/keberatan/{objection.id}/putuskan", putusan="tolak", alasan="bukan").status_code == 403
    )
    assert lebak.get("/keberatan/9999").status_code == 404


def test_the_verifiers_first_page_names_the_lists_that_wait(pages, selection):
    first_page = pages.officer("verifier").get("/").text
    assert "keluarga menunggu verifikasi wilayah" in first_page.split("Di tangan pihak lain")[0]
    assert "keluarga menunggu verifikasi wilayah" in pages.officer("operator").get("/").text
    selection.verify()
    assert "keluarga menunggu verifikasi wilayah" not in pages.officer("verifier").get("/").text


def test_an_officer_excludes_a_household_and_both_histories_name_each_other(pages, selection):
    case, heir = selection.cases("selected", "36.01")[0], selection.cases("reserve", "36.01")[0]
    browser, path = pages.officer("operator"), f"/keluarga/2021/{case.household_id}"
    page = browser.get(path)
    refused = _post(browser, page, f"{path}/keluarkan", alasan="")
    assert (refused.status_code, 'href="#alasan-keluarkan"' in refused.text) == (422, True)
    done = _post(browser, page, f"{path}/keluarkan", alasan="Menerima bantuan pusat")
    assert "Keluarga dikeluarkan." in browser.get(done.headers["location"]).text
    selection.run()
    gone = browser.get(path).text
    for told in (
        "Dikeluarkan dengan alasan",
        "Menerima bantuan pusat",
        "Digantikan oleh",
        f">keluarga {heir.household_id}</a>",
    ):
        assert told in gone
    came = browser.get(f"/keluarga/2021/{heir.household_id}").text
    assert "Menggantikan" in came
    assert f">keluarga {case.household_id}</a>" in came
    assert "Keluarkan keluarga ini" not in pages.officer("verifier").get(f"/keluarga/2021/{heir.household_id}").text


def test_a_signed_decree_offers_its_letter_and_the_version_for_publication(pages):
    made = Selection(pages.database, pages.home)
    made.run()
    made.sign()
    made.run()
    browser = pages.officer("auditor")
    page = browser.get(SK).text
    assert "untuk publikasi" in page
    code = page.split("untuk publikasi</a>")[0].rpartition('href="')[2].partition('"')[0]
    assert browser.get(code).content.startswith(b"%PDF")
    check = pages.stranger().get(code.replace("/surat/", "/v/").removesuffix(".pdf"))
    assert "versi publikasi" in check.text
    assert "Ditetapkan" in check.text


# --- programs


@pytest.fixture
def api(pages):
    """`api("verifier", "POST", path, json)` -> answer; one token a role."""

    def call(role, method, path, json=None, login=None, regencies=()):
        name = login or f"api-{role}"
        if name not in tokens:
            with pages.database.write() as session:
                tokens[name] = make_token(session, add_user(session, name, name, [role], regencies).id)
        headers = {"authorization": f"Bearer {tokens[name]}"}
        return TestClient(pages.app).request(method, path, json=json, headers=headers)

    tokens: dict[str, str] = {}
    return call


def test_a_program_verifies_objects_decides_and_approves(api, selection):
    year = "/api/cycles/2021"
    assert api("verifier", "POST", f"{year}/decree/verify", {"regency": "36.01"}).json()["verified"] == ["36.01"]
    assert api("verifier", "POST", f"{year}/decree/verify").json()["verified"] == ["36.02"]
    assert api("verifier", "POST", f"{year}/decree/verify", {"wilayah": "36.01"}).status_code == 422
    household = selection.cases("unplaced")[0].household_id
    wish = {"household": household, "kind": "enter", "grounds": "Hadir setiap bulan"}
    filed = api("operator", "POST", f"{year}/objections", wish)
    assert (filed.status_code, filed.json()["state"]) == (201, "open")
    assert api("operator", "POST", f"{year}/objections", wish).status_code == 409
    assert api("operator", "POST", f"{year}/objections", wish | {"household": 99_999}).status_code == 404
    assert api("approver", "POST", f"{year}/decree/approve").status_code == 409
    listed = api("auditor", "GET", f"{year}/objections").json()["objections"]
    assert [(one["household"], one["kind"], one["state"]) for one in listed] == [(household, "enter", "open")]
    assert api("auditor", "GET", f"{year}/objections", login="lain", regencies=["36.74"]).json()["objections"] == []
    path = f"/api/objections/{filed.json()['objection']}/decide"
    assert api("operator", "POST", path, {"decision": "accepted", "answer": "benar"}).status_code == 403
    assert api("verifier", "POST", path, {"decision": "accepted", "answer": "benar"}).json()["state"] == "accepted"
    first = api("approver", "POST", f"{year}/decree/approve").json()
    assert (first["state"], first["approvals"], first["needed"], first["number"]) == ("proposed", 1, 2, None)
    assert api("approver", "POST", f"{year}/decree/approve").status_code == 409
    second = api("approver", "POST", f"{year}/decree/approve", login="sekda").json()
    assert (second["state"], second["approvals"]) == ("approved", 2)
    (version,) = api("auditor", "GET", f"{year}/decree").json()["versions"]
    assert [one["by"] for one in version["verified"]] == ["user:api-verifier"] * 2
    assert [one["by"] for one in version["approved"]] == ["user:api-approver", "user:sekda"]
    assert version["missing"] == []


def test_a_program_excludes_a_household_with_a_reason(api, selection):
    case = selection.cases("selected")[0]
    path = f"/api/cases/{case.id}/exclude"
    assert api("verifier", "POST", path, {"reason": "tidak berhak"}).status_code == 403
    assert api("operator", "POST", path, {"reason": ""}).status_code == 422
    assert api("operator", "POST", path, {"reason": "tidak berhak"}).json() == {"case": case.id, "status": "withdrawn"}
    assert api("operator", "POST", path, {"reason": "tidak berhak"}).status_code == 409
