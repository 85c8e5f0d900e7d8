"""Does every proven handover get its record: numbered once, printed with what was shown, found by its code?"""

from __future__ import annotations

import io
import re
import subprocess

import pytest
from PIL import Image, ImageDraw
from proof_scenes import change, counter_of, jpeg, picture
from sqlmodel import select

from service import clock
from service.db.tables import Household, Letter, NumberBook, Package, PackageItem, Parcel, Partner
from service.delivery import records
from service.delivery.photos import store_picture
from service.delivery.records import NothingProven, event_bundle
from service.letters import check_letter
from service.letters.checking import letter_file


@pytest.fixture
def counter(database, home):
    return counter_of(database, home, 3)


def letters_of(counter) -> list[Letter]:
    with counter.database.read() as session:
        return list(session.exec(select(Letter).where(Letter.kind == "handover").order_by(Letter.seq)))


def text_of(pdf: bytes) -> str:
    done = subprocess.run(["pdftotext", "-layout", "-", "-"], input=pdf, capture_output=True, check=True)
    return re.sub(r"\s+", " ", done.stdout.decode())


def record_text(counter, index: int = 0) -> str:
    with counter.database.read() as session:
        letter = session.get_one(Letter, counter.parcel(index).record_letter_id)
        return text_of(letter_file(session, counter.home, letter.code).read_bytes())


def test_a_record_is_numbered_only_when_the_handover_is_proven(counter):
    counter.prove(0)
    counter.tell(1, latitude=0.0)
    counter.run()
    assert [letter.number for letter in letters_of(counter)] == ["400.9.14.5/0001-DINSOS/2021"]
    assert (counter.parcel(1).status, counter.parcel(1).record_number) == ("handed_over", None)
    counter.judge(1, True)
    counter.run()
    assert [letter.seq for letter in letters_of(counter)] == [1, 2]
    assert counter.parcel(1).record_number == "400.9.14.5/0002-DINSOS/2021"


def test_a_record_says_everything_and_no_whole_number(counter):
    with counter.database.write() as session:
        package = session.exec(select(Package)).one()
        session.add(
            PackageItem(package_id=package.id, name="Mixer", quantity=1, unit="buah", price=1, needs_function_test=True)
        )
    items = [{"name": "Beras 5 kg", "count": 10}, {"name": "Minyak goreng 1 l", "count": 24}, {"name": "Mixer", "count": 1}]
    counter.tell(0, items=items, note="kardus penyok")
    with counter.database.write() as session:
        branded = [*items[:2], {**items[2], "brand": "Contoh", "serial": "SN-0001"}]
        change(session, Parcel, counter.parcel().id, mark="thumbprint", accuracy_m=12, items=branded)
    counter.run()
    text = record_text(counter)
    with counter.database.read() as session:
        name = session.get_one(Household, counter.case().household_id).name
    for said in (
        "BERITA ACARA SERAH TERIMA BARANG", "NOMOR 400.9.14.5/0001-DINSOS/2021",
        "Pada hari Rabu tanggal tujuh belas bulan November tahun dua ribu dua puluh satu, pukul 10.00 WIB", "Kantor Camat",
        name, "3601********", "Kp. Contoh RT 001/RW 002", "Beras 5 kg", "Mixer (Contoh / SN-0001)", "1 buah", "ya, baik",
        "tidak perlu", "tanpa potongan", "Pakta integritas", "dengan cap jempol", "fas-f01 (contoh)", "Camat ",
        "111 m dari titik serah, ketelitian 12 m", "-6.29900, 106.10000", counter.numbers[0], "kardus penyok",
        "CONTOH DATA SINTETIS",
    ):  # fmt: skip
        assert said in text, said
    assert not re.search(r"\d{16}", text)


def test_a_proxy_signs_with_own_name_and_relation(counter):
    counter.tell(0, receiver="proxy", relation="anak kandung")
    with counter.database.write() as session:
        change(session, Parcel, counter.parcel().id, receiver_name="Wakil Contoh")
    counter.run()
    counter.judge(0, True, reason="surat kuasa ditunjukkan di loket")
    counter.run()
    assert "Wakil Contoh (anak kandung), dengan surat kuasa" in record_text(counter)


def test_what_is_missing_is_said_beside_what_was_packed(counter):
    counter.tell(0, kind="partial", items=[{"name": "Beras 5 kg", "count": 7}, {"name": "Minyak goreng 1 l", "count": 24}])
    counter.run()
    counter.judge(0, True, reason="sisanya menyusul")
    counter.run()
    assert "7 buah (isi paket 10)" in record_text(counter)
    assert "24 buah (isi" not in record_text(counter)


def test_the_signature_drawn_on_glass_is_on_the_record(counter):
    glass = Image.new("RGBA", (400, 150), (0, 0, 0, 0))
    ImageDraw.Draw(glass).line([(10, 140), (120, 10), (300, 120), (390, 20)], fill=(0, 0, 80, 255), width=6)
    png = io.BytesIO()
    glass.save(png, "PNG")
    with counter.database.read() as session:
        facilitator = session.exec(select(Partner).where(Partner.sender == "fas-f01")).one()
    given = store_picture(
        counter.database, counter.home, facilitator, png.getvalue(), "signature", clock.now(counter.home)
    )  # fmt: skip
    counter.tell(0)
    with counter.database.write() as session:
        change(session, Parcel, counter.parcel().id, signature_sha256=given, mark="signature")
    counter.run()
    with counter.database.read() as session:
        letter = session.get_one(Letter, counter.parcel().record_letter_id)
        path = letter_file(session, counter.home, letter.code)
    listed = subprocess.run(["pdfimages", "-list", str(path)], capture_output=True, check=True).stdout.decode()
    assert listed.count(" image ") == 2


def test_the_code_on_a_record_tells_number_and_status_and_nothing_personal(counter):
    counter.prove(0)
    counter.run()
    (letter,) = letters_of(counter)
    with counter.database.read() as session:
        found = check_letter(session, counter.home, letter.code)
    assert (found.number, found.status_label, found.file_intact) == ("400.9.14.5/0001-DINSOS/2021", "Terbukti", True)
    assert found.kind_label == "Berita acara serah terima"
    assert counter.client.get(f"/v/{letter.code}").status_code == 200
    assert "Warga" not in found.about


def test_running_again_writes_nothing_again(counter):
    counter.prove(0)
    counter.run()
    before = [(letter.number, letter.code, letter.sha256) for letter in letters_of(counter)]
    assert counter.run()["write_records"].moved == 0
    assert [(letter.number, letter.code, letter.sha256) for letter in letters_of(counter)] == before


def test_a_run_killed_before_its_rows_were_kept_goes_on_under_the_same_numbers(counter, monkeypatch):
    for index in range(3):
        counter.prove(index)

    def killed(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(records, "_keep", killed)
        with pytest.raises(KeyboardInterrupt):
            counter.run("write_records")
    numbered = [counter.parcel(i).record_number for i in range(3)]
    assert None not in numbered
    assert letters_of(counter) == []
    assert counter.run("write_records")["write_records"].moved == 3
    assert [letter.number for letter in letters_of(counter)] == numbered
    with counter.database.read() as session:
        assert session.exec(select(NumberBook.last_seq).where(NumberBook.book == "handover")).one() == 3


def test_two_runs_at_once_write_each_record_once(counter):
    for index in range(3):
        counter.prove(index)
    ids = [counter.parcel(i).id for i in range(3)]
    run = records._run(counter.work)
    with counter.database.write() as session:
        records._take_numbers(session, run.policy.numbers, ids)
    with counter.database.read() as session:
        due = records.queries.stories(session, ids)
    first, second = records._print(run, due), records._print(run, due)
    with counter.database.write() as session:
        assert records._keep(session, run, first) == 3
    with counter.database.write() as session:
        assert records._keep(session, run, second) == 0
    assert len(letters_of(counter)) == 3


def test_a_record_that_cannot_be_printed_waits_for_a_person_and_stops_nobody(counter):
    counter.tell(0, note="NIK 3601014506899901")
    counter.tell(1)
    counter.run("verify_handovers")
    done = counter.run("write_records")["write_records"]
    assert (done.moved, done.set_aside) == (1, {counter.parcel(0).id: "LETTER_CANNOT_BE_PRINTED"})
    with counter.database.write() as session:
        change(session, Parcel, counter.parcel(0).id, note=None)
    assert counter.run("write_records")["write_records"].moved == 1


def test_a_photo_that_is_gone_is_said_and_not_guessed(counter, monkeypatch):
    counter.prove(0)
    for path in (counter.home / "evidence").rglob("*.jpg"):
        path.unlink()
    counter.run()
    assert "tanpa foto" in record_text(counter)


def test_a_small_picture_lost_is_made_anew(counter):
    counter.tell(0, photo=counter.send(jpeg(picture(5, (1600, 1200)))))
    for path in (counter.home / "evidence").rglob("*.kecil.jpg"):
        path.unlink()
    counter.run()
    assert "tanpa foto" not in record_text(counter)


def test_an_events_records_come_as_one_file_behind_a_recap(counter):
    with counter.database.read() as session, pytest.raises(NothingProven):
        event_bundle(session, counter.work, counter.event())
    counter.prove(0)
    counter.prove(1)
    counter.tell(2, kind="absent")
    counter.run()
    with counter.database.read() as session:
        pdf = event_bundle(session, counter.work, counter.event())
    text = text_of(pdf)
    for said in (
        "REKAPITULASI SERAH TERIMA BARANG ACARA ACR-2021-001", "Diundang seluruhnya 3", "Terbukti 2", "acara berikutnya 1",
        "Berkas ini memuat 2 (dua) berita acara", "NOMOR 400.9.14.5/0001-DINSOS/2021", "NOMOR 400.9.14.5/0002-DINSOS/2021",
    ):  # fmt: skip
        assert said in text, said
