"""How is a year's catalogue of packages put in, looked at, taken out and copied from the command line?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from service.cli.desk import AsJson, Year, answer, command, sit_down
from service.errors import BadInput

if TYPE_CHECKING:
    from service.procurement.catalogue import Catalogue
    from service.procurement.changing import Change

group = typer.Typer()
ToYear = Annotated[int, typer.Argument(help="Tahun siklus yang menerima salinan.", min=2000, max=2200)]


@command(group, "import", "catalogue.edit")
def import_catalogue(
    year: Year,
    file: Annotated[Path, typer.Argument(help="Katalog XLSX (seperti unduhannya) atau YAML.")],
    as_json: AsJson = False,
) -> None:
    """Pasang katalog; harga atau isi yang berubah menjadi versi baru. Berkas yang sama dua kali tidak mengubah apa pun."""
    from service.cohort.queries import cycle_of
    from service.procurement.catalogue import WrongCatalogue
    from service.procurement.catalogue_file import keep_faults, read_any
    from service.procurement.changing import change_catalogue

    with sit_down() as desk:
        try:
            catalogue = read_any(file)
        except WrongCatalogue as refused:
            if refused.workbook:
                path = str(keep_faults(desk.house.home, refused.workbook))
                raise WrongCatalogue(
                    f"{refused.message} Baris yang salah: {path}.", **refused.details, faults_file=path
                ) from None
            raise
        with desk.house.database.write() as session:
            change = change_catalogue(session, desk.officer, cycle_of(session, year), catalogue, desk.told())
    answer(as_json, {"cycle": year, **_fields(change)}, change.sentence)


@command(group, "show", "cycle.look")
def show(year: Year, as_json: AsJson = False) -> None:
    """Paket yang berlaku sekarang."""
    from service.business import BY_CODE

    catalogue = _current(year)
    packages = [
        {"code": one.code, "name": one.name, "price": one.price, "account": one.account, "kinds": list(one.kinds),
         "items": [item.model_dump() for item in one.items]}
        for one in catalogue.packages
    ]  # fmt: skip
    lines = [
        f"{one.code:20} {one.price:>12,}".replace(",", ".")
        + f"  {one.name} ({', '.join(BY_CODE[kind].name for kind in one.kinds) or 'hanya atas usulan'})"
        for one in catalogue.packages
    ]
    answer(as_json, {"cycle": year, "packages": packages}, "\n".join(lines))


@command(group, "export", "cycle.look")
def export(
    year: Year,
    file: Annotated[Path, typer.Argument(help="Berkas tujuan .xlsx atau .yaml.")],
    as_json: AsJson = False,
) -> None:
    """Simpan katalog yang berlaku sebagai berkas yang dapat dipasang lagi."""
    from service.procurement.catalogue import as_yaml
    from service.procurement.catalogue_file import as_workbook

    if file.suffix.lower() not in (".xlsx", ".yaml", ".yml"):
        raise BadInput("Berkas tujuan harus berakhiran .xlsx atau .yaml.")
    catalogue = _current(year)
    content = as_workbook(catalogue) if file.suffix.lower() == ".xlsx" else as_yaml(catalogue).encode()
    file.write_bytes(content)
    answer(
        as_json, {"cycle": year, "file": str(file), "packages": len(catalogue.packages)}, f"Katalog {year} tersimpan di {file}."
    )


@command(group, "copy", "catalogue.edit")
def copy(source: Year, target: ToYear, as_json: AsJson = False) -> None:
    """Salin katalog yang berlaku ke siklus lain, misalnya sebagai awal katalog tahun berikutnya."""
    from service.cohort.queries import cycle_of
    from service.procurement.changing import copy_catalogue

    with sit_down() as desk, desk.house.database.write() as session:
        change = copy_catalogue(session, desk.officer, cycle_of(session, source), cycle_of(session, target), desk.told())
    answer(as_json, {"from": source, "cycle": target, **_fields(change)}, change.sentence)


def _current(year: int) -> Catalogue:
    from service.cohort.queries import cycle_of
    from service.procurement.changing import current_catalogue

    with sit_down() as desk, desk.house.database.read() as session:
        return current_catalogue(session, cycle_of(session, year))


def _fields(change: Change) -> dict[str, Any]:
    return {
        "added": change.added, "renewed": change.renewed, "unchanged": change.unchanged, "ended": change.ended,
        "kinds": change.kinds, "moved": change.moved,
    }  # fmt: skip
