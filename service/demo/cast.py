"""Who plays in the demo? Officials with tokens, suppliers, facilitators and agencies with secrets; all synthetic."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from sqlmodel import Session

from service import regions
from service.db.tables.trust import OFFICE
from service.demo.calling import Cast
from service.trust.accounts import add_user, make_token
from service.trust.homes import House
from service.trust.partners import add_partner

OFFICIALS = {
    "operator": ("petugas", "Petugas Operasi (contoh)"),
    "verifier": ("verifikator", "Verifikator (contoh)"),
    "approver": ("kadis", "Kepala Dinas (contoh)"),
    "commitment_officer": ("ppk", "PPK (contoh)"),
    "auditor": ("auditor", "Auditor (contoh)"),
    "admin": ("admin", "Admin (contoh)"),
}
SERVICES = ["business_development", "nib", "p_irt", "halal", "training", "packaging"]
DEMO_PASSWORD = "estafet-demo"  # noqa: S105  (printed on the demo's screen; only a demo home has it)


@dataclass(frozen=True)
class Players:
    """Everybody of the story; tokens by role, and `verifier 36.01` for the verifier of a regency."""

    tokens: dict[str, str]
    suppliers: dict[str, Cast]
    agencies: dict[str, Cast]
    facilitators: dict[str, Cast]


def hire(house: House, hook_for: Callable[[str], str], facilitator_codes: Iterable[str]) -> Players:
    """Make accounts and partners of a fresh demo home. `hook_for(sender)` is where a partner listens."""
    with house.database.write() as session:
        tokens = {role: _official(session, role) for role in OFFICIALS}
        tokens |= {f"verifier {code}": _verifier(session, code) for code in regions.regencies()}
    with house.database.write() as session:
        return Players(
            tokens,
            {c.sender: c for c in _suppliers(session, house, hook_for)},
            {c.sender: c for c in _agencies(session, house, hook_for)},
            {c.sender: c for c in _facilitators(session, house, hook_for, facilitator_codes)},
        )


def _official(session: Session, role: str) -> str:
    login, name = OFFICIALS[role]
    user = add_user(session, login, name, [role], password=DEMO_PASSWORD if role in ("operator", "approver") else None)
    assert user.id is not None
    return make_token(session, user.id, "demo")


def _verifier(session: Session, regency: str) -> str:
    """Speaks for one regency's list, and for no other."""
    login, name = f"verif-{regency.replace('.', '')}", f"Verifikator {regions.name_of(regency)} (contoh)"
    user = add_user(session, login, name, ["verifier"], [regency])
    assert user.id is not None
    return make_token(session, user.id, "demo")


def _suppliers(session: Session, house: House, hook_for: Callable[[str], str]) -> Iterable[Cast]:
    for code in regions.regencies():
        for place in (1, 2):
            sender = f"pms-{code.replace('.', '')}-{place}"
            name = f"CV Contoh Niaga {regions.name_of(code)} {place} (sintetis)"
            yield _partner(session, house, sender, "supplier", name, code, hook_for)


def _agencies(session: Session, house: House, hook_for: Callable[[str], str]) -> Iterable[Cast]:
    for code in regions.regencies():
        sender = f"dinkop-{code.replace('.', '')}"
        name = f"Dinas Koperasi dan UKM {regions.name_of(code)}"
        yield _partner(session, house, sender, "agency", name, code, hook_for, services=SERVICES)
    name = "Dinas Koperasi dan UKM Provinsi Banten"
    yield _partner(session, house, "dinkop-36", "agency", name, None, hook_for, services=SERVICES)


def _facilitators(session: Session, house: House, hook_for: Callable[[str], str], codes: Iterable[str]) -> Iterable[Cast]:
    for code in codes:
        sender = f"fas-{code.lower()}"
        yield _partner(session, house, sender, "facilitator", f"Pendamping {code} (sintetis)", None, hook_for)


def _partner(
    session: Session, house: House, sender: str, kind: str, name: str, regency: str | None,
    hook_for: Callable[[str], str], services: list[str] | None = None,
) -> Cast:  # fmt: skip
    _, secret = add_partner(
        session, house.sealer, sender, kind, name, regency_code=regency, services=services or [],
        agency_kind=OFFICE if kind == "agency" else None,
        contact=f"{sender}@contoh.invalid", superior_contact=f"atasan-{sender}@contoh.invalid", webhook_url=hook_for(sender),
    )  # fmt: skip
    return Cast(sender, secret, name, regency)
