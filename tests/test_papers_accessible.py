"""Can a screen reader tell what each letter is: title, language, headings in order, header cells, pictures in words?"""

from __future__ import annotations

import io
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest
from letter_samples import SAMPLES, as_draft, company_referral, referral
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.reader import PdfFileReader

from service.letters import render

TITLES = {
    "decree": "Keputusan", "decree_public": "Keputusan", "order": "Surat Pesanan", "receipt": "Berita Acara",
    "referral": "Surat Rujukan", "referral_sheet": "Lembar Rujukan", "exit": "Nota Dinas",
}  # fmt: skip
PAPERS = {
    **{name: (name, sample) for name, sample in SAMPLES.items()},
    "draft": ("referral", lambda: as_draft(referral())),
    "company": ("referral", company_referral),
    "many pages": ("referral", lambda: referral(120)),
}


@pytest.fixture(params=PAPERS, scope="module")
def paper(request: pytest.FixtureRequest) -> tuple[str, PdfFileReader]:
    template, sample = PAPERS[request.param]
    return template, PdfFileReader(io.BytesIO(render(template, sample())), strict=True)


def elements(reader: PdfFileReader) -> list[Any]:
    """The tagged elements in reading order."""
    return list(_below(reader.root["/StructTreeRoot"]["/K"]))


def _below(found: Any) -> Iterator[Any]:
    if isinstance(found, generic.ArrayObject):
        for place in range(len(found)):
            yield from _below(found[place])
    elif isinstance(found, generic.DictionaryObject):
        if "/S" in found:
            yield found
        if "/K" in found:
            yield from _below(found["/K"])


def kinds_below(element: Any) -> list[str]:
    return [str(one["/S"]) for one in _below(element["/K"])] if "/K" in element else []


def test_the_window_shows_the_letters_title_and_the_language_is_indonesian(paper):
    template, reader = paper
    assert reader.root["/Lang"] == "id-ID"
    assert reader.root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert TITLES[template].lower() in str(reader.trailer["/Info"]["/Title"]).lower()
    assert reader.root["/MarkInfo"]["/Marked"]


def test_headings_begin_with_the_first_level_and_leave_none_out(paper):
    _, reader = paper
    levels = [
        int(str(one["/S"])[2:]) for one in elements(reader) if str(one["/S"])[:2] == "/H" and str(one["/S"])[2:].isdigit()
    ]
    assert levels
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels)), levels


def test_every_table_names_its_columns_and_every_row_of_its_body_has_a_cell_for_each(paper):
    _, reader = paper
    for table in (one for one in elements(reader) if one["/S"] == "/Table"):
        (head,) = [one for one in _below(table["/K"]) if one["/S"] == "/THead"]
        (body,) = [one for one in _below(table["/K"]) if one["/S"] == "/TBody"]
        columns = kinds_below(head).count("/TH")
        assert columns > 1
        assert {kinds_below(row).count("/TD") for row in _below(body["/K"]) if row["/S"] == "/TR"} == {columns}


def test_a_long_annex_is_one_table_whose_header_is_read_once():
    reader = PdfFileReader(io.BytesIO(render("referral", referral(300))), strict=True)
    (table,) = [one for one in elements(reader) if one["/S"] == "/Table"]
    kinds = kinds_below(table)
    assert (kinds.count("/THead"), kinds.count("/TH"), kinds.count("/TR"), kinds.count("/TD")) == (1, 6, 301, 1800)


def test_every_picture_says_what_it_is(paper):
    _, reader = paper
    for figure in (one for one in elements(reader) if one["/S"] == "/Figure"):
        assert str(figure["/Alt"]).strip()
