"""Which region is a letter about, and may this officer look at it?"""

from __future__ import annotations

from sqlmodel import Session

from service.db import listings
from service.db.tables import Case, Letter, Order, Parcel, Partner, Referral, ReferralBatch
from service.regions import regency_of
from service.trust.reach import require_case
from service.trust.rights import Officer, require, require_region


def require_reach(session: Session, officer: Officer, letter: Letter) -> None:
    """Letters of the whole province (decrees, lists of exits) are everybody's.

    Raises:
        NoRight, OutsideRegion, NotYourHousehold
    """
    kind, _, number = letter.subject_key.partition(":")
    if kind == "referral":
        referral = listings.by_number(session, Referral, number)
        require_case(session, officer, listings.case_reading(session, referral.case_id)[0])
    elif kind == "handover":
        require_case(session, officer, session.get_one(Case, listings.by_number(session, Parcel, number).case_id))
    elif kind in ("order", "receipt"):
        require_region(officer, regency_of(listings.by_number(session, Order, number).district_code))
    elif kind == "batch":
        require(officer, "household.look")  # it lists many households
        agency = session.get_one(Partner, listings.by_number(session, ReferralBatch, number).agency_id)
        require_region(officer, regency_of(agency.regency_code or ""))
