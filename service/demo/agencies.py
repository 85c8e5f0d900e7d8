"""How do simulated agencies answer? Most by signed webhook, three by the page behind the link in their mail.

Each referral has a fate, fixed by the seed: accepted, declined with each reason, waitlisted, never answered...
"""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from service.demo.calling import Caller, Cast

ON_THE_PAGE = {"dinkop-3672", "dinkop-3673", "dinkop-3674"}
FATES = (
    ("accepted", 78), ("silent", 5), ("NO_CAPACITY", 4), ("WRONG_REGION", 2), ("NOT_ELIGIBLE", 3), ("MISSING_DOCUMENT", 2),
    ("ALREADY_SERVED", 2), ("CANNOT_REACH", 1), ("OTHER", 1), ("waitlisted", 2),
)  # fmt: skip
LATER_FATES = (("accepted", 90), ("NO_CAPACITY", 10))
_NUMBER = re.compile(r"RJK-\d{4}-\d{5,}")
_LINK = re.compile(r"/r/([\w-]+)")
_NEXT_PAGE = re.compile(r"bagian=(\w+)&(?:amp;)?setelah=(\d+)")


@dataclass(frozen=True)
class Sent:
    """A referral an agency knows of."""

    number: str
    hop: int


def fate_of(referral: Sent, seed: int) -> str:
    chance = random.Random(f"{seed}-fate-{referral.number}")  # noqa: S311  (a story, not a secret)
    words, weights = zip(*(FATES if referral.hop == 1 else LATER_FATES), strict=True)
    return str(chance.choices(words, weights)[0])


def told_by_webhook(messages: list[dict[str, Any]]) -> list[Sent]:
    """From `referral.sent` messages."""
    return [Sent(message["referral"], message["hop"]) for message in messages]


def acknowledge(caller: Caller, cast: Cast, referral: Sent, at: str) -> str:
    content = {"referral": referral.number, "register_number": f"REG/{referral.number[-5:]}"}
    return caller.tell(cast, "referral.acknowledged", content, at)


NOTES = {"OTHER": "Perlu dibicarakan lebih dulu", "ALREADY_SERVED": "Sudah ikut pelatihan kantor kami tahun lalu"}


def decide(caller: Caller, cast: Cast, referral: Sent, fate: str, at: str) -> str:
    """Send what the fate says; returns the service's word."""
    content: dict[str, Any] = {"referral": referral.number}
    if fate == "accepted":
        return caller.tell(cast, "referral.accepted", content, at)
    if fate == "waitlisted":
        return caller.tell(cast, "referral.waitlisted", content | {"note": "Menunggu anggaran perubahan"}, at)
    note = NOTES.get(fate)
    return caller.tell(cast, "referral.declined", content | {"reason": fate, "note": note}, at)


def start_service(caller: Caller, cast: Cast, referral: Sent, at: str) -> str:
    return caller.tell(cast, "referral.service_started", {"referral": referral.number}, at)


def conclude(caller: Caller, cast: Cast, referral: Sent, at: str, seed: int) -> str:
    outcome, indicators = outcome_of(referral, seed)
    content = {"referral": referral.number, "outcome": outcome, "indicators": indicators}
    return caller.tell(cast, "referral.concluded", content, at)


def outcome_of(referral: Sent, seed: int) -> tuple[str, dict[str, Any]]:
    chance = random.Random(f"{seed}-outcome-{referral.number}")  # noqa: S311  (a story, not a secret)
    outcome = chance.choices(("ACHIEVED", "PARTIALLY_ACHIEVED", "NOT_ACHIEVED"), (60, 30, 10))[0]
    return outcome, {"nib_issued": outcome != "NOT_ACHIEVED", "turnover_up": outcome == "ACHIEVED", "training_finished": True}


class PageAgency:
    """An agency that opens the link in its mail and answers with the page's forms, many at once."""

    def __init__(self, caller: Caller, cast: Cast, outbox: Path) -> None:
        self.cast = cast
        self._caller, self._outbox = caller, outbox
        self._link_of: dict[str, str] = {}

    def links(self) -> list[str]:
        """Every link mailed to this agency, the oldest first; each opens its own batch."""
        mails = sorted(self._outbox.glob("*"), key=lambda path: path.stat().st_mtime)
        texts = [text for mail in mails if f"{self.cast.sender}@" in (text := mail.read_text())]
        return list(dict.fromkeys(f"/r/{found[1]}" for text in texts if (found := _LINK.search(text))))

    def waiting(self, section: str) -> list[str]:
        """Numbers in one section of the pages behind all links."""
        found = list[str]()
        for link in self.links():
            mine = self._behind(link, section)
            self._link_of |= dict.fromkeys(mine, link)
            found += [number for number in mine if number not in found]
        return found

    def _behind(self, link: str, section: str) -> list[str]:
        after, found = "0", list[str]()
        while True:
            page = self._caller.page(f"{link}?bagian={section}&setelah={after}")
            part = re.search(rf'<section[^>]*aria-labelledby="{section}".*?</section>', page, re.DOTALL)
            found += [number for number in dict.fromkeys(_NUMBER.findall(part[0] if part else "")) if number not in found]
            further = [place for name, place in _NEXT_PAGE.findall(page) if name == section and int(place) > int(after)]
            if not further:
                return found
            after = further[-1]

    def page_of(self, number: str) -> str:
        """The page of one number of `waiting`."""
        return self._caller.page(f"{self._link_of[number]}?rujukan={number}")

    def acknowledge_all(self) -> None:
        for link in self.links():
            self._caller.submit(link, {"aksi": "acknowledged", "semua": "1"})

    def answer(self, event: str, numbers: Sequence[str], **fields: Any) -> None:
        """One form for each link that these numbers (of `waiting`) stand behind."""
        for link in dict.fromkeys(self._link_of[number] for number in numbers):
            mine = [number for number in numbers if self._link_of[number] == link]
            self._caller.submit(link, {"aksi": event, "rujukan": mine, **fields})
