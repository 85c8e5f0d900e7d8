"""Whom must facilitators visit at home, and until when?"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from service.cli.desk import AsJson, Year, answer, command, sit_down


def add_to(app: typer.Typer) -> None:
    command(app, "visit-list", "export")(visit_list)


def visit_list(
    year: Year,
    facilitator: Annotated[str | None, typer.Option("--facilitator", help="Hanya satu pendamping (kodenya).")] = None,
    to: Annotated[Path | None, typer.Option("--to", help="Tulis daftar lengkap ke .xlsx atau .csv, NIK disamarkan.")] = None,
    as_json: AsJson = False,
) -> None:
    """Keluarga yang tidak hadir di semua acara: siapa mengunjungi, sejak kapan, sampai kapan."""
    from service.cohort.queries import cycle_of
    from service.delivery.absences import deadline_of
    from service.delivery.queries import absences
    from service.delivery.visit_sheet import HEADER, visit_rows
    from service.policy import CyclePolicy
    from service.spreadsheet import write_table

    with sit_down() as desk, desk.house.database.read() as session:
        cycle = cycle_of(session, year)
        policy = CyclePolicy.model_validate(cycle.policy)
        asked = (cycle.id or 0, policy.events_per_household, desk.officer.regencies, facilitator)
        visits = [_public(row) for row in absences.visit_list(session, *asked)]
        if to:
            write_table(to, HEADER, visit_rows(session, desk.house.sealer, *asked))
    due = deadline_of(policy, year)
    fields = {"cycle": year, "due_on": due, "households": len(visits), "visits": visits, "file": str(to) if to else None}
    answer(as_json, fields, _sentence(visits, str(due), to))


def _public(row: dict[str, Any]) -> dict[str, Any]:
    """Public numbers only: who it is stands in the file and on the page."""
    return {
        "parcel": row["number"], "household": row["household_id"], "regency": row["regency_code"],
        "village": row["village_code"], "facilitator": row["facilitator"], "absences": row["absences"],
        "since": row["first_absent_at"],
    }  # fmt: skip


def _sentence(visits: list[dict[str, Any]], due: str, to: Path | None) -> str:
    if not visits:
        return "Tidak ada keluarga yang perlu dikunjungi di rumah."
    lines = [f"{row['parcel']}  keluarga {row['household']}  {row['village']}  {row['facilitator']}" for row in visits]
    return "\n".join([*lines, f"{len(visits)} keluarga, sampai {due}." + (f" Ditulis ke {to}" if to else "")])
