"""Is the letter somebody holds genuine, and how does its matter stand? (What `/v/{code}` shows.)

Nothing personal is answered: number, date, subject, signer, and the status of the referral, order or decree.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from sqlmodel import Session

from service.db.tables import Letter
from service.errors import NotFound
from service.letters import queries
from service.lifecycle import STATUSES, Subject, label_of
from service.settings import Settings

KINDS = {
    "decree": "Keputusan penetapan penerima",
    "decree_public": "Keputusan penetapan penerima (versi publikasi)",
    "order": "Surat pesanan",
    "receipt": "Berita acara serah terima dari penyedia",
    "referral": "Surat rujukan",
    "referral_sheet": "Lembar rujukan",
    "handover": "Berita acara serah terima",
    "exit": "Nota dinas daftar keluar",
}
_DECREE = {"proposed": "Diusulkan", "approved": "Ditetapkan", "rejected": "Ditolak"}
_BATCH = {"drafted": "Konsep", "signed": "Ditandatangani", "sent": "Dikirim"}
_EXIT = {"made": "Dibuat", "sent": "Diserahkan", "acknowledged": "Diterima program bantuan tunai"}
_UNKNOWN = "Tidak diketahui"


UNCHECKED = "Identitas penanda tangan tidak diperiksa."
CHECKED_SINCE = (
    "Sertifikat penanda tangan diperiksa sejak penerbit yang dipercaya diatur di sini; yang disimpan sebelumnya tidak."
)


class LetterFileGone(NotFound):
    """The letter is known, but its file is not where it was put."""


@dataclass(frozen=True)
class LetterCheck:
    """What anybody who holds the letter may know. `file_intact`: the kept file still has the hash noted at rendering."""

    code: str
    kind: str
    kind_label: str
    number: str | None
    dated_on: date
    about: str
    signer_name: str
    signer_post: str
    signed_electronically: bool
    signed_by: str | None
    signed_at: datetime | None
    status_label: str
    file_intact: bool
    sha256: str
    newer_code: str | None
    newer_number: str | None
    newer_dated_on: date | None


def check_letter(session: Session, home: Path, code: str) -> LetterCheck:
    """
    Raises:
        NotFound: no letter has this code.
    """
    letter = letter_with(session, code)
    newer = session.get_one(Letter, letter.superseded_by_id) if letter.superseded_by_id else None
    return LetterCheck(
        code=letter.code, kind=letter.kind, kind_label=KINDS.get(letter.kind, letter.kind), number=letter.number,
        dated_on=letter.dated_on, about=letter.about, signer_name=letter.signer_name, signer_post=letter.signer_post,
        signed_electronically=letter.signed_electronically, signed_by=letter.signed_by, signed_at=letter.signed_at,
        status_label=live_status(session, letter.subject_key), file_intact=is_intact(home, letter),
        sha256=letter.signed_sha256 or letter.sha256, newer_code=newer.code if newer else None,
        newer_number=newer.number if newer else None, newer_dated_on=newer.dated_on if newer else None,
    )  # fmt: skip


def identity_words(settings: Settings) -> str:
    """Is the signer of a kept file who he says? No verdict is kept with it, so no more is said than what is known now."""
    return CHECKED_SINCE if settings.signing_roots else UNCHECKED


def letter_file(session: Session, home: Path, code: str, as_printed: bool = False) -> Path:
    """The file of a letter, the electronically signed one where there is one, for those who may read it (the caller asks who
    that is). `as_printed`: the one without, to be signed.

    Raises:
        NotFound: no letter has this code.
        LetterFileGone: its file was removed.
    """
    letter = letter_with(session, code)
    path = home / (letter.file if as_printed else letter.signed_file or letter.file)
    if not path.is_file():
        raise LetterFileGone("Berkas surat tidak ditemukan di tempat penyimpanan. Hubungi pengelola.")
    return path


def is_intact(home: Path, letter: Letter) -> bool:
    """The kept files, printed and signed, still have the hashes noted when they came."""
    kept = [(letter.file, letter.sha256)] + ([(letter.signed_file, letter.signed_sha256)] if letter.signed_file else [])
    try:
        return all(hashlib.sha256((home / file).read_bytes()).hexdigest() == sha256 for file, sha256 in kept)
    except OSError:
        return False


def live_status(session: Session, subject_key: str) -> str:
    """How the letter's subject stands now, as a label; a subject that is gone is said to be unknown."""
    subject, _, name = subject_key.partition(":")
    ask = _ASK.get(subject)
    return (ask(session, name) if ask else None) or _UNKNOWN


def letter_with(session: Session, code: str) -> Letter:
    """Raises NotFound."""
    letter = queries.letter_by_code(session, code.strip().lower())
    if letter is None:
        raise NotFound("Tidak ada surat dengan kode ini. Periksa kembali kode atau QR pada surat.")
    return letter


def _referral(session: Session, number: str) -> str | None:
    status = queries.referral_status(session, number)
    return status and label_of(Subject.REFERRAL, status)


def _order(session: Session, number: str) -> str | None:
    status = queries.order_status(session, number)
    return status and label_of(Subject.ORDER, status)


def _parcel(session: Session, number: str) -> str | None:
    status = queries.parcel_status(session, number)
    return status and label_of(Subject.PARCEL, status)


def _batch(session: Session, number: str) -> str | None:
    """`Dikirim: 12 Disanggupi, 3 Sedang dilayani`, in the order of the table of statuses."""
    state = queries.batch_state(session, number)
    if state != "sent":
        return state and _BATCH.get(state, state)
    counts = queries.batch_referrals(session, number)
    parts = [f"{counts[s.name]} {s.label.lower()}" for s in STATUSES[Subject.REFERRAL] if s.name in counts]
    return f"{_BATCH[state]}: {', '.join(parts)}" if parts else _BATCH[state]


def _decree(session: Session, name: str) -> str | None:
    year, _, version = name.partition("/")
    if not (year.isdigit() and version.isdigit()):
        return None
    state = queries.decree_state(session, int(year), int(version))
    return state and _DECREE.get(state, state)


def _exit(session: Session, number: str) -> str | None:
    state = queries.exit_state(session, number)
    return state and _EXIT.get(state, state)


_ASK: dict[str, Callable[[Session, str], str | None]] = {
    "referral": _referral,
    "order": _order,
    "receipt": _order,
    "handover": _parcel,
    "batch": _batch,
    "decree": _decree,
    "decree_public": _decree,
    "exit": _exit,
}
