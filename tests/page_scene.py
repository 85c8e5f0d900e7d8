"""How does a test look at the pages as an officer or as a partner?"""

from __future__ import annotations

import hashlib
import re
from datetime import date
from pathlib import Path
from typing import Any

from factories import NOW, make_case, make_household
from fastapi.testclient import TestClient
from outsider import add_outsider, house_of, parcel_at_point, placed_order, sent_referral
from sqlmodel import select

from service.api.app import create_app
from service.db.session import Database
from service.db.tables import Case, Cycle, Letter, OrderLine, Referral
from service.trust.accounts import add_user, make_session
from service.trust.partners import make_link
from service.trust.rights import ROLES

HTML = {"accept": "text/html"}
LETTER = "abcdefghijklmnop234567"


class Pages:
    """A service over one home; `officer(role)` and `partner()` are browsers."""

    def __init__(self, database: Database, home: Path) -> None:
        self.database, self.home = database, home
        self.house = house_of(database, home, prefect_port=1)
        self.app = create_app(self.house, sends=False)
        with database.write() as session:
            self.sessions = {
                role: make_session(session, add_user(session, f"uji-{role}", f"Uji {role}", [role]).id) for role in ROLES
            }

    def stranger(self) -> TestClient:
        return TestClient(self.app, headers=HTML, follow_redirects=False)

    def officer(self, role: str) -> TestClient:
        return TestClient(self.app, headers=HTML, cookies={"estafet": self.sessions[role]}, follow_redirects=False)

    def with_things(self) -> Pages:
        """One order placed, one parcel at its point, one referral sent with its letter; links of supplier and agency."""
        with self.database.write() as session:
            supplier, _ = add_outsider(session, "supplier", "pemasok-a")
            facilitator, _ = add_outsider(session, "facilitator", "fas-f01")
            agency, _ = add_outsider(session, "agency", "dinkop-a")
            other, _ = add_outsider(session, "agency", "dinkop-b")
            order = placed_order(session, supplier)
            parcel = parcel_at_point(session, facilitator)
            session.add(OrderLine(order_id=order.id, package_id=parcel.package_id, quantity=2, price=2_500_000))
            referral = sent_referral(session, agency)
            self._letter(session, referral)
            self.links = {
                name: make_link(session, partner.id, date(2099, 1, 1))
                for name, partner in (("supplier", supplier), ("agency", agency), ("other", other))
            }
            self.links["expired"] = make_link(session, agency.id, date(2000, 1, 1))
            self.household = session.get_one(Case, referral.case_id).household_id
        return self

    def more_cases(self, count: int) -> None:
        with self.database.write() as session:
            cycle_id = session.exec(select(Cycle)).one().id
            for _ in range(count):
                make_case(session, cycle_id, make_household(session), upto="selected")

    def more_referrals(self, count: int) -> None:
        with self.database.write() as session:
            agency = session.exec(select(Referral)).first().agency_id
            from service.db.tables import Partner

            for number in range(2, count + 2):
                sent_referral(session, session.get_one(Partner, agency), f"RJK-2021-{number:05d}")

    def _letter(self, session: Any, referral: Referral) -> None:
        content = b"%PDF-1.7 contoh"
        (self.home / "letters").mkdir(exist_ok=True)
        (self.home / "letters" / "surat.pdf").write_bytes(content)
        letter = Letter(
            kind="referral_sheet", cycle_id=referral.cycle_id, subject_key=f"referral:{referral.number}", code=LETTER,
            number="400.9.14.6/0001-DINSOS/2021", dated_on=NOW.date(), about="Lembar rujukan", signer_name="Kepala Contoh",
            signer_post="Kepala Dinas Sosial", file="letters/surat.pdf", sha256=hashlib.sha256(content).hexdigest(),
            rendered_at=NOW,
        )  # fmt: skip
        session.add(letter)
        session.flush()
        referral.letter_id = letter.id
        session.add(referral)


def token_on(page: Any) -> str:
    """The form token a page carries."""
    return re.search(r'name="csrf" value="([0-9a-f]{64})"', page.text).group(1)
