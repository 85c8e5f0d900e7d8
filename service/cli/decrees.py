"""How is a year's list proposed, verified, approved, shown and left from the command line?"""

from __future__ import annotations

from typing import Annotated, Any

import typer

from service.cli.desk import AsJson, Year, answer, command, sit_down
from service.errors import NotNow

decree = typer.Typer()
case = typer.Typer()
Reason = Annotated[str, typer.Option("--reason", help="Alasannya.")]
Household = Annotated[int, typer.Argument(help="Nomor keluarga.", min=1)]


class NothingToPropose(NotNow):
    """Nobody is selected without a decree, or a proposal waits already."""


@command(decree, "propose", "decree.propose")
def propose(year: Year, as_json: AsJson = False) -> None:
    """Usulkan SK bagi yang terpilih. Yang mengusulkan tidak boleh menyetujui."""
    from service.cli.working import work_at
    from service.stage import run_locally
    from service.stages import STAGES

    with sit_down() as desk:
        steps = [step for step in STAGES["selection"] if step.name == "propose_decree"]
        moved = sum(done.moved for _, done in run_locally(work_at(desk, year), "selection", steps))
    if not moved:
        raise NothingToPropose(f"Tidak ada yang dapat diusulkan: seleksi {year} belum dijalankan, atau usulan sudah menunggu.")
    answer(as_json, {"cycle": year, "proposed": moved}, f"SK {year} diusulkan. Menunggu pejabat penetap.")


@command(decree, "verify", "decree.verify")
def verify(
    year: Year,
    regency: Annotated[
        str | None, typer.Option("--regency", help="Kode wilayah, misalnya 36.01; kosong: semua wilayah Anda.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Verifikasi daftar wilayah pada SK yang diusulkan."""
    from service.cohort.queries import cycle_of
    from service.regions import name_of
    from service.selection.decisions import verify_decree

    with sit_down() as desk, desk.house.database.write() as session:
        verified = verify_decree(session, desk.officer, cycle_of(session, year), regency, desk.told())
    answer(as_json, {"cycle": year, "verified": verified}, f"Diverifikasi: {', '.join(map(name_of, verified))}.")


@command(decree, "approve", "decree.approve")
def approve(year: Year, as_json: AsJson = False) -> None:
    """Setujui SK yang diusulkan; persetujuan terakhir yang diperlukan menetapkannya."""
    from service.cohort.queries import cycle_of
    from service.selection.decisions import approve_decree
    from service.selection.standing import standing_of

    with sit_down() as desk, desk.house.database.write() as session:
        cycle = cycle_of(session, year)
        made = approve_decree(session, desk.officer, cycle, desk.told())
        standing = standing_of(session, cycle, made)
        fields = {
            "cycle": year, "version": made.version, "state": made.state, "households": made.households, "number": made.number,
            "approvals": len(standing.approved), "needed": standing.rules.approvals_needed,
        }  # fmt: skip
    signed = f"SK {year} versi {made.version} ditetapkan: {made.households} rumah tangga, nomor {made.number}."
    waits = f"SK {year} versi {made.version}: {standing.approvals}. Menunggu pejabat penetap lain."
    answer(as_json, fields, signed if made.state == "approved" else waits)


@command(decree, "reject", "decree.approve")
def reject(year: Year, reason: Reason, as_json: AsJson = False) -> None:
    """Tolak SK yang diusulkan."""
    from service.cohort.queries import cycle_of
    from service.selection.decisions import reject_decree

    with sit_down() as desk, desk.house.database.write() as session:
        made = reject_decree(session, desk.officer, cycle_of(session, year), reason, desk.told(reason))
        fields = {"cycle": year, "version": made.version, "state": made.state}
    answer(as_json, fields, f"SK {year} versi {fields['version']} ditolak.")


@command(decree, "show", "cycle.look")
def show(year: Year, as_json: AsJson = False) -> None:
    """Semua versi SK: siapa memverifikasi, siapa menyetujui, apa yang masih kurang, sampai kapan masa sanggah."""
    from service.cli.words import decree_lines
    from service.cohort.queries import cycle_of
    from service.selection.overview import decree_overview

    with sit_down() as desk, desk.house.database.read() as session:
        found = decree_overview(session, cycle_of(session, year), desk.told())
    answer(as_json, found, "" if as_json else decree_lines(found))


@command(case, "withdraw", "case.exclude")
def withdraw(year: Year, household: Household, reason: Reason, as_json: AsJson = False) -> None:
    """Catat pengunduran diri; cadangan berikutnya menggantikan."""
    from service.selection.decisions import withdraw_case

    _leave(withdraw_case, year, household, reason, as_json, "mundur")


@command(case, "exclude", "case.exclude")
def exclude(year: Year, household: Household, reason: Reason, as_json: AsJson = False) -> None:
    """Keluarkan satu keluarga dengan alasan, sebelum barangnya dipesan; cadangan berikutnya menggantikan."""
    from service.selection.decisions import exclude_case

    _leave(exclude_case, year, household, reason, as_json, "dikeluarkan")


def _leave(decide: Any, year: int, household: int, reason: str, as_json: bool, word: str) -> None:
    from service.cohort.queries import case_of

    with sit_down() as desk, desk.house.database.write() as session:
        decide(session, desk.officer, case_of(session, year, household).id, reason, desk.told())
    fields = {"cycle": year, "household": household, "status": "withdrawn"}
    answer(as_json, fields, f"Keluarga {household} {word}. Tempatnya diberikan kepada cadangan berikutnya di wilayahnya.")
