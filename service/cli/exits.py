"""How is an exit list made, taken out, acknowledged and looked at from the command line?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from service.cli.desk import AsJson, Year, answer, command, sit_down
from service.cli.labels import words_for

if TYPE_CHECKING:
    from service.db.tables import ExitList

group = typer.Typer()
Number = Annotated[str, typer.Argument(help="Nomor daftar, misalnya KLR-2021-01.")]


@command(group, "make", "exit.make")
def make(year: Year, as_json: AsJson = False) -> None:
    """Buat daftar keluar dari semua keluarga yang penyerahannya terbukti dan belum ada pada daftar."""
    from service.cohort.queries import cycle_of
    from service.exits.listing import make_list

    with sit_down() as desk:
        with desk.house.database.read() as session:
            cycle = cycle_of(session, year)
        made = make_list(desk.house, desk.officer, cycle)
    fields = {"list": made.number, "households": made.households, "sha256": made.sha256, "letter": made.letter_number}
    sentence = f"Daftar {made.number}: {made.households} keluarga, nota dinas {made.letter_number}.\nSHA-256: {made.sha256}"
    answer(as_json, fields, sentence)


@command(group, "list", "cycle.look")
def listed(year: Year, as_json: AsJson = False) -> None:
    """Daftar keluar satu siklus: banyaknya, sidik berkas, keadaan, dan yang belum ada pada daftar."""
    from service.cohort.queries import cycle_of
    from service.exits import queries

    with sit_down() as desk, desk.house.database.read() as session:
        cycle_id = cycle_of(session, year).id or 0
        rows = [_fields(row) for row in queries.lists_of(session, cycle_id)]
        waiting, _ = queries.due_standing(session, cycle_id, desk.officer.regencies)
    lines = [
        f"{row['list']}  {row['households']:>6}  {words_for(row['state'], 'EXIT_STATES'):26}  {row['sha256']}" for row in rows
    ]
    said = "\n".join([*lines, f"{waiting} keluarga terbukti belum ada pada daftar."])
    answer(as_json, {"cycle": year, "lists": rows, "waiting": waiting}, said)


@command(group, "save", "exit.make")
def save(
    number: Number,
    to: Annotated[Path | None, typer.Option("--to", help="Berkas .csv atau .xlsx; bila kosong, .csv di folder ini.")] = None,
    as_json: AsJson = False,
) -> None:
    """Ambil berkas daftar (NIK lengkap) untuk diserahkan; siapa yang mengambil dicatat pada setiap keluarga."""
    from service.exits import files
    from service.exits.decisions import hand_out
    from service.spreadsheet import WrongFileKind

    path = to or Path(f"{number}.csv")
    if path.suffix.lower() not in (".csv", ".xlsx"):
        raise WrongFileKind(f"Berkas {path.name} harus berakhiran .xlsx atau .csv.")
    with sit_down() as desk:
        content = hand_out(desk.house, desk.officer, number)
    files.write_private(path, files.list_xlsx(content) if path.suffix.lower() == ".xlsx" else content)
    fields = {"list": number, "file": str(path), "sha256": files.hash_of(content)}
    answer(as_json, fields, f"Ditulis ke {path}. SHA-256 berkas CSV: {fields['sha256']}")


@command(group, "acknowledge", "exit.acknowledge")
def acknowledge(
    number: Number,
    sha256: Annotated[str, typer.Option("--sha256", help="Sidik berkas CSV menurut penerima, sedikitnya 12 huruf.")],
    by: Annotated[str, typer.Option("--by", help="Siapa di program bantuan tunai yang menerima.")],
    note: Annotated[str, typer.Option("--note", help="Catatan.")] = "",
    as_json: AsJson = False,
) -> None:
    """Catat bahwa program bantuan tunai menerima daftar; sidik berkasnya harus sama."""
    from service.exits.decisions import acknowledge as decide

    with sit_down() as desk, desk.house.database.write() as session:
        fields = _fields(decide(session, desk.officer, number, sha256, by, note, desk.told()))
    answer(as_json, fields, f"Daftar {number} diterima oleh {fields['acknowledged_by']}.")


@command(group, "returned", "exit.acknowledge")
def returned(
    number: Number,
    household: Annotated[int, typer.Argument(help="Nomor keluarga.", min=1)],
    reason: Annotated[str, typer.Option("--reason", help="Alasan menurut program bantuan tunai.")],
    as_json: AsJson = False,
) -> None:
    """Catat keluarga yang dikembalikan program bantuan tunai, dengan alasannya."""
    from service.exits.decisions import send_back

    with sit_down() as desk, desk.house.database.write() as session:
        fields = _fields(send_back(session, desk.officer, number, household, reason, desk.told()))
    answer(as_json, fields, f"Keluarga {household} dicatat dikembalikan pada daftar {number}.")


def _fields(row: ExitList) -> dict[str, Any]:
    return {
        "list": row.number, "households": row.households, "sha256": row.sha256, "state": row.state, "made_by": row.made_by,
        "made_at": row.made_at, "sent_at": row.sent_at, "acknowledged_by": row.acknowledged_by,
        "acknowledged_at": row.acknowledged_at, "notes": (row.note or "").splitlines(),
    }  # fmt: skip
