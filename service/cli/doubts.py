"""How does an officer settle the registry's doubts from the command line? The same functions as API and console."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from service.cli.desk import AsJson, Desk, answer, command, sit_down
from service.cli.registry import Files, registry

if TYPE_CHECKING:
    from collections.abc import Sequence

    from service.registry.faults import ImportResult

group = registry  # these commands stand among the registry's own
Reason = Annotated[str, typer.Option("--reason", help="Alasannya; tanpa NIK atau nomor KK.")]
Regency = Annotated[str | None, typer.Option("--regency", help="Kode kabupaten/kota, misalnya 36.01.")]
After = Annotated[int, typer.Option("--after", help="Lanjutkan sesudah nomor ini.", min=0)]
Number = Annotated[int, typer.Argument(help="Nomor rumah tangga.", min=1)]


@command(group, "search", "registry.settle")
def search(as_json: AsJson = False) -> None:
    """Cari rumah tangga yang mungkin terdaftar ganda. Aman diulang."""
    from service import clock
    from service.registry.doubts.steps import find_duplicates

    with sit_down() as desk:
        found = find_duplicates(desk.house.database, clock.now(desk.house.home))
    said = f"{found.open} pasangan menunggu keputusan: {found.new} baru, {found.returned} kembali, {found.cleared} gugur."
    answer(as_json, asdict(found), said)


@command(group, "members", "registry.import")
def members(files: Files, as_json: AsJson = False) -> None:
    """Masukkan anggota keluarga: no_kk, nik, nama, tanggal_lahir, jenis_kelamin, hubungan."""
    from service import clock
    from service.registry.doubts.members import import_members

    with sit_down() as desk:
        house = desk.house
        for path in files:
            taken = import_members(house.database, house.home, house.sealer, path, clock.now(house.home))
            _show(as_json, taken)


@command(group, "pairs", "registry.settle")
def pairs(regency: Regency = None, after: After = 0, as_json: AsJson = False) -> None:
    """Pasangan yang mungkin ganda dan menunggu keputusan, paling banyak 50."""
    from service.cli.words import pair_table
    from service.registry.doubts.queries.pairs import open_pairs

    with sit_down() as desk, desk.house.database.read() as session:
        found = open_pairs(session, desk.officer.regencies, regency, after=after)
    rows = [
        {
            "pair": pair.id, "kind": pair.kind, "likeness": pair.likeness, "households": [first.id, second.id],
            "regencies": [first.regency_code, second.regency_code], "found_at": pair.found_at,
        }
        for pair, first, second in found
    ]  # fmt: skip
    answer(as_json, {"pairs": rows}, "" if as_json else pair_table(found))


@command(group, "settle", "registry.settle")
def settle(
    pair: Annotated[int, typer.Argument(help="Nomor pasangan.", min=1)],
    verdict: Annotated[str, typer.Argument(help="same (satu keluarga) atau different (dua keluarga).")],
    reason: Reason,
    keep: Annotated[int | None, typer.Option("--keep", help="Bila same: nomor rumah tangga yang tetap dipakai.")] = None,
    as_json: AsJson = False,
) -> None:
    """Putuskan satu pasangan, satu kali: keluarga yang sama, atau dua keluarga."""
    from service.registry.doubts.steps import VERDICTS, settle_pair

    with sit_down() as desk, desk.house.database.write() as session:
        made = settle_pair(session, desk.officer, pair, verdict, keep, reason, desk.told())
        fields = {"pair": pair, "state": made.state, "kept": made.kept_id}
    stays = f"; rumah tangga {fields['kept']} tetap dipakai" if fields["kept"] else ""
    answer(as_json, fields, f"Pasangan {pair} diputuskan {VERDICTS[verdict]}{stays}.")


@command(group, "nik-list", "household.reveal")
def nik_list(
    to: Annotated[Path, typer.Option("--to", help="Berkas tujuan .xlsx; hanya Anda yang dapat membukanya.")],
    reason: Reason,
    regency: Regency = None,
    as_json: AsJson = False,
) -> None:
    """Tulis NIK yang belum diperiksa untuk Dukcapil. Siapa yang mengambil dan mengapa dicatat."""
    from service.registry.doubts.nik_files import write_nik_list

    with sit_down() as desk:
        house = desk.house
        written = write_nik_list(house.database, house.sealer, desk.officer, to, regency, reason, desk.told())
    answer(as_json, {"file": str(to), "rows": written}, f"{written} NIK ditulis ke {to}. Hapus berkas itu sesudah dikirim.")


@command(group, "nik-result", "registry.import")
def nik_result(files: Files, as_json: AsJson = False) -> None:
    """Masukkan jawaban Dukcapil: nik, hasil (ditemukan, tidak ditemukan, berbeda)."""
    from service import clock
    from service.registry.doubts.nik_files import take_nik_result

    with sit_down() as desk:
        house = desk.house
        for path in files:
            taken = take_nik_result(house.database, house.home, house.sealer, path, clock.now(house.home))
            _show(as_json, taken)


@command(group, "nik-queue", "registry.settle")
def nik_queue(regency: Regency = None, after: After = 0, as_json: AsJson = False) -> None:
    """Rumah tangga yang NIK-nya tidak ditemukan atau berbeda, paling banyak 50."""
    from service.cli.words import nik_table
    from service.registry.doubts.queries.niks import unmatched_counts, unmatched_households

    with sit_down() as desk, desk.house.database.read() as session:
        within = _within(desk, regency)
        found, counts = unmatched_households(session, within, after=after), unmatched_counts(session, within)
    rows = [{"household": h.id, "nik_check": h.nik_check, "since": h.nik_checked_at, "regency": h.regency_code} for h in found]
    answer(as_json, {"waiting": sum(counts.values()), **counts, "households": rows}, "" if as_json else nik_table(found))


@command(group, "nik-confirm", "registry.settle")
def nik_confirm(household: Number, reason: Reason, as_json: AsJson = False) -> None:
    """Benarkan NIK yang tidak dapat dicocokkan, karena dokumennya sudah dilihat."""
    from service.registry.doubts.nik import confirm_nik

    with sit_down() as desk, desk.house.database.write() as session:
        confirm_nik(session, desk.officer, household, reason, desk.told())
    answer(as_json, {"household": household, "nik_check": "confirmed"}, f"NIK rumah tangga {household} dibenarkan.")


@command(group, "nik-correct", "registry.settle")
def nik_correct(household: Number, reason: Reason, as_json: AsJson = False) -> None:
    """Ganti NIK yang salah. NIK yang benar ditanyakan, atau dibaca dari masukan standar; tidak ditulis di baris perintah."""
    from service.registry.doubts.nik import correct_nik

    with sit_down() as desk:
        nik = _asked_nik()
        with desk.house.database.write() as session:
            correct_nik(session, desk.officer, desk.house.sealer, household, nik, reason, desk.told())
    said = f"NIK rumah tangga {household} diganti; NIK baru akan ditanyakan ke Dukcapil."
    answer(as_json, {"household": household, "nik_check": "unchecked"}, said)


def _show(as_json: bool, taken: ImportResult) -> None:
    said = (
        f"{taken.file}: {taken.rows} baris, {taken.added} baru, {taken.updated} berubah, {taken.unchanged} tetap, "
        f"{taken.rejected} ditolak, {taken.duplicates} ganda"
    )
    more = f"\n  Yang perlu diperbaiki: {taken.faults_file}" if taken.faults_file else ""
    answer(as_json, asdict(taken), said + more)


def _asked_nik() -> str:
    """Other users of the computer see what stands on a command line."""
    if sys.stdin.isatty():
        asked: Any = typer.prompt("NIK yang benar", hide_input=True, err=True)
        return str(asked)
    return sys.stdin.readline()


def _within(desk: Desk, regency: str | None) -> Sequence[str]:
    from service.trust.rights import require_region

    if regency is None:
        return desk.officer.regencies
    require_region(desk.officer, regency)
    return (regency,)
