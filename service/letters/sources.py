"""How does a value get into a letter's source without ever becoming markup, and without ever being left out?

Jinja2's `finalize` turns every interpolated value into a Typst string literal; templates use `<< value >>` and
`<% if %>`, which don't meet Typst's own signs. Values are walked first, so that a blank one knows its own name.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, NoReturn

import zxingcpp
from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template, TemplateError, meta

from service.errors import BadInput, NeedsPerson
from service.letters import wording

FOLDER = Path(__file__).parents[2] / "templates" / "letters"
SHARED = frozenset({"head", "public_url", "logo", "synthetic", "signer", "copies", "pictures"})
_SIXTEEN_DIGITS = re.compile(r"(?<!\d)\d{16}(?!\d)")
_DARK = re.compile(rb"\x00+")
_LONG_WORD = re.compile(r"\S{31,}")
_ZERO_WIDTH_SPACE = "\u200b"
_DIRECTION_SIGNS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


class MissingValue(BadInput):
    """A value the template needs is missing or blank; a letter is never printed with a gap."""


class UnknownValue(BadInput):
    """A value that the template does not use, or of a kind no template can print."""


class Unprintable(BadInput):
    """A value has a character that cannot be printed as what it is."""


class UnmaskedNumber(BadInput):
    """A value has 16 digits in a row, as a NIK or family card number has; letters carry masked ones only."""


class WrongTemplate(NeedsPerson):
    """A template was changed so that it cannot be read or set; the message says where."""


class _Gap(Exception):
    def __init__(self, field: str) -> None:
        super().__init__(field)
        self.field = field


class Blank:
    """A value given as None, as blank text or as an empty list: false in `<% if %>`, an error anywhere else."""

    def __init__(self, field: str) -> None:
        self.field = field

    def __bool__(self) -> bool:
        return False

    def fail(self) -> NoReturn:
        raise _Gap(self.field)

    def __iter__(self) -> Iterator[Any]:
        self.fail()

    def __len__(self) -> int:
        self.fail()

    def __getitem__(self, key: str) -> NoReturn:
        self.fail()


class Missing(StrictUndefined):
    """A value not given at all: false in `<% if %>`, an error anywhere else."""

    __slots__ = ()

    def __bool__(self) -> bool:  # type: ignore[override]
        return False

    def _fail_with_undefined_error(self, *_args: Any, **_kwargs: Any) -> NoReturn:
        within = f"{self._undefined_obj.field}." if isinstance(self._undefined_obj, Part) else ""
        raise _Gap(f"{within}{self._undefined_name}")

    fail = __iter__ = __str__ = __len__ = __contains__ = __getitem__ = _fail_with_undefined_error
    __eq__ = __ne__ = __hash__ = _fail_with_undefined_error


class Part:
    """A group of values (`head`, one row of a list), read as `row.name` in a template."""

    def __init__(self, field: str, parts: dict[str, Any]) -> None:
        self.field = field
        self._parts = parts

    def __getitem__(self, key: str) -> Any:
        return self._parts[key]


class InCode(str):
    """A finished literal for Typst's code mode; every sign in it is escaped, so it is only text in markup as well."""

    __slots__ = ()


def source(template: str, values: Mapping[str, Any]) -> bytes:
    """The Typst source of one letter.

    Raises:
        MissingValue, UnknownValue, Unprintable, UnmaskedNumber: each names template and field.
        WrongTemplate: Jinja2 cannot read the template.
    """
    if unknown := sorted(set(values) - names_used(template) - SHARED):
        raise UnknownValue(f"Surat '{template}' tidak mengenal isian: {', '.join(unknown)}.", template=template, fields=unknown)
    named = {name: _named(template, name, value) for name, value in values.items()}
    try:
        return _template(template).render(named).encode()
    except _Gap as gap:
        raise MissingValue(
            f"Surat '{template}': isian '{gap.field}' belum ada atau kosong.", template=template, field=gap.field
        ) from None


@cache
def layout() -> bytes:
    """The shared part: page, letterhead, reference block, signature."""
    return (FOLDER / "layout.typ").read_bytes()


@cache
def shared_part(name: str) -> bytes:
    """A part that some templates share, as `record.typ`."""
    return (FOLDER / name).read_bytes()


@cache
def names_used(template: str) -> frozenset[str]:
    """Every value a template reads, optional ones included."""
    _template(template)
    environment = _environment()
    parsed = environment.parse((FOLDER / f"{template}.typ").read_text())
    return frozenset(meta.find_undeclared_variables(parsed)) - set(environment.globals)


def field_with(values: Mapping[str, Any], text: str) -> str:
    """Where the given text stands, as `rows[3].name`; `?` when it comes from the template itself."""
    return next((field for field, value in _leaves("", values) if text in value), "?")


def unprintable(template: str, field: str, text: str) -> Unprintable:
    signs = " ".join(f"U+{ord(sign):04X}" for sign in text)
    return Unprintable(
        f"Surat '{template}': isian '{field}' memuat karakter yang tidak dapat dicetak ({signs}).",
        template=template, field=field,
    )  # fmt: skip


def literal(text: str) -> str:
    """`#"...";`: a Typst string, which markup signs in it cannot leave; a very long word may break anywhere."""
    return f"#{_quoted(text)};"


def cell(value: Any) -> InCode:
    """`"..."` for a cell of a long table: written as `[...]` each costs twice the memory of the whole row."""
    return InCode(_quoted(_text(value)))


def _quoted(text: str, may_break: bool = True) -> str:
    if may_break:
        text = _LONG_WORD.sub(lambda word: _ZERO_WIDTH_SPACE.join(word[0]), text)
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def code_literal(value: Any) -> InCode:
    """`"..."` for code mode, with every sign but letters, digits and spaces as `\\u{..}`."""
    text = _text(value)
    return InCode('"' + "".join(c if c.isalnum() or c == " " else f"\\u{{{ord(c):x}}}" for c in text) + '"')


def qr(*parts: Any) -> InCode:
    """The QR of an address, as an SVG literal: one line of the path for each run of dark fields, one field of margin."""
    code = zxingcpp.create_barcode("".join(_text(part) for part in parts), zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    drawn: Any = code.to_image(scale=1, add_quiet_zones=False)
    fields = memoryview(drawn)
    side, dark = len(fields), fields.tobytes()
    runs = "".join(_dark_runs(dark[row * side : (row + 1) * side], row + 1.5) for row in range(side))
    opened = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side + 2} {side + 2}">'
    return InCode(_quoted(f'{opened}<path stroke="#000" d="{runs}"/></svg>', may_break=False))


def _dark_runs(row: bytes, height: float) -> str:
    """`M1 1.5h7m2 0h3`: 0 is dark."""
    runs, at = [f"M1 {height}"], 0
    for dark in _DARK.finditer(row):
        runs.append(f"{f'm{dark.start() - at} 0' if dark.start() > at else ''}h{dark.end() - dark.start()}")
        at = dark.end()
    return "".join(runs)


@cache
def _template(name: str) -> Template:
    try:
        return _environment().get_template(f"{name}.typ")
    except TemplateError as error:
        raise WrongTemplate(f"Templat surat '{name}' tidak dapat dibaca: {error}.") from error


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(FOLDER), undefined=Missing, finalize=_finalized, autoescape=False,  # noqa: S701 (not HTML)
        variable_start_string="<<", variable_end_string=">>", block_start_string="<%", block_end_string="%>",
        comment_start_string="<#", comment_end_string="#>", trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    words: tuple[Callable[[Any], str], ...] = (
        wording.long_date, wording.full_date, wording.rupiah, wording.rupiah_with_words, wording.in_words,
        wording.grouped, wording.spaced_nip, wording.sex_word, wording.date_in_words,
    )  # fmt: skip
    environment.filters.update({word.__name__: _given(word) for word in words}, code=code_literal, cell=cell)
    environment.globals["qr"] = qr
    return environment


def _given(word: Callable[[Any], str]) -> Callable[[Any], str]:
    def worded(value: Any) -> str:
        _present(value)
        return word(value)

    return worded


def _present(value: Any) -> None:
    if isinstance(value, Blank | Missing):
        value.fail()


def _text(value: Any) -> str:
    _present(value)
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise TypeError(f"{type(value).__name__} cannot be printed; a template formats it first")
    return str(value)


def _finalized(value: Any) -> str:
    return value if isinstance(value, InCode) else literal(_text(value))


def _named(template: str, field: str, value: Any) -> Any:
    """The value with blanks that know their name, and text that was looked at."""
    if isinstance(value, str):
        return _looked_at(template, field, value)
    if isinstance(value, Mapping):
        return Part(field, {key: _named(template, f"{field}.{key}", part) for key, part in value.items()})
    if isinstance(value, list | tuple):
        return [_named(template, f"{field}[{place}]", part) for place, part in enumerate(value)] or Blank(field)
    if value is None:
        return Blank(field)
    if isinstance(value, int | date | bytes):
        return value
    raise UnknownValue(f"Surat '{template}': isian '{field}' berjenis {type(value).__name__}.", template=template, field=field)


def _looked_at(template: str, field: str, value: str) -> str | Blank:
    text = " ".join(unicodedata.normalize("NFC", value).split())
    if not text:
        return Blank(field)
    if bad := [sign for sign in text if sign in _DIRECTION_SIGNS or unicodedata.category(sign) in ("Cc", "Cs", "Co")]:
        raise unprintable(template, field, "".join(bad))
    if _SIXTEEN_DIGITS.search(text):
        raise UnmaskedNumber(f"Surat '{template}': isian '{field}' memuat 16 angka berturut-turut (NIK/KK belum disamarkan).",
                             template=template, field=field)  # fmt: skip
    return text


def _leaves(field: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield field, value
    elif isinstance(value, Mapping):
        for key, part in value.items():
            yield from _leaves(f"{field}.{key}" if field else str(key), part)
    elif isinstance(value, list | tuple):
        for place, part in enumerate(value):
            yield from _leaves(f"{field}[{place}]", part)
