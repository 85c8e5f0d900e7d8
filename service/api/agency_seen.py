"""What of a household may an agency see behind its link now?

Fields of its kind; address and phone only after the office's code; nothing any more once the referral was taken back or
the household took its word back.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from sqlmodel import Session

from service.db.tables import Letter, PartnerLink, Referral
from service.handoff.queries import batch_by_number
from service.handoff.queries.closed import TAKEN_BACK, closed_on, still_listed
from service.handoff.queries.seen import without_consent
from service.trust.codes import why_closed
from service.trust.sealing import Sealer

TAKEN_BACK_WORDS = "Rujukan ini tidak ada lagi pada instansi Anda. Data keluarganya ditutup."

SHUT_LETTER = "Surat ini memuat keluarga yang datanya sudah ditutup bagi instansi Anda, jadi tidak dibuka lagi."


def covers_shown(session: Session, letters: Iterable[Letter]) -> list[tuple[Letter, str]]:
    """Each cover letter with the sentence why it does not open here, empty where it does."""
    return [(letter, why_shut(session, letter)) for letter in letters]


def why_shut(session: Session, letter: Letter) -> str:
    """A letter that lists a household whose data is closed to this agency is closed with it; empty: it opens."""
    if not closed_on(session, letter):
        return ""
    if letter.superseded_by_id:
        return f"{SHUT_LETTER} Surat penggantinya ada pada halaman ini."
    batch = batch_by_number(session, letter.subject_key.partition(":")[2])
    if still_listed(session, batch.id or 0):
        return f"{SHUT_LETTER} Dinas Sosial menggantinya dengan surat baru."
    return f"{SHUT_LETTER} Tidak ada lagi keluarga dalam surat itu yang dirujuk kepada Anda."


def shut_of(session: Session, referrals: Collection[Referral]) -> frozenset[int]:
    """Ids of those whose household this agency sees no more."""
    ended = {row.id for row in referrals if row.id is not None and row.status in TAKEN_BACK}
    return without_consent(session, [row.id for row in referrals if row.id is not None]) | ended


def details(link: PartnerLink, is_open: bool, values: Mapping[str, Any], sealer: Sealer) -> dict[str, Any]:
    """Address and phone of the household shown, once the office's code was entered; else why not."""
    if not is_open or "person" not in values:
        return {"details": None, "code_closed": why_closed(link)}
    home, seen = values["person"], values["seen"]
    phone = sealer.unseal("phone", home.phone_sealed) if home.phone_sealed and "contact" in seen else ""
    address = f"{home.address} RT {home.rt}/RW {home.rw}" if "address" in seen else ""
    return {"details": {"address": address, "phone": phone}, "code_closed": None}
