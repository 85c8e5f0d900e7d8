"""What was missing or damaged at a handover, who is told, and when is it made good?

A partly handed over parcel becomes a claim against the order that brought it by itself; a verifier may raise one too
(`service.db.claims`). It ends when the rest was handed over, or by an officer who did not raise it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlmodel import Session

from service.db import claims
from service.db.history import Told
from service.db.tables import Claim, Order
from service.delivery.decisions import ReasonNeeded
from service.delivery.queries import claims as queries
from service.delivery.queries.claims import Reported
from service.errors import BadInput, NotNow
from service.messages.outbox import owe_webhook
from service.regions import regency_of
from service.stage import Done, Work
from service.trust.rights import Officer, require, require_other, require_region

VERDICTS = ("replaced", "dropped")


class ClaimEnded(NotNow):
    """The claim was settled before."""


class UnknownVerdict(BadInput):
    """A claim is settled as replaced or dropped, nothing else."""


def partial_unclaimed(session: Session, work: Work) -> Sequence[int]:
    return queries.parcels_owing_claim(session, work.cycle_id)


def raise_claims(work: Work, ids: list[int]) -> Done:
    """One claim for each partly handed over parcel, saying what its report leaves open."""
    with work.database.write() as session:
        due = set(ids) & set(queries.parcels_owing_claim(session, work.cycle_id))
        for report in queries.reported(session, due):
            kind, items = claimed(report)
            claims.raise_claim(session, report.parcel_id, kind, items, claims.RULES, work.now, report.note)
    return Done(len(due))


def claimed(report: Reported) -> tuple[str, list[dict[str, Any]]]:
    """Kind and items: what was counted too few; else what was damaged or failed its test; else it is not known in detail."""
    counted = {str(item.get("name", "")).strip().lower(): item for item in report.told}
    short = [
        {"name": name, "count": quantity - int(counted[name.lower()].get("count", 0))}
        for name, quantity in report.contents.items()
        if name.lower() in counted and int(counted[name.lower()].get("count", 0)) < quantity
    ]
    if counted:
        short += [{"name": n, "count": q} for n, q in report.contents.items() if n.lower() not in counted]
    if short:
        return "short", short
    if report.function_tested is False:
        return "damaged", [{"name": name, "count": report.contents[name]} for name in report.to_test]
    return "short", []


def claims_to_tell(session: Session, work: Work) -> Sequence[int]:
    return [work.cycle_id] if queries.untold_claims(session, work.cycle_id) else []


def tell_claims(work: Work, _ids: list[int]) -> Done:
    """The supplier's system learns of each claim once; public numbers only."""
    with work.database.write() as session:
        due = queries.untold_claims(session, work.cycle_id)
        for claim, parcel, package, order in queries.claim_rows(session, due):
            assert order is not None
            body = {
                "claim": claim.number, "order": order.number, "parcel": parcel.number, "package": package.code,
                "kind": claim.kind, "items": claim.items,
            }  # fmt: skip
            owe_webhook(session, order.supplier_id, f"claim:{claim.number}", "order.claimed", body, work.now)
    return Done(len(due))


def claims_replaced(session: Session, work: Work) -> Sequence[int]:
    return [work.cycle_id] if queries.claims_made_good(session, work.cycle_id) else []


def settle_replaced(work: Work, _ids: list[int]) -> Done:
    """What was missing has been handed over since."""
    with work.database.write() as session:
        due = queries.claims_made_good(session, work.cycle_id)
        ended = [claims.end_claim(session, claim_id, "replaced", claims.RULES, work.now) for claim_id in due]
    return Done(sum(ended))


def settle_claim(session: Session, officer: Officer, number: str, verdict: str, reason: str, told: Told) -> Claim:
    """An officer says that the goods were replaced, or gives the claim up; always with a reason.

    Raises:
        NoRight, OutsideRegion, MakerIsChecker, NoSuchClaim, UnknownVerdict, ReasonNeeded, ClaimEnded
    """
    require(officer, "claim.settle")
    claim = claims.claim_numbered(session, number)
    require_region(officer, regency_of(claim.district_code))
    require_other(officer, claim.raised_by)
    if verdict not in VERDICTS:
        raise UnknownVerdict(f"Putusan klaim hanya: {', '.join(VERDICTS)}.")
    if not reason.strip():
        raise ReasonNeeded("Tuliskan alasan putusan klaim ini.")
    assert claim.id is not None
    if not claims.end_claim(session, claim.id, verdict, officer.actor, told.at, reason.strip()[:500]):
        raise ClaimEnded(f"Klaim {number} sudah diputuskan.", status=claim.state, event=verdict)
    if claim.order_id is not None:
        order = session.get_one(Order, claim.order_id)
        body = {"claim": number, "order": order.number, "verdict": verdict}
        owe_webhook(session, order.supplier_id, f"claim:{number}", "order.claim_settled", body, told.at)
    session.refresh(claim)
    return claim
