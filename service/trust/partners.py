"""Who may become a partner, which secret does it sign with, and which link opens its page?

Secrets are `whsec_` + base64 of 32 random bytes, sealed at rest; while one is rotated the old one still counts.
Links are random 256-bit tokens of which only the hash is kept. Both are shown once.
"""

from __future__ import annotations

import base64
import re
import secrets
from datetime import date, datetime, timedelta
from typing import Any

from sqlmodel import Session

from service.clock import wall
from service.db.tables import Partner, PartnerLink
from service.db.tables.trust import AGENCY_KINDS, BANK, COMPANY, OFFICE, PARTNER_KINDS
from service.errors import BadInput, NotFound
from service.trust import queries
from service.trust.accounts import hash_of, new_token
from service.trust.sealing import Sealer

COLUMN = "partner_secret"
OLD_SECRET_LASTS = timedelta(days=7)
PARTNER_KIND_WORDS = {"supplier": "penyedia", "agency": "instansi", "facilitator": "pendamping"}
AGENCY_KIND_WORDS = {OFFICE: "kantor pemerintah", BANK: "bank atau lembaga keuangan", COMPANY: "perusahaan"}
ADDRESS = re.compile(r"[^@\s,;<>]+@[^@\s,;<>]+\.[^@\s,;<>]+")


class WrongPartner(BadInput):
    """The partner as asked for cannot be."""


def new_secret() -> str:
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


def add_partner(session: Session, sealer: Sealer, sender: str, kind: str, name: str, **fields: Any) -> tuple[Partner, str]:
    """A partner and its secret. `fields` are columns of Partner: regency_code, services, capacity, contact, webhook_url...

    Raises:
        WrongPartner: unknown kind, no name, the sender's name is taken, no mail address, a real agency of which nobody said
            what it is, or something else than an agency to be tried out (`is_sandbox`).
    """
    if kind not in PARTNER_KINDS:
        raise WrongPartner(f"Jenis mitra tidak dikenal: {kind}. Yang dikenal: {', '.join(PARTNER_KINDS)}.")
    if not name.strip() or not sender.strip():
        raise WrongPartner("Nama mitra wajib diisi, dengan huruf atau angka.", field="name")
    check_address(fields.get("contact") or "", "contact")
    given = fields.pop("agency_kind", None)
    if kind == "agency":
        fields["agency_kind"] = agency_kind_of(given, bool(fields.get("is_sandbox")))
    elif given:
        raise WrongPartner("Jenis instansi hanya untuk instansi (--kind agency).")
    if queries.partner_by_sender(session, sender):
        raise WrongPartner(f"Nama pengirim '{sender}' sudah dipakai.")
    if fields.get("is_sandbox") and kind != "agency":
        raise WrongPartner("Hanya instansi (--kind agency) yang dapat menjadi mitra uji coba.")
    secret = new_secret()
    partner = Partner(
        sender=sender, kind=kind, name=name.strip(), secret_sealed=sealer.seal(COLUMN, secret), made_at=wall(), **fields
    )  # fmt: skip
    session.add(partner)
    session.flush()
    return partner, secret


def require_agency_kind(kind: str | None) -> str:
    """What an agency may see of a household, and which consent covers it, hangs on this: it is never guessed.

    Raises:
        WrongPartner
    """
    if kind not in AGENCY_KINDS:
        known = ", ".join(f"{code} ({words})" for code, words in AGENCY_KIND_WORDS.items())
        wrong = f"Jenis instansi '{kind}' tidak dikenal." if kind else "Nyatakan jenis instansinya."
        raise WrongPartner(f"{wrong} Yang dikenal: {known}.", field="agency_kind")
    return kind


def agency_kind_of(given: str | None, is_sandbox: bool) -> str:
    """As stated; one for trying out, which never gets a real household, is an office unless told otherwise.

    Raises:
        WrongPartner
    """
    return require_agency_kind(given or (OFFICE if is_sandbox else None))


def check_address(text: str, field: str) -> None:
    """Empty, or one mail address. Raises WrongPartner."""
    if text and not ADDRESS.fullmatch(text):
        raise WrongPartner(f"'{text}' bukan alamat surat elektronik, misalnya kantor@contoh.go.id.", field=field)


def secrets_of(partner: Partner | queries.Signer, sealer: Sealer, now: datetime) -> tuple[str, ...]:
    """Every secret that counts now, the newest first; `now` is wire time."""
    newest = sealer.unseal(COLUMN, partner.secret_sealed)
    if partner.old_secret_sealed and partner.old_secret_until and partner.old_secret_until > now:
        return newest, sealer.unseal(COLUMN, partner.old_secret_sealed)
    return (newest,)


def rotate_secret(session: Session, sealer: Sealer, sender: str, now: datetime, keep_old: timedelta = OLD_SECRET_LASTS) -> str:
    """A new secret; the old one counts for `keep_old` more. Raises NotFound."""
    partner = queries.partner_by_sender(session, sender)
    if partner is None:
        raise NotFound(f"Tidak ada mitra bernama '{sender}'.")
    secret = new_secret()
    partner.old_secret_sealed, partner.old_secret_until = partner.secret_sealed, now + keep_old
    partner.secret_sealed = sealer.seal(COLUMN, secret)
    session.add(partner)
    return secret


def make_link(session: Session, partner_id: int, expires_on: date, batch_id: int | None = None) -> str:
    """The token of `GET /r/{token}`, which is a Bearer token for `/fhir` too; the office's short code holds for it."""
    token = new_token()
    code_hash = queries.code_in_force(session, partner_id)
    session.add(
        PartnerLink(
            token_hash=hash_of(token), partner_id=partner_id, batch_id=batch_id, expires_on=expires_on, made_at=wall(),
            code_hash=code_hash,
        )
    )  # fmt: skip
    return token


def link_of(session: Session, token: str, today: date) -> PartnerLink:
    """Raises NotFound for an unknown, expired or revoked link: one sentence for all three."""
    link = queries.link_by_hash(session, hash_of(token), today)
    if link is None:
        raise NotFound("Tautan ini tidak berlaku lagi. Mintalah tautan baru kepada Dinas Sosial.")
    return link
