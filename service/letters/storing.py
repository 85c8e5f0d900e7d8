"""Where is a letter's file kept, and under which code is it found again?"""

from __future__ import annotations

import hashlib
import os
import secrets
from base64 import b32encode
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from sqlmodel import Session

from service.db.tables import Letter


def new_code() -> str:
    """A code nobody can guess (160 bit), as in the QR: 32 lower-case letters and digits."""
    return b32encode(secrets.token_bytes(20)).decode().lower()


@dataclass(frozen=True)
class Kept:
    """A letter's file as it is on the disk: its path within the home, and its SHA-256."""

    file: str
    sha256: str


def keep_file(home: Path, kind: str, year: int, code: str, pdf: bytes) -> Kept:
    """Write a letter's file by rename; the same bytes are not written twice."""
    place = Path("letters") / str(year) / kind / f"{code}.pdf"
    path, kept = home / place, Kept(place.as_posix(), hashlib.sha256(pdf).hexdigest())
    if path.exists() and path.read_bytes() == pdf:
        return kept
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(f".{secrets.token_hex(4)}.new")
    with draft.open("wb") as file:
        file.write(pdf)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    return kept


def store_letter(
    session: Session, home: Path, *, kind: str, cycle_id: int, subject_key: str, pdf: bytes, code: str, about: str,
    dated_on: date, signer_name: str, signer_post: str, now: datetime, number: str | None = None,
    book: str | None = None, year: int | None = None, seq: int | None = None,
) -> Letter:  # fmt: skip
    """Keep the file, then the row that names it (flushed, so it has its id). `about` must not name a household.

    A file written before with `keep_file`, outside the transaction, is only recognised here.
    """
    row = letter_row(
        kind=kind, cycle_id=cycle_id, subject_key=subject_key, code=code, about=about, dated_on=dated_on,
        kept=keep_file(home, kind, year or dated_on.year, code, pdf),
        signer_name=signer_name, signer_post=signer_post, now=now, number=number, book=book, year=year, seq=seq,
    )  # fmt: skip
    letter = Letter(**row)
    session.add(letter)
    session.flush()
    return letter


def letter_row(
    *, kind: str, cycle_id: int, subject_key: str, kept: Kept, code: str, about: str, dated_on: date, signer_name: str,
    signer_post: str, now: datetime, number: str | None = None, book: str | None = None, year: int | None = None,
    seq: int | None = None,
) -> dict[str, Any]:  # fmt: skip
    """The columns of a letter whose file is kept already: for those who write hundreds at once (`insert_letters`)."""
    return {
        "kind": kind, "cycle_id": cycle_id, "subject_key": subject_key, "code": code, "book": book, "year": year, "seq": seq,
        "number": number, "dated_on": dated_on, "about": about, "signer_name": signer_name, "signer_post": signer_post,
        "file": kept.file, "sha256": kept.sha256, "rendered_at": now,
    }  # fmt: skip
