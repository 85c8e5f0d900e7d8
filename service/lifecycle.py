"""Which statuses exist, which event moves what where, who acts next, and how long may it take?

The whole answer is the tables below: `STATUSES` (label, whose turn, working days allowed) and `MOVES`
((subject, status, event) -> next status). `service.db.history.record_move` is the only writer.
`python -m service.lifecycle` prints the tables for the README.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from service.errors import NotNow


class Subject(StrEnum):
    """What can move."""

    CYCLE = "cycle"
    CASE = "case"
    ORDER = "order"
    PARCEL = "parcel"
    REFERRAL = "referral"


@dataclass(frozen=True)
class Status:
    """One stored status. `turn`: who acts next; `days`: working days they have (None: no clock); `is_end`: nothing follows."""

    name: str
    label: str
    label_en: str
    turn: str = ""
    days: int | None = None

    @property
    def is_end(self) -> bool:
        return not self.turn


class NoSuchMove(NotNow):
    """The event does not apply to the status the subject is in."""


S, C = Status, Subject

STATUSES: dict[Subject, tuple[Status, ...]] = {
    C.CYCLE: (
        S("open", "Dibuka", "Open", "operator"),
        S("frozen", "Data dibekukan", "Frozen", "operator", 5),
        S("proposed", "Calon diusulkan", "Proposed", "approver", 10),
        S("decreed", "Ditetapkan (SK)", "Decreed", "operator", 5),
        S("procuring", "Pengadaan", "Procuring", "commitment_officer"),
        S("delivering", "Penyaluran", "Delivering", "facilitator"),
        S("handing_off", "Perujukan", "Handing off", "agency"),
        S("closed", "Ditutup", "Closed"),
        S("cancelled", "Dibatalkan", "Cancelled"),
    ),
    C.CASE: (
        S("proposed", "Diusulkan", "Proposed", "operator", 10),
        S("ineligible", "Tidak memenuhi syarat", "Ineligible"),
        S("unplaced", "Di luar kuota dan cadangan", "Unplaced"),
        S("reserve", "Cadangan", "Reserve", "operator"),
        S("selected", "Terpilih", "Selected", "approver", 10),
        S("decreed", "Ditetapkan (SK)", "Decreed", "operator", 10),
        S("ordered", "Barang dipesan", "Ordered", "supplier"),
        S("delivered", "Barang diserahkan", "Delivered", "verifier", 3),
        S("verified", "Penyerahan terbukti", "Verified", "facilitator"),
        S("ready", "Siap dirujuk", "Ready", "operator", 5),
        S("referred", "Dirujuk", "Referred", "agency"),
        S("in_service", "Sedang dilayani", "In service", "agency"),
        S("concluded", "Selesai", "Concluded"),
        S("withdrawn", "Mundur", "Withdrawn"),
        S("substituted", "Diganti", "Substituted"),
        S("lost_contact", "Hilang kontak", "Lost contact"),
        S("not_referred", "Tidak dirujuk", "Not referred"),
    ),
    C.ORDER: (
        S("draft", "Konsep", "Draft", "commitment_officer", 3),
        S("approved", "Disetujui PPK", "Approved", "operator", 1),
        S("placed", "Dipesan", "Placed", "supplier", 3),
        S("confirmed", "Dikonfirmasi penyedia", "Confirmed", "supplier", 10),
        S("shipped", "Dikirim", "Shipped", "supplier", 5),
        S("arrived", "Tiba di titik serah", "Arrived", "operator", 2),
        S("inspected", "Diperiksa", "Inspected", "commitment_officer", 2),
        S("accepted", "Diterima (BAST)", "Accepted"),
        S("rejected", "Ditolak", "Rejected"),
        S("cancelled", "Dibatalkan", "Cancelled"),
    ),
    C.PARCEL: (
        S("planned", "Direncanakan", "Planned", "supplier"),
        S("at_point", "Di titik serah", "At the delivery point", "facilitator"),
        S("handed_over", "Diserahkan", "Handed over", "verifier", 3),
        S("partial", "Diserahkan sebagian", "Partly handed over", "verifier", 3),
        S("absent", "Penerima tidak hadir", "Absent", "facilitator", 10),
        S("refused", "Ditolak penerima", "Refused", "operator", 3),
        S("disputed", "Disengketakan", "Disputed", "verifier", 5),
        S("verified", "Terbukti", "Verified"),
        S("returned", "Dikembalikan", "Returned"),
        S("substituted", "Dialihkan ke pengganti", "Substituted"),
    ),
    C.REFERRAL: (
        S("drafted", "Konsep", "Drafted", "approver", 3),
        S("signed", "Ditandatangani", "Signed", "operator", 1),
        S("sent", "Dikirim", "Sent", "agency", 3),
        S("acknowledged", "Diterima instansi", "Acknowledged", "agency", 10),
        S("accepted", "Disanggupi", "Accepted", "agency", 30),
        S("waitlisted", "Daftar tunggu", "Waitlisted", "agency", 30),
        S("declined", "Ditolak instansi", "Declined", "operator", 3),
        S("returned", "Dikembalikan untuk dilengkapi", "Returned", "facilitator", 5),
        S("no_response", "Tidak dijawab", "No response", "operator", 3),
        S("in_service", "Sedang dilayani", "In service", "agency", 66),
        S("concluded", "Selesai", "Concluded"),
        S("withdrawn", "Ditarik", "Withdrawn"),
        S("rerouted", "Dialihkan ke instansi lain", "Rerouted"),
    ),
}

_CYCLE = {
    ("open", "frozen"): "frozen", ("frozen", "proposed"): "proposed", ("proposed", "decree_approved"): "decreed",
    ("decreed", "procurement_started"): "procuring", ("procuring", "delivery_started"): "delivering",
    ("delivering", "handoff_started"): "handing_off",
    ("handing_off", "closed"): "closed",
    **{(s, "cancelled"): "cancelled" for s in ("open", "frozen", "proposed", "decreed")},
}  # fmt: skip
_CASE = {
    ("proposed", "found_ineligible"): "ineligible", ("proposed", "placed_within_quota"): "selected",
    ("proposed", "placed_on_reserve"): "reserve", ("proposed", "left_unplaced"): "unplaced",
    ("reserve", "moved_up"): "selected", ("reserve", "reserve_released"): "unplaced",
    ("selected", "decree_approved"): "decreed", ("decreed", "ordered"): "ordered", ("ordered", "delivered"): "delivered",
    ("delivered", "handover_verified"): "verified", ("verified", "made_ready"): "ready",
    ("verified", "not_referred"): "not_referred", ("ready", "not_referred"): "not_referred",
    ("ready", "referred"): "referred", ("referred", "referral_ended"): "ready",
    ("in_service", "referral_ended"): "ready", ("referred", "service_started"): "in_service",
    ("referred", "concluded"): "concluded", ("in_service", "concluded"): "concluded",
    **{(s, "objection_upheld"): "reserve" for s in ("ineligible", "unplaced")},
    **{(s, "excluded"): "withdrawn" for s in ("selected", "reserve", "decreed")},
    **{(s, "withdrew"): "withdrawn" for s in ("selected", "reserve", "decreed", "ordered", "verified", "ready")},
    **{(s, "substituted"): "substituted" for s in ("decreed", "ordered", "delivered")},
    **{(s, "contact_lost"): "lost_contact" for s in ("decreed", "ordered", "verified", "ready", "referred", "in_service")},
}  # fmt: skip
_ORDER = {
    ("draft", "approved"): "approved", ("draft", "rejected"): "rejected", ("approved", "placed"): "placed",
    ("placed", "confirmed"): "confirmed", ("confirmed", "shipped"): "shipped", ("shipped", "arrived"): "arrived",
    ("shipped", "shipped"): "shipped", ("shipped", "arrived_partly"): "shipped", ("arrived", "arrived"): "arrived",
    ("arrived", "inspected"): "inspected", ("inspected", "accepted"): "accepted", ("inspected", "rejected"): "rejected",
    **{(s, "cancelled"): "cancelled" for s in ("draft", "approved", "placed", "confirmed", "shipped")},
}  # fmt: skip
_TOLD = {"handed_over": "handed_over", "partial": "partial", "absent": "absent", "refused": "refused"}
_PARCEL = {
    ("planned", "arrived"): "at_point",
    **{(s, told): to for s in ("at_point", "absent") for told, to in _TOLD.items()},
    ("partial", "handed_over"): "handed_over", ("partial", "verified"): "verified",
    ("handed_over", "verified"): "verified", ("disputed", "verified"): "verified",
    ("handed_over", "disputed"): "disputed", ("partial", "disputed"): "disputed", ("disputed", "returned"): "returned",
    ("refused", "returned"): "returned", ("absent", "returned"): "returned",
    **{(s, "substituted"): "substituted" for s in ("planned", "at_point", "absent")},
}  # fmt: skip
_REFERRAL = {
    ("drafted", "signed"): "signed", ("signed", "sent"): "sent",
    ("sent", "acknowledged"): "acknowledged", ("no_response", "acknowledged"): "acknowledged",
    **{("acknowledged", told): told for told in ("accepted", "waitlisted", "declined", "returned")},
    ("waitlisted", "accepted"): "accepted", ("waitlisted", "declined"): "declined",
    ("accepted", "service_started"): "in_service", ("accepted", "returned"): "returned",
    ("in_service", "concluded"): "concluded", ("in_service", "returned"): "returned",
    ("in_service", "consent_withdrawn"): "withdrawn", ("declined", "already_served"): "concluded",
    ("returned", "revised"): "sent", ("declined", "revised"): "sent",
    **{(s, "deadline_passed"): "no_response" for s in ("sent", "acknowledged")},
    **{(s, "rerouted"): "rerouted" for s in ("declined", "no_response", "waitlisted", "returned")},
    **{(s, "withdrawn"): "withdrawn" for s in ("drafted", "signed", "sent", "acknowledged", "accepted", "waitlisted",
                                               "declined", "returned", "no_response")},
}  # fmt: skip

MOVES: dict[Subject, dict[tuple[str, str], str]] = {
    C.CYCLE: _CYCLE, C.CASE: _CASE, C.ORDER: _ORDER, C.PARCEL: _PARCEL, C.REFERRAL: _REFERRAL,
}  # fmt: skip
FIRST: dict[Subject, str] = {subject: statuses[0].name for subject, statuses in STATUSES.items()}
REOPENS = "objection_upheld"  # the one event that leaves an end: before signing, a household is heard
ENDS: dict[Subject, frozenset[str]] = {
    subject: frozenset(s.name for s in statuses if s.is_end) for subject, statuses in STATUSES.items()
}


def status_of(subject: Subject, name: str) -> Status:
    """The row of a stored status; KeyError when the database holds one the table does not know."""
    return next(s for s in STATUSES[subject] if s.name == name)


def label_of(subject: Subject, name: str, language: str = "id") -> str:
    status = status_of(subject, name)
    return status.label if language == "id" else status.label_en


def next_status(subject: Subject, status: str, event: str) -> str:
    """Where `event` takes a subject that is at `status`.

    Raises:
        NoSuchMove: names both.
    """
    try:
        return MOVES[subject][status, event]
    except KeyError:
        raise NoSuchMove(
            f"Peristiwa '{event}' tidak berlaku untuk status '{status}' ({subject}).",
            subject=str(subject), status=status, event=event,
        ) from None  # fmt: skip


def may_move(subject: Subject, status: str, event: str) -> bool:
    return (status, event) in MOVES[subject]


def may_come_later(subject: Subject, status: str, event: str) -> bool:
    """Is there any way from `status` on which `event` becomes possible? (Then a message is parked, not late.)"""
    seen, todo = set[str](), [status]
    while todo:
        at = todo.pop()
        seen.add(at)
        if (at, event) in MOVES[subject]:
            return True
        todo += [to for (frm, _), to in MOVES[subject].items() if frm == at and to not in seen]
    return False


def _print_tables() -> None:
    for subject, moves in MOVES.items():
        print(f"\n{subject}")
        for status in STATUSES[subject]:
            ways = ", ".join(f"{event} -> {to}" for (frm, event), to in moves.items() if frm == status.name)
            print(f"  {status.name:14} {status.label:32} {status.turn or 'end':20} {status.days or '':>3}  {ways}")


if __name__ == "__main__":
    _print_tables()
