"""How do cases, orders and referrals leave as XLSX or CSV that nobody can turn into a formula or an identity?"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from service.cli.desk import AsJson, Desk, Year, answer, command, sit_down
from service.lifecycle import Subject, label_of
from service.spreadsheet import Row, write_table

if TYPE_CHECKING:
    from sqlmodel import Session

    from service.trust.sealing import Sealer

group = typer.Typer()
To = Annotated[Path | None, typer.Option("--to", help="Berkas tujuan .xlsx atau .csv; bila kosong, .xlsx di folder ini.")]
CASE_HEADER = ("Nomor", "NIK", "Nama", "Kabupaten/kota", "Kecamatan", "Desa", "Keadaan", "Penempatan", "Nilai", "Urutan")


@command(group, "cases", "export")
def export_cases(year: Year, to: To = None, as_json: AsJson = False) -> None:
    """Rumah tangga satu siklus; NIK disamarkan."""
    export_table("cases", CASE_HEADER, _cases_at, year, to, as_json)


@command(group, "orders", "export")
def export_orders(year: Year, to: To = None, as_json: AsJson = False) -> None:
    """Pesanan satu siklus."""
    header = ("Pesanan", "Kabupaten/kota", "Kecamatan", "Penyedia", "Keadaan", "Nilai (Rp)", "Batas", "Paket")
    export_table("orders", header, _order_rows, year, to, as_json)


@command(group, "referrals", "export")
def export_referrals(year: Year, to: To = None, as_json: AsJson = False) -> None:
    """Rujukan satu siklus."""
    header = ("Rujukan", "Rumah tangga", "Kabupaten/kota", "Instansi", "Langkah ke", "Keadaan", "Sejak", "Nomor agenda",
              "Alasan", "Hasil")  # fmt: skip
    export_table("referrals", header, _referral_rows, year, to, as_json)


def export_table(
    what: str, header: Row, rows: Callable[[Session, Desk, int], Iterator[Row]], year: int, to: Path | None, as_json: bool
) -> None:
    from service.cohort.queries import cycle_of

    path = to or Path(f"{what}-{year}.xlsx")
    with sit_down() as desk, desk.house.database.read() as session:
        cycle_id = cycle_of(session, year).id
        assert cycle_id is not None
        written = write_table(path, header, rows(session, desk, cycle_id))
    answer(as_json, {"file": str(path), "rows": written}, f"{written} baris ditulis ke {path}")


def _cases_at(session: Session, desk: Desk, cycle_id: int) -> Iterator[Row]:
    return case_rows(session, desk.house.sealer, cycle_id, desk.officer.regencies)


def case_rows(session: Session, sealer: Sealer, cycle_id: int, regencies: Sequence[str] = ()) -> Iterator[Row]:
    """The rows under CASE_HEADER, a page of the database at a time."""
    from service.cli import queries
    from service.regions import name_of
    from service.trust.sealing import masked

    for household, sealed, name, *where, status, placement, score, rank in queries.cases(session, cycle_id, regencies):
        nik, places = masked(sealer.unseal("nik", sealed)), map(name_of, where)
        yield (household, nik, name, *places, label_of(Subject.CASE, status), placement, score, rank)


def _order_rows(session: Session, desk: Desk, cycle_id: int) -> Iterator[Row]:
    from service.cli import queries
    from service.regions import name_of

    for row in queries.orders(session, cycle_id, None, desk.officer.regencies):
        yield (
            row["order"], name_of(row["district"][:5]), name_of(row["district"]), row["supplier"],
            label_of(Subject.ORDER, row["status"]), row["amount"], row["due_on"], row["packages"],
        )  # fmt: skip


def _referral_rows(session: Session, desk: Desk, cycle_id: int) -> Iterator[Row]:
    from service.cli import queries
    from service.regions import name_of

    for number, household, regency, agency, hop, status, since, *rest in queries.referrals(
        session, cycle_id, desk.officer.regencies
    ):
        yield (number, household, name_of(regency), agency, hop, label_of(Subject.REFERRAL, status), since, *rest)
