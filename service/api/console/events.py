"""Which handover events are there, who comes, how are they invited, and what if day, place or facilitator change?"""

from __future__ import annotations

from datetime import date, time
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, Response
from sqlmodel import Session

from service.api.console import attendance
from service.api.console.showing import (
    back_to,
    chosen_cycle,
    done_words,
    id_of,
    reason_from,
    regency_choices,
    seen_regencies,
    today_of,
)
from service.api.deps import HouseOf, needs, told_by
from service.api.rendering import HEADERS, page, query, show_again
from service.db.tables import AccessRecord, Cycle, HandoverEvent
from service.delivery import changing
from service.delivery.changing import Change, EventUnknown
from service.delivery.invitations import invitation_text, whatsapp_link
from service.delivery.planning import venue_of
from service.delivery.queries import attending, event_numbered
from service.errors import BadInput, EstafetError, NotNow
from service.letters import render
from service.regions import regency_of
from service.trust.homes import House
from service.trust.rights import Officer, may, require_region

router = APIRouter()
Seer = Annotated[Officer, needs("household.look")]
Changer = Annotated[Officer, needs("event.change")]
Revealer = Annotated[Officer, needs("household.reveal")]
Text = Annotated[str, Form()]


class NobodyInvited(NotNow):
    """An event all of whose households were given another one."""


class NotANumber(BadInput):
    """A day, an hour or a coordinate that cannot be read."""


@router.get("/acara")
def events(
    request: Request, officer: Seer, house: HouseOf, tahun: int | None = None, wilayah: str | None = None, setelah: str = ""
) -> Response:
    """By day; `setelah` is `2021-11-24_12`, the last one of the page before."""
    with house.database.read() as session:
        cycle = chosen_cycle(session, tahun)
        if cycle is None:
            return page(request, "no_cycle.html", {"heading": "Acara penyerahan"})
        within = seen_regencies(officer, wilayah)
        rows = attending.event_rows(session, id_of(cycle), within, _after(setelah))
        counts = attending.event_counts(session, id_of(cycle), within)
    kept = {"tahun": cycle.year, "wilayah": wilayah}
    last = f"{rows[-1]['held_on'].isoformat()}_{rows[-1]['id']}" if len(rows) == attending.PAGE else ""
    values = {
        "cycle": cycle, "days": _by_day(rows), "shown": len(rows), "counts": counts,
        "regencies": regency_choices(officer, "/acara", wilayah, tahun=cycle.year),
        "more": query("/acara", setelah=last, **kept) if last else "", "first": query("/acara", **kept) if setelah else "",
    }  # fmt: skip
    return page(request, "events.html", values)


@router.get("/acara/{number}")
def event(request: Request, number: str, officer: Seer, house: HouseOf) -> Response:
    return _event_page(request, number, officer, house)


@router.post("/acara/{number}/ubah")
def change(
    request: Request, number: str, officer: Changer, house: HouseOf, tanggal: Text = "", buka: Text = "", tutup: Text = "",
    tempat: Text = "", lintang: Text = "", bujur: Text = "",
) -> Response:  # fmt: skip
    """Another day, hours or place; the facilitators are told again."""
    given = {"tanggal": tanggal, "buka": buka, "tutup": tutup, "tempat": tempat, "lintang": lintang, "bujur": bujur}
    show_again(request, lambda error, code: _event_page(request, number, officer, house, error, code, given))
    wish = Change(
        _read(date.fromisoformat, tanggal, "tanggal", "Pilih tanggalnya"), _hour(buka, "buka"), _hour(tutup, "tutup"),
        tempat.strip()[:120] or None, _degrees(lintang, "lintang"), _degrees(bujur, "bujur"),
    )  # fmt: skip
    with house.database.write() as session:
        changing.change_event(session, officer, number, wish, today_of(request), told_by(officer, house))
    return back_to(f"/acara/{number}", "acara-diubah")


@router.post("/acara/{number}/alihkan")
def reassign(request: Request, number: str, officer: Changer, house: HouseOf, dari: Text = "", kepada: Text = "") -> Response:
    """Households of a facilitator who is away go to a colleague of the same regency."""
    given = {"dari": dari, "kepada": kepada}
    show_again(request, lambda error, code: _event_page(request, number, officer, house, error, code, given))
    with house.database.write() as session:
        changing.reassign(session, officer, number, dari, kepada, told_by(officer, house))
    return back_to(f"/acara/{number}", "dialihkan-pendamping")


@router.post("/acara/{number}/undangan")
def invitations(request: Request, number: str, officer: Revealer, house: HouseOf, alasan: Text = "") -> Response:
    """Texts to send by hand, once and with a reason; whose phone number was opened is kept for each household."""
    show_again(request, lambda error, code: _event_page(request, number, officer, house, error, code))
    reason = reason_from(alasan, "alasan-undangan")
    with house.database.write() as session:
        found = _event(session, number, officer)
        occasion = attendance.occasion_of(session, found)
        rows = attending.attendance(session, id_of(found))
        at = told_by(officer, house).at
        session.add_all(
            AccessRecord(user_id=officer.id, household_id=row["household_id"], field="phone", reason=reason, at=at)
            for row in rows
            if row["phone_sealed"]
        )
    values = {"event": found, "occasion": occasion, "rows": [_invitation(house, row, occasion) for row in rows]}
    return page(request, "event_invitations.html", values)


@router.get("/acara/{number}/daftar-hadir.pdf")
def attendance_list(number: str, officer: Seer, house: HouseOf) -> Response:
    """Names and room for signatures."""
    return _printed("attendance", f"daftar-hadir-{number}", number, officer, house)


@router.get("/acara/{number}/undangan.pdf")
def slips(number: str, officer: Seer, house: HouseOf) -> Response:
    """Invitations with the QR, to cut out and hand to the households."""
    return _printed("invitations", f"undangan-{number}", number, officer, house)


def _printed(template: str, name: str, number: str, officer: Officer, house: House) -> Response:
    """Rendered outside the transaction; nobody can be invited to an empty event."""
    with house.database.read() as session:
        values = attendance.printed_values(session, house, _event(session, number, officer))
    if not values["rows"]:
        raise NobodyInvited("Tidak ada keluarga pada acara ini.", status="empty", event="print")
    headers = {**HEADERS, "Content-Disposition": f'inline; filename="{name}.pdf"'}
    return Response(render(template, values), media_type="application/pdf", headers=headers)


def _event_page(
    request: Request, number: str, officer: Officer, house: House,
    error: EstafetError | None = None, status: int = 200, given: dict[str, str] | None = None,
) -> Response:  # fmt: skip
    with house.database.read() as session:
        found = _event(session, number, officer)
        rows = attending.attendance(session, id_of(found))
        values = {
            "event": found, "cycle": session.get_one(Cycle, found.cycle_id), "rows": rows,
            "occasion": attendance.occasion_of(session, found),
            "venue": venue_of(found, attending.point_of(session, found.district_code)),
            "told": attending.already_told(session, found),
            "here": [(p.sender, p.name) for p in attending.facilitators_at(session, id_of(found))],
            "others": [(p.sender, p.name) for p in attending.facilitators_of(session, regency_of(found.district_code))],
        }  # fmt: skip
    by = sorted({(row["facilitator"], row["facilitator_name"]) for row in rows if row["facilitator"]})
    values |= {
        "by_facilitator": [(name, [row for row in rows if row["facilitator"] == sender]) for sender, name in by],
        "may_change": may(officer, "event.change"), "may_reveal": may(officer, "household.reveal"),
        "given": {**attendance.as_given(found), **(given or {})}, "error": error, "faults": _faults(error),
        "done": done_words(request),
    }  # fmt: skip
    return page(request, "event.html", values, status)


def _event(session: Session, number: str, officer: Officer) -> HandoverEvent:
    """Raises EventUnknown, OutsideRegion."""
    found = event_numbered(session, number)
    if found is None:
        raise EventUnknown(f"Acara {number} tidak ditemukan.")
    require_region(officer, regency_of(found.district_code))
    return found


def _invitation(house: House, row: dict[str, Any], occasion: Any) -> dict[str, Any]:
    text = invitation_text(row["name"], row["code"], occasion)
    phone = house.sealer.unseal("phone", row["phone_sealed"]) if row["phone_sealed"] else None
    return {**row, "text": text, "link": whatsapp_link(phone, text) if phone else ""}


def _by_day(rows: list[dict[str, Any]]) -> list[tuple[date, list[dict[str, Any]]]]:
    days: dict[date, list[dict[str, Any]]] = {}
    for row in rows:
        days.setdefault(row["held_on"], []).append(row)
    return list(days.items())


def _after(text: str) -> tuple[date, int] | None:
    """Of an address, so nonsense is the first page."""
    day, _, last = text.partition("_")
    try:
        return date.fromisoformat(day), int(last)
    except ValueError:
        return None


def _hour(text: str, field: str) -> time | None:
    return _read(time.fromisoformat, text, field, "Tulis jam sebagai JJ:MM") if text.strip() else None


def _degrees(text: str, field: str) -> float | None:
    """A decimal comma is as good as a point."""
    return _read(float, text.replace(",", "."), field, "Tulis derajat, misalnya -6.30512") if text.strip() else None


def _read(reader: Any, text: str, field: str, fault: str) -> Any:
    """Raises NotANumber, naming the field."""
    try:
        return reader(text.strip())
    except ValueError:
        raise NotANumber(f"{fault}.", faults=[{"field": field, "fault": fault}]) from None


def _faults(error: EstafetError | None) -> list[dict[str, str]]:
    return list(error.details.get("faults", [])) if error else []
