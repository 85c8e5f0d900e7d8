"""How does a catalogue become an XLSX that people edit in Excel, and how is it read back with every fault named?

One sheet, a row for each item. What belongs to the package (name, kinds of business, account) stands in its first row; the
rows below may repeat it or leave it blank. What is written here is read here: a round trip changes nothing.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from service.business import KINDS
from service.procurement.catalogue import Catalogue, PackageOf, WrongCatalogue, catalogue_from, read_catalogue
from service.procurement.workbook import Row, rows_of, workbook_of

SHEET, FAULTS_SHEET, REASON = "Katalog", "Perlu diperbaiki", "alasan"
COLUMNS = (
    "kode_paket", "nama_paket", "jenis_usaha", "rekening", "barang", "jumlah", "satuan", "harga_satuan", "pajak_satuan",
    "uji_fungsi",
)  # fmt: skip
REQUIRED = {"kode_paket", "nama_paket", "barang", "jumlah", "satuan", "harga_satuan"}
OF_PACKAGE = {"name": "nama_paket", "kinds": "jenis_usaha", "account": "rekening"}
OF_ITEM = {"name": "barang", "quantity": "jumlah", "unit": "satuan", "price": "harga_satuan", "tax": "pajak_satuan"}
TEXTS = ("kode_paket", "rekening")
_YES, _NO = {"ya", "y", "1", "true"}, {"tidak", "t", "0", "false", ""}
_BY_NAME = {kind.name.lower(): kind.code for kind in KINDS} | {kind.code: kind.code for kind in KINDS}


class FaultyRow(Exception):
    """Why a cell cannot be read."""


@dataclass(frozen=True)
class Fault:
    """One finding; `row` is the number Excel shows."""

    row: int
    column: str
    text: str

    @property
    def sentence(self) -> str:
        return f"Baris {self.row}, kolom {self.column}: {self.text}"


@dataclass
class _Package:
    """A package as its rows say it; `lines` are the rows of its items."""

    code: str
    first: int
    said: dict[str, Any]
    items: list[dict[str, Any]] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)


def read_any(path: Path) -> Catalogue:
    """A catalogue from XLSX or YAML. Raises WrongCatalogue; with an XLSX, `faulty` in its details is a file's content."""
    if path.suffix.lower() in (".yaml", ".yml"):
        return read_catalogue(path)
    try:
        content = path.read_bytes()
    except OSError:
        raise WrongCatalogue(f"Berkas katalog {path.name} tidak dapat dibaca.") from None
    return read_workbook(content, path.name)


def read_workbook(content: bytes, name: str) -> Catalogue:
    """Raises WrongCatalogue: every fault by row and column; `workbook` holds the rows with their reasons, as XLSX."""
    rows = rows_of(content, name, COLUMNS, REQUIRED, texts=TEXTS)
    faults: list[Fault] = []
    packages = _packages(rows, faults)
    made = [offered for package in packages if (offered := _offered(package, faults))]
    faults += _doubles(packages)
    if faults:
        faults.sort(key=lambda fault: (fault.row, COLUMNS.index(fault.column)))
        said = "; ".join(fault.sentence for fault in faults[:5]) + ("; …" if len(faults) > 5 else "")
        refused = WrongCatalogue(
            f"Berkas {name} ditolak, {len(faults)} kesalahan. {said}.", faults=[fault.sentence for fault in faults]
        )
        refused.workbook = _faults_workbook(rows, faults)
        raise refused
    return catalogue_from({"packages": [package.model_dump() for package in made]})


def as_workbook(catalogue: Catalogue) -> bytes:
    """The catalogue as an XLSX that `read_workbook` reads back as the same."""
    lines: list[Sequence[Any]] = []
    for package in catalogue.packages:
        about: tuple[Any, ...] = (package.name, ", ".join(package.kinds), package.account or "")
        for item in package.items:
            amounts = (item.name, item.quantity, item.unit, item.price, item.tax, "ya" if item.test else "tidak")
            lines.append((package.code, *about, *amounts))
            about = ("", "", "")
    return workbook_of(SHEET, COLUMNS, lines, TEXTS)


def keep_faults(home: Path, workbook: bytes) -> Path:
    """The faulty rows as a file that opens in Excel; the same faults again are the same file."""
    folder = home / "faults"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    target = folder / f"katalog-{hashlib.sha256(workbook).hexdigest()[:12]}.xlsx"
    target.write_bytes(workbook)
    target.chmod(0o600)
    return target


def _packages(rows: Sequence[tuple[int, Row]], faults: list[Fault]) -> list[_Package]:
    """Rows with one code are one package, wherever they stand."""
    found: dict[str, _Package] = {}
    for at, row in rows:
        code = row.get("kode_paket", "").upper()
        if not code:
            faults.append(Fault(at, "kode_paket", "wajib diisi."))
            continue
        said = _read(at, row, faults, (("nama_paket", str), ("jenis_usaha", _kinds), ("rekening", _account)))
        kept = found.get(code)
        if kept is None:
            kept = found[code] = _Package(code, at, said)
        else:
            faults += [
                Fault(at, column, "berbeda dari baris pertama paket ini.")
                for column, value in said.items()
                if value and value != kept.said.get(column)
            ]
        reads = (
            ("barang", str), ("jumlah", _whole), ("satuan", str), ("harga_satuan", _whole), ("pajak_satuan", _tax),
            ("uji_fungsi", _yes),
        )  # fmt: skip
        kept.items.append(_read(at, row, faults, reads))
        kept.lines.append(at)
    return list(found.values())


def _offered(package: _Package, faults: list[Fault]) -> PackageOf | None:
    """The package, or None with what pydantic says against it, by row and column."""
    items = [
        {name: item.get(column) for name, column in OF_ITEM.items()} | {"test": item.get("uji_fungsi", False)}
        for item in package.items
    ]
    known = {(fault.row, fault.column) for fault in faults}
    told = {name: package.said.get(column) for name, column in OF_PACKAGE.items()}
    try:
        return PackageOf.model_validate({"code": package.code, **told, "kinds": told["kinds"] or (), "items": items})
    except ValidationError as error:
        for one in error.errors():
            fault = _placed(package, one)
            if one["type"] != "too_short" and (fault.row, fault.column) not in known:
                faults.append(fault)
        return None


def _placed(package: _Package, one: Any) -> Fault:
    """A pydantic error at the cell it is about."""
    place = one["loc"]
    if place and place[0] == "items" and len(place) > 1:
        column = OF_ITEM.get(str(place[2]), "uji_fungsi") if len(place) > 2 else "pajak_satuan"
        return Fault(package.lines[int(place[1])], column, _said(one))
    column = {"code": "kode_paket", "items": "barang", **OF_PACKAGE}.get(str(place[0]) if place else "code", "kode_paket")
    return Fault(package.first, column, _said(one))


def _said(one: Any) -> str:
    words = {
        "string_too_short": "wajib diisi.", "string_type": "wajib diisi.", "int_type": "wajib diisi dengan bilangan bulat.",
        "greater_than": "harus lebih dari {gt}.", "greater_than_equal": "sedikitnya {ge}.",
        "less_than_equal": "paling banyak {le}.", "string_too_long": "terlalu panjang.", "value_error": "{error}.",
        "string_pattern_mismatch": "hanya huruf besar, angka, dan tanda hubung, paling panjang 20.",
    }  # fmt: skip
    return str(words.get(one["type"], one["msg"])).format(**one.get("ctx", {}))


def _doubles(packages: Sequence[_Package]) -> list[Fault]:
    """Kinds of business that two packages want."""
    owner: dict[str, str] = {}
    found = []
    for package in packages:
        for kind in package.said.get("jenis_usaha") or ():
            if kind in owner:
                found.append(Fault(package.first, "jenis_usaha", f"{kind} sudah mendapat paket {owner[kind]}."))
            owner.setdefault(kind, package.code)
    return found


def _read(at: int, row: Row, faults: list[Fault], columns: Sequence[tuple[str, Callable[[str], Any]]]) -> dict[str, Any]:
    found = {}
    for column, read in columns:
        try:
            found[column] = read(row.get(column, ""))
        except FaultyRow as fault:
            faults.append(Fault(at, column, str(fault)))
    return found


def _kinds(text: str) -> tuple[str, ...]:
    named = [part.strip() for part in re.split(r"[,;\n]", text) if part.strip()]
    if unknown := [part for part in named if part.lower() not in _BY_NAME]:
        raise FaultyRow(f"jenis usaha tidak dikenal: {', '.join(unknown)}.")
    return tuple(dict.fromkeys(_BY_NAME[part.lower()] for part in named))


def _account(text: str) -> str | None:
    return text or None


def _whole(text: str) -> int | None:
    """`285000`, `285.000`, `Rp285.000`; blank is None and refused later."""
    plain = re.sub(r"^rp\s*", "", text.lower())
    plain = plain.replace(".", "") if re.fullmatch(r"-?\d{1,3}(\.\d{3})+", plain) else plain
    if not plain:
        return None
    if not re.fullmatch(r"-?\d{1,15}", plain, re.ASCII):
        raise FaultyRow(f"'{text}' bukan bilangan bulat.")
    return int(plain)


def _tax(text: str) -> int:
    return _whole(text) or 0


def _yes(text: str) -> bool:
    if text.lower() not in _YES | _NO:
        raise FaultyRow(f"'{text}' bukan ya atau tidak.")
    return text.lower() in _YES


def _faults_workbook(rows: Sequence[tuple[int, Row]], faults: Sequence[Fault]) -> bytes:
    """Every faulty row as it came, the reasons in front."""
    reasons: dict[int, list[str]] = {}
    for fault in faults:
        reasons.setdefault(fault.row, []).append(fault.sentence)
    lines = [("\n".join(reasons[at]), *(row.get(column, "") for column in COLUMNS)) for at, row in rows if at in reasons]
    return workbook_of(FAULTS_SHEET, (REASON, *COLUMNS), lines, TEXTS)
