"""What does a run leave to look at in Prefect: progress, funnel, who was set aside (ids and codes only)?"""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from prefect.artifacts import (
    acreate_markdown_artifact,
    acreate_progress_artifact,
    acreate_table_artifact,
    aupdate_progress_artifact,
)

from service.cohort import queries
from service.cohort.conservation import SENTENCES
from service.cohort.steps import conservation
from service.handoff.balance import LABELS as PLACE_LABELS
from service.handoff.balance import SENTENCES as OUT_OF_PLACE
from service.handoff.queries.accounts import balance_of
from service.lifecycle import STATUSES, Subject, label_of
from service.regions import name_of
from service.stage import Work
from service.stages import LABELS

SHOWN_AT_MOST = 1000
SECONDS_BETWEEN = 1.0


@dataclass(frozen=True)
class Aside:
    """One subject that could not move, and the code that says why."""

    subject: str
    id: int
    code: str


class Progress:
    """A progress bar on the server: there from the first batch on, moved at most once a second."""

    def __init__(self, work: Work, stage: str) -> None:
        self._key = f"progres-{stage}-{work.cycle.year}"
        self._title = f"{LABELS[stage]} {work.cycle.year}"
        self._artifact: UUID | None = None
        self._shown_at = 0.0

    async def reached(self, share: float) -> None:
        """`share` of the work, 0 to 1."""
        percent = round(100 * share, 1)
        if self._artifact is None:
            self._artifact = await acreate_progress_artifact(progress=percent, key=self._key, description=self._title)
        elif time.monotonic() - self._shown_at >= SECONDS_BETWEEN:
            await aupdate_progress_artifact(self._artifact, progress=percent)
        else:
            return
        self._shown_at = time.monotonic()

    async def done(self) -> None:
        """Full, where there was anything to do."""
        if self._artifact is not None:
            await aupdate_progress_artifact(self._artifact, progress=100.0)


async def write_funnel(work: Work) -> None:
    """How many cases stand where now, a row per regency."""
    rows = await asyncio.to_thread(_funnel_rows, work)
    if rows:
        title = f"Posisi rumah tangga, siklus {work.cycle.year}"
        await acreate_table_artifact(rows, key=f"corong-{work.cycle.year}", description=title)


def _funnel_rows(work: Work) -> list[dict[str, Any]]:
    with work.database.read() as session:
        counts = queries.funnel(session, work.cycle_id)
    table: dict[str, dict[str, int]] = defaultdict(dict)
    for regency, status, count in counts:
        table[regency][status] = count
        table["Jumlah"][status] = table["Jumlah"].get(status, 0) + count
    shown = [s.name for s in STATUSES[Subject.CASE] if s.name in table["Jumlah"]]
    return [
        {"Kabupaten/kota": name_of(code)} | {label_of(Subject.CASE, s): row.get(s, 0) for s in shown}
        for code, row in sorted(table.items())
        if shown
    ]


async def write_set_aside(work: Work, stage: str, asides: Sequence[Aside]) -> None:
    """Everyone this run set aside, by code; ids only."""
    if not asides:
        return
    rows = [{"Alasan": a.code, "Jenis": a.subject, "Nomor": a.id} for a in sorted(asides, key=lambda a: (a.code, a.id))]
    title = f"{LABELS[stage]} {work.cycle.year}: {len(asides)} disisihkan"
    if len(rows) > SHOWN_AT_MOST:
        title += f" ({SHOWN_AT_MOST} pertama)"
    await acreate_table_artifact(rows[:SHOWN_AT_MOST], key=f"disisihkan-{stage}-{work.cycle.year}", description=title)


async def write_conservation(work: Work) -> bool:
    """Is every household in exactly one place? Writes the verdict, names cases by id where not."""
    with work.database.read() as session:
        verdict = conservation(session, work.cycle_id)
    lines = [f"## Siklus {work.cycle.year}: {'semua ada di satu tempat' if verdict.is_ok else 'ADA YANG TIDAK PADA TEMPATNYA'}"]
    lines += [f"{verdict.cohort} rumah tangga dibekukan, {sum(verdict.places.values())} ditemukan.", ""]
    lines += [f"- kasus {case}: {SENTENCES[code]}" for case, code in list(verdict.alarms.items())[:SHOWN_AT_MOST]]
    await acreate_markdown_artifact("\n".join(lines), key=f"kekekalan-{work.cycle.year}", description="Pemeriksaan kekekalan")
    return verdict.is_ok


async def write_balance(work: Work) -> bool:
    """Is every referral sent to an agency in exactly one place there? Writes each account, names referrals where not."""
    with work.database.read() as session:
        accounts = balance_of(session, work.cycle_id)
    broken = [one for account in accounts for one in account.alarms]
    rows = [{"Instansi": one.agency, "Terkirim": one.sent} | _labelled(one.places) for one in accounts]
    title = f"Neraca rujukan, siklus {work.cycle.year}" + (f": {len(broken)} TIDAK COCOK" if broken else "")
    if rows:
        await acreate_table_artifact(rows, key=f"neraca-{work.cycle.year}", description=title)
    lines = [f"- {one.number}, keluarga {one.household_id}: {OUT_OF_PLACE[one.code]}" for one in broken[:SHOWN_AT_MOST]]
    if lines:
        await acreate_markdown_artifact("\n".join(lines), key=f"neraca-rusak-{work.cycle.year}", description=title)
    return all(account.is_ok for account in accounts)


def _labelled(places: dict[str, int]) -> dict[str, int]:
    return {PLACE_LABELS[place]: count for place, count in places.items()}
