"""Does an accepted order get the supplier's handover record once: numbered, in words and figures, and checkable by anybody?"""

import re

import pytest
from conftest import KEYS
from killed_run import killed_at
from letter_samples import close, order, text_of
from order_scenes import FIRST, FULL, Orders
from sqlmodel import select

from service.db.tables import Letter, NumberBook, Order, OrderLine, PackageItem
from service.letters import render
from service.letters.wording import date_in_words
from service.procurement.decisions import NothingPassed
from service.procurement.inspection import Beside
from service.procurement.receipt import render_receipts


@pytest.fixture
def orders(database, home):
    return Orders(database, home)


def taken_over(orders: Orders) -> None:
    orders.ship()
    orders.tell("arrived", items=FULL)
    orders.inspect({"P-JAHIT": 1, "P-WARUNG": 2}, beside=Beside({"P-WARUNG": 1}, {}, 2, "satu dus penyok"))
    orders.accept()


def receipts(orders: Orders) -> list[Letter]:
    return [letter for letter in orders.rows(Letter) if letter.kind == "receipt"]


def test_the_record_is_numbered_at_acceptance_from_its_own_book_and_printed_once(orders):
    taken_over(orders)
    taken = orders.rows(Order)[0]
    assert re.fullmatch(r"000\.3\.2/BAST/0001-DINSOS/20\d\d", taken.receipt_number)
    assert taken.receipt_number != taken.letter_number
    orders.procure()
    orders.procure()
    [letter] = receipts(orders)
    assert (letter.number, letter.seq, letter.book, letter.subject_key) == (
        taken.receipt_number, 1, "receipt", f"receipt:{FIRST}",
    )  # fmt: skip
    assert orders.rows(Order)[0].receipt_letter_id == letter.id


def test_the_record_says_who_hands_what_to_whom_on_which_basis_in_words_and_figures(orders):
    taken_over(orders)
    orders.procure()
    taken, [letter] = orders.rows(Order)[0], receipts(orders)
    text = close(text_of((orders.home / letter.file).read_bytes()))
    basis = next(one for one in orders.rows(Letter) if one.kind == "order")
    said = [
        "PIHAK KESATU", "PIHAK KEDUA", "pms-1 (contoh)", date_in_words(letter.dated_on), taken.receipt_number, basis.number,
        "Keputusan Nomor", "2 (dua)", "1 (satu)", "Baik", "Rp7.447.000",
        "tujuh juta empat ratus empat puluh tujuh ribu rupiah", "mencoba 2 (dua) paket", "satu dus penyok",
    ]  # fmt: skip
    assert [words for words in said if close(words) not in text] == []


def test_only_what_passed_is_handed_over_and_paid(orders):
    orders.ship()
    orders.tell("arrived", items=FULL)
    orders.inspect({"P-JAHIT": 0, "P-WARUNG": 1}, beside=Beside({"P-JAHIT": 1}, {"P-WARUNG": 1}, 1))
    orders.accept()
    orders.procure()
    [letter] = receipts(orders)
    text = close(text_of((orders.home / letter.file).read_bytes()))
    assert "Rp2.476.000" in text
    assert close("Jahit") not in text


def test_anybody_who_holds_the_record_checks_it(orders):
    taken_over(orders)
    orders.procure()
    [letter] = receipts(orders)
    page = orders.browser.get(f"/v/{letter.code}")
    assert page.status_code == 200
    for words in ("Berita acara serah terima dari penyedia", letter.number, "Diterima (BAST)"):
        assert words in page.text


def test_the_supplier_reads_its_own_record_and_nobody_elses(orders):
    taken_over(orders)
    orders.procure()
    [letter] = receipts(orders)
    path = f"/surat/{letter.code}.pdf"
    assert f"{orders.links[0]}{path}" in orders.browser.get(f"{orders.links[0]}?pesanan={FIRST}").text
    assert orders.browser.get(f"{orders.links[0]}{path}").content.startswith(b"%PDF")
    assert orders.browser.get(f"{orders.links[1]}{path}").status_code == 404


def test_a_refused_acceptance_takes_no_number(orders):
    orders.ship()
    orders.tell("arrived", items=FULL)
    orders.inspect({"P-JAHIT": 0, "P-WARUNG": 0}, beside=Beside(FULL, {}, 1))
    with pytest.raises(NothingPassed):
        orders.accept()
    with orders.database.read() as session:
        assert session.exec(select(NumberBook).where(NumberBook.book == "receipt")).all() == []


def test_a_printer_killed_at_every_commit_leaves_one_record(house):
    orders = Orders(house.database, house.home)
    taken_over(orders)
    told = {"ESTAFET_HOME": str(house.home), "ESTAFET_DATABASE_URL": house.settings.database_url}
    ended, kills = False, 0
    for kill_at in range(1, 20):
        ended = killed_at(KEYS | told, "procurement", 2021, kill_at)
        if ended:
            break
        kills += 1
    assert ended
    assert kills
    assert [(letter.seq, letter.number) for letter in receipts(orders)] == [(1, orders.rows(Order)[0].receipt_number)]


def test_a_second_printer_with_the_same_list_adds_no_record(orders):
    taken_over(orders)
    assert [render_receipts(orders.work, [1]).moved for _ in range(2)] == [1, 0]
    assert len(receipts(orders)) == 1


def test_the_annex_of_an_order_lists_each_package_what_it_holds_in_all_and_what_is_switched_on(orders):
    letter = next(one for one in orders.rows(Letter) if one.kind == "order")
    pages = text_of((orders.home / letter.file).read_bytes()).rstrip("\f").split("\f")
    annex = close("".join(pages[1:]))
    for words in (f"Lampiran Surat Pesanan {FIRST}", letter.number, "RINCIAN ISI PAKET", "3 paket", "1 paket", "Uji fungsi"):
        assert close(words) in annex
    assert annex.count(close("Ya, dinyalakan saat diterima")) == _tested_items(orders) > 0
    assert close("1 (satu) berkas") in close(pages[0])


def test_an_order_without_contents_has_no_annex():
    values = {name: value for name, value in order().items() if name != "contents"}
    assert text_of(render("order", values)).rstrip("\f").count("\f") == 0


def _tested_items(orders: Orders) -> int:
    ordered = {line.package_id for line in orders.rows(OrderLine)}
    return sum(item.needs_function_test for item in orders.rows(PackageItem) if item.package_id in ordered)
