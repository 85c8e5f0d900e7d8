"""How does an electronically signed letter come back, or get signed here, and where is it kept?

Beside the printed one, with its own hash; a later file must be the kept one with one more signature, so that nobody's
signature is lost.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from pathlib import Path

from sqlmodel import Session

from service.db.session import Database
from service.db.tables import Letter
from service.errors import NotNow
from service.letters import queries
from service.letters.checking import LetterFileGone, is_intact, letter_with
from service.letters.seals import Seal, SealRefused, read_seal, roots_of
from service.letters.signing import signed, signer_of
from service.letters.storing import keep_file
from service.settings import Settings
from service.trust.rights import Officer

LARGEST = 32 * 1024 * 1024


class SignedAlready(NotNow):
    """Another signed version is kept already."""


class LetterReplaced(NotNow):
    """A newer letter is in force, so this one is signed by nobody any more."""


def take_signed(
    database: Database, home: Path, settings: Settings, code: str, pdf: bytes, officer: Officer, now: datetime
) -> Letter:
    """The agency's electronically signed PDF of a letter; the same file again changes nothing. The region is the caller's
    to check.

    Raises:
        NotFound, LetterFileGone, SealRefused, SignedAlready, LetterReplaced
    """
    if len(pdf) > LARGEST:
        raise SealRefused("Berkas ini lebih besar dari 32 MB.")
    with database.read() as session:
        letter = letter_with(session, code)
    sha256 = hashlib.sha256(pdf).hexdigest()
    if letter.signed_sha256 == sha256:
        return letter
    if letter.superseded_by_id is not None:
        raise LetterReplaced("Surat ini sudah diganti dengan yang lebih baru. Tandatangani surat penggantinya.")
    seal = read_seal(pdf, _earlier(home, letter), roots_of(home / settings.signing_roots) if settings.signing_roots else ())
    file = keep_file(home, letter.kind, letter.year or letter.dated_on.year, f"{letter.code}-tte-{sha256[:8]}", pdf).file
    with database.write() as session:
        return _write_down(session, letter, file, sha256, seal, officer.actor, now)


def sign_here(
    database: Database, home: Path, settings: Settings, code: str, place: str, officer: Officer, now: datetime
) -> Letter:
    """With the certificate kept in this home; checked the same way as a file that comes from outside.

    Raises:
        NoCertificate, WrongCertificate, NotFound, LetterFileGone, SealRefused, SignedAlready, LetterReplaced
    """
    signer = signer_of(settings, home)
    with database.read() as session:
        letter = letter_with(session, code)
    if letter.signed_sha256:
        raise SignedAlready("Surat ini sudah ditandatangani secara elektronik.")
    return take_signed(database, home, settings, code, signed(_earlier(home, letter), signer, place), officer, now)


def _earlier(home: Path, letter: Letter) -> bytes:
    """What the signed file must begin with: the printed letter, or the one signed before."""
    if not is_intact(home, letter):
        raise LetterFileGone("Berkas simpanan surat ini tidak ada atau tidak cocok lagi. Hubungi pengelola.")
    return (home / (letter.signed_file or letter.file)).read_bytes()


def _write_down(session: Session, seen: Letter, file: str, sha256: str, seal: Seal, actor: str, now: datetime) -> Letter:
    letter = queries.locked_letter(session, seen.code)
    if letter.signed_sha256 != seen.signed_sha256:
        raise SignedAlready("Baru saja ada yang mengunggah surat ini. Muat ulang halaman.")
    letter.signed_file, letter.signed_sha256 = file, sha256
    letter.signed_by, letter.signed_at = seal.signer, seal.at
    letter.signed_electronically, letter.uploaded_by = True, actor
    session.add(letter)
    return letter
