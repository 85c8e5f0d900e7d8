"""Which secret does a partner sign with, and which link opens its page?

Secrets are `whsec_` + base64 of 32 random bytes, sealed at rest; while one is rotated the old one still counts.
Links are random 256-bit tokens of which only the hash is kept. Both are shown once.
"""

from __future__ import annotations

import base64
import secrets
from datetime import date, datetime, timedelta
from typing import Any

from sqlmodel import Session

from service.clock import wall
from service.db.tables import Partner, PartnerLink
from service.db.tables.trust import PARTNER_KINDS
from service.errors import BadInput, NotFound
from service.trust import queries
from service.trust.accounts import hash_of, new_token
from service.trust.sealing import Sealer

COLUMN = "partner_secret"
OLD_SECRET_LASTS = timedelta(days=7)


class WrongPartner(BadInput):
    """The partner as asked for cannot be."""


def new_secret() -> str:
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


def add_partner(session: Session, sealer: Sealer, sender: str, kind: str, name: str, **fields: Any) -> tuple[Partner, str]:
    """A partner and its secret. `fields` are columns of Partner: regency_code, services, capacity, contact, webhook_url...

    Raises:
        WrongPartner: unknown kind, the sender's name is taken, or only agencies can be tried out (`is_sandbox`).
    """
    if kind not in PARTNER_KINDS:
        raise WrongPartner(f"Jenis mitra tidak dikenal: {kind}. Yang dikenal: {', '.join(PARTNER_KINDS)}.")
    if queries.partner_by_sender(session, sender):
        raise WrongPartner(f"Nama pengirim '{sender}' sudah dipakai.")
    if fields.get("is_sandbox") and kind != "agency":
        raise WrongPartner("Hanya instansi (--kind agency) yang dapat menjadi mitra uji coba.")
    secret = new_secret()
    partner = Partner(
        sender=sender, kind=kind, name=name, secret_sealed=sealer.seal(COLUMN, secret), made_at=wall(), **fields
    )  # fmt: skip
    session.add(partner)
    session.flush()
    return partner, secret


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
