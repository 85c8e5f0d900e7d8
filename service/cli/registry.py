"""How do the regencies' files and the aid ledger get in from the command line?"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from service.cli.desk import AsJson, answer, command, sit_down

registry = typer.Typer()
aid = typer.Typer()
Files = Annotated[list[Path], typer.Argument(help="Berkas CSV atau XLSX, boleh lebih dari satu.")]


@command(registry, "import", "registry.import")
def import_registry(files: Files, as_json: AsJson = False) -> None:
    """Masukkan berkas kabupaten/kota. Berkas yang sama dua kali tidak mengubah apa pun."""
    from service import clock
    from service.registry.steps import import_file

    with sit_down() as desk:
        house = desk.house
        for path in files:
            now = clock.now(house.home)
            result = import_file(house.database, house.home, house.sealer, path, desk.officer.actor, now)
            _show(as_json, asdict(result))


@command(aid, "import", "registry.import")
def import_ledger(files: Files, as_json: AsJson = False) -> None:
    """Masukkan riwayat bantuan: nik, no_kk, program, sumber (provinsi/pusat), tahun."""
    from service import clock
    from service.registry.aid_ledger import import_aid

    with sit_down() as desk:
        house = desk.house
        for path in files:
            _show(as_json, asdict(import_aid(house.database, house.home, house.sealer, path, clock.now(house.home))))


def _show(as_json: bool, found: dict[str, Any]) -> None:
    """One line a file; the counts of the contract."""
    lines = [
        f"{found['file']}: {found['rows']} baris, {found['added']} baru, {found['updated']} diperbarui, "
        f"{found['unchanged']} tetap, {found['rejected']} ditolak, {found['duplicates']} ganda"
    ]
    if found["faults_file"]:
        lines.append(f"  Yang perlu diperbaiki: {found['faults_file']}")
    answer(as_json, found, "\n".join(lines))
