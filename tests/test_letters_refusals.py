"""Which values may never reach paper, and does a name stay text whatever it is made of?"""

from __future__ import annotations

import unicodedata
from typing import Any

import page
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from letter_samples import SAMPLES, close, decree, order, referral, sheet, text_of

from service.letters import (
    MissingValue,
    Unprintable,
    render,
)
from service.letters.fonts import MissingFont, choose_families
from service.letters.sources import UnknownValue, UnmaskedNumber, names_used


def _without(values: dict[str, Any], path: tuple[Any, ...], blank: Any) -> dict[str, Any]:
    """A copy in which the value at `path` is blank, or gone where `blank` is `...`."""
    if len(path) > 1:
        inner = values[path[0]]
        if isinstance(inner, list):
            changed: Any = list(inner)
            changed[path[1]] = _without(inner[path[1]], path[2:], blank)
        else:
            changed = _without(inner, path[1:], blank)
        return values | {path[0]: changed}
    return {k: v for k, v in values.items() if k != path[0]} if blank is ... else values | {path[0]: blank}


NEEDED: list[tuple[str, tuple[Any, ...], str]] = [
    ("referral", ("agency",), "agency"),
    ("referral", ("number",), "number"),
    ("referral", ("rows",), "rows"),
    ("referral", ("rows", 1, "name"), "rows[1].name"),
    ("referral", ("head", "office"), "head.office"),
    ("referral", ("signer", "name"), "signer.name"),
    ("referral", ("decree", "dated_on"), "decree.dated_on"),
    ("referral_sheet", ("name",), "name"),
    ("referral_sheet", ("birth_on",), "birth_on"),
    ("referral_sheet", ("needs",), "needs"),
    ("referral_sheet", ("code",), "code"),
    ("decree", ("regencies", 0, "name"), "regencies[0].name"),
    ("decree", ("unit_value",), "unit_value"),
    ("order", ("lines",), "lines"),
    ("order", ("lines", 1, "price"), "lines[1].price"),
]


@pytest.mark.parametrize("blank", [..., None, "", " \n\t"])
@pytest.mark.parametrize(("template", "path", "field"), NEEDED)
def test_a_missing_or_blank_value_is_an_error_that_names_it(
    template: str, path: tuple[Any, ...], field: str, blank: Any
) -> None:
    with pytest.raises(MissingValue) as caught:
        render(template, _without(SAMPLES[template](), path, blank))
    assert (caught.value.details["template"], caught.value.details["field"]) == (template, field)


def test_an_empty_list_is_missing_too() -> None:
    with pytest.raises(MissingValue, match=r"regencies\[1\]\.rows"):
        render("decree", _without(decree(3, households=2), ("regencies", 1, "rows"), []))


OPTIONAL = {
    "referral": ["decree", "contact", "copies"],
    "referral_sheet": ["business_since", "product", "monthly_capacity", "handed_over_on", "movement", "indicators",
                       "facilitator", "mentor"],
    "decree": ["reserve", "copies"],
    "order": ["decree", "due_on", "supplier_place"],
}  # fmt: skip


@pytest.mark.parametrize("template", OPTIONAL)
@pytest.mark.parametrize("blank", [..., None])
def test_optional_parts_may_be_left_out(template: str, blank: Any) -> None:
    values = SAMPLES[template]()
    for name in OPTIONAL[template]:
        values = _without(values, (name,), blank)
    assert page.is_pdf_compliant_bytes(render(template, values), profile="ua1")


def test_a_value_no_template_line_uses_is_refused_instead_of_vanishing() -> None:
    with pytest.raises(UnknownValue, match="contak"):
        render("referral", referral(contak="Bidang Pemberdayaan"))
    assert "contact" in names_used("referral")


def test_an_unmasked_nik_never_reaches_paper() -> None:
    with pytest.raises(UnmaskedNumber, match="nik"):
        render("referral_sheet", sheet(nik="3601014506850003"))


@pytest.mark.parametrize("sign", ["\x00", "\x1b", "\u202e", "\ue000", "\ud800", "漢", "😀"])
def test_a_character_no_font_has_is_an_error_that_names_the_field(sign: str) -> None:
    with pytest.raises(Unprintable) as caught:
        render("referral", _without(referral(), ("rows", 2, "name"), f"Siti {sign}"))
    assert caught.value.details["field"] == "rows[2].name"
    assert f"U+{ord(sign):04X}" in caught.value.message


NASTY = [
    '"]; #panic("x")', "#import \"layout.typ\"", "$x$", "@cite", r"C:\new \u{41} \\", "a\nb\tc", "'\"`", "*tebal* _miring_",
    "<label> // komentar /* x */", "= Judul", "- butir", "<< number >> <% if x %> <# y #>", "{{ 7 * 7 }}", "☺ ✓",
    "Nur’aini D’Souza-ʿAlī", "#" * 40, "Ḥasan Ñuñez Łukasz", "https://contoh.go.id", "x" * 300, "--- ... ~",
]  # fmt: skip


@pytest.mark.parametrize("name", NASTY)
@pytest.mark.parametrize("template", ["referral", "referral_sheet", "decree"])
def test_a_name_is_only_ever_text(template: str, name: str) -> None:
    path: dict[str, tuple[Any, ...]] = {
        "referral": ("rows", 0, "name"),
        "referral_sheet": ("name",),
        "decree": ("regencies", 0, "rows"),
    }
    values = SAMPLES[template]()
    if template == "decree":
        values = decree(3)
        values["regencies"][0]["rows"][0] |= {"name": name}
    else:
        values = _without(values, path[template], name)
    assert close(name) in close(text_of(render(template, values), "-raw"))  # a cell after the other, as it was written


LETTERS = st.characters(min_codepoint=0x20, max_codepoint=0x17F, exclude_categories=("Cc", "Cf", "Zs"))
NAMES = st.text(LETTERS | st.sampled_from(list(' \\"#$@[]{}<>*_`~=/%&|;\n')), min_size=1, max_size=60).filter(str.strip)


@settings(max_examples=60, deadline=None)
@given(name=NAMES, supplier=NAMES)
def test_whatever_a_name_is_made_of_it_comes_out_as_it_went_in(name: str, supplier: str) -> None:
    pdf = render("order", order(supplier=supplier, signer={"post": "PPK", "name": name}))
    text = close(text_of(pdf, "-layout"))  # the other mode takes a hyphen at a line's end away
    assert close(unicodedata.normalize("NFC", name)) in text
    assert close(unicodedata.normalize("NFC", supplier)) in text


def test_values_used_in_code_are_text_as_well() -> None:
    pdf = render("order", order(order_number='"); #panic("x") \\', head=order()["head"] | {"office": '"] #panic() \\ $'}))
    assert '"]#PANIC()\\$' in close(text_of(pdf))


def test_the_text_font_is_the_first_of_the_named_ones_that_has_regular_and_bold() -> None:
    packaged = {(name, 400) for name in ("FiraGO", "Noto Sans", "Noto Sans Math", "Noto Sans Symbols", "Noto Sans Symbols2")}
    bare = packaged | {("FiraGO", 700)}
    assert choose_families(bare)[0] == "FiraGO"
    assert choose_families(bare | {("Arimo", 400), ("Arimo", 700)})[0] == "Arimo"
    assert choose_families(bare | {("Arial", 400)})[0] == "FiraGO"
    with pytest.raises(MissingFont, match="Noto Sans Math"):
        choose_families(bare - {("Noto Sans Math", 400)})
    with pytest.raises(MissingFont, match="Arial"):
        choose_families(packaged)
