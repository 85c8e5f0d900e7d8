"""What stands on the list a facilitator goes by from house to house? NIK masked; for paper or a spreadsheet."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlmodel import Session

from service.delivery.queries.absences import visit_list
from service.regions import name_of
from service.spreadsheet import Row
from service.trust.sealing import Sealer, masked

HEADER = (
    "Pendamping", "Kabupaten/kota", "Kecamatan", "Desa", "Nomor keluarga", "Nama", "NIK", "Alamat", "RT", "RW", "Paket", "Isi",
    "Tidak hadir", "Sejak", "Alasan terakhir",
)  # fmt: skip


def visit_rows(
    session: Session, sealer: Sealer, cycle_id: int, at_least: int, regencies: Sequence[str] = (),
    facilitator: str | None = None,
) -> Iterator[Row]:  # fmt: skip
    """The rows under HEADER, facilitator by facilitator and village by village."""
    for row in visit_list(session, cycle_id, at_least, regencies, facilitator):
        village = row["village_code"]
        yield (
            row["facilitator_name"] or "", name_of(row["regency_code"]), name_of(village[:8]), name_of(village),
            row["household_id"], row["household"], masked(sealer.unseal("nik", row["nik_sealed"])), row["address"],
            row["rt"], row["rw"], row["number"], row["package"], row["absences"], row["first_absent_at"], row["note"] or "",
        )  # fmt: skip
