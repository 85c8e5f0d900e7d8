"""How does a page become HTML? The one door to `templates/pages/`.

Autoescape is always on and a missing value is an error, never a blank. Pages need no script: the content policy
allows our own stylesheet and pictures, nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from babel.dates import format_date, format_datetime
from babel.numbers import format_currency, format_decimal
from fastapi import Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from service import clock, words
from service.api.deps import NotLoggedIn, caller_or_none, csrf_token, house_of
from service.business import BY_CODE, named
from service.clock import WIB, full_date
from service.cohort import queries as cohort
from service.db.tables import Cycle
from service.errors import EstafetError
from service.letters.wording import day_as_written
from service.lifecycle import Subject, label_of
from service.regions import name_of
from service.trust.rights import ROLE_LABELS, Officer, may

PAGES = Path(__file__).parents[2] / "templates" / "pages"
STATIC = PAGES / "static"
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex",
}
PUBLIC_HEADERS = {**HEADERS, "Referrer-Policy": "no-referrer"}
HEADINGS = {
    "bad_input": "Ada yang perlu diperbaiki", "not_found": "Tidak ditemukan", "not_allowed": "Tidak ada hak untuk ini",
    "not_now": "Belum atau tidak lagi dapat dilakukan", "try_again_later": "Coba lagi sebentar",
    "needs_person": "Perlu diputuskan orang",
}  # fmt: skip
Shown = Callable[[EstafetError, int], Response]
MENU = (
    ("/", "Tugas", "cycle.look"), ("/siklus", "Siklus", "cycle.look"), ("/registri", "Registri", "cycle.look"),
    ("/keluarga", "Keluarga", "household.own"), ("/pesanan", "Pesanan", "cycle.look"), ("/paket", "Paket", "household.look"),
    ("/rujukan", "Rujukan", "household.look"), ("/proses", "Proses", "cycle.look"), ("/pesan", "Pesan", "cycle.look"),
)  # fmt: skip
TABS: dict[str, tuple[tuple[str, str, str], ...]] = {
    "/pesanan": (
        ("/pesanan", "Pesanan", "cycle.look"), ("/kebutuhan", "Kebutuhan dan pagu", "cycle.look"),
        ("/katalog", "Katalog", "cycle.look"), ("/terlambat", "Terlambat", "cycle.look"),
        ("/klaim", "Klaim", "cycle.look"), ("/stok", "Stok titik serah", "cycle.look"),
    ),
    "/paket": (
        ("/paket", "Paket", "household.look"), ("/acara", "Acara penyerahan", "household.look"),
        ("/kunjungan", "Kunjungan rumah", "household.look"), ("/pendamping", "Pendamping", "cycle.look"),
        ("/daftar-keluar", "Daftar keluar", "cycle.look"),
    ),
    "/rujukan": (("/rujukan", "Rujukan", "household.look"), ("/instansi", "Per instansi", "household.look")),
}  # fmt: skip
BELONGS = {
    "/ganda": "/registri", "/nik": "/registri", "/keberatan": "/siklus", "/batch": "/rujukan",
    **{href: first for first, tabs in TABS.items() for href, _, _ in tabs},
}  # fmt: skip


def page(
    request: Request, template: str, values: Mapping[str, Any], status: int = 200, headers: Mapping[str, str] | None = None
) -> HTMLResponse:
    """A page for an officer (or nobody); adds who looks, the menu, the form token and today."""
    caller = caller_or_none(request)
    frame = {
        "officer": caller.officer if caller else None,
        "csrf": csrf_token(request),
        "menu": _menu(request, caller.officer if caller else None),
        "tabs": _tabs(request, caller.officer if caller else None),
        "cycle_years": _cycle_years(request, values.get("cycle")),
        "home_href": "/",
        **_today(request),
    }
    return HTMLResponse(render(template, {**frame, **values}), status, dict(headers or HEADERS))


def public_page(request: Request, template: str, values: Mapping[str, Any], status: int = 200) -> HTMLResponse:
    """A page for somebody without an account: no menu, and the address is told to nobody."""
    frame = {"officer": None, "csrf": "", "menu": [], "tabs": [], "cycle_years": [], "home_href": "#isi", **_today(request)}
    return HTMLResponse(render(template, {**frame, **values}), status, PUBLIC_HEADERS)


def wants_page(request: Request) -> bool:
    """A browser that asks for a page (not a program with a token)."""
    return "text/html" in request.headers.get("accept", "") and "authorization" not in request.headers


def show_again(request: Request, shown: Shown) -> None:
    """What a browser sees if this request is refused: usually the page of the form, with what was given and the reason."""
    request.state.show_again = shown


def refusal(request: Request, status: int, error: EstafetError) -> Response:
    """What a browser sees instead of problem+json; `status` comes from the one table in `app.py`."""
    if isinstance(error, NotLoggedIn):
        onward = request.url.path if request.method == "GET" else "/"
        return RedirectResponse(query("/masuk", lanjut=onward if onward != "/" else ""), status_code=303)
    shown: Shown | None = getattr(request.state, "show_again", None)
    if shown:
        with suppress(EstafetError):  # who may not see that page either is told the first reason
            return shown(error, status)
    return refusal_page(request, status, HEADINGS.get(error.kind, "Tidak dapat dilakukan"), error.message)


def refusal_page(request: Request, status: int, heading: str, message: str) -> HTMLResponse:
    is_public = request.url.path.startswith(("/r/", "/v/"))
    shown = public_page if is_public else page
    return shown(request, "refusal.html", {"heading": heading, "message": message, "is_public": is_public}, status)


def render(template: str, values: Mapping[str, Any]) -> str:
    return _environment().get_template(template).render(values)


def may_do(officer: Officer | None, act: str) -> bool:
    return officer is not None and may(officer, act)


@lru_cache(maxsize=1)
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(PAGES), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters.update(FILTERS)
    environment.globals.update(may=may_do, done=None)
    return environment


def full_day(value: date | datetime) -> str:
    """`Rabu, 24 November 2021`."""
    return full_date(_local_day(value))


def short_day(value: date | datetime) -> str:
    """`24 Nov 2021`."""
    return format_date(_local_day(value), "d MMM y", locale="id")


def moment(value: datetime) -> str:
    """`24 November 2021, 14.30 WIB`."""
    return format_datetime(value.astimezone(WIB), "d MMMM y, HH.mm 'WIB'", locale="id")


def rupiah(value: int) -> str:
    """`Rp2.500.000`."""
    return format_currency(value, "IDR", format="¤#,##0", locale="id", currency_digits=False)


def number(value: int) -> str:
    """`2.500`."""
    return format_decimal(value, locale="id")


def region(code: str | None) -> str:
    """`36.01` -> `Kab. Pandeglang`; empty stays empty."""
    return name_of(code).replace("Kabupaten ", "Kab. ") if code else ""


def query(base: str, **values: Any) -> str:
    """An address with those of `values` that are given; `base` may have some already."""
    given = {name: value for name, value in values.items() if value not in (None, "", 0)}
    return base + (("&" if "?" in base else "?") + urlencode(given) if given else "")


def _local_day(value: date | datetime) -> date:
    return value.astimezone(WIB).date() if isinstance(value, datetime) else value


def _today(request: Request) -> dict[str, Any]:
    now = clock.now(house_of(request).home)
    return {"now": now, "today": now.astimezone(WIB).date()}


def _menu(request: Request, officer: Officer | None) -> list[dict[str, Any]]:
    first = _first_part(request)
    here = BELONGS.get(first, first)
    return [{"href": href, "word": word, "here": href == here} for href, word, act in MENU if may_do(officer, act)]


def _tabs(request: Request, officer: Officer | None) -> list[dict[str, Any]]:
    """The pages beside this one, where its entry of the menu has several."""
    first = _first_part(request)
    tabs = TABS.get(BELONGS.get(first, first), ())
    return [{"href": href, "word": word, "here": href == first} for href, word, act in tabs if may_do(officer, act)]


def _cycle_years(request: Request, cycle: Cycle | None) -> list[dict[str, Any]]:
    """The same list of each cycle there is, where it is one cycle's: the year before still runs when the next is opened."""
    asked = getattr(getattr(request.scope.get("route"), "dependant", None), "query_params", ())
    if cycle is None or all(one.name != "tahun" for one in asked):
        return []
    with house_of(request).database.read() as session:
        years = [one.year for one in cohort.cycles(session)]
    here = request.url.path
    said = [{"href": query(here, tahun=year), "word": f"Siklus {year}", "here": year == cycle.year} for year in years]
    return said if len(said) > 1 else []


def _first_part(request: Request) -> str:
    return "/" + request.url.path.split("/")[1]


FILTERS: dict[str, Callable[..., Any]] = {
    "tanggal": full_day,
    "tgl": short_day,
    "kapan": moment,
    "nilai": day_as_written,
    "rupiah": rupiah,
    "angka": number,
    "wilayah": region,
    "label": lambda name, subject: label_of(Subject(subject), name),
    "tone": lambda name, subject: words.tone_of(subject, name),
    "kode": words.code_words,
    "usaha": lambda code: BY_CODE[code].name if code in BY_CODE else code or "",
    "peristiwa": lambda event, subject: words.event_words(subject, event),
    "usaha_keluarga": lambda person: named(person.business_type, person.business_text),
    "role": lambda role: ROLE_LABELS.get(role, role),
    "kata": lambda key, table: getattr(words, table).get(key, key),
}
