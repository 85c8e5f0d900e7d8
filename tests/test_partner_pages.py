"""Can an agency or a supplier without a system answer everything behind its link, by real HTTP and without JavaScript?"""

import re

import pytest
from sqlmodel import select

from service.db.tables import Move, Order, OrderLine, Referral

NUMBER = "RJK-2021-00001"


def _agency(full):
    return full.stranger(), f"/r/{full.links['agency']}"


def _status(full, number=NUMBER):
    with full.database.read() as session:
        return session.exec(select(Referral.status).where(Referral.number == number)).one()


def _say(full, event, **more):
    browser, path = _agency(full)
    return browser.post(path, data={"aksi": event, "rujukan": NUMBER, **more})


def test_a_referral_goes_all_the_way_on_the_page(full):
    browser, path = _agency(full)
    page = browser.get(path)
    assert "Belum dinyatakan diterima (1)" in page.text
    assert page.headers["referrer-policy"] == "no-referrer"
    assert "noindex" in page.headers["x-robots-tag"]
    done = browser.post(path, data={"aksi": "acknowledged", "semua": "1"})
    assert done.headers["location"] == f"{path}?sudah=acknowledged&jumlah=1"
    assert "1 rujukan dinyatakan diterima." in browser.get(done.headers["location"]).text
    for event, more, status in (
        ("accepted", {"nomor": "518/77/Dinkop"}, "accepted"),
        ("service_started", {"catatan": "Pendampingan NIB"}, "in_service"),
        ("concluded", {"hasil": "ACHIEVED", "indikator": ["nib_issued"], "pembiayaan": "Rp5.000.000"}, "concluded"),
    ):
        assert _say(full, event, **more).status_code == 303
        assert _status(full) == status
    with full.database.read() as session:
        row = session.exec(select(Referral)).one()
    assert row.register_number == "518/77/Dinkop"
    assert row.outcome_indicators == {"nib_issued": True, "credit_received": 5_000_000}
    assert "NIB terbit, Pembiayaan diterima (Rp): Rp5.000.000" in browser.get(f"{path}?rujukan={NUMBER}").text
    assert "Tidak ada rujukan yang menunggu Anda" in browser.get(path).text


def test_what_a_program_reported_in_its_own_words_is_shown_as_it_stands(full):
    with full.database.write() as session:
        row = session.exec(select(Referral)).one()
        row.outcome_indicators = {"credit_received": "lima juta", "off_taker": False, "pelanggan": 0, "resep": "<b>baru</b>"}
        session.add(row)
    browser, path = _agency(full)
    page = browser.get(f"{path}?rujukan={NUMBER}").text
    assert "Pembiayaan diterima (Rp): lima juta, resep: &lt;b&gt;baru&lt;/b&gt;" in page
    assert "pelanggan" not in page


def test_the_same_answer_twice_has_effect_once(full):
    for _ in range(2):
        assert _say(full, "acknowledged").status_code == 303
    with full.database.read() as session:
        told = session.exec(select(Move).where(Move.subject == "referral", Move.event == "acknowledged")).all()
    assert len(told) == 1


def test_deciding_about_what_was_just_opened_acknowledges_it_first(full):
    assert _say(full, "accepted").status_code == 303
    with full.database.read() as session:
        events = session.exec(select(Move.event).where(Move.subject == "referral").order_by(Move.id)).all()
    assert events[-2:] == ["acknowledged", "accepted"]


def test_declining_needs_a_reason_and_other_needs_words(full):
    _say(full, "acknowledged")
    browser, path = _agency(full)
    assert 'href="#alasan"' in _say(full, "declined").text
    answer = browser.post(f"{path}?rujukan={NUMBER}", data={"aksi": "declined", "rujukan": NUMBER, "alasan": "OTHER"})
    assert answer.status_code == 422
    assert 'href="#catatan"' in answer.text
    assert '<option value="OTHER" selected>' in answer.text
    assert _status(full) == "acknowledged"
    assert _say(full, "declined", alasan="OTHER", catatan="Gedung terbakar").status_code == 303
    assert _status(full) == "declined"


def test_concluding_without_an_outcome_is_told_at_each_field_and_keeps_what_was_given(full):
    for event in ("accepted", "service_started"):
        _say(full, event)
    browser, path = _agency(full)
    answer = browser.post(f"{path}?rujukan={NUMBER}", data={"aksi": "concluded", "rujukan": NUMBER, "catatan": "Ramai"})
    assert answer.status_code == 422
    assert 'href="#hasil"' in answer.text
    assert 'href="#indikator"' in answer.text
    assert ">Ramai</textarea>" in answer.text
    assert _status(full) == "in_service"


def test_several_are_answered_with_one_button_and_the_rest_stay(full):
    full.more_referrals(3)
    browser, path = _agency(full)
    browser.post(path, data={"aksi": "acknowledged", "semua": "1"})
    chosen = ["RJK-2021-00001", "RJK-2021-00003"]
    done = browser.post(path, data={"aksi": "accepted", "rujukan": chosen})
    assert done.headers["location"].endswith("jumlah=2")
    assert [_status(full, number) for number in chosen] == ["accepted", "accepted"]
    assert _status(full, "RJK-2021-00002") == "acknowledged"
    nothing = browser.post(path, data={"aksi": "accepted"})
    assert "Centang sedikitnya satu rujukan" in nothing.text


def test_a_long_list_of_an_agency_is_paged(full):
    full.more_referrals(30)
    browser, path = _agency(full)
    first = browser.get(path).text
    following = re.search(rf'href="({re.escape(path)}\?bagian=baru[^"#]+)', first).group(1).replace("&amp;", "&")
    second = browser.get(following).text
    seen = re.findall(r"\?rujukan=(RJK-\d{4}-\d{5})", first) + re.findall(r"\?rujukan=(RJK-\d{4}-\d{5})", second)
    assert len(seen) == len(set(seen)) == 31


def test_an_answer_that_comes_too_late_is_refused_in_words(full):
    with full.database.write() as session:
        from factories import NOW

        from service.db.history import Told, record_move
        from service.lifecycle import Subject

        row = session.exec(select(Referral)).one()
        record_move(session, Subject.REFERRAL, row.id, "withdrawn", Told("user:uji-operator", NOW))
    answer = _say(full, "accepted")
    assert answer.status_code == 409
    assert "sudah tidak menunggu jawaban ini" in answer.text


def test_another_agencys_referral_is_as_unknown_as_none(full):
    browser, path = full.stranger(), f"/r/{full.links['other']}"
    assert browser.get(f"{path}?rujukan={NUMBER}").status_code == 404
    answer = browser.post(path, data={"aksi": "acknowledged", "rujukan": NUMBER})
    assert answer.status_code == 403
    assert _status(full) == "sent"


@pytest.mark.parametrize("which", ["expired", "unknown"])
def test_a_dead_link_says_what_to_do(full, which):
    path = f"/r/{full.links.get(which, 'tidak-ada')}"
    for answer in (full.stranger().get(path), full.stranger().post(path, data={"aksi": "acknowledged", "semua": "1"})):
        assert answer.status_code == 404
        assert "Yang dapat Anda lakukan" in answer.text
    assert _status(full) == "sent"


@pytest.mark.parametrize("nonsense", ["", "drop table", "sent", "rerouted"])
def test_nonsense_changes_nothing(full, nonsense):
    answer = _say(full, nonsense)
    assert answer.status_code == 422
    assert _status(full) == "sent"


def test_a_supplier_reports_its_order_all_the_way(full):
    browser, path = full.stranger(), f"/r/{full.links['supplier']}"
    assert "Menunggu konfirmasi Anda" in browser.get(path).text
    order = {"pesanan": "PSN-2021-0001"}
    for event in ("confirmed", "confirmed", "shipped"):
        assert browser.post(path, data={"aksi": event, **order}).status_code == 303
    code = re.search(r'name="jumlah-([^"]+)"', browser.get(f"{path}?pesanan=PSN-2021-0001").text).group(1)
    wrong = browser.post(f"{path}?pesanan=PSN-2021-0001", data={"aksi": "arrived", **order, f"jumlah-{code}": "banyak"})
    assert wrong.status_code == 422
    assert 'value="banyak"' in wrong.text
    assert browser.post(path, data={"aksi": "arrived", **order, f"jumlah-{code}": "2"}).status_code == 303
    with full.database.read() as session:
        assert session.exec(select(Order.status)).one() == "arrived"
        assert session.exec(select(OrderLine.arrived)).one() == 2


def test_a_supplier_cancels_with_a_reason(full):
    browser, path = full.stranger(), f"/r/{full.links['supplier']}"
    data = {"aksi": "cancelled", "pesanan": "PSN-2021-0001"}
    assert 'href="#alasan"' in browser.post(f"{path}?pesanan=PSN-2021-0001", data=data).text
    assert browser.post(path, data={**data, "alasan": "OUT_OF_STOCK"}).status_code == 303
    assert "Dibatalkan" in browser.get(path).text
    late = browser.post(path, data={"aksi": "shipped", "pesanan": "PSN-2021-0001"})
    assert late.status_code == 409
