"""Who may do what, and is the checker somebody else than the maker?

The table `RIGHTS` is the whole answer; every route and command names one of its acts.
"""

from __future__ import annotations

from dataclasses import dataclass

from service.errors import NotAllowed

ROLES = ("operator", "verifier", "approver", "commitment_officer", "facilitator", "auditor", "admin")
EVERYBODY = ROLES

RIGHTS: dict[str, tuple[str, ...]] = {
    "cycle.look": EVERYBODY,
    "household.look": ("operator", "verifier", "approver", "commitment_officer", "auditor", "admin"),
    "household.own": EVERYBODY,  # the single one: of the own region, in the field only whom one accompanies
    "household.reveal": ("operator", "verifier", "auditor"),
    "registry.import": ("operator",),
    "registry.settle": ("operator", "verifier"),
    "cycle.open": ("operator",),
    "stage.run": ("operator",),
    "decree.propose": ("operator",),
    "decree.verify": ("verifier",),
    "decree.approve": ("approver",),
    "objection.file": ("operator", "verifier", "facilitator"),
    "objection.decide": ("verifier", "approver"),
    "case.exclude": ("operator",),
    "order.approve": ("commitment_officer",),
    "order.inspect": ("operator", "verifier"),
    "order.accept": ("commitment_officer",),
    "parcel.verify": ("verifier",),
    "catalogue.edit": ("operator",),
    "master.edit": ("operator", "admin"),
    "package.propose": ("facilitator", "operator"),
    "package.decide": ("commitment_officer",),
    "event.change": ("operator",),
    "field.report": ("facilitator",),
    "document.add": ("operator", "verifier", "facilitator"),
    "claim.settle": ("operator", "commitment_officer"),
    "stock.write_off": ("verifier", "commitment_officer"),
    "exit.make": ("operator",),
    "exit.acknowledge": ("operator",),
    "referral.sign": ("approver",),
    "referral.initial": ("verifier", "approver"),
    "letter.upload": ("operator", "approver"),
    "letter.sign": ("approver", "commitment_officer"),
    "consent.record": ("facilitator", "operator"),
    "need.note": ("facilitator", "operator"),
    "referral.write": ("operator", "verifier", "approver"),
    "referral.decide": ("operator",),
    "message.resend": ("operator", "admin"),
    "partner.add": ("admin",),
    "partner.link": ("operator", "admin"),
    "user.add": ("admin",),
    "export": ("operator", "verifier", "auditor"),
    "backup": ("admin",),
}
ROLE_LABELS = {
    "operator": "Petugas operasi", "verifier": "Verifikator", "approver": "Pejabat penetap", "admin": "Admin",
    "commitment_officer": "PPK", "facilitator": "Pendamping", "auditor": "Auditor",
}  # fmt: skip


class NoRight(NotAllowed):
    """The person's roles do not include one that may do this."""


class OutsideRegion(NotAllowed):
    """The thing belongs to a regency the person does not work for."""


class MakerIsChecker(NotAllowed):
    """The person made what they now want to approve."""


@dataclass(frozen=True)
class Officer:
    """Somebody who acts; `regencies` empty means the whole province."""

    id: int
    login: str
    name: str
    roles: tuple[str, ...]
    regencies: tuple[str, ...] = ()

    @property
    def actor(self) -> str:
        """How this person is named in the table of moves."""
        return f"user:{self.login}"


def may(officer: Officer, act: str) -> bool:
    return bool(set(RIGHTS[act]) & set(officer.roles))


def require(officer: Officer, act: str) -> None:
    """Raises NoRight, naming the roles that may."""
    if not may(officer, act):
        allowed = ", ".join(ROLE_LABELS[role] for role in RIGHTS[act])
        raise NoRight(f"Tindakan ini hanya untuk: {allowed}.", act=act)


def require_region(officer: Officer, regency_code: str) -> None:
    """Raises OutsideRegion."""
    if officer.regencies and regency_code not in officer.regencies:
        raise OutsideRegion("Data ini di luar wilayah kerja Anda.")


def require_other(officer: Officer, *makers: str) -> None:
    """The one place where maker is never checker; `makers` are the actors who made, verified or asked for the thing.

    Raises:
        MakerIsChecker
    """
    if officer.actor in makers:
        raise MakerIsChecker("Yang membuat tidak boleh menyetujui. Mintalah pejabat lain memutuskan.")
