"""Which short code, sent apart from a link, opens the personal details behind it?

An office has one code for all its links: six digits, kept as a keyed hash, shown once. Five wrong ones close the details of
that link until an officer makes a new code; a link made later takes the office's code over. What cannot be a code is no try,
and a right code shows that the office itself was typing: only then are the wrong ones forgotten.
"""

from __future__ import annotations

import hmac
import secrets

from sqlmodel import Session

from service.db.tables import PartnerLink
from service.trust import queries
from service.trust.sealing import Sealer

DIGITS = 6
MOST_WRONG = 5
NO_CODE = f"Isi {DIGITS} angka kode kantor Anda. Isian ini belum dihitung sebagai percobaan."


def new_code(session: Session, sealer: Sealer, partner_id: int) -> str:
    """A code for every link of the partner; the one before counts no more, and wrong tries are forgotten."""
    code = f"{secrets.randbelow(10**DIGITS):0{DIGITS}d}"
    queries.set_code(session, partner_id, _hash(sealer, partner_id, code))
    return code


def take_code(session: Session, sealer: Sealer, link_id: int, given: str) -> str | None:
    """None when it is right, else why not; a wrong one is counted, so the caller must let this transaction end well."""
    link = queries.locked_link(session, link_id)
    if why := why_closed(link):
        return why
    if not _may_be_code(given):
        return NO_CODE
    is_right = is_code(sealer, link, given)
    link.wrong_codes = 0 if is_right else link.wrong_codes + 1
    session.add(link)
    session.flush()
    if is_right:
        return None
    left = MOST_WRONG - link.wrong_codes
    return f"Kode tidak cocok. Sisa {left} kali percobaan." if left else why_closed(link)


def is_code(sealer: Sealer, link: PartnerLink, given: str) -> bool:
    kept = link.code_hash or ""
    return bool(kept) and hmac.compare_digest(kept, _hash(sealer, link.partner_id, _typed(given)))


def why_closed(link: PartnerLink) -> str | None:
    """Why no code opens this link's details; None when one may."""
    if not link.code_hash:
        return "Kode kantor Anda belum dibuat. Mintalah kepada Dinas Sosial."
    if link.wrong_codes >= MOST_WRONG:
        return "Terlalu banyak kode yang salah. Mintalah kode baru kepada Dinas Sosial."
    return None


def standing(link: PartnerLink) -> str:
    """The same in an officer's words."""
    if not link.code_hash:
        return "belum dibuat"
    return "terkunci setelah terlalu banyak kode salah; buat kode baru" if link.wrong_codes >= MOST_WRONG else "berlaku"


def _typed(given: str) -> str:
    return "".join(given.split())


def _may_be_code(given: str) -> bool:
    typed = _typed(given)
    return len(typed) == DIGITS and typed.isascii() and typed.isdigit()


def _hash(sealer: Sealer, partner_id: int, code: str) -> str:
    return sealer.lookup(f"link_code:{partner_id}", code)
