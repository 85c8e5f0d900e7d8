"""Does an agency's table come back whole or not at all, once, and only for what its link opens?"""

from __future__ import annotations

import re
import threading
from datetime import timedelta

import pytest
from door_scene import HEAD, by_webhook, read_sheet, send_sheet, sheet_of, site_of
from factories import make_ready_case
from handoff_scenes import OPERATOR
from sqlmodel import select

from service import clock
from service.api import agency_sheet
from service.db.tables import Move, Referral, ReferralNote
from service.handoff.decisions import revise_referral, withdraw_referral
from service.procurement.workbook import rows_of

NUMBERS = tuple(f"RJK-2021-{n:05d}" for n in range(1, 5))


@pytest.fixture
def site(database, home):
    with site_of(database, home, 4, ("dinkop",)) as made:
        yield made


def _table(site, link):
    with site.browser() as browser:
        answer = browser.get(f"{link}/rujukan.xlsx")
    assert answer.headers["content-type"].endswith("spreadsheetml.sheet")
    assert answer.headers["x-robots-tag"] == "noindex"
    return {row["nomor_rujukan"]: row for _, row in read_sheet(answer.content)}


def _send(site, link, rows, name="rujukan.xlsx"):
    content = rows if isinstance(rows, bytes) else sheet_of(rows.values() if isinstance(rows, dict) else rows)
    with site.browser() as browser:
        return send_sheet(browser, link, content, name)


def _statuses(site):
    return {row.number: row.status for row in site.scene.referrals()}


def _trail(site):
    with site.scene.database.read() as session:
        notes = [note.text for note in session.exec(select(ReferralNote))]
        moves = session.exec(select(Move.subject, Move.subject_id, Move.event).order_by(Move.id)).all()
        return [tuple(move) for move in moves], notes, [row.model_dump() for row in site.scene.referrals()]


def _filled(site, link):
    rows = _table(site, link)
    rows[NUMBERS[0]] |= {"jawaban": "diterima", "pesan": "Kami hubungi besok"}
    rows[NUMBERS[1]] |= {"jawaban": "Disanggupi", "nomor_register": 518, "tanggal_layanan": clock.today(site.scene.home)}
    rows[NUMBERS[2]] |= {"jawaban": "ditolak", "alasan": "Alasan lain (wajib dijelaskan)", "catatan": "Pindah rumah"}
    return rows


def test_a_filled_table_is_taken_and_the_same_again_is_nothing(site):
    link = site.link()
    rows = _filled(site, link)
    first = _send(site, link, rows)
    assert (first.status_code, first.headers["location"]) == (303, f"{link}?sudah=sheet&jumlah=5")
    assert _statuses(site) == dict(zip(NUMBERS, ("acknowledged", "in_service", "declined", "sent"), strict=True))
    before = _trail(site)
    for again in (rows, dict(reversed(rows.items())), _table(site, link)):
        told = _send(site, link, again)
        assert (told.status_code, told.headers["location"]) == (303, f"{link}?sudah=sheet-known")
        assert _trail(site) == before
    fresh = _table(site, link)
    assert set(fresh) == {NUMBERS[0], NUMBERS[1], NUMBERS[3]}
    fresh[NUMBERS[1]] |= {"jawaban": "disanggupi"}
    fresh[NUMBERS[0]] |= {"jawaban": "disanggupi"}
    assert _send(site, link, fresh).headers["location"].endswith("sudah=sheet&jumlah=1")
    assert _statuses(site)[NUMBERS[0]] == "accepted"
    assert site.scene.is_in_balance()


def test_one_wrong_cell_refuses_the_whole_and_the_reasons_come_back_first(site):
    link, before = site.link(), _trail(site)
    rows = _filled(site, link)
    rows[NUMBERS[3]] |= {"jawaban": "dikembalikan", "alasan": "malas", "bukti_nib_issued": "mungkin"}
    refused = _send(site, link, rows)
    assert refused.status_code == 422
    assert _trail(site) == before
    assert "Baris 5, kolom Alasan: Isi salah satu: Daya tampung penuh;" in refused.text
    assert "Baris 5, kolom Hasil: Bukti diisi, tetapi hasil kosong." in refused.text
    path = re.search(r'href="([^"]+/salah/[0-9a-f]{64}\.xlsx)"', refused.text)[1]
    with site.browser() as browser:
        file = browser.get(path).content
    [(row, wrong)] = rows_of(file, "salah.xlsx", ["perlu_diperbaiki", "nomor_rujukan", "alasan"], ())
    assert (row, wrong["nomor_rujukan"], wrong["alasan"]) == (2, NUMBERS[3], "malas")
    assert wrong["perlu_diperbaiki"].startswith("Baris 5, kolom Alasan: ")
    [(_, cells)] = read_sheet(file)
    cells |= {"alasan": "Dokumen belum lengkap", "bukti_nib_issued": ""}
    assert _send(site, link, [cells]).headers["location"].endswith("sudah=sheet&jumlah=1")
    assert _statuses(site)[NUMBERS[3]] == "returned"


def test_the_file_of_faults_is_for_the_office_that_sent_it(site):
    link = site.link()
    refused = _send(site, link, [{"nomor_rujukan": "?"}])
    path = re.search(r"/salah/[0-9a-f]{64}\.xlsx", refused.text)[0]
    with site.scene.database.write() as session:
        from handoff_scenes import make_agency

        site.scene.agencies["lain"] = make_agency(session, "lain")
    with site.browser() as browser:
        assert browser.get(link + path).status_code == 200
        assert browser.get(site.link(sender="lain") + path).status_code == 404
        assert browser.get(f"{link}/salah/{'0' * 64}.xlsx").status_code == 404
        assert browser.get(f"{link}/salah/..%2f..%2fkeys.xlsx").status_code == 404
    [kept] = (site.scene.home / "faults").iterdir()
    assert kept.stat().st_mode & 0o077 == 0


def test_what_was_answered_by_another_door_or_withdrawn_meanwhile_refuses_the_whole_and_names_its_row(site):
    link = site.link()
    rows = _filled(site, link)
    by_webhook(site, NUMBERS[1], "acknowledged", {})
    by_webhook(site, NUMBERS[1], "declined", {"reason": "NO_CAPACITY"})
    with site.scene.database.write() as session:
        withdrawn = site.scene.referrals()[0]
        withdraw_referral(session, OPERATOR, withdrawn, "MISTAKE", site.scene.told("user:o"))
    before = _trail(site)
    refused = _send(site, link, rows)
    assert refused.status_code == 422
    sentence = "Sudah dijawab lain atau ditarik sementara itu; lihat halamannya."
    told = re.findall(r"Baris \d+, kolom [^:]+: [^<]+", refused.text)
    assert told == [f"Baris 2, kolom Jawaban: {sentence}", f"Baris 3, kolom Jawaban: {sentence}"]
    assert _trail(site) == before


def test_what_a_row_says_may_have_been_said_by_another_door(site):
    link = site.link()
    rows = _filled(site, link)
    by_webhook(site, NUMBERS[1], "acknowledged", {})
    by_webhook(site, NUMBERS[1], "accepted", {"register_number": "518"})
    assert _send(site, link, rows).headers["location"].endswith("jumlah=4")
    assert _statuses(site)[NUMBERS[1]] == "in_service"


@pytest.mark.parametrize("is_same", [True, False])
def test_what_waited_for_a_rows_step_takes_its_next_one_and_is_told_again_by_the_row(site, is_same):
    """Said with the same words it is done already; with others the whole table is refused."""
    link = site.link()
    rows = _filled(site, link)
    if not is_same:
        rows[NUMBERS[1]] |= {"tanggal_layanan": clock.today(site.scene.home) - timedelta(days=1)}
    with site.program() as program:
        told = program.tell("referral.service_started", {"referral": NUMBERS[1]})
    assert told.json() == {"result": "parked"}
    before = _trail(site)
    answer = _send(site, link, rows)
    if is_same:
        assert answer.status_code == 303
        assert _statuses(site)[NUMBERS[1]] == "in_service"
        assert [move[2] for move in _trail(site)[0]].count("service_started") == 2  # of the referral and of its case
        return
    assert answer.status_code == 422
    assert "Baris 3, kolom Tanggal layanan: Sudah dijawab lain" in answer.text
    assert _trail(site) == before


def test_a_table_from_before_a_referral_was_sent_again_counts_no_more(site):
    link = site.link()
    rows = _table(site, link)
    rows[NUMBERS[0]] |= {"jawaban": "dikembalikan", "alasan": "Dokumen belum lengkap"}
    assert _send(site, link, rows).status_code == 303
    with site.scene.database.write() as session:
        revise_referral(session, OPERATOR, site.scene.referrals()[0], "KTP dilengkapi", site.scene.told("user:o"))
    before = _trail(site)
    refused = _send(site, link, rows)
    assert refused.status_code == 422
    assert "Baris 2, kolom Kiriman ke: Rujukan ini sudah dikirim ulang sesudah berkas diunduh" in refused.text
    assert _trail(site) == before
    fresh = _table(site, link)
    assert (fresh[NUMBERS[0]]["kiriman"], fresh[NUMBERS[0]]["jawaban"]) == ("2", "")
    fresh[NUMBERS[0]] |= {"jawaban": "disanggupi"}
    assert _send(site, link, fresh).status_code == 303


def test_a_link_for_one_batch_gives_and_takes_that_batch_only(site):
    with site.scene.database.write() as session:
        make_ready_case(session, site.scene.cycle_id)
    site.scene.send_all()
    first, second = site.scene.batches()
    old, new = site.link(first.id), site.link(second.id)
    [number] = _table(site, new)
    assert number not in NUMBERS
    assert set(_table(site, old)) == set(NUMBERS)
    refused = _send(site, new, [{"nomor_rujukan": NUMBERS[0], "jawaban": "diterima"}])
    assert "Baris 2, kolom Nomor rujukan: Rujukan ini tidak ada atau bukan untuk instansi Anda." in refused.text
    assert _statuses(site)[NUMBERS[0]] == "sent"
    assert _send(site, new, [{"nomor_rujukan": number, "jawaban": "diterima"}]).status_code == 303


def test_another_offices_link_reads_and_changes_nothing_of_ours(site):
    from handoff_scenes import make_agency

    with site.scene.database.write() as session:
        site.scene.agencies["lain"] = make_agency(session, "lain")
    other = site.link(sender="lain")
    assert _table(site, other) == {}
    assert "bukan untuk instansi Anda" in _send(site, other, [{"nomor_rujukan": NUMBERS[0], "jawaban": "diterima"}]).text
    assert set(_statuses(site).values()) == {"sent"}


def test_the_same_table_sent_twice_at_the_same_moment_is_once(site):
    link = site.link()
    content, start, told = sheet_of(_filled(site, link).values()), threading.Barrier(3), list[str]()

    def send() -> None:
        start.wait()
        told.append(_send(site, link, content).headers["location"].partition("?")[2])

    threads = [threading.Thread(target=send) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(told) == ["sudah=sheet&jumlah=5", "sudah=sheet-known", "sudah=sheet-known"]
    events = [event for subject, _, event in _trail(site)[0] if subject == "referral"]
    assert [events.count(event) for event in ("accepted", "service_started", "declined")] == [1, 1, 1]


def test_reports_of_months_are_asked_in_the_table_when_they_fall_due(site):
    link = site.link()
    rows = _table(site, link)
    rows[NUMBERS[0]] |= {
        "jawaban": "disanggupi", "tanggal_layanan": clock.today(site.scene.home), "hasil": "tercapai", "bukti_nib_issued": True,
    }  # fmt: skip
    assert _send(site, link, rows).headers["location"].endswith("jumlah=3")
    assert NUMBERS[0] not in _table(site, link)
    site.scene.at(clock.today(site.scene.home) + timedelta(days=70))
    asked = _table(site, link)
    assert (asked[NUMBERS[0]]["laporan_bulan"], asked[NUMBERS[0]]["hasil"]) == ("3", "Tercapai")
    assert _send(site, link, asked).headers["location"].endswith("sudah=sheet-known")
    asked[NUMBERS[0]] |= {
        "hasil_bulan": "Tercapai",
        "bukti_business_running": "ya",
        "bukti_turnover_up": "ya",
        "catatan": "Ramai",
    }
    for answer in ("sudah=sheet&jumlah=1", "sudah=sheet-known"):
        assert _send(site, link, asked).headers["location"].endswith(answer)
    assert NUMBERS[0] not in _table(site, link)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "bukan XLSX atau rusak"),
        (b"nomor_rujukan,jawaban\nRJK-2021-00001,diterima\n", "bukan XLSX atau rusak"),
        (sheet_of([]), None),
        (sheet_of([{"nomor_rujukan": f"RJK-{n}"} for n in range(60)]), "Dan 10 kesalahan lain."),
    ],
    ids=["empty", "csv", "no rows", "many faults"],
)
def test_what_is_sent_by_mistake_is_answered_in_a_sentence(site, content, sentence):
    told = _send(site, site.link(), content)
    assert told.status_code == (422 if sentence else 303)
    assert (sentence or "") in told.text
    assert set(_statuses(site).values()) == {"sent"}


def test_a_table_with_more_answers_than_one_transaction_should_hold_is_refused_whole(site, monkeypatch):
    link, before = site.link(), _trail(site)
    rows = _filled(site, link)
    monkeypatch.setattr(agency_sheet, "MOST_ANSWERS", 4)
    refused = _send(site, link, rows)
    assert refused.status_code == 422
    assert "Berkas memuat 5 jawaban baru, paling banyak 4 sekali kirim." in refused.text
    assert _trail(site) == before
    monkeypatch.setattr(agency_sheet, "MOST_ANSWERS", 5)
    assert _send(site, link, rows).status_code == 303


def test_no_file_is_told(site):
    link = site.link()
    with site.browser() as browser:
        told = browser.post(f"{link}/rujukan.xlsx", data={"berkas": "teks"})
    assert (told.status_code, "Pilih berkas XLSX yang sudah diisi" in told.text) == (422, True)


def test_a_dead_link_or_a_suppliers_gives_and_takes_no_table(site):
    from service.trust.partners import add_partner, make_link

    with site.scene.database.write() as session:
        supplier, _ = add_partner(session, site.pages.house.sealer, "pemasok", "supplier", "Pemasok (contoh)")
        dead = make_link(session, site.scene.agencies["dinkop"].id, clock.today(site.scene.home) - timedelta(days=1))
        theirs = make_link(session, supplier.id, clock.today(site.scene.home) + timedelta(days=9))
    for token in (dead, theirs, "tidak-ada"):
        with site.browser() as browser:
            assert browser.get(f"/r/{token}/rujukan.xlsx").status_code == 404
        assert _send(site, f"/r/{token}", [{"nomor_rujukan": NUMBERS[0], "jawaban": "diterima"}]).status_code == 404
    assert set(_statuses(site).values()) == {"sent"}


def test_the_table_carries_no_address_phone_or_nik(site):
    with site.scene.database.read() as session:
        assert session.exec(select(Referral)).first()
    rows = _table(site, site.link())
    assert set(rows[NUMBERS[0]]) == set(HEAD)
    text = " ".join(value for row in rows.values() for value in row.values())
    assert "Kp. Contoh" not in text
    assert not re.search(r"\d{12,}", text)
