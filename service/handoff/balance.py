"""Is every referral ever sent to an agency in exactly one place there?

Per agency: sent = waiting + acknowledged + waitlisted + accepted + in service + concluded + declined + returned + no response
+ withdrawn. Sent is counted from the table of moves, the places from the referrals themselves, so the two must agree; one
handed on counts where it stood before, and one that waited on a list too long as not answered: nobody waits there any more.
Whatever does not fit is named.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

PLACES = {
    "sent": "waiting", "acknowledged": "acknowledged", "waitlisted": "waitlisted", "accepted": "accepted",
    "in_service": "in_service", "concluded": "concluded", "declined": "declined", "returned": "returned",
    "no_response": "no_response", "withdrawn": "withdrawn",
}  # fmt: skip
LABELS = {
    "waiting": "belum dijawab", "acknowledged": "diterima", "waitlisted": "daftar tunggu", "accepted": "disanggupi",
    "in_service": "dilayani", "concluded": "selesai", "declined": "ditolak", "returned": "dikembalikan",
    "no_response": "tidak dijawab", "withdrawn": "ditarik",
}  # fmt: skip
HANDED_ON = PLACES | {"waitlisted": "no_response"}
NOT_SENT = frozenset({"drafted", "signed"})
SENTENCES = {
    "HISTORY_DIFFERS": "status tidak sama dengan langkah terakhir pada riwayat",
    "NEVER_SENT": "ada pada instansi tanpa pernah dikirim",
    "SENT_AND_GONE": "pernah dikirim tetapi statusnya belum dikirim",
    "OTHER_AGENCY": "berkas suratnya untuk instansi lain",
    "NO_NEXT_HOP": "dialihkan tetapi tidak ada rujukan berikutnya",
    "TWO_NEXT_HOPS": "dialihkan ke lebih dari satu rujukan berikutnya",
}


@dataclass(frozen=True)
class Standing:
    """What the database says of one referral. `left_from`: the status from which it was handed on, if it was."""

    id: int
    number: str
    household_id: int
    agency_id: int
    agency: str
    status: str
    last_move: str | None
    times_sent: int
    left_from: str | None
    batch_agency_id: int
    next_hops: int


@dataclass(frozen=True)
class Alarm:
    """A referral that is not where it should be."""

    number: str
    household_id: int
    code: str


@dataclass
class AgencyBalance:
    """One agency's account; `places` sums to `sent` unless something is in `alarms`."""

    agency_id: int
    agency: str
    sent: int = 0
    places: dict[str, int] = field(default_factory=lambda: dict.fromkeys(LABELS, 0))
    alarms: list[Alarm] = field(default_factory=list)

    @property
    def is_ok(self) -> bool:
        return not self.alarms and sum(self.places.values()) == self.sent


def balance(standings: Iterable[Standing]) -> list[AgencyBalance]:
    """One account for every agency that has or had a referral, by id."""
    found: dict[int, AgencyBalance] = {}
    for one in standings:
        account = found.setdefault(one.agency_id, AgencyBalance(one.agency_id, one.agency))
        account.sent += one.times_sent > 0
        if place := place_of(one):
            account.places[place] += 1
        if code := alarm_of(one):
            account.alarms.append(Alarm(one.number, one.household_id, code))
    return [found[agency_id] for agency_id in sorted(found)]


def place_of(one: Standing) -> str | None:
    """Where it is with its agency; None for what never reached it."""
    if one.status == "withdrawn" and not one.times_sent:
        return None
    if one.status == "rerouted":
        return HANDED_ON.get(one.left_from or "")
    return PLACES.get(one.status)


def alarm_of(one: Standing) -> str | None:
    """The code of what does not fit, or None."""
    if one.last_move != one.status:
        return "HISTORY_DIFFERS"
    if one.status in NOT_SENT and one.times_sent:
        return "SENT_AND_GONE"
    if one.status not in NOT_SENT | {"withdrawn"} and not one.times_sent:
        return "NEVER_SENT"
    if one.batch_agency_id != one.agency_id:
        return "OTHER_AGENCY"
    return _successor_alarm(one)


def _successor_alarm(one: Standing) -> str | None:
    if one.status == "rerouted" and one.next_hops == 0:
        return "NO_NEXT_HOP"
    return "TWO_NEXT_HOPS" if one.next_hops > 1 else None
