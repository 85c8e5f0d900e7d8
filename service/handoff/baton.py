"""How does a case follow its referral, and how is a referral taken back?

One open referral hangs on a case. When it ends without service the case is `ready` again, so that no household is
nowhere; when the service starts or concludes, the case goes with it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from sqlmodel import Session

from service.db.history import Told, record_moves
from service.errors import NotNow
from service.handoff.queries import work as queries
from service.handoff.queries.work import Hop
from service.lifecycle import MOVES, Subject
from service.messages.outbox import owe_webhook

WITHDRAWABLE = tuple(status for (status, event) in MOVES[Subject.REFERRAL] if event == "withdrawn")
TAKEN_BACK_BY = {"in_service": "consent_withdrawn"}  # what has begun ends early by the household's word only
AT_AGENCY = ("sent", "acknowledged", "accepted", "waitlisted", "declined", "returned", "no_response", "in_service")
CASE_AT_AGENCY = ("referred", "in_service")


NOT_PAUSED = {"paused_at": None, "paused_reason": None, "paused_days": 0}  # whoever moves a referral starts its clock anew


class StaleVersion(NotNow):
    """Somebody changed the referral after it was looked at."""


def require_version(session: Session, referral_id: int, seen: int | None) -> None:
    """Refuse who decides about something older than it is; `seen` None: not asked. The row stays ours until the end.

    Raises:
        StaleVersion
    """
    if seen is None:
        return
    now = queries.locked_version(session, referral_id)
    if now != seen:
        raise StaleVersion(
            "Rujukan ini sudah berubah sejak Anda membukanya. Muat ulang halamannya, lalu putuskan lagi.", seen=seen, now=now
        )


def take_back_cases(session: Session, case_ids: Collection[int], told: Told) -> None:
    """Cases whose referral ended are ready for another."""
    for status in CASE_AT_AGENCY:
        record_moves(session, Subject.CASE, case_ids, status, "referral_ended", told)


def conclude_cases(session: Session, case_ids: Collection[int], told: Told) -> None:
    for status in CASE_AT_AGENCY:
        record_moves(session, Subject.CASE, case_ids, status, "concluded", told)


def withdraw_hops(session: Session, hops: Iterable[Hop], reason: str, told: Told) -> list[Hop]:
    """Withdraw referrals that still are where they were seen; their agencies are told, their cases are ready again."""
    by_status: dict[str, list[Hop]] = {}
    for hop in hops:
        by_status.setdefault(hop.status, []).append(hop)
    gone: list[Hop] = []
    why = Told(told.actor, told.at, reason)
    for status, group in by_status.items():
        moved = set(
            record_moves(
                session,
                Subject.REFERRAL,
                [h.id for h in group],
                status,
                TAKEN_BACK_BY.get(status, "withdrawn"),
                why,
                {"reason": reason, "needs_person": None, **NOT_PAUSED},
            )
        )
        gone += [hop for hop in group if hop.id in moved]
    take_back_cases(session, [hop.case_id for hop in gone], why)
    for hop in gone:
        queries.forget_set_aside(session, hop.id)
        if hop.status in AT_AGENCY:
            tell_withdrawn(session, hop, reason, told)
    return gone


def tell_withdrawn(session: Session, hop: Hop, reason: str, told: Told) -> None:
    body = {"referral": hop.number, "reason": reason}
    owe_webhook(session, hop.agency_id, f"referral:{hop.number}", "referral.withdrawn", body, told.at)
