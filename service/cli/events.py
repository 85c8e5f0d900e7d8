"""How are handover events listed, moved and handed to another facilitator from the command line?"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import typer

from service.cli.desk import AsJson, Year, answer, command, sit_down
from service.lifecycle import Subject, label_of

group = typer.Typer()
Number = Annotated[str, typer.Argument(help="Nomor acara, misalnya ACR-2021-001.")]
Day = Annotated[datetime, typer.Option("--to", help="Hari yang baru (TTTT-BB-HH).", formats=["%Y-%m-%d"])]
Hour = Annotated[datetime | None, typer.Option(help="JJ:MM (WIB); kosong: seperti kebijakan siklus.", formats=["%H:%M"])]


@command(group, "list", "household.look")
def listed(
    year: Year, regency: Annotated[str | None, typer.Option("--regency", help="Kode, misalnya 36.01.")] = None,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """Acara satu siklus menurut hari, dengan banyaknya yang menerima, tidak hadir, dan menunggu."""
    from service.cohort.queries import cycle_of
    from service.delivery.queries import attending
    from service.trust.rights import require_region

    with sit_down() as desk, desk.house.database.read() as session:
        if regency:
            require_region(desk.officer, regency)
        within = (regency,) if regency else desk.officer.regencies
        rows = [_shown(row) for row in attending.event_rows(session, cycle_of(session, year).id or 0, within, limit=100_000)]
    answer(as_json, {"cycle": year, "events": rows}, "\n".join(_line(row) for row in rows) or "Belum ada acara.")


@command(group, "show", "household.look")
def show(number: Number, as_json: AsJson = False) -> None:
    """Satu acara: hari, tempat, dan paketnya menurut pendamping (tanpa nama keluarga)."""
    from service.delivery.changing import EventUnknown, hours_of
    from service.delivery.planning import venue_of
    from service.delivery.queries import attending, event_numbered
    from service.regions import regency_of
    from service.trust.rights import require_region

    with sit_down() as desk, desk.house.database.read() as session:
        event = event_numbered(session, number)
        if event is None or event.id is None:
            raise EventUnknown(f"Acara {number} tidak ditemukan.")
        require_region(desk.officer, regency_of(event.district_code))
        venue = venue_of(event, attending.point_of(session, event.district_code))
        parcels = [
            {"parcel": row["number"], "status": row["status"], "facilitator": row["facilitator"]}
            for row in attending.attendance(session, event.id)
        ]
        fields: dict[str, Any] = {
            "event": number, "held_on": event.held_on, "opens_at": event.opens_at, "closes_at": event.closes_at,
            "district": event.district_code, "round": event.round, "place": venue.name, "latitude": venue.latitude,
            "longitude": venue.longitude, "parcels": parcels,
        }  # fmt: skip
    lines = [f"{number}: {event.held_on}, {hours_of(event)}, {venue.name or event.district_code}, {len(parcels)} paket"]
    answer(as_json, fields, "\n".join([*lines, *map(_parcel_line, parcels)]))


@command(group, "move", "event.change")
def move(
    number: Number, to: Day, opens: Hour = None, closes: Hour = None,
    place: Annotated[str | None, typer.Option(help="Tempat lain daripada titik serah kecamatan.")] = None,
    latitude: Annotated[float | None, typer.Option(help="Lintang tempat lain.")] = None,
    longitude: Annotated[float | None, typer.Option(help="Bujur tempat lain.")] = None,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """Pindahkan acara ke hari kerja lain (dan tempat lain); pendamping diberi tahu lagi."""
    from service import clock
    from service.delivery.changing import Change, change_event

    hours = [moment.time() if moment else None for moment in (opens, closes)]
    change = Change(to.date(), hours[0], hours[1], place, latitude, longitude)
    with sit_down() as desk, desk.house.database.write() as session:
        event = change_event(session, desk.officer, number, change, clock.today(desk.house.home), desk.told())
        fields = {"event": number, "held_on": event.held_on, "place": event.place}
    answer(as_json, fields, f"Acara {number} diadakan pada {fields['held_on']}. Pendamping diberi tahu.")


@command(group, "reassign", "event.change")
def reassign(
    number: Number,
    away: Annotated[str, typer.Option("--from", help="Pendamping yang berhalangan, misalnya fas-f01.")],
    instead: Annotated[str, typer.Option("--to", help="Penggantinya, dari kabupaten/kota yang sama.")],
    as_json: AsJson = False,
) -> None:
    """Alihkan keluarga yang belum dilaporkan pada satu acara ke pendamping lain."""
    from service.delivery import changing

    with sit_down() as desk, desk.house.database.write() as session:
        moved = changing.reassign(session, desk.officer, number, away, instead, desk.told())
    answer(as_json, {"event": number, "from": away, "to": instead, "parcels": moved}, f"{moved} paket dialihkan ke {instead}.")


def _parcel_line(parcel: dict[str, Any]) -> str:
    return f"  {parcel['parcel']}  {label_of(Subject.PARCEL, parcel['status']):24}  {parcel['facilitator'] or '-'}"


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    kept = ("district_code", "round", "held_on", "place", "households", "served", "absent", "waiting", "facilitators")
    return {"event": row["number"], **{name: row[name] for name in kept}}


def _line(row: dict[str, Any]) -> str:
    return (
        f"{row['held_on']} {row['event']} {row['district_code']} ke-{row['round']}: {row['households']} keluarga, "
        f"{row['served']} menerima, {row['absent']} tidak hadir, {row['waiting']} menunggu"
    )
