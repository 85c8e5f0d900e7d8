"""Do the pages of the catalogue and of the need show what is there, take a file in, and let one ask and another decide?"""

import re

import pytest
from factories import make_cycle, make_officer, told_by
from need_scenes import assign, case_of, catalogue, dearer, decreed, draft, install, rows
from page_scene import Pages, token_on
from sqlmodel import select

from service.db.tables import Household, Package, PackageProposal, User
from service.policy import ContractLimits, CyclePolicy
from service.procurement.catalogue import read_catalogue
from service.procurement.catalogue_file import as_workbook, read_workbook
from service.procurement.changing import change_catalogue
from service.procurement.proposals import propose_package
from service.procurement.workbook import workbook_of

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@pytest.fixture
def pages(database, home):
    return Pages(database, home)


@pytest.fixture
def work(database, home, pages):
    limits = ContractLimits(purchase_proof=1_000_000, receipt=2_000_000)
    made = decreed(
        database, home, [{}, {"business_type": "jahit"}, {"business_type": None, "business_text": "aneka"}],
        CyclePolicy(contract_limits=limits),
    )  # fmt: skip
    install(database, made, catalogue())
    return made


def upload(browser, content, year="2021", name="katalog.xlsx"):
    form = {"csrf": token_on(browser.get("/katalog")), "tahun": year}
    return browser.post("/katalog", data=form, files={"berkas": (name, content, XLSX)})


def test_without_a_cycle_or_a_catalogue_the_pages_say_so(database, pages):
    assert "Belum ada siklus" in pages.officer("operator").get("/katalog").text
    assert pages.officer("operator").get("/kebutuhan").status_code == 200
    with database.write() as session:
        make_cycle(session)
    told = pages.officer("operator").get("/katalog").text
    assert "belum mempunyai katalog" in told
    assert pages.officer("auditor").get("/katalog/2021.xlsx").status_code == 404


def test_a_catalogue_is_put_in_shown_taken_out_and_put_in_again(database, pages):
    with database.write() as session:
        make_cycle(session)
    browser = pages.officer("operator")
    done = upload(browser, as_workbook(read_catalogue()))
    assert (done.status_code, done.headers["location"]) == (303, "/katalog?sudah=katalog&tahun=2021")
    shown = browser.get(done.headers["location"]).text
    assert "12 paket berlaku" in shown
    assert "diuji nyala" in shown
    taken = browser.get("/katalog/2021.xlsx")
    by_code = {one.code: one for one in read_workbook(taken.content, "x").packages}
    assert by_code == {one.code: one for one in read_catalogue().packages}
    assert "katalog-sama" in upload(browser, taken.content).headers["location"]
    assert len(rows(database, Package)) == 12


def test_a_faulty_file_changes_nothing_and_its_faults_can_be_taken(database, pages):
    with database.write() as session:
        make_cycle(session)
    browser = pages.officer("operator")
    head = ("kode_paket", "nama_paket", "barang", "jumlah", "satuan", "harga_satuan")
    refused = upload(browser, workbook_of("x", head, [("P-A", "A", "Beras", "dua", "kg", 5)]))
    assert refused.status_code == 422
    assert "Baris 2, kolom jumlah: &#39;dua&#39; bukan bilangan bulat." in refused.text
    address = re.search(r"/katalog/perbaikan/\w+\.xlsx", refused.text).group(0)
    assert browser.get(address).content.startswith(b"PK")
    assert pages.officer("verifier").get(address).status_code == 403
    assert browser.get("/katalog/perbaikan/000000000000.xlsx").status_code == 404
    assert upload(browser, b"bukan").status_code == 422
    form = {"csrf": token_on(browser.get("/katalog")), "tahun": "2021"}
    assert "Pilih berkas XLSX" in browser.post("/katalog", data=form).text
    assert pages.officer("verifier").post("/katalog", data=form).status_code == 403
    assert rows(database, Package) == []


def test_a_new_year_starts_with_a_copy(database, pages, work):
    with database.write() as session:
        make_cycle(session, year=2022)
    browser = pages.officer("operator")
    form = {"csrf": token_on(browser.get("/katalog?tahun=2022")), "tahun": "2022", "dari": "2021"}
    assert browser.post("/katalog/salin", data=form).status_code == 303
    assert "2 paket berlaku" in browser.get("/katalog?tahun=2022").text


def test_former_versions_are_told_with_who_still_rests_on_them(database, pages, work):
    draft(work)
    operator = make_officer("operator")
    with database.write() as session:
        from service.db.tables import Cycle

        change_catalogue(session, operator, session.get(Cycle, work.cycle_id), catalogue(A=dearer(16_000)), told_by(operator))
    told = pages.officer("auditor").get("/katalog").text
    assert "Versi sebelumnya (1)" in told
    assert "P-A · versi 2" in told
    assert "Pasang katalog" not in told


def test_the_need_page_names_who_waits_the_money_and_the_counts(database, pages, work):
    assign(work)
    told = pages.officer("facilitator").get("/kebutuhan").text
    assert "Jenis usaha belum dikenali" in told
    assert "Rp2.150.000" in told
    assert "Usulkan paket" in told
    assert "Usulkan paket" not in pages.officer("auditor").get("/kebutuhan").text


def test_a_gap_is_shown_with_its_ways(database, home, pages):
    work = decreed(database, home, [{}, {"business_type": "jahit"}], CyclePolicy(budget_ceiling=2_000_000))
    install(database, work, catalogue())
    draft(work)
    told = pages.officer("commitment_officer").get("/kebutuhan").text
    assert "kurang Rp150.000" in told
    assert "tidak ada yang dipesan" in told
    assert "Ganti paket P-B dengan P-A" in told


def test_a_facilitator_asks_and_the_commitment_officer_decides(database, pages, work):
    assign(work)
    household = case_of(database, None).household_id
    asking = pages.officer("facilitator")
    with database.write() as session:
        session.exec(select(User).where(User.login == "uji-facilitator")).one().login = "fas-f77"
        session.get_one(Household, household).facilitator_code = "F77"
    address = f"/kebutuhan/usulkan?tahun=2021&keluarga={household}"
    form = {"csrf": token_on(asking.get(address)), "tahun": "2021", "keluarga": str(household), "paket": "P-B"}
    short = asking.post("/kebutuhan/usulkan", data=form | {"alasan": "x"})
    assert (short.status_code, "selected>Paket menjahit" in short.text) == (422, True)
    assert asking.post("/kebutuhan/usulkan", data=form | {"alasan": "bisa menjahit"}).status_code == 303
    assert "Terima usulan" not in asking.get("/kebutuhan").text
    deciding = pages.officer("commitment_officer")
    page = deciding.get("/kebutuhan")
    assert "bisa menjahit" in page.text
    answer = {"csrf": token_on(page), "tahun": "2021"}
    refused = deciding.post("/kebutuhan/usulan/1", data=answer | {"putusan": "tolak"})
    assert (refused.status_code, "Tuliskan mengapa usulan ditolak" in refused.text) == (422, True)
    assert deciding.post("/kebutuhan/usulan/1", data=answer | {"putusan": "terima"}).status_code == 303
    assert rows(database, PackageProposal)[0].state == "accepted"
    assert "diterima" in asking.get(address).text


def test_who_asked_is_told_that_somebody_else_decides(database, pages, work):
    both = make_officer("operator", "uji-commitment_officer")
    with database.write() as session:
        propose_package(session, both, case_of(database, "jahit").id, "P-A", "lebih cocok", told_by(both))
    told = pages.officer("commitment_officer").get("/kebutuhan").text
    assert "Anda yang mengusulkan" in told


def test_the_order_page_says_why_its_form_is_heavier(database, pages, work):
    draft(work)
    told = pages.officer("commitment_officer").get("/pesanan/PSN-2021-0001").text
    assert "Bentuk kontrak" in told
    assert "Mengikuti nilai pesanan" in told
