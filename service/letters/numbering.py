"""Which number does the next letter of a book get?

Source: Permendagri 83/2022 Article 3 (classification, sequence, unit, year). A number is taken in the transaction of
the decision: a rollback gives it back, and two signers at once wait for each other, so a book has no gap and no double.
"""

from __future__ import annotations

from sqlmodel import Session

from service.letters.queries import next_in_book
from service.policy import LetterNumbers


def take_number(session: Session, book: str, year: int, numbers: LetterNumbers, code: str) -> tuple[int, str]:
    """The next (sequence, printed number) of a book; `code` is the classification, e.g. `numbers.referral_code`."""
    seq = next_in_book(session, book, year)
    return seq, numbers.format.format(code=code, seq=seq, unit=numbers.unit, year=year)


def take_typed(session: Session, book: str, year: int) -> None:
    """Before a typed number is compared with those used: who types at the same moment waits here."""
    next_in_book(session, f"{book}_typed", year)
