"""How does an office without a system hear that a referral it sent back was completed and is there again?

One mail for each time it is sent again, like the one for a batch: number and link, nothing of the household.
"""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session

from service.handoff.queries.letters import Sheet
from service.handoff.sheets import asked_until
from service.messages.outbox import owe_mail
from service.policy import CyclePolicy

TITLE = "Rujukan {number} sudah dilengkapi dan dikirim lagi"


def mail_sent_again(session: Session, sheet: Sheet, policy: CyclePolicy, link: str, now: datetime) -> None:
    number, until = sheet.referral.number, asked_until(sheet, policy)
    body = {
        "template": "referral_resent.txt", "agency": sheet.agency.name, "number": number, "batch": sheet.batch.number,
        "link": link, "received_by": until.received_by.isoformat(), "answer_by": until.answer_by.isoformat(),
        "answer_days": until.decide, "office": policy.letterhead.contact,
    }  # fmt: skip
    owe_mail(session, sheet.agency.contact, f"referral:{number}", TITLE.format(number=number), body, now)
