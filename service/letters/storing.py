"""Where is a letter's file kept, and under which code is it found again?"""

from __future__ import annotations

import hashlib
import os
import secrets
from base64 import b32encode
from datetime import date, datetime
from pathlib import Path

from sqlmodel import Session

from service.db.tables import Letter


def new_code() -> str:
    """A code nobody can guess (160 bit), as in the QR: 32 lower-case letters and digits."""
    return b32encode(secrets.token_bytes(20)).decode().lower()


def keep_file(home: Path, kind: str, year: int, code: str, pdf: bytes) -> str:
    """Write a letter's file by rename and return its path within the home; the same bytes are not written twice."""
    place = Path("letters") / str(year) / kind / f"{code}.pdf"
    path = home / place
    if path.exists() and path.read_bytes() == pdf:
        return place.as_posix()
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(f".{secrets.token_hex(4)}.new")
    with draft.open("wb") as file:
        file.write(pdf)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    return place.as_posix()


def store_letter(
    session: Session, home: Path, *, kind: str, cycle_id: int, subject_key: str, pdf: bytes, code: str, about: str,
    dated_on: date, signer_name: str, signer_post: str, now: datetime, number: str | None = None,
    book: str | None = None, year: int | None = None, seq: int | None = None,
) -> Letter:  # fmt: skip
    """Keep the file, then the row that names it (flushed, so it has its id). `about` must not name a household.

    For many letters write the files first with `keep_file`, outside the transaction; here they are then only recognised.
    """
    letter = letter_row(
        home, kind=kind, cycle_id=cycle_id, subject_key=subject_key, pdf=pdf, code=code, about=about, dated_on=dated_on,
        signer_name=signer_name, signer_post=signer_post, now=now, number=number, book=book, year=year, seq=seq,
    )  # fmt: skip
    session.add(letter)
    session.flush()
    return letter


def letter_row(
    home: Path, *, kind: str, cycle_id: int, subject_key: str, pdf: bytes, code: str, about: str, dated_on: date,
    signer_name: str, signer_post: str, now: datetime, number: str | None = None,
    book: str | None = None, year: int | None = None, seq: int | None = None,
) -> Letter:  # fmt: skip
    """The same without writing the row: for those who add hundreds and flush once."""
    return Letter(
        kind=kind, cycle_id=cycle_id, subject_key=subject_key, code=code, book=book, year=year, seq=seq, number=number,
        dated_on=dated_on, about=about, signer_name=signer_name, signer_post=signer_post,
        file=keep_file(home, kind, year or dated_on.year, code, pdf), sha256=hashlib.sha256(pdf).hexdigest(), rendered_at=now,
    )  # fmt: skip
