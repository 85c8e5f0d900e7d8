"""Where is the letter of a batch: a draft, initialled, signed, sent, or replaced by a newer one? Whose marks count?"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from service.db.history import Told
from service.db.tables import ReferralBatch
from service.errors import NotNow
from service.trust.rights import Officer, may


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


@dataclass(frozen=True)
class Standing:
    """What one officer may do with a batch now; `needed`: how many marks, `marks`: those that count."""

    needed: int
    marks: list[dict[str, Any]]
    is_maker: bool
    has_marked: bool
    may_initial: bool
    may_sign: bool

    @property
    def waits_for_marks(self) -> bool:
        return len(self.marks) < self.needed


def standing_of(batch: ReferralBatch, hops: Collection[int], needed: int, officer: Officer) -> Standing:
    """Who made it or marked it leaves the rest to others."""
    is_draft = batch.state == "drafted"
    marks = marks_that_count(batch, hops) if is_draft else list(batch.initials or ())
    is_maker = batch.drafted_by == officer.actor
    has_marked = officer.actor in {mark["by"] for mark in marks}
    is_open, is_marked = is_draft and not is_maker and not has_marked, len(marks) >= needed
    return Standing(
        needed, marks, is_maker, has_marked,
        may_initial=is_open and not is_marked and may(officer, "referral.initial"),
        may_sign=is_open and is_marked and may(officer, "referral.sign"),
    )  # fmt: skip


def has_signed(batch: ReferralBatch, officer: Officer, typed: str) -> bool:
    """Did this officer sign it before: a second click, a second tab? With another number typed it is not the same again."""
    number = " ".join(typed.split())
    return batch.signed_by == officer.actor and number in ("", batch.letter_number)


def has_initialled(batch: ReferralBatch, hops: Collection[int], officer: Officer) -> bool:
    """Does this officer's mark stand on the batch as it is now?"""
    return any(mark["by"] == officer.actor for mark in marks_that_count(batch, hops))


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
