"""Do the validators we have agree that every kind of letter can be archived, read aloud and opened, by all who print one?

PDF/A-2a and PDF/UA-1 by page-validation, fonts and structure by poppler, the file itself by pyHanko's strict reader, and by
qpdf where it is installed.
"""

from __future__ import annotations

import io
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import page
import pytest
from letter_samples import SAMPLES, as_draft, close, company_referral, decree_draft, first_page, referral, sheet, text_of
from PIL import Image
from pyhanko.pdf_utils.reader import PdfFileReader

from service.letters import render
from service.letters.sources import FOLDER

PAPERS: dict[str, tuple[str, Callable[[], dict[str, Any]]]] = {
    **{name: (name, sample) for name, sample in SAMPLES.items()},
    "referral, draft": ("referral", lambda: as_draft(referral())),
    "sheet, draft": ("referral_sheet", lambda: as_draft(sheet())),
    "referral to a company": ("referral", company_referral),
    "decree, draft": ("decree_public", decree_draft),
}
MADE_ELSEWHERE = {"layout", "record", "handover", "handover_event", "case_file", "attendance", "invitations"}
"""Parts, and templates whose own tests run the same validators (test_records.py, test_events.py, test_accountability.py)."""


@pytest.fixture(params=PAPERS, scope="module")
def paper(request: pytest.FixtureRequest) -> bytes:
    template, sample = PAPERS[request.param]
    return render(template, sample())


def test_no_template_is_without_a_sample() -> None:
    assert {path.stem for path in FOLDER.glob("*.typ")} == {template for template, _ in PAPERS.values()} | MADE_ELSEWHERE


@pytest.mark.parametrize("profile", ["2a", "ua1"])
def test_the_validator_passes_it(paper: bytes, profile: str) -> None:
    report = page.validate_pdf_bytes(paper, profile=profile)
    assert report.is_compliant, [(f.rule_id, f.message) for f in report.failures]


def test_a_file_without_tags_would_not_pass() -> None:
    """The validator can say no."""
    plain = io.BytesIO()
    Image.new("RGB", (10, 10)).save(plain, "PDF")
    assert not page.is_pdf_compliant_bytes(plain.getvalue(), profile="2a")
    assert not page.is_pdf_compliant_bytes(plain.getvalue(), profile="ua1")


def test_poppler_finds_every_font_inside_and_the_document_tagged(paper: bytes, tmp_path: Path) -> None:
    path = tmp_path / "letter.pdf"
    path.write_bytes(paper)
    fonts = subprocess.run(["pdffonts", str(path)], capture_output=True, text=True, check=True).stdout.splitlines()[2:]
    assert fonts
    assert all(line.split()[-5:-2] == ["yes", "yes", "yes"] for line in fonts)
    about = subprocess.run(["pdfinfo", str(path)], capture_output=True, text=True, check=True).stdout
    assert "Tagged:          yes" in about
    assert "A4" in about


def test_a_strict_reader_opens_every_object_and_no_signature_is_claimed(paper: bytes, tmp_path: Path) -> None:
    reader = PdfFileReader(io.BytesIO(paper), strict=True)
    assert list(reader.embedded_signatures) == []
    for reference in reader.xrefs.explicit_refs_in_revision(0):
        reader.get_object(reference)
    assert paper.endswith(b"%%EOF\n")
    path = tmp_path / "letter.pdf"
    path.write_bytes(paper)
    if shutil.which("qpdf"):
        assert subprocess.run(["qpdf", "--check", str(path)], capture_output=True, check=False).returncode == 0


def test_all_letters_have_the_same_head_and_margins() -> None:
    """One family: the same letterhead at the same height, whatever follows."""
    heads = set()
    for template, sample in PAPERS.values():
        picture = first_page(render(template, sample() | {"synthetic": False}), 60).convert("L")
        width, _ = picture.size
        heads.add(picture.crop((int(width * 0.14), 48, int(width * 0.9), 98)).tobytes() if template != "exit" else b"")
    assert len(heads - {b""}) == 1


def test_the_memo_has_the_office_in_its_head_too() -> None:
    assert "DINASSOSIAL" in close(text_of(render("exit", SAMPLES["exit"]())))
