"""Does every way a supplier may fail or answer have its next step: short, twice, late, cancelled on the way; page and XLSX?"""

import io
from datetime import date

import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st
from order_scenes import FIRST, FULL, Orders
from python_calamine import CalamineWorkbook
from sqlmodel import select

from service.db.tables import InboundMessage, Order, OutboundMessage, Parcel
from service.procurement.inspection import Beside
from service.procurement.next_step import Facts, next_step
from service.procurement.order_files import FILLED, HEAD, OrderState, read_list
from service.procurement.queries import Line

DAY = date(2021, 11, 20)


@pytest.fixture
def orders(database, home):
    return Orders(database, home)


# --- by signed callback, end to end


def test_a_short_order_is_accepted_for_what_passed_and_the_rest_comes_on_a_second_order(orders):
    orders.ship()
    orders.tell("arrived", items={"P-JAHIT": 1, "P-WARUNG": 2})
    orders.inspect({"P-JAHIT": 1, "P-WARUNG": 1}, beside=Beside({}, {"P-WARUNG": 1}, 1))
    taken = orders.accept()
    assert (taken.at_point, taken.missing) == (2, 2)
    orders.procure()
    second = orders.rows(Order)[-1]
    assert (second.replaces_id, second.status, second.number) == (1, "placed", "PSN-2021-0002")
    by = orders.partners.index(second.supplier_id)
    assert [orders.tell(kind, by, order=second.number) for kind in ("confirmed", "shipped")] == ["applied", "applied"]
    assert orders.tell("arrived", by, order=second.number, items={"P-WARUNG": 2}) == "applied"
    orders.inspect({"P-WARUNG": 2}, second.number)
    assert orders.accept(second.number).at_point == 2
    assert {parcel.status for parcel in orders.rows(Parcel)} == {"at_point"}


def test_the_same_telling_twice_brings_nothing_twice(orders):
    orders.ship()
    for _ in range(2):
        orders.tell("arrived", message_id="m-tiba", items=FULL)
    assert orders.tell("arrived", message_id="m-lain", items=FULL) == "late"
    orders.inspect(FULL)
    assert orders.accept().at_point == 4
    with orders.database.read() as session:
        copies = session.exec(select(InboundMessage.copies).where(InboundMessage.webhook_id == "m-tiba")).one()
    assert copies == 1


def test_goods_told_after_the_order_was_accepted_are_kept_for_a_person(orders):
    orders.ship()
    orders.tell("arrived", items={"P-JAHIT": 1, "P-WARUNG": 2})
    orders.inspect({"P-JAHIT": 1, "P-WARUNG": 2})
    orders.accept()
    assert orders.tell("arrived", shipment="SJ-9", items={"P-WARUNG": 1}) == "late"
    assert orders.tell("cancelled", reason="OUT_OF_STOCK") == "late"
    assert orders.status() == "accepted"


def test_an_order_cancelled_after_shipping_goes_elsewhere_and_its_supplier_hears_no_more_of_it(orders):
    orders.ship()
    assert orders.tell("cancelled", reason="CANNOT_DELIVER", note="truk terbalik") == "applied"
    assert orders.tell("arrived", items=FULL) == "late"
    orders.procure()
    assert [order.status for order in orders.rows(Order)] == ["cancelled", "placed"]
    with orders.database.read() as session:
        told = session.exec(select(OutboundMessage.type).where(OutboundMessage.kind == "webhook")).all()
    assert told == ["order.placed"]


# --- what is next, in one sentence


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        (Facts("draft"), "PPK menyetujui atau menolak"),
        (Facts("approved"), "mengirim surat pesanan"),
        (Facts("placed", DAY, 4), "mengonfirmasi"),
        (Facts("confirmed", DAY, 4), "mengirim barang sampai 20 November 2021"),
        (Facts("confirmed", date(2021, 11, 19), 4), "Terlambat sejak 19 November 2021"),
        (Facts("shipped", date(2021, 11, 19), 4, 2), "yang sudah tiba tetap dipakai"),
        (Facts("shipped", DAY, 4, 2), "Baru 2 dari 4 paket tiba"),
        (Facts("shipped", DAY, 4), "barang tiba di titik serah"),
        (Facts("arrived", DAY, 4, 3), "Kurang 1 paket"),
        (Facts("arrived", DAY, 4, 6), "Tiba 2 paket lebih banyak"),
        (Facts("arrived", DAY, 4, 4), "buka sedikitnya satu paket"),
        (Facts("inspected", DAY, 4, 4, 0, 4), "PPK menolak barang ini"),
        (Facts("inspected", DAY, 4, 4, 2, 1, 1), "1 rusak dan 1 salah barang"),
        (Facts("inspected", DAY, 4, 3, 3), "1 paket yang kurang dipesankan lagi"),
        (Facts("inspected", DAY, 4, 4, 4), "PPK menerima barang ini"),
        (Facts("accepted", DAY, 4, 3, 3, unordered=1), "1 paket menunggu pesanan pengganti"),
        (Facts("cancelled", replaced_by=("PSN-2021-0002",)), "dipesan lagi: PSN-2021-0002"),
        (Facts("accepted", DAY, 4, 4, 4), ""),
    ],
)
def test_each_state_of_an_order_says_what_is_next(facts, said):
    sentence = next_step(facts, DAY)
    assert said in sentence
    assert bool(said) == bool(sentence)


# --- the page


def test_a_supplier_tells_of_two_shipments_on_its_page(orders):
    path, order = orders.links[0], {"pesanan": FIRST}
    post = orders.browser.post
    counts = {"jumlah-P-WARUNG": "2", "jumlah-P-JAHIT": "0"}
    assert post(path, data={"aksi": "confirmed", **order}).status_code == 303
    assert post(path, data={"aksi": "shipped", "kiriman": "SJ 1/XI", **order}).status_code == 303
    unnamed = post(f"{path}?pesanan={FIRST}", data={"aksi": "shipped", **order})
    assert (unnamed.status_code, 'href="#kiriman-shipped"' in unnamed.text) == (422, True)
    assert post(path, data={"aksi": "shipped", "kiriman": "SJ 2/XI", **order}).status_code == 303
    for _ in range(2):
        assert post(path, data={"aksi": "arrived", "kiriman": "SJ 1/XI", **counts, **order}).status_code == 303
    assert (orders.status(), orders.arrived()) == ("shipped", {"P-JAHIT": 0, "P-WARUNG": 2})
    page = orders.browser.get(f"{path}?pesanan={FIRST}").text
    assert "SJ 1/XI" in page
    assert "belum tiba" in page
    rest = {"jumlah-P-WARUNG": "0", "jumlah-P-JAHIT": "1", "semua": "1"}
    assert post(path, data={"aksi": "arrived", "kiriman": "SJ 2/XI", **rest, **order}).status_code == 303
    assert (orders.status(), orders.arrived()) == ("arrived", {"P-JAHIT": 1, "P-WARUNG": 2})
    wrong = post(f"{path}?pesanan={FIRST}", data={"aksi": "arrived", "kiriman": "<x>", **counts, **order})
    assert wrong.status_code == 422


def test_a_supplier_stops_the_rest_of_an_order_on_its_page(orders):
    orders.ship(shipment="SJ-1")
    orders.tell("arrived", shipment="SJ-1", items={"P-WARUNG": 2})
    data = {"aksi": "cancelled", "pesanan": FIRST, "alasan": "OUT_OF_STOCK"}
    assert "Hentikan sisa pesanan" in orders.browser.get(f"{orders.links[0]}?pesanan={FIRST}").text
    assert orders.browser.post(orders.links[0], data=data).status_code == 303
    assert orders.status() == "arrived"


# --- the list as XLSX


def downloaded(orders, by=0):
    answer = orders.browser.get(f"{orders.links[by]}/pesanan.xlsx")
    assert answer.status_code == 200
    return CalamineWorkbook.from_filelike(io.BytesIO(answer.content)).get_sheet_by_index(0).to_python()


def filled(rows, **cells):
    """The downloaded rows with `column=value` written into each, or `column={code: value}` into those of a package."""
    head = rows[0]
    file = io.BytesIO()
    with xlsxwriter.Workbook(file) as book:
        page = book.add_worksheet()
        for at, row in enumerate(rows):
            for column, told in cells.items() if at else ():
                value = told.get(row[head.index("kode_paket")], "") if isinstance(told, dict) else told
                row[head.index(column)] = value
            page.write_row(at, 0, row)
    return file.getvalue()


def upload(orders, content, by=0, name="pesanan.xlsx"):
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    return orders.browser.post(orders.links[by], data={"aksi": "sheet"}, files={"berkas": (name, content, kind)})


def test_the_list_names_what_is_open_and_comes_back_as_answers(orders):
    rows = downloaded(orders)
    assert tuple(rows[0]) == HEAD
    assert [(row[0], row[1], row[4]) for row in rows[1:]] == [(FIRST, "P-JAHIT", 1), (FIRST, "P-WARUNG", 3)]
    assert len(downloaded(orders, by=1)) == 1
    done = upload(orders, filled(rows, konfirmasi="ya", tanggal_kirim="2021-05-30", jumlah_tiba={"P-JAHIT": 1, "P-WARUNG": 2}))
    assert done.status_code == 303
    assert "3 jawaban baru tersimpan" in orders.browser.get(done.headers["location"]).text
    assert (orders.status(), orders.arrived()) == ("arrived", {"P-JAHIT": 1, "P-WARUNG": 2})
    assert orders.events()[-3:] == ["confirmed", "shipped", "arrived"]
    assert {message.partner_id for message in orders.rows(InboundMessage)} == {orders.partners[0]}


def test_the_same_list_twice_is_once(orders):
    content = filled(downloaded(orders), konfirmasi="ya", tanggal_kirim="30/05/2021", nomor_kiriman="SJ-1", jumlah_tiba=1)
    assert upload(orders, content).headers["location"].endswith("?sudah=sheet&jumlah=3")
    again = orders.browser.get(upload(orders, content).headers["location"])
    assert "Tidak ada yang berubah" in again.text
    assert (orders.arrived(), orders.refs()) == ({"P-JAHIT": 1, "P-WARUNG": 1}, ["SJ-1"])
    assert len(orders.rows(InboundMessage)) == 3


def test_a_list_with_one_faulty_cell_is_refused_whole_and_every_fault_is_named(orders):
    rows = downloaded(orders)
    rows.append([*rows[1]])
    rows.append(["PSN-2021-0999", *rows[1][1:]])
    rows.append([FIRST, "P-ANEH", *rows[1][2:]])
    counts = {"P-JAHIT": "banyak", "P-WARUNG": 3}
    answer = upload(orders, filled(rows, konfirmasi="ya", tanggal_kirim={"P-WARUNG": "kemarin"}, jumlah_tiba=counts, batal=""))
    assert answer.status_code == 422
    for said in (
        "Baris 2, kolom jumlah_tiba: &#39;banyak&#39; bukan angka bulat",
        "Baris 3, kolom tanggal_kirim: &#39;kemarin&#39; bukan tanggal",
        "Baris 4, kolom kode_paket: paket ini sudah ada di baris 2",
        "Baris 5, kolom nomor: pesanan &#39;PSN-2021-0999&#39; tidak ada pada daftar Anda",
        "Baris 6, kolom kode_paket: paket &#39;P-ANEH&#39; tidak ada dalam pesanan",
        "tidak ada yang disimpan",
    ):
        assert said in answer.text, said
    assert (orders.status(), orders.rows(InboundMessage)) == ("placed", [])


def test_another_suppliers_orders_are_unknown_in_a_list(orders):
    content = filled(downloaded(orders), konfirmasi="ya")
    answer = upload(orders, content, by=1)
    assert answer.status_code == 422
    assert "tidak ada pada daftar Anda" in answer.text
    assert orders.status() == "placed"


@pytest.mark.parametrize("content", [b"", b"nomor;kode_paket", b"PK\x03\x04 rusak"])
def test_what_is_no_workbook_is_refused_in_words(orders, content):
    assert upload(orders, content).status_code == 422
    nothing = orders.browser.post(orders.links[0], data={"aksi": "sheet"})
    assert "Pilih berkas XLSX" in nothing.text


def test_a_list_cancels_with_a_reason(orders):
    content = filled(downloaded(orders), batal="barang habis")
    assert upload(orders, content).status_code == 303
    assert orders.status() == "cancelled"
    assert upload(orders, content).headers["location"].endswith("?sudah=sheet-known")


def state(status, arrived=None, shipments=None):
    lines = {
        code: Line(1, at, code, code, count, 1, (arrived or {}).get(code), None)
        for at, (code, count) in enumerate(FULL.items())
    }
    return {FIRST: OrderState(FIRST, status, "36.01.01", DAY, lines, shipments or {})}


def row(code="P-WARUNG", **cells):
    return {"nomor": FIRST, "kode_paket": code, **cells}


@pytest.mark.parametrize(
    ("status", "rows", "column", "said"),
    [
        ("placed", [row(konfirmasi="mungkin")], "konfirmasi", "tulis ya"),
        ("placed", [row(tanggal_kirim="2021-11-21", konfirmasi="ya")], "tanggal_kirim", "belum tiba"),
        ("placed", [row(tanggal_kirim="2021-11-19")], "tanggal_kirim", "isi juga konfirmasi"),
        ("placed", [row(konfirmasi="ya", batal="Barang habis")], "batal", "tidak sekaligus"),
        ("placed", [row(batal="malas")], "batal", "Barang habis, Harga berubah"),
        ("confirmed", [row(jumlah_tiba="3"), row("P-JAHIT", jumlah_tiba="1")], "jumlah_tiba", "isi juga tanggal_kirim"),
        ("shipped", [row(jumlah_tiba="3")], "jumlah_tiba", "isi juga paket P-JAHIT"),
        ("shipped", [row(jumlah_tiba="3", nomor_kiriman="$")], "nomor_kiriman", "hanya huruf"),
        (
            "confirmed", [row(tanggal_kirim="2021-11-19"), row("P-JAHIT", tanggal_kirim="2021-11-18")], "tanggal_kirim",
            "berbeda dari baris 2",
        ),
        ("accepted", [row(batal="Barang habis")], "batal", "pesanan sudah diterima"),
        ("cancelled", [row(konfirmasi="ya")], "konfirmasi", "pesanan sudah dibatalkan"),
        ("cancelled", [row(tanggal_kirim="2021-11-19")], "tanggal_kirim", "pesanan sudah dibatalkan"),
        ("inspected", [row(jumlah_tiba="1", nomor_kiriman="SJ-2")], "jumlah_tiba", "pesanan sudah diperiksa"),
        ("arrived", [row(jumlah_tiba="2")], "jumlah_tiba", "jumlah lain"),
    ],
)  # fmt: skip
def test_each_impossible_cell_is_a_fault_at_its_place(status, rows, column, said):
    reading = read_list(enumerate(rows, start=2), state(status, {"P-WARUNG": 1, "P-JAHIT": 1}), DAY)
    assert [(fault.column, said in fault.text) for fault in reading.faults if fault.column == column] == [(column, True)]
    assert reading.answers == []


cells = st.fixed_dictionaries(
    {},
    optional={
        "konfirmasi": st.sampled_from(["", "ya", "tidak"]), "tanggal_kirim": st.sampled_from(["", "2021-11-19", "x"]),
        "nomor_kiriman": st.sampled_from(["", "SJ-1", "SJ-2"]), "jumlah_tiba": st.sampled_from(["", "0", "1", "-1"]),
        "batal": st.sampled_from(["", "Barang habis"]),
    },
)  # fmt: skip


@settings(deadline=None)
@given(st.sampled_from(["placed", "confirmed", "shipped", "arrived", "accepted", "cancelled"]), cells, cells)
def test_a_list_is_either_believed_or_refused_and_blank_cells_say_nothing(status, one, other):
    told = [(2, row(**one)), (3, row("P-JAHIT", **other))]
    reading = read_list(told, state(status, {"P-WARUNG": 1, "P-JAHIT": 1}, {"SJ-1": {"P-WARUNG": 1}}), DAY)
    assert not (reading.faults and reading.answers)
    if not any(cell for filled_row in (one, other) for cell in filled_row.values()):
        assert reading.faults == reading.answers == []
    assert len({answer.event for answer in reading.answers}) == len(reading.answers)
    assert set(FILLED) >= {fault.column for fault in reading.faults}
