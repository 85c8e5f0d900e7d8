"""How do parcels, handover events and exit lists leave as XLSX or CSV, personal numbers masked?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import typer

from service.cli.desk import AsJson, Desk, Year, command
from service.cli.exports import To, export_table
from service.lifecycle import Subject, label_of
from service.spreadsheet import Row

if TYPE_CHECKING:
    from sqlmodel import Session

PARCELS = (
    "Paket", "Rumah tangga", "Kabupaten/kota", "Kecamatan", "Desa", "Isi", "Nilai (Rp)", "Pesanan", "Acara", "Pendamping",
    "Keadaan", "Sejak", "Dilaporkan", "Tidak hadir", "Nomor BAST",
)  # fmt: skip
EVENTS = ("Acara", "Kabupaten/kota", "Kecamatan", "Putaran", "Tanggal", "Paket", "Dilaporkan", "Tidak hadir", "Terbukti")
EXITS = ("Daftar", "Keadaan", "Rumah tangga", "NIK", "Nama", "Desa", "Paket", "Diserahkan", "Diterima program tunai")
STATES = {"made": "Dibuat", "sent": "Diserahkan", "acknowledged": "Diterima"}


def add_to(group: typer.Typer) -> None:
    """Into the group of exports."""
    for name, function in (("parcels", export_parcels), ("events", export_events), ("exits", export_exits)):
        command(group, name, "export")(function)


def export_parcels(year: Year, to: To = None, as_json: AsJson = False) -> None:
    """Paket satu siklus: isi, acara, keadaan, nomor BAST."""
    export_table("parcels", PARCELS, _parcel_rows, year, to, as_json)


def export_events(year: Year, to: To = None, as_json: AsJson = False) -> None:
    """Acara penyerahan satu siklus: berapa dilaporkan, tidak hadir, terbukti."""
    export_table("events", EVENTS, _event_rows, year, to, as_json)


def export_exits(year: Year, to: To = None, as_json: AsJson = False) -> None:
    """Keluarga pada daftar keluar satu siklus; NIK disamarkan."""
    export_table("exits", EXITS, _exit_rows, year, to, as_json)


def _parcel_rows(session: Session, desk: Desk, cycle_id: int) -> Iterator[Row]:
    from service.cli import queries
    from service.regions import name_of

    for number, household, village, *goods, status, since, reported, absences, record in queries.parcels(
        session, cycle_id, desk.officer.regencies
    ):
        places = (name_of(village[:5]), name_of(village[:8]), name_of(village))
        yield (number, household, *places, *goods, label_of(Subject.PARCEL, status), since, reported, absences, record)


def _event_rows(session: Session, desk: Desk, cycle_id: int) -> Iterator[Row]:
    from service.delivery.queries import events_of
    from service.regions import name_of

    mine = desk.officer.regencies
    for row in events_of(session, cycle_id):
        regency = row["district_code"][:5]
        if not mine or regency in mine:
            yield (
                row["number"], name_of(regency), name_of(row["district_code"]), row["round"], row["held_on"], row["parcels"],
                row["reported"], row["absent"], row["verified"],
            )  # fmt: skip


def _exit_rows(session: Session, desk: Desk, cycle_id: int) -> Iterator[Row]:
    from service.exits.queries import exported_entries
    from service.regions import name_of
    from service.trust.sealing import masked

    unseal = desk.house.sealer.unseal
    for number, state, household, sealed, name, village, parcel, handed, acknowledged in exported_entries(
        session, cycle_id, desk.officer.regencies
    ):
        nik = masked(unseal("nik", sealed))
        yield (number, STATES.get(state, state), household, nik, name, name_of(village), parcel, handed, acknowledged)
