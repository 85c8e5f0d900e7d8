"""What does an exit list's file say, and how is it kept so that a stolen disk says nothing?

The receiver needs full NIKs, so the file has them; it is kept sealed (mode 0600) and opened only to be handed out. The
CSV is the list: its SHA-256 is what both sides compare. The XLSX is the same rows for reading.
"""

from __future__ import annotations

import csv
import hashlib
import io
import os
import secrets
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from typing import Any

from service.clock import WIB
from service.errors import NeedsPerson
from service.regions import name_of
from service.spreadsheet import csv_bytes, xlsx_bytes
from service.trust.sealing import Sealer, WrongKey

HEADER = (
    "nomor_daftar", "urut", "nik", "no_kk", "nama", "kode_desa", "desa", "kecamatan", "kabupaten_kota", "program",
    "nomor_sk", "tanggal_sk", "nomor_paket", "paket", "tanggal_serah_terima",
)  # fmt: skip
FOLDER = Path("exports") / "exits"
_COLUMN = "exit_list"


class ListFileChanged(NeedsPerson):
    """The file is gone, cannot be opened with our key, or is not the one whose hash was noted."""


def list_csv(number: str, rows: Sequence[Any], sealer: Sealer) -> bytes:
    """The list itself; the same households give the same bytes. `rows`: of `queries.due_rows`."""
    return csv_bytes(HEADER, (_line(number, place, row, sealer) for place, row in enumerate(rows, start=1)))


def list_xlsx(content: bytes) -> bytes:
    """The rows of the CSV as a spreadsheet in which Excel leaves every digit as it is."""
    header, *rows = csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=";")
    return xlsx_bytes(header, rows)


def hash_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def keep(home: Path, number: str, content: bytes, sealer: Sealer) -> str:
    """Write the sealed file under a name nobody else takes; returns its place within the home."""
    place = FOLDER / f"{number}-{secrets.token_hex(4)}.csv.sealed"
    path = home / place
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(sealer.seal(_COLUMN, content.decode("utf-8")))
        file.flush()
        os.fsync(file.fileno())
    return place.as_posix()


def opened(home: Path, place: str, sha256: str, sealer: Sealer) -> bytes:
    """The list's CSV. Raises ListFileChanged."""
    try:
        content = sealer.unseal(_COLUMN, (home / place).read_text(encoding="ascii")).encode("utf-8")
    except (OSError, UnicodeError, WrongKey):
        raise ListFileChanged("Berkas daftar keluar tidak dapat dibuka. Kembalikan berkas itu dari cadangan.") from None
    if hash_of(content) != sha256:
        raise ListFileChanged("Berkas daftar keluar berubah sejak dibuat. Kembalikan berkas aslinya dari cadangan.")
    return content


def write_private(path: Path, content: bytes) -> None:
    """A file only its owner may read, in place of whatever was there."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
    draft.replace(path)


def forget(home: Path, places: Iterable[str]) -> None:
    """Remove files that no row names, because their transaction did not happen."""
    for place in places:
        (home / place).unlink(missing_ok=True)


def sweep(home: Path, named: Collection[str], before: float) -> None:
    """Remove what a killed maker left: files older than `before` (seconds since 1970) that no list names."""
    for path in (home / FOLDER).glob("*.sealed"):
        if (FOLDER / path.name).as_posix() not in named and path.stat().st_mtime < before:
            path.unlink(missing_ok=True)


def _line(number: str, place: int, row: Any, sealer: Sealer) -> tuple[Any, ...]:
    village, decreed = row.village_code, row.decreed_at
    return (
        number, place, sealer.unseal("nik", row.nik_sealed), sealer.unseal("kk", row.kk_sealed), row.name, village,
        name_of(village), name_of(village[:8]), name_of(village[:5]), row.programme, row.decree or "",
        decreed.astimezone(WIB).date() if decreed else "", row.parcel, row.package,
        (row.reported_at or row.verified_at).astimezone(WIB).date(),
    )  # fmt: skip
