"""Does the list come out the same again from what was frozen, and if not, what was changed since? Changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import polars as pl

from service.db.tables import Cycle
from service.errors import NotNow
from service.policy import CyclePolicy, hash_of_stored
from service.selection import canonical, snapshot
from service.selection.listed import queries as listing
from service.selection.placing import Basis, Placed, place
from service.selection.score import LABELS
from service.selection.steps import basis_of
from service.stage import Work

_NAMED = 20
_WORDS = {
    "placement": "penempatan", "score": "nilai", "rank": "urutan", "reserve_place": "tempat cadangan",
    **{code: label["id"] for code, label in LABELS.items()},
}  # fmt: skip


class NotFrozen(NotNow):
    """There is no snapshot to count yet."""


class NotPlaced(NotNow):
    """There is no list to compare with yet."""


@dataclass(frozen=True)
class Fault:
    """What was changed since the freeze: QUOTA_CHANGED, PLACES_CHANGED, POLICY_CHANGED, SEED_CHANGED, DAY_CHANGED,
    ROW_CHANGED or HASH_CHANGED, and a sentence that names it.
    """

    code: str
    sentence: str


@dataclass(frozen=True)
class Recount:
    """`different`: households that came out differently; `stored_hash` is None for a list of before it was written."""

    households: int
    different: tuple[int, ...]
    faults: tuple[Fault, ...]
    stored_hash: str | None
    counted_hash: str
    policy_hash: str
    snapshot_hash: str

    @property
    def is_same(self) -> bool:
        return not self.faults


def verify_selection(work: Work) -> Recount:
    """Place again from the frozen file alone and compare with everything that was written.

    Raises:
        NotFrozen, NotPlaced
        SnapshotChanged: the file is not the one that was frozen.
    """
    cycle, now, frozen, stored, quotas = _kept(work)
    basis = frozen or now
    counted = place(snapshot.read(work.home, cycle.snapshot_file, cycle.snapshot_hash), basis)
    rows = canonical.listed(counted.frame)
    different = _different(rows, stored)
    digest = canonical.hash_of(rows)
    faults = [*_basis_faults(cycle, now, basis), *_place_faults(counted, quotas), *_row_faults(different)]
    if cycle.selection_hash not in (None, digest):
        faults.append(Fault("HASH_CHANGED", f"Hash daftar tersimpan {cycle.selection_hash}, hitungan ulang {digest}."))
    return Recount(
        stored.height, tuple(different.get_column("household_id")), tuple(faults), cycle.selection_hash, digest,
        cycle.policy_hash, cycle.snapshot_hash or "",
    )  # fmt: skip


def selection_text(work: Work) -> tuple[bytes, str]:
    """The canonical text of the list, from the frozen file, and its hash.

    Raises:
        NotFrozen, NotPlaced, SnapshotChanged
    """
    cycle, now, frozen, _, _ = _kept(work)
    counted = place(snapshot.read(work.home, cycle.snapshot_file, cycle.snapshot_hash), frozen or now)
    rows = canonical.listed(counted.frame)
    return canonical.text_of(rows), canonical.hash_of(rows)


def frozen_basis(work: Work) -> tuple[pl.LazyFrame, Basis]:
    """The snapshot and what the list rests on, as frozen.

    Raises:
        NotFrozen, SnapshotChanged
    """
    with work.database.read() as session:
        cycle = session.get_one(Cycle, work.cycle_id)
        now = basis_of(session, _frozen(cycle), CyclePolicy.model_validate(cycle.policy))
    where = (work.home, cycle.snapshot_file, cycle.snapshot_hash)
    return snapshot.read(*where), snapshot.read_basis(*where) or now


def _frozen(cycle: Cycle) -> Cycle:
    if cycle.frozen_at is None:
        raise NotFrozen(f"Data siklus {cycle.year} belum dibekukan.")
    return cycle


def _kept(work: Work) -> tuple[Cycle, Basis, Basis | None, pl.DataFrame, dict[str, tuple[int, int | None]]]:
    """The cycle, its basis as the database has it and as the file has it, the rows and the quota rows as they are kept."""
    with work.database.read() as session:
        cycle = _frozen(session.get_one(Cycle, work.cycle_id))
        now = basis_of(session, cycle, CyclePolicy.model_validate(cycle.policy))
        rows = listing.placements(session, work.cycle_id, tuple(LABELS))
        quotas = listing.quota_rows(session, work.cycle_id)
    kinds = dict.fromkeys(canonical.COLUMNS, pl.Int64) | {"placement": pl.String}
    stored = pl.DataFrame([tuple(row) for row in rows], schema=kinds, orient="row")
    if stored.get_column("placement").null_count() == stored.height:
        raise NotPlaced(f"Seleksi siklus {cycle.year} belum dijalankan.")
    return cycle, now, snapshot.read_basis(work.home, cycle.snapshot_file, cycle.snapshot_hash), stored, quotas


def _different(counted: pl.DataFrame, stored: pl.DataFrame) -> pl.DataFrame:
    """Rows that are not the same on both sides: `household_id`, each column as counted and, with `_stored`, as stored."""
    kinds: Any = {name: pl.Int64 for name in counted.columns if name != "placement"}
    both = counted.cast(kinds).join(stored, on="household_id", how="full", suffix="_stored", coalesce=True)
    unlike = [pl.col(name).ne_missing(pl.col(f"{name}_stored")) for name in canonical.COLUMNS[1:]]
    return both.filter(pl.any_horizontal(unlike)).sort("household_id")


def _row_faults(different: pl.DataFrame) -> Iterator[Fault]:
    for row in different.head(_NAMED).iter_rows(named=True):
        told = ", ".join(_difference(row, name) for name in canonical.COLUMNS[1:] if row[name] != row[f"{name}_stored"])
        yield Fault("ROW_CHANGED", f"Rumah tangga {row['household_id']}: {told}.")
    if different.height > _NAMED:
        yield Fault("ROW_CHANGED", f"Dan {different.height - _NAMED} rumah tangga lain.")


def _difference(row: dict[str, Any], name: str) -> str:
    stored, counted = ("tidak ada" if value is None else value for value in (row[f"{name}_stored"], row[name]))
    return f"{_WORDS[name]} tersimpan {stored}, hitungan ulang {counted}"


def _basis_faults(cycle: Cycle, now: Basis, frozen: Basis) -> Iterator[Fault]:
    quota = ({**now.quota, **now.districts}, {**frozen.quota, **frozen.districts})
    for code in sorted(quota[0].keys() | quota[1].keys()):
        here, then = (side.get(code, "tidak ada") for side in quota)
        if here != then:
            yield Fault("QUOTA_CHANGED", f"Kuota {code} kini {here}, saat data dibekukan {then}.")
    if now.policy != frozen.policy or hash_of_stored(cycle.policy) != cycle.policy_hash:
        yield Fault("POLICY_CHANGED", "Kebijakan siklus berubah sejak data dibekukan.")
    if now.seed != frozen.seed:
        yield Fault("SEED_CHANGED", f"Benih undian kini {now.seed}, saat data dibekukan {frozen.seed}.")
    if now.as_of != frozen.as_of:
        yield Fault("DAY_CHANGED", f"Tanggal pembekuan kini {now.as_of:%d/%m/%Y}, seharusnya {frozen.as_of:%d/%m/%Y}.")


def _place_faults(counted: Placed, quotas: dict[str, tuple[int, int | None]]) -> Iterator[Fault]:
    places = counted.places.regencies | counted.places.districts
    for code, (_, stored) in sorted(quotas.items()):
        if stored != places.get(code):
            yield Fault("PLACES_CHANGED", f"Tempat {code} tersimpan {stored}, hitungan ulang {places.get(code)}.")
