"""Do letters say what they must, in a form that can be archived, read aloud and checked?"""

from __future__ import annotations

import io
import subprocess
from datetime import date
from pathlib import Path

import page
import pytest
import zxingcpp
from letter_samples import PUBLIC, SAMPLES, close, decree, first_page, order, referral, text_of
from PIL import Image

from service.letters import (
    render,
    render_many,
    wording,
)
from service.letters.fonts import families


@pytest.mark.parametrize("template", SAMPLES)
def test_every_letter_is_archivable_and_accessible(template: str) -> None:
    pdf = render(template, SAMPLES[template]())
    for profile in ("2a", "ua1"):
        report = page.validate_pdf_bytes(pdf, profile=profile)
        assert report.is_compliant, [(f.rule_id, f.message) for f in report.failures]


@pytest.mark.parametrize("template", SAMPLES)
def test_the_same_values_give_the_same_bytes(template: str) -> None:
    values = SAMPLES[template]()
    first = render(template, values)
    assert render(template, values) == first
    assert render_many([(template, values)] * 3) == [first] * 3


@pytest.mark.parametrize("template", SAMPLES)
def test_every_font_is_in_the_file(template: str, tmp_path: Path) -> None:
    path = tmp_path / "letter.pdf"
    path.write_bytes(render(template, SAMPLES[template]()))
    listed = subprocess.run(["pdffonts", str(path)], capture_output=True, text=True, check=True).stdout.splitlines()[2:]
    assert listed
    assert all(line.split()[-5:-2] == ["yes", "yes", "yes"] for line in listed)
    assert families()[0].replace(" ", "") in "".join(listed)


@pytest.mark.parametrize("template", SAMPLES)
def test_a_letter_says_that_it_counts_once_signed_and_never_claims_a_certificate(template: str) -> None:
    """True on paper, before and after an electronic signature, since the same PDF is signed."""
    text = close(text_of(render(template, SAMPLES[template]())))
    assert "berlakusetelahditandatangani" in text
    assert "belumditandatanganisecaraelektronik" not in text
    assert "BSrE" not in text
    assert "BalaiSertifikasiElektronik" not in text
    assert "telahditandatanganisecara" not in text


@pytest.mark.parametrize("template", SAMPLES)
def test_the_qr_leads_to_the_page_that_checks_the_letter(template: str) -> None:
    values = SAMPLES[template]()
    found = zxingcpp.read_barcodes(first_page(render(template, values)))
    assert [barcode.text for barcode in found] == [f"{PUBLIC}/v/{values['code']}"]


@pytest.mark.parametrize("template", SAMPLES)
def test_sample_letters_carry_the_mark_on_every_page_and_real_ones_do_not(template: str) -> None:
    values = SAMPLES[template]()
    pages = text_of(render(template, values)).rstrip("\f").split("\f")
    assert all("CONTOH DATA SINTETIS" in page for page in pages)
    assert "SINTETIS" not in text_of(render(template, values | {"synthetic": False})).upper()


def test_attachments_name_their_letter_and_pages_are_numbered_from_the_second() -> None:
    pages = text_of(render("referral", referral(120))).rstrip("\f").split("\f")
    assert "Lampiran Surat" in pages[1]
    assert "400.9.14.6/0001-DINSOS/2021" in pages[1]
    assert "24 November 2021" in pages[1]
    assert [f"–{n}–" in close(page) for n, page in enumerate(pages, 1)] == [False] + [True] * (len(pages) - 1)
    assert len(pages) > 2


def test_the_annex_of_a_decree_numbers_its_households_through_all_regencies() -> None:
    text = text_of(render("decree", decree(60)))
    assert "Kabupaten Pandeglang: 20 keluarga" in text
    assert "60 (enam puluh) keluarga" in text.replace("\xa0", " ")
    assert {str(n) for n in range(1, 61)} <= set(text.split())


def test_a_decree_whose_count_differs_from_its_annex_is_not_printed() -> None:
    with pytest.raises(Exception, match="tidak sama dengan jumlah baris lampiran"):
        render("decree", decree(60, households=61))


def test_a_later_decree_names_the_one_it_changes() -> None:
    text = text_of(render("decree", decree(3, version=2, changes={"number": "X/9/2021", "dated_on": date(2021, 6, 14)})))
    assert "PERUBAHAN ATAS KEPUTUSAN NOMOR X/9/2021" in " ".join(text.split())


def test_the_agencys_own_picture_stands_in_the_letterhead() -> None:
    drawn = io.BytesIO()
    Image.new("RGB", (60, 70), (200, 0, 0)).save(drawn, "PNG")
    pdf = render("order", order(logo=drawn.getvalue()))
    red = [colour for _, colour in first_page(pdf, 40).convert("RGB").getcolors(1 << 16) or [] if colour == (200, 0, 0)]
    assert red
    assert page.is_pdf_compliant_bytes(pdf, profile="ua1")


def test_dates_and_amounts_are_written_as_offices_write_them() -> None:
    day = date(2021, 11, 24)
    assert wording.long_date(day) == "24 November 2021"
    assert wording.full_date(day) == "Rabu, 24 November 2021"
    assert wording.date_in_words(day) == (
        "hari Rabu tanggal dua puluh empat bulan November tahun dua ribu dua puluh satu"
    )  # fmt: skip
    assert wording.rupiah_with_words(2_500_000) == "Rp2.500.000,00 (dua juta lima ratus ribu rupiah)"
    assert [wording.in_words(n) for n in (0, 11, 100, 1000, 1100, 1_000_000)] == [
        "nol", "sebelas", "seratus", "seribu", "seribu seratus", "satu juta",
    ]  # fmt: skip
    assert wording.spaced_nip("196010241987031001") == "19601024 198703 1 001"
