"""Where is the letter of a batch: a draft, initialled, signed, sent, or replaced by a newer one? Whose marks count?"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from service.db.history import Told
from service.db.tables import ReferralBatch
from service.errors import NotNow


class NoMarkNeeded(NotNow):
    """This person's mark is there, or all that are needed are."""


@dataclass(frozen=True)
class Place:
    """`code`: draft, initialled, signed, sent, superseded; `tone` as the pages draw it."""

    code: str
    label: str
    tone: str


def place_of(batch: ReferralBatch, hops: Collection[int], needed: int) -> Place:
    """`hops`: ids of the drafted referrals in it now; `needed`: how many marks the policy asks for."""
    if batch.superseded_by_id is not None:
        return Place("superseded", "Diganti surat baru", "quiet")
    if batch.state == "sent":
        return Place("sent", "Dikirim", "good")
    if batch.state == "signed":
        return Place("signed", "Ditandatangani", "go")
    marks = len(marks_that_count(batch, hops))
    if needed and marks >= needed:
        return Place("initialled", "Diparaf, menunggu tanda tangan", "wait")
    return Place("draft", f"Konsep, diparaf {marks} dari {needed}" if needed else "Konsep", "wait")


def marks_that_count(batch: ReferralBatch, hops: Collection[int]) -> list[dict[str, Any]]:
    """Marks of those who saw every referral that is in it now; one that left since harms none."""
    return [mark for mark in batch.initials or () if set(hops) <= set(mark["hops"])]


def with_mark(batch: ReferralBatch, hops: Collection[int], needed: int, told: Told) -> list[dict[str, Any]]:
    """The marks with one more; those over an earlier list fall away.

    Raises:
        NoMarkNeeded
    """
    marks = marks_that_count(batch, hops)
    if len(marks) >= needed:
        raise NoMarkNeeded(f"Berkas {batch.number} tidak memerlukan paraf lagi.", status=batch.state, event="initial")
    if told.actor in {mark["by"] for mark in marks}:
        raise NoMarkNeeded("Anda sudah memaraf berkas ini; paraf berikutnya oleh pejabat lain.")
    return [*marks, {"by": told.actor, "at": told.at.isoformat(), "hops": sorted(hops)}]
