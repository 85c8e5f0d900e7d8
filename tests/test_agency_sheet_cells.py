"""Is every cell of a filled row that would not be kept named, also beside other bad ones?"""

from __future__ import annotations

from datetime import date

import pytest
from door_scene import read_sheet, send_sheet, site_of
from sqlmodel import col, select

from service.api.agency_book import HOW
from service.db.tables import OutcomeReport
from service.handoff.answers_sheet import read_answers
from service.handoff.sheet_known import Known
from service.handoff.sheet_words import COLUMNS, FORMERLY, LABELS
from service.procurement.workbook import workbook_of

TODAY = date(2021, 6, 2)
NUMBER = "RJK-2021-00001"
SENT = Known()
SERVED = Known(
    "in_service", frozenset({"acknowledged", "accepted", "service_started"}), register_number="12", reports={3: None, 6: None}
)
PROVEN = {"bukti_business_running": "ya", "bukti_turnover_up": "ya"}
MONTH = {"laporan_bulan": "3", "hasil_bulan": "Tercapai", **PROVEN}


def _faults(cells, known=SERVED):
    found = read_answers([(7, {"nomor_rujukan": NUMBER, **cells})], {NUMBER: known}, TODAY)
    return [(fault.column, fault.code) for fault in found.faults]


@pytest.mark.parametrize(
    ("known", "cells", "faults"),
    [
        (SERVED, {"hasil": "Tercapai", "bukti_nib_issued": "ya", "jawaban": "disanggupi", "tunggu_sampai": "besok"},
         [("tunggu_sampai", "OTHER_ANSWER")]),
        (SERVED, {"hasil": "Tercapai", "bukti_nib_issued": "ya", "tunggu_sampai": "besok"},
         [("tunggu_sampai", "ANSWER_MISSING"), ("tunggu_sampai", "NOT_A_DAY")]),
        (SENT, {"jawaban": "ditolak", "alasan": "NO_CAPACITY", "tunggu_sampai": "besok"}, [("tunggu_sampai", "OTHER_ANSWER")]),
        (SENT, {"jawaban": "oke", "alasan": "malas", "tunggu_sampai": "besok"},
         [("jawaban", "UNKNOWN_ANSWER"), ("alasan", "UNKNOWN_REASON"), ("tunggu_sampai", "NOT_A_DAY")]),
        (SERVED, {"bukti_credit_received": "dua juta", "catatan": "NIK 3601019900990001"},
         [("hasil", "PROOF_ALONE"), ("bukti_credit_received", "UNKNOWN_AMOUNT"), ("catatan", "NOTE_REFUSED")]),
        (SERVED, {"hasil": "Tercapai", "bukti_nib_issued": "ya", "laporan_bulan": "enam"},
         [("laporan_bulan", "MONTH_NOT_ASKED")]),
        (SERVED, {**MONTH, "laporan_bulan": "4", "bukti_turnover_up": ""},
         [("bukti_turnover_up", "ESSENTIAL_MISSING"), ("laporan_bulan", "MONTH_NOT_ASKED")]),
        (SERVED, {**MONTH, "nomor_register": "77"}, [("nomor_register", "NUMBER_KEPT")]),
    ],
)  # fmt: skip
def test_a_cell_that_would_not_be_kept_is_named(known, cells, faults):
    assert _faults(cells, known) == faults


def test_the_second_row_of_a_referral_is_read_as_well():
    rows = [(2, {"nomor_rujukan": NUMBER}), (3, {"nomor_rujukan": NUMBER, "jawaban": "oke", "tanggal_layanan": "besok"})]
    found = read_answers(rows, {NUMBER: SENT}, TODAY)
    assert [(fault.row, fault.column) for fault in found.faults] == [
        (3, "nomor_rujukan"), (3, "jawaban"), (3, "tanggal_layanan"),
    ]  # fmt: skip
    assert found.answers == []


def test_a_month_that_stands_in_the_row_as_it_went_out_is_no_fault():
    assert _faults({"hasil": "Tercapai", "bukti_nib_issued": "ya", "laporan_bulan": "3"}) == []


@pytest.fixture
def site(database, home):
    with site_of(database, home, 1) as made:
        for event in ("accepted", "service_started"):
            made.scene.reply(made.scene.referrals()[0], event)
        yield made


def test_a_row_with_several_bad_cells_comes_back_with_each_of_them(site):
    link = site.link()
    with site.browser() as browser:
        [(_, row)] = read_sheet(browser.get(f"{link}/rujukan.xlsx").content)
        row |= {"hasil": "Tercapai", "bukti_credit_received": "dua juta", "tunggu_sampai": "besok"}
        answer = send_sheet(browser, link, _file(row, LABELS))
    assert answer.status_code == 422
    for column in ("Tunggu sampai", "Bukti: Pembiayaan diterima (Rp)"):
        assert f"Baris 2, kolom {column}: " in answer.text
    assert site.scene.referrals()[0].status == "in_service"


def test_the_table_says_agenda_as_the_page_does_and_a_table_that_went_out_before_is_still_read(site):
    link, number = site.link(), site.scene.referrals()[0].number
    with site.browser() as browser:
        [(_, row)] = read_sheet(browser.get(f"{link}/rujukan.xlsx").content)
        row |= {"hasil": "Tercapai", "bukti_nib_issued": "ya", "nomor_register": "518/7"}
        older = {name: next((old for old, now in FORMERLY.items() if now == name), label) for name, label in LABELS.items()}
        assert send_sheet(browser, link, _file(row, older)).status_code == 303
        page = browser.get(link, params={"rujukan": number}).text
    assert LABELS["nomor_register"] == "Nomor agenda"
    assert "register" not in " ".join([*LABELS.values(), *HOW]).lower()
    assert "Nomor agenda Anda" in page
    assert "518/7" in page
    with site.scene.database.read() as session:
        assert session.exec(select(OutcomeReport.outcome).where(col(OutcomeReport.month) == 0)).one() == "ACHIEVED"


def _file(row, labels):
    return workbook_of("Rujukan", [labels[name] for name, _ in COLUMNS], [[row.get(name, "") for name, _ in COLUMNS]])
