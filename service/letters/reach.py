"""Which region is a letter about, and may this officer look at it?"""

from __future__ import annotations

from sqlmodel import Session

from service.db import listings
from service.db.tables import Letter, Order, Parcel, Partner, Referral, ReferralBatch
from service.regions import regency_of
from service.trust.rights import Officer, require_region


def require_reach(session: Session, officer: Officer, letter: Letter) -> None:
    """Letters of the whole province (decrees, lists of exits) are everybody's.

    Raises:
        OutsideRegion
    """
    kind, _, number = letter.subject_key.partition(":")
    if kind == "referral":
        referral = listings.by_number(session, Referral, number)
        require_region(officer, listings.case_reading(session, referral.case_id)[0].regency_code)
    elif kind == "handover":
        require_region(officer, regency_of(listings.by_number(session, Parcel, number).district_code))
    elif kind in ("order", "receipt"):
        require_region(officer, regency_of(listings.by_number(session, Order, number).district_code))
    elif kind == "batch":
        agency = session.get_one(Partner, listings.by_number(session, ReferralBatch, number).agency_id)
        require_region(officer, regency_of(agency.regency_code or ""))
