"""Which complete sets of values do the letter tests print? (Invented people and places' real names; nothing personal.)"""

from __future__ import annotations

import io
import subprocess
from datetime import date
from typing import Any

from PIL import Image

from service.handoff.consents import FIELDS, LEAST_FIELDS
from service.letters import letter_frame, new_code
from service.policy import Letterhead

OFFICE = Letterhead(
    contact="laman dinsos.bantenprov.go.id, pos-el dinsos@bantenprov.go.id",
    signer_name="Drs. H. Contoh Pejabat, M.Si.", signer_rank="Pembina Utama Madya (IV/d)", signer_nip="196001011987031001",
)  # fmt: skip
PUBLIC = "https://estafet.example.go.id"
DECREE = {"number": "400.9.14.1/0001-DINSOS/2021", "dated_on": date(2021, 6, 14)}
COPIES = ["Gubernur Banten (sebagai laporan);", "Sekretaris Daerah Provinsi Banten;", "Kepala Bappeda Provinsi Banten."]


def frame(number: str, **more: Any) -> dict[str, Any]:
    start = letter_frame(OFFICE, public_url=PUBLIC, synthetic=True)
    return {**start, "number": number, "dated_on": date(2021, 11, 24), "code": new_code(), **more}


def referral(households: int = 3, **more: Any) -> dict[str, Any]:
    rows = [
        {"number": f"RJK-2021-{n:05d}", "name": f"Siti Contoh {n}", "village": "Kadumerak", "district": "Karangtanjung",
         "business": "Tata boga: kue basah", "needs": "NIB, P-IRT, pelatihan kemasan"}
        for n in range(1, households + 1)
    ]  # fmt: skip
    values = frame(
        "400.9.14.6/0001-DINSOS/2021", batch_number="BTC-2021-0001",
        agency="Dinas Koperasi, Usaha Kecil dan Menengah Kabupaten Pandeglang", agency_place="Pandeglang",
        regency="Kabupaten Pandeglang", cycle_year=2021, receipt_days=3, received_by=date(2021, 11, 29),
        answer_days=10, answer_by=date(2021, 12, 13), rows=rows,
        decree=DECREE, agency_head="Kepala", shown=list(FIELDS), copies=COPIES,
        contact="Bidang Pemberdayaan Sosial, telepon (0254) 000000",
    )  # fmt: skip
    return values | more


def sheet(**more: Any) -> dict[str, Any]:
    values = frame(
        "400.9.14.6/0001-DINSOS/2021", referral_number="RJK-2021-00001", shown=list(FIELDS),
        agency="Dinas Koperasi, Usaha Kecil dan Menengah Kabupaten Pandeglang", regency="Kabupaten Pandeglang",
        cycle_year=2021, household=4711, hop=1, name="Siti Contoh", nik="3601********0003", sex="P", birth_place="Pandeglang",
        birth_on=date(1985, 6, 5), address="Kp. Contoh", rt="003", rw="001", village="Kadumerak", district="Karangtanjung",
        business="Tata boga: kue basah", business_since=date(2019, 3, 1), product="Kue cucur", monthly_capacity=1200,
        package="Paket tata boga", handed_over_on=date(2021, 11, 24), movement="Penghasilan naik, usaha berjalan setiap hari.",
        indicators=[{"label": "Omzet sebulan", "value": "Rp1.800.000 (sebelumnya Rp1.100.000)"},
                    {"label": "Barang bantuan masih ada dan dipakai", "value": "Ya"}],
        needs=["Nomor Induk Berusaha (NIB)", "Sertifikat P-IRT", "Pelatihan kemasan"],
        why_agency="Berwenang untuk usaha mikro di kabupaten tempat tinggal keluarga dan melayani pengembangan usaha.",
        facilitator="Pendamping PDG-07", mentor="Keluarga nomor 311, desa yang sama, usaha sejenis",
        receipt_days=3, received_by=date(2021, 11, 29),
        answer_days=10, answer_by=date(2021, 12, 13),
    )  # fmt: skip
    return values | more


def as_draft(values: dict[str, Any]) -> dict[str, Any]:
    """A referral's letter or sheet before it is signed."""
    return {name: value for name, value in values.items() if name not in ("number", "code")} | {"draft": True}


def company_referral(households: int = 3) -> dict[str, Any]:
    """The letter to a company: the least there is."""
    rows = [
        {"number": f"RJK-2021-{n:05d}", "name": f"Siti Contoh {n}", "product": "Rompi pelampung", "capacity": "400",
         "needs": "Pembeli tetap"}
        for n in range(1, households + 1)
    ]  # fmt: skip
    values = referral(households, rows=rows, shown=list(LEAST_FIELDS), agency="PT Contoh Pelampung", agency_head="Pimpinan")
    del values["decree"]
    return values


def _regencies(size: int, row: dict[str, Any]) -> list[dict[str, Any]]:
    """Three regencies; `{n}` in a row's texts counts within each."""
    share = size // 3
    sizes = {"Kabupaten Pandeglang": size - 2 * share, "Kabupaten Lebak": share, "Kota Serang": share}
    made = [
        {"name": name, "rows": [{k: v.format(n=n) for k, v in row.items()} for n in range(part)]}
        for name, part in sizes.items()
    ]
    return [regency for regency in made if regency["rows"]]


def decree(size: int = 60, **more: Any) -> dict[str, Any]:
    row = {
        "household": "47{n}", "name": "Siti Contoh {n}", "nik": "3601********0003", "address": "Kp. Contoh RT 003/RW 001",
        "village": "Kadumerak", "district": "Karangtanjung", "rank": "{n}", "score": "87",
    }  # fmt: skip
    short = "3f9a01bc 77de12aa 0912fe34 aa00bb11 3f9a01bc 77de12aa 0912fe34 aa00bb11"
    values = frame(
        "400.9.14.1/0001-DINSOS/2021", cycle_year=2021, version=1, households=size, unit_value=2_500_000,
        regencies=_regencies(size, row), reserve=max(1, size // 10), copies=COPIES,
        order={"seed": 202106, "policy": short, "snapshot": short, "list": short},
    )  # fmt: skip
    return values | more


def decree_public(size: int = 60, **more: Any) -> dict[str, Any]:
    row = {"initials": "S. C.", "village": "Kadumerak", "district": "Karangtanjung"}
    values = frame(
        "400.9.14.1/0001-DINSOS/2021", cycle_year=2021, version=1, households=size, unit_value=2_500_000,
        regencies=_regencies(size, row), list_hash="3f9a01bc 77de12aa", proposed_on=date(2021, 6, 7),
    )  # fmt: skip
    return values | more


def decree_draft(size: int = 60, **more: Any) -> dict[str, Any]:
    """The same before anything is signed: no number, no code."""
    values = decree_public(size, until=date(2021, 6, 10), dated_on=date(2021, 6, 7), **more)
    return {name: value for name, value in values.items() if name not in ("number", "code")}


def order(**more: Any) -> dict[str, Any]:
    warung = ["10 kg beras", "10 kg tepung", "12 liter minyak goreng", "2 dus mi instan", "10 kg telur"]
    lines = [
        {"name": "Paket warungan", "quantity": 40, "unit": "paket", "price": 2_450_000, "amount": 98_000_000, "items": warung},
        {"name": "Paket tata boga", "quantity": 12, "unit": "paket", "price": 2_500_000, "amount": 30_000_000,
         "items": ["1 pengocok adonan", "1 kompor dua tungku", "1 set loyang"]},
    ]  # fmt: skip
    values = frame(
        "000.3.2/0001-DINSOS/2021", order_number="PSN-2021-0001", supplier="CV Contoh Pangan", supplier_place="Pandeglang",
        cycle_year=2021, regency="Kabupaten Pandeglang", district="Karangtanjung", point="Kantor Kecamatan Karangtanjung",
        due_on=date(2021, 11, 30), contract_form="SPK", account="5.1.02.05.01.0001", amount=128_000_000, lines=lines,
        decree=DECREE, signer=PPK, contents=[
            {"name": "Paket tata boga", "quantity": 12, "items": [
                {"name": "Pengocok adonan", "unit": "buah", "each": 1, "in_all": 12, "test": True},
                {"name": "Loyang", "unit": "set", "each": 1, "in_all": 12, "test": False}]},
        ],
    )  # fmt: skip
    return values | more


def exit_memo(**more: Any) -> dict[str, Any]:
    regencies = [{"name": "Kabupaten Pandeglang", "households": 240}, {"name": "Kota Serang", "households": 120}]
    values = frame(
        "400.9.11.3/0001-DINSOS/2021", list_number="KLR-2021-01", cycle_year=2021, households=360, programmes="JAMSOSRATU",
        decrees=DECREE["number"], hash=" ".join(["0123abcd"] * 8), regencies=regencies, copies=COPIES,
    )  # fmt: skip
    return values | more


def receipt(**more: Any) -> dict[str, Any]:
    lines = [
        {"name": "Paket tata boga", "quantity": 11, "unit": "paket", "condition": "Baik", "price": 2_500_000,
         "amount": 27_500_000, "items": ["1 buah Pengocok adonan", "1 set Loyang"]},
    ]  # fmt: skip
    values = frame(
        "000.3.2/BAST/0001-DINSOS/2021", order_number="PSN-2021-0001", supplier="CV Contoh Pangan", cycle_year=2021,
        regency="Kabupaten Pandeglang", district="Karangtanjung", point="Kantor Kecamatan Karangtanjung",
        giver={"name": "(nama jelas)", "post": "Pimpinan"}, lines=lines, amount=27_500_000, decree=DECREE,
        order_letter={"number": "000.3.2/0001-DINSOS/2021", "dated_on": date(2021, 10, 4)}, signer=PPK, samples=2,
        inspected_on=date(2021, 11, 22), note="Satu paket rusak",
    )  # fmt: skip
    return values | more


PPK = {"post": "Pejabat Pembuat Komitmen", "name": "Contoh Pejabat, S.E.", "nip": "197502022000032002"}
SAMPLES = {
    "exit": exit_memo,
    "referral": referral,
    "referral_sheet": sheet,
    "decree": decree,
    "decree_public": decree_public,
    "order": order,
    "receipt": receipt,
}


def text_of(pdf: bytes, *options: str) -> str:
    done = subprocess.run(["pdftotext", "-enc", "UTF-8", *options, "-", "-"], input=pdf, capture_output=True, check=True)
    return done.stdout.decode()


def close(text: str) -> str:
    return "".join(text.split()).replace("\u200b", "")


def first_page(pdf: bytes, dots: int = 110) -> Image.Image:
    done = subprocess.run(["pdftoppm", "-png", "-r", str(dots), "-l", "1"], input=pdf, capture_output=True, check=True)
    return Image.open(io.BytesIO(done.stdout))
