"""How do the regencies' files and the aid ledger get in from the command line?"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape

from service.cli.desk import AsJson, answer, command, sit_down
from service.errors import BadInput

if TYPE_CHECKING:
    from service.registry.faults import ImportResult

registry = typer.Typer()
aid = typer.Typer()
Progress = Callable[[int, int], None]
SOURCES = {"province": "provinsi", "central": "pusat"}
BY = {"head": "kepala keluarga", "member": "anggota keluarga", "family_card": "anggota KK"}
Files = Annotated[list[Path], typer.Argument(help="Berkas CSV atau XLSX, boleh lebih dari satu.")]


class SomeRefused(BadInput):
    """Of several files some were refused; the others are in. `files` names the refused ones."""


@command(registry, "import", "registry.import")
def import_registry(files: Files, as_json: AsJson = False) -> None:
    """Masukkan berkas kabupaten/kota. Berkas yang sama dua kali tidak mengubah apa pun."""
    from service import clock
    from service.registry.doubts.steps import find_duplicates
    from service.registry.steps import import_file

    with sit_down() as desk:
        house = desk.house

        def take_in(path: Path, on_progress: Progress) -> ImportResult:
            now, officer = clock.now(house.home), desk.officer
            return import_file(
                house.database, house.home, house.sealer, path, officer.actor, now, on_progress, officer.regencies
            )

        refused = _take_in_all(files, take_in, as_json)
        waiting = find_duplicates(house.database, clock.now(house.home)).open
        if waiting and not as_json:
            print(f"{waiting} pasangan rumah tangga mungkin ganda dan menunggu keputusan: estafet registry pairs")
        _say_who_was_refused(files, refused)


@command(aid, "import", "registry.import")
def import_ledger(files: Files, as_json: AsJson = False) -> None:
    """Masukkan riwayat bantuan: nik, no_kk, program, sumber (provinsi/pusat), tahun; bila ada: bantuan, nilai, tanggal."""
    from service import clock
    from service.registry.aid_ledger import import_aid

    with sit_down() as desk:
        house = desk.house

        def take_in(path: Path, on_progress: Progress) -> ImportResult:
            return import_aid(house.database, house.home, house.sealer, path, clock.now(house.home), on_progress)

        _say_who_was_refused(files, _take_in_all(files, take_in, as_json))


@command(aid, "show", "household.look")
def show_aid(household: Annotated[int, typer.Argument(help="Nomor rumah tangga.", min=1)], as_json: AsJson = False) -> None:
    """Bantuan yang pernah diterima rumah tangga: kepala keluarga, anggota, atau KK yang sekarang dan sebelumnya."""
    from service.registry.aid_ledger import received_by

    with sit_down() as desk, desk.house.database.read() as session:
        received = received_by(session, desk.officer, household)
    answer(as_json, {"household": household, "received": received}, _aid_words(received))


def _take_in_all(files: list[Path], take_in: Callable[[Path, Progress], ImportResult], as_json: bool) -> dict[Path, BadInput]:
    """Every file by itself: one that is refused keeps no other out. A line for each; those that were refused."""
    refused: dict[Path, BadInput] = {}
    for path in files:
        try:
            with _bar(path, as_json) as on_progress:
                result = take_in(path, on_progress)
            _show(as_json, asdict(result))
        except BadInput as error:
            if len(files) == 1:
                raise
            refused[path] = error
            answer(
                as_json, {"file": path.name, "refused": error.kind, "message": error.message, **error.details}, error.message
            )
    return refused


def _say_who_was_refused(files: list[Path], refused: dict[Path, BadInput]) -> None:
    if refused:
        names = [path.name for path in refused]
        raise SomeRefused(
            f"{len(refused)} dari {len(files)} berkas ditolak: {', '.join(names)}. Yang lain sudah masuk.", files=names
        )


@contextmanager
def _bar(path: Path, as_json: bool) -> Iterator[Progress]:
    """A line of progress for one file on standard error, for people at a terminal; it says what happens after the last row."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, SpinnerColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bars

    console = Console(stderr=True, highlight=False)
    columns = (
        SpinnerColumn(finished_text="✓"), TextColumn("{task.description}"), BarColumn(bar_width=24), MofNCompleteColumn(),
        TimeElapsedColumn(), TextColumn("[dim]{task.fields[note]}"),
    )  # fmt: skip
    with Bars(*columns, console=console, disable=as_json or not console.is_terminal) as bars:
        task = bars.add_task(escape(path.name), total=None, note="membuka berkas")

        def tell(done: int, total: int) -> None:
            bars.update(task, completed=done, total=total, note="memeriksa baris" if done < total else "menyimpan")

        yield tell
        bars.update(task, note="selesai")


def _aid_words(received: Sequence[dict[str, Any]]) -> str:
    """One line a receipt."""
    lines = []
    for one in received:
        amount = f"Rp{one['amount']:,}".replace(",", ".") if one["amount"] is not None else None
        day = f"{one['received_on']:%d/%m/%Y}" if one["received_on"] else None
        facts = [fact for fact in (one["what"], amount, day) if fact]
        lines.append(f"{one['year']} {one['programme']} ({SOURCES[one['source']]}), {BY[one['by']]}: {', '.join(facts) or '-'}")
    return "\n".join(lines) or "Tidak ada bantuan yang tercatat."


def _show(as_json: bool, found: dict[str, Any]) -> None:
    """One line a file; the counts of the contract."""
    lines = [
        f"{found['file']}: {found['rows']} baris, {found['added']} baru, {found['updated']} diperbarui, "
        f"{found['unchanged']} tetap, {found['rejected']} ditolak, {found['duplicates']} ganda"
    ]
    if found["faults_file"]:
        lines.append(f"  Yang perlu diperbaiki: {found['faults_file']}")
    answer(as_json, found, "\n".join(lines))
