"""Which households may this officer look at: those of the own regencies; in the field, those one accompanies?"""

from __future__ import annotations

from sqlmodel import Session

from service.db.accompanied import is_accompanied_by
from service.db.tables import Case
from service.errors import NotAllowed
from service.trust.rights import Officer, require_region


class NotYourHousehold(NotAllowed):
    """Who works in the field sees, and speaks for, the households he accompanies only."""


def in_the_field(officer: Officer) -> str:
    """The login of somebody who is a facilitator and nothing else; else empty."""
    return officer.login if set(officer.roles) == {"facilitator"} else ""


def require_case(session: Session, officer: Officer, case: Case) -> None:
    """Raises OutsideRegion, NotYourHousehold."""
    require_region(officer, case.regency_code)
    login = in_the_field(officer)
    if login and not is_accompanied_by(session, case.id or 0, login):
        raise NotYourHousehold("Keluarga ini bukan dampingan Anda.")
