"""How does a household get another package than its kind of business says, before anything is ordered?

Somebody who knows it asks, with a reason; somebody else decides. Until then its parcel is not ordered.
"""

from __future__ import annotations

from sqlmodel import Session

from service.db.history import Told
from service.db.tables import Case, Cycle, Package, PackageProposal, Parcel
from service.errors import BadInput, NotFound, NotNow
from service.messages.outbox import owe_kick
from service.procurement.queries import proposals as queries
from service.procurement.queries.catalogue import current_packages, newest_versions
from service.trust.rights import Officer, require, require_other, require_region

BEFORE_GOODS = ("selected", "decreed", "ordered")


class NoSuchProposal(NotFound):
    """No proposal has this number."""


class NoSuchPackage(BadInput):
    """The cycle's catalogue does not offer this package."""


class ProposalWithoutReason(BadInput):
    """Asked for, or refused, without saying why."""


class AlreadyOrdered(NotNow):
    """The household's package is on an order already."""


class AlreadyProposed(NotNow):
    """Another package is asked for already, or the household gets this one anyway."""


class AlreadyDecided(NotNow):
    """The proposal was decided before."""


def propose_package(session: Session, officer: Officer, case_id: int, code: str, reason: str, told: Told) -> PackageProposal:
    """Ask for the package with this code; it waits for somebody with `package.decide`.

    Raises:
        NoRight, OutsideRegion
        NoSuchPackage, ProposalWithoutReason
        AlreadyOrdered, AlreadyProposed
    """
    require(officer, "package.propose")
    case = queries.case_locked(session, case_id)
    require_region(officer, case.regency_code)
    if len(reason.strip()) < 5:
        faults = [{"field": "alasan", "fault": "Tuliskan mengapa paket ini lebih cocok"}]
        raise ProposalWithoutReason("Tuliskan alasannya, sedikitnya lima huruf.", faults=faults)
    package, parcel = _offered(session, case.cycle_id, code), queries.parcel_of(session, case_id)
    _require_not_ordered(case, parcel)
    if queries.open_for_case(session, case_id):
        raise AlreadyProposed(f"Keluarga {case.household_id} sudah mempunyai usulan paket yang menunggu keputusan.")
    if parcel and parcel.package_id == package.id:
        raise AlreadyProposed(f"Keluarga {case.household_id} sudah mendapat paket {package.code}.")
    assert package.id is not None
    made = PackageProposal(
        cycle_id=case.cycle_id, case_id=case_id, package_id=package.id, reason=reason.strip()[:500],
        proposed_by=told.actor, proposed_at=told.at,
    )  # fmt: skip
    session.add(made)
    session.flush()
    return made


def decide_package(
    session: Session, officer: Officer, proposal_id: int, accept: bool, note: str, told: Told
) -> PackageProposal:
    """Accept (the parcel that is not ordered yet gets the package, or the next one that is made) or refuse, with a reason.

    Raises:
        NoSuchProposal, AlreadyDecided
        NoRight, OutsideRegion, MakerIsChecker
        ProposalWithoutReason: refused without saying why.
        AlreadyOrdered, NoSuchPackage: it can only be refused now.
    """
    require(officer, "package.decide")
    found = queries.proposal_by_id(session, proposal_id)
    if found is None:
        raise NoSuchProposal(f"Usulan paket {proposal_id} tidak ada.")
    case = queries.case_locked(session, found.case_id)
    require_region(officer, case.regency_code)
    require_other(officer, found.proposed_by)
    if found.state != queries.OPEN:
        raise AlreadyDecided(f"Usulan paket {proposal_id} sudah diputuskan.")
    if not accept and len(note.strip()) < 5:
        faults = [{"field": f"alasan-{proposal_id}", "fault": "Tuliskan mengapa usulan ditolak"}]
        raise ProposalWithoutReason("Tuliskan alasan penolakan, sedikitnya lima huruf.", faults=faults)
    if accept:
        _give(session, case, found)
    found.state = queries.ACCEPTED if accept else queries.REFUSED
    found.decided_by, found.decided_at, found.note = told.actor, told.at, note.strip()[:500] or None
    session.add(found)
    session.flush()
    owe_kick(session, "procurement", session.get_one(Cycle, case.cycle_id).year, told.at)
    return found


def _give(session: Session, case: Case, found: PackageProposal) -> None:
    """The version of today of the package that was asked for."""
    parcel = queries.parcel_of(session, found.case_id)
    _require_not_ordered(case, parcel)
    code = session.get_one(Package, found.package_id).code
    now = newest_versions(session, case.cycle_id)[code]
    if not now.is_current or now.id is None:
        raise NoSuchPackage(f"Paket {code} tidak diberikan lagi pada siklus ini. Tolak usulan ini.")
    if parcel and parcel.id and not queries.give_package(session, parcel.id, now.id):
        raise AlreadyOrdered(f"Paket keluarga {case.household_id} sudah dipesan.")


def _offered(session: Session, cycle_id: int, code: str) -> Package:
    known = {package.code: package for package in current_packages(session, cycle_id)}
    if code not in known:
        faults = [{"field": "paket", "fault": "Pilih paket dari katalog siklus ini"}]
        raise NoSuchPackage(f"Paket {code or '(kosong)'} tidak ada pada katalog siklus ini.", faults=faults)
    return known[code]


def _require_not_ordered(case: Case, parcel: Parcel | None) -> None:
    """Raises AlreadyOrdered, also for a household whose goods came or who left."""
    if parcel and (parcel.order_id is not None or parcel.status != "planned"):
        raise AlreadyOrdered(f"Paket keluarga {case.household_id} sudah dipesan; paket lain tidak dapat diusulkan lagi.")
    if case.status not in BEFORE_GOODS:
        raise AlreadyOrdered(f"Keluarga {case.household_id} tidak sedang menunggu paket.")
