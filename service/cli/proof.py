"""How does an office see its facilitators' rates and take accountability files away from the command line?"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from service.cli.desk import AsJson, Desk, Year, answer, command, sit_down
from service.errors import BadInput, NotFound

if TYPE_CHECKING:
    from sqlmodel import Session

    from service.db.tables import Cycle
    from service.delivery.accountability import CaseFile
    from service.stage import Work

facilitator = typer.Typer()
Regency = Annotated[str | None, typer.Option("--regency", help="Hanya satu kabupaten/kota, misalnya 36.01.")]
HouseholdId = Annotated[int | None, typer.Option("--household", help="Nomor keluarga.")]
EventNumber = Annotated[str | None, typer.Option("--event", help="Nomor acara, misalnya ACR-2021-001.")]
Out = Annotated[
    Path, typer.Option("--out", help="Berkas tujuan: .zip, .pdf (satu keluarga), atau .xlsx/.json (daftar periksa).")
]


class WrongOut(BadInput):
    """The file's ending says a kind that this choice cannot be."""


class NoSuchEvent(NotFound):
    """No event of the year has this number."""


def add_to(app: typer.Typer) -> None:
    command(app, "accountability", "household.reveal")(accountability)


@command(facilitator, "list", "cycle.look")
def list_facilitators(year: Year, regency: Regency = None, as_json: AsJson = False) -> None:
    """Setiap pendamping: paket, terbukti, tidak hadir, uji petik."""
    from service.cohort.queries import cycle_of
    from service.delivery.queries.checks import facilitator_rates
    from service.delivery.sampling import rate_after
    from service.policy import CyclePolicy

    with sit_down() as desk, desk.house.database.read() as session:
        cycle = cycle_of(session, year)
        rows = facilitator_rates(session, cycle.id or 0, _within(desk, regency))
        percent = CyclePolicy.model_validate(cycle.policy).sample_percent
    rows = [{**row, "rate_percent": rate_after(percent, row["failed"])} for row in rows]
    lines = [
        f"{r['facilitator']:20} {r['verified']:>5}/{r['parcels']:<5} terbukti, {r['absent']} tidak hadir, "
        f"{r['failed']}/{r['sampled']} uji petik tidak lulus"
        for r in rows
    ]
    answer(as_json, {"cycle": year, "facilitators": rows}, "\n".join(lines) or "Belum ada paket pada pendamping.")


def accountability(
    year: Year, out: Out, household: HouseholdId = None, event: EventNumber = None, as_json: AsJson = False
) -> None:
    """Berkas pertanggungjawaban satu keluarga atau satu acara; tanpa pilihan, daftar periksa setahun."""
    from service.cohort.queries import cycle_of
    from service.delivery.accountability import FIELD, REASON, case_files
    from service.delivery.checklist import missing_of
    from service.delivery.queries.dossiers import log_access, parcels_for_files
    from service.stage import Work

    kind = _kind(out, household, event)
    with sit_down() as desk:
        house = desk.house
        with house.database.write() as session:
            cycle = cycle_of(session, year)
            work = Work(house.database, house.home, house.settings.address, cycle, desk.officer.actor, house.sealer)
            ids = parcels_for_files(session, cycle.id or 0, household, _event_id(session, cycle, event), desk.officer.regencies)
            files = case_files(session, ids, work.policy)
            if kind in (".zip", ".pdf"):
                log_access(session, desk.officer.id, {f.dossier.case_household for f in files}, FIELD, REASON, work.now)
        _write(out, _content(kind, work, files))
    missing = dict(sorted(Counter(name for one in files for name in missing_of(one.pieces)).items()))
    said = ", ".join(f"{name} {count}" for name, count in missing.items()) or "tidak ada"
    told = {"file": str(out), "households": len(files), "missing": missing}
    answer(as_json, told, f"{len(files)} keluarga ditulis ke {out}. Yang belum ada: {said}.")


def _kind(out: Path, household: int | None, event: str | None) -> str:
    """Raises WrongOut."""
    kind = out.suffix.lower()
    if kind in (".xlsx", ".json") or (kind == ".zip" and (household or event)) or (kind == ".pdf" and household):
        return kind
    raise WrongOut(
        "Pilih akhiran berkas: .zip untuk satu keluarga atau satu acara, .pdf untuk satu keluarga, .xlsx atau .json "
        "untuk daftar periksa."
    )


def _content(kind: str, work: Work, files: list[CaseFile]) -> bytes:
    from service.delivery.accountability import checklist_sheet, pdf_of, zip_of

    if kind == ".zip":
        return zip_of(work, files)
    if kind == ".pdf":
        return pdf_of(work, files[0])
    if kind == ".xlsx":
        return checklist_sheet(files)
    return json.dumps([one.as_json() for one in files], ensure_ascii=False, indent=1).encode()


def _event_id(session: Session, cycle: Cycle, number: str | None) -> int | None:
    from service.delivery.queries import event_numbered

    if number is None:
        return None
    event = event_numbered(session, number)
    if event is None or event.cycle_id != cycle.id:
        raise NoSuchEvent(f"Acara {number} tidak ada pada siklus {cycle.year}.")
    return event.id


def _write(out: Path, content: bytes) -> None:
    """Beside, then renamed; for its owner only, since copies of cards may be in it."""
    draft = out.with_name(out.name + ".new")
    draft.touch(mode=0o600)
    draft.write_bytes(content)
    draft.replace(out)


def _within(desk: Desk, regency: str | None) -> tuple[str, ...]:
    mine: tuple[Any, ...] = desk.officer.regencies
    if regency and (not mine or regency in mine):
        return (regency,)
    return mine
