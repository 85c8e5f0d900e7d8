"""Do the decision pages show both pairs of eyes, refuse the maker, and take a decision once?"""

import pytest
from factories import NOW, make_case, make_cycle, make_household, verify_decree_of
from outsider import FLOW, add_outsider, placed_order, sent_referral
from page_scene import Pages, token_on
from sqlmodel import select

from service.db.history import record_beginnings, record_move
from service.db.tables import Case, Cycle, Decree, Order, Referral, ReferralBatch
from service.lifecycle import Subject
from service.selection.decree import list_hash


@pytest.fixture
def pages(database, home):
    made = Pages(database, home)
    yield made
    made.app.state.prefect.close()


def _propose(pages, by="user:uji-operator"):
    with pages.database.write() as session:
        cycle = make_cycle(session)
        cases = [make_case(session, cycle.id, make_household(session), upto="selected") for _ in range(2)]
        for event in ("frozen", "proposed"):
            record_move(session, Subject.CYCLE, cycle.id, event, FLOW)
        decree = Decree(
            cycle_id=cycle.id, version=1, list_hash=list_hash(case.household_id for case in cases), households=2,
            proposed_by=by, proposed_at=NOW,
        )  # fmt: skip
        session.add(decree)
        session.flush()
        for case in cases:
            case.decree_id = decree.id
            session.add(case)


def _all(pages, column):
    with pages.database.read() as session:
        return session.exec(select(column)).all()


def _post(browser, page, action, **data):
    return browser.post(action, data={"csrf": token_on(page), **data})


def test_an_approver_sees_who_proposed_and_what_follows_and_approves_once(pages):
    _propose(pages)
    with pages.database.write() as session:
        verify_decree_of(session, session.exec(select(Cycle.id)).one())
    browser = pages.officer("approver")
    page = browser.get("/siklus/2021/sk")
    for told in ("Uji operator", "Setujui 2 keluarga", "2 keluarga ditetapkan, SK diberi nomor"):
        assert told in page.text
    done = _post(browser, page, "/siklus/2021/sk/setujui")
    assert "Keputusan tersimpan: disetujui." in browser.get(done.headers["location"]).text
    assert _all(pages, Case.status) == ["decreed", "decreed"]
    again = _post(browser, page, "/siklus/2021/sk/setujui")
    assert again.status_code == 409
    assert "Tidak ada usulan" in again.text


def test_who_proposed_a_list_is_told_that_somebody_else_decides(pages):
    _propose(pages, by="user:uji-approver")
    browser = pages.officer("approver")
    page = browser.get("/siklus/2021/sk")
    assert "Anda yang mengusulkan daftar ini" in page.text
    assert "Setujui 2 keluarga" not in page.text
    answer = _post(browser, page, "/siklus/2021/sk/setujui")
    assert answer.status_code == 403
    assert _all(pages, Cycle.status) == ["proposed"]


def test_refusing_a_list_needs_a_reason_and_keeps_what_was_written(pages):
    _propose(pages)
    browser = pages.officer("approver")
    page = browser.get("/siklus/2021/sk")
    answer = _post(browser, page, "/siklus/2021/sk/tolak", alasan="ya")
    assert answer.status_code == 422
    assert 'href="#alasan"' in answer.text
    assert ">ya</textarea>" in answer.text
    _post(browser, page, "/siklus/2021/sk/tolak", alasan="Kuota Lebak keliru")
    assert _all(pages, Decree.state) == ["rejected"]
    assert "Kuota Lebak keliru" in browser.get("/siklus/2021/sk").text


def test_a_household_withdraws_with_a_reason(pages):
    _propose(pages)
    household = _all(pages, Case.household_id)[0]
    browser, path = pages.officer("operator"), f"/keluarga/2021/{household}"
    page = browser.get(path)
    assert _post(browser, page, f"{path}/mundur").status_code == 422
    done = _post(browser, page, f"{path}/mundur", alasan="Pindah ke luar provinsi")
    assert "Pengunduran diri tercatat." in browser.get(done.headers["location"]).text
    assert sorted(_all(pages, Case.status)) == ["selected", "withdrawn"]


def _drafts(pages, count=3):
    with pages.database.write() as session:
        supplier, _ = add_outsider(session, "supplier", "pemasok-a")
        placed = placed_order(session, supplier, "PSN-2021-0900")
        orders = [
            Order(
                number=f"PSN-2021-{n:04d}", cycle_id=placed.cycle_id, supplier_id=supplier.id, district_code="36.01.01",
                status_since=NOW, amount=2_500_000, contract_form="receipt", drafted_by="user:uji-operator",
            )
            for n in range(1, count + 1)
        ]  # fmt: skip
        session.add_all(orders)
        session.flush()
        record_beginnings(session, Subject.ORDER, [order.id for order in orders], placed.cycle_id, FLOW)


def _status_of_order(pages, number):
    with pages.database.read() as session:
        return session.exec(select(Order.status).where(Order.number == number)).one()


def test_the_commitment_officer_approves_ticked_drafts_or_all_of_them(pages):
    _drafts(pages)
    browser = pages.officer("commitment_officer")
    page = browser.get("/pesanan?status=draft")
    nothing = _post(browser, page, "/pesanan/setujui", tahun="2021")
    assert nothing.status_code == 422
    assert "Centang sedikitnya satu pesanan" in nothing.text
    _post(browser, page, "/pesanan/setujui", tahun="2021", pesanan="PSN-2021-0002")
    assert [_status_of_order(pages, f"PSN-2021-000{n}") for n in (1, 2, 3)] == ["draft", "approved", "draft"]
    _post(browser, page, "/pesanan/setujui", tahun="2021", semua="1")
    assert [_status_of_order(pages, f"PSN-2021-000{n}") for n in (1, 2, 3)] == ["approved"] * 3


def test_nobody_without_the_role_sees_the_button_or_gets_through(pages):
    _drafts(pages)
    browser = pages.officer("operator")
    page = browser.get("/pesanan?status=draft")
    assert "Setujui yang dicentang" not in page.text
    assert _post(browser, page, "/pesanan/setujui", tahun="2021", semua="1").status_code == 403


def test_a_draft_is_refused_with_a_reason(pages):
    _drafts(pages, 1)
    browser, path = pages.officer("commitment_officer"), "/pesanan/PSN-2021-0001"
    page = browser.get(path)
    assert _post(browser, page, f"{path}/tolak", alasan="").status_code == 422
    _post(browser, page, f"{path}/tolak", alasan="Harga terlalu tinggi")
    assert _status_of_order(pages, "PSN-2021-0001") == "rejected"


def test_a_batch_is_signed_only_as_it_was_shown(pages):
    with pages.database.write() as session:
        agency, _ = add_outsider(session, "agency", "dinkop-a")
        sent_referral(session, agency, upto="drafted")
        number = session.exec(select(ReferralBatch)).one().number
    browser, path = pages.officer("approver"), f"/batch/{number}"
    page = browser.get(path)
    changed = _post(browser, page, f"{path}/tandatangani", dilihat="7")
    assert changed.status_code == 409
    assert _all(pages, Referral.status) == ["drafted"]
    done = _post(browser, page, f"{path}/tandatangani", dilihat="1")
    assert "Surat ditandatangani" in browser.get(done.headers["location"]).text
    assert _all(pages, Referral.status) == ["signed"]


def test_an_officer_takes_a_referral_back_unless_it_was_answered_meanwhile(pages):
    with pages.database.write() as session:
        agency, _ = add_outsider(session, "agency", "dinkop-a")
        referral = sent_referral(session, agency)
        path = f"/rujukan/{referral.number}"
    browser = pages.officer("operator")
    page = browser.get(path)
    with pages.database.write() as session:
        record_move(session, Subject.REFERRAL, referral.id, "acknowledged", FLOW)
    late = _post(browser, page, f"{path}/tarik", sebab="MISTAKE", dilihat="sent")
    assert late.status_code == 409
    page = browser.get(path)
    _post(browser, page, f"{path}/tarik", sebab="MISTAKE", dilihat="acknowledged")
    assert _all(pages, Referral.status) == ["withdrawn"]
