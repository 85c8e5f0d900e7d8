"""Which households may be registered twice, what is alike about two of them, and what did a person decide?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, Response
from sqlmodel import Session

from service.api.console.showing import Choice, back_to, done_words, id_of, next_page, regency_choices
from service.api.deps import HouseOf, needs, told_by
from service.api.rendering import page, query, show_again
from service.db import listings
from service.db.tables import Household, Member
from service.errors import BadInput, EstafetError
from service.registry.doubts import steps
from service.registry.doubts.alike import sameness
from service.registry.doubts.queries import pairs as queries
from service.registry.identity import masked_numbers
from service.registry.queries import aid_received_by
from service.trust.homes import House
from service.trust.rights import Officer, require_region
from service.words import PAIR_KINDS

router = APIRouter()
Settler = Annotated[Officer, needs("registry.settle")]
Text = Annotated[str, Form()]
VERDICTS = {"sama": "same", "berbeda": "different"}


@router.get("/ganda")
def pairs(
    request: Request, officer: Settler, house: HouseOf, jenis: str | None = None, wilayah: str | None = None, setelah: int = 0
) -> Response:
    """The queue: open pairs of the officer's regencies."""
    kind, about = _asked(officer, jenis, wilayah)
    with house.database.read() as session:
        rows = queries.open_pairs(session, officer.regencies, about, kind, setelah, listings.PAGE)
        counts = queries.open_pair_counts(session, officer.regencies, about)
    values = {
        "rows": rows, "kinds": _kind_choices(counts, kind, about), "kept": query("", jenis=kind, wilayah=about),
        "regencies": regency_choices(officer, "/ganda", about, jenis=kind),
        "more": next_page(rows, "/ganda", jenis=kind, wilayah=about),
        "first": query("/ganda", jenis=kind, wilayah=about) if setelah else "",
        "matching": counts.get(kind, 0) if kind else sum(counts.values()), "done": done_words(request),
    }  # fmt: skip
    return page(request, "pairs.html", values)


@router.get("/ganda/{pair_id}")
def pair(
    request: Request, pair_id: int, officer: Settler, house: HouseOf, jenis: str | None = None, wilayah: str | None = None
) -> Response:
    """Both households side by side, and the decision."""
    return _pair_page(request, pair_id, officer, house, {"jenis": jenis, "wilayah": wilayah})


@router.post("/ganda/{pair_id}")
def settle(
    request: Request, pair_id: int, officer: Settler, house: HouseOf, putusan: Text = "", tetap: Text = "", alasan: Text = "",
    jenis: Text = "", wilayah: Text = "",
) -> Response:  # fmt: skip
    """One decision, then the next open pair of the same filter."""
    given = {"putusan": putusan, "tetap": tetap, "alasan": alasan, "jenis": jenis, "wilayah": wilayah}
    show_again(request, lambda error, status: _pair_page(request, pair_id, officer, house, given, error, status))
    verdict = VERDICTS.get(putusan, "")
    stays = int(tetap) if verdict == "same" and tetap.isdecimal() and len(tetap) < 12 else None
    with house.database.write() as session:
        steps.settle_pair(session, officer, pair_id, verdict, stays, alasan, told_by(officer, house))
        onward = _next(session, officer, pair_id, *_asked(officer, jenis, wilayah))
    return back_to(f"/ganda/{onward}" if onward else "/ganda", "diputuskan", jenis=jenis, wilayah=wilayah)


def _asked(officer: Officer, kind: str | None, regency: str | None) -> tuple[str | None, str | None]:
    """What an address asks for, as far as it is known and the officer's."""
    is_mine = not officer.regencies or regency in officer.regencies
    return kind if kind in PAIR_KINDS else None, regency if regency and is_mine else None


def _next(session: Session, officer: Officer, after: int, kind: str | None, about: str | None) -> int | None:
    """The next open pair, from the beginning again behind the last one."""
    for start in (after, 0):
        if found := queries.open_pairs(session, officer.regencies, about, kind, start, 1):
            return id_of(found[0][0])
    return None


def _pair_page(
    request: Request, pair_id: int, officer: Officer, house: House, given: Mapping[str, str | None],
    error: EstafetError | None = None, status: int = 200,
) -> Response:  # fmt: skip
    with house.database.read() as session:
        found, first, second = queries.pair_with_sides(session, pair_id)
        for household in (first, second):
            require_region(officer, household.regency_code)
        names = listings.actor_names(session)
        values = {
            "pair": found, "first": first, "second": second, "facts": _facts(session, house, first, second),
            "decided": names.get(found.decided_by or "", found.decided_by or ""),
            "left": sum(queries.open_pair_counts(session, officer.regencies).values()),
        }  # fmt: skip
    values |= {
        "given": {"putusan": "", "tetap": str(found.first_id), "alasan": "", **given},
        "kept": query("", jenis=given.get("jenis"), wilayah=given.get("wilayah")),
        "error": error, "faults": _faults(error), "done": done_words(request),
    }  # fmt: skip
    return page(request, "pair.html", values, status)


def _facts(session: Session, house: House, first: Household, second: Household) -> list[dict[str, Any]]:
    """What, of the first, of the second, and whether both are the same or nearly; nothing where one is blank."""
    alike = sameness(first, second)
    sides = (first, second)
    numbers = [masked_numbers(side, house.sealer) for side in sides]
    members = queries.members_of(session, [id_of(side) for side in sides])
    shared = _shared_members(first, second, members)
    facts: list[tuple[str, str, list[Any]]] = [
        ("Nama", "name", [side.name for side in sides]),
        ("Lahir", "birth", [(side.birth_place, side.birth_on) for side in sides]),
        ("Jenis kelamin", "sex", [{"L": "Laki-laki", "P": "Perempuan"}[side.sex] for side in sides]),
        ("NIK", "nik", [number.nik for number in numbers]),
        ("Nomor KK", "kk", [number.kk for number in numbers]),
        ("Desa/kelurahan", "village", [side.village_code for side in sides]),
        ("Alamat", "address", [f"{side.address}, RT {side.rt}/RW {side.rw}" for side in sides]),
        ("Telepon", "phone", [number.phone or "" for number in numbers]),
        ("Usaha", "business", [side.business_text or "" for side in sides]),
        ("Pendamping", "facilitator", [side.facilitator_code or "" for side in sides]),
        ("Anggota lain", "members", [[member.name for member in members[id_of(side)]] for side in sides]),
        ("Bantuan diterima", "aid", [aid_received_by(session, side) for side in sides]),
        ("Terdaftar", "added", [side.added_at for side in sides]),
    ]
    alike |= {"members": "same"} if shared else {}
    return [
        {"word": word, "field": field, "sides": values, "alike": alike.get(field, "differs" if all(values) else "")}
        for word, field, values in facts
    ]


def _shared_members(first: Household, second: Household, members: dict[int, list[Member]]) -> set[str]:
    """Lookups of the people both households name: a member of both, or the head of one among the other's members."""
    one, other = ({person.nik_lookup for person in members[id_of(side)]} | {side.nik_lookup} for side in (first, second))
    return one & other


def _kind_choices(counts: dict[str, int], here: str | None, about: str | None) -> list[Choice]:
    every = Choice(query("/ganda", wilayah=about), "Semua", sum(counts.values()), not here)
    named = [
        Choice(query("/ganda", jenis=kind, wilayah=about), word, counts.get(kind, 0), kind == here)
        for kind, word in PAIR_KINDS.items()
        if counts.get(kind) or kind == here
    ]
    return [every, *named]


def _faults(error: EstafetError | None) -> list[dict[str, str]]:
    return list(error.details.get("faults", [])) if isinstance(error, BadInput) else []
