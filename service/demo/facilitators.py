"""How do simulated facilitators behave at a handover event and at the visit after it?

Most parcels go well; some are partial, absent, refused, or reported with evidence the rules must doubt.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from service.clock import WIB
from service.demo.calling import Caller, Cast
from service.demo.photos import photo_of

FIRST_ROUND = (("good", 88), ("absent", 6), ("partial", 2), ("refused", 1), ("far", 1), ("proxy", 1), ("twice", 1))
LATER_ROUND = (("good", 75), ("absent", 25))
FAR_AWAY = 0.5


@dataclass(frozen=True)
class Handover:
    """One parcel of one event, as its facilitator was told by `event.planned`."""

    cast: Cast
    parcel: str
    items: list[dict[str, Any]]
    held_on: date
    round: int
    latitude: float
    longitude: float


def handovers(cast: Cast, invitations: list[dict[str, Any]]) -> Iterator[Handover]:
    """Every parcel named in the facilitator's `event.planned` messages."""
    for event in invitations:
        for row in event["parcels"]:
            yield Handover(
                cast, row["parcel"], event["packages"][row["package"]], date.fromisoformat(event["held_on"]), event["round"],
                event["latitude"] or 0.0, event["longitude"] or 0.0,
            )  # fmt: skip


def report_handover(caller: Caller, handover: Handover, seed: int) -> str:
    """Tell what happened at the counter; returns how it went."""
    chance = random.Random(f"{seed}-{handover.parcel}-{handover.round}")  # noqa: S311  (a story, not a secret)
    words, weights = zip(*(FIRST_ROUND if handover.round == 1 else LATER_ROUND), strict=True)
    how: str = chance.choices(words, weights)[0]
    at = datetime.combine(handover.held_on, time(8, 30), WIB) + timedelta(minutes=chance.randrange(360))
    if how in ("absent", "refused"):
        _tell(caller, handover, f"parcel.{how}", at, {"reason": "Tidak datang" if how == "absent" else "Sudah tidak berusaha"})
        return how
    content = _evidence(caller, handover, how, at, chance)
    _tell(caller, handover, "parcel.partial" if how == "partial" else "parcel.handed_over", at, content)
    return how


def report_visit(caller: Caller, cast: Cast, parcel: str, on: date, seed: int) -> bool:
    """Tell what the monitoring visit found; about one household in seventeen shows no movement yet."""
    chance = random.Random(f"{seed}-visit-{parcel}")  # noqa: S311  (a story, not a secret)
    moved = chance.random() < 0.94
    indicators = {
        "usaha_berjalan": moved or chance.random() < 0.5,
        "stok_berputar": moved,
        "omzet_bulanan": chance.randrange(4, 40) * 100_000,
    }
    at = datetime.combine(on, time(15, 0), WIB)
    content = {"parcel": parcel, "visited_on": on.isoformat(), "movement_seen": moved, "indicators": indicators}
    caller.tell(cast, "visit.recorded", content, at.isoformat())
    return moved


def _tell(caller: Caller, handover: Handover, kind: str, at: datetime, content: dict[str, Any]) -> None:
    told = {"parcel": handover.parcel, "at": at.isoformat(), **content}
    message_id = f"msg_{handover.parcel}_{handover.round}"
    caller.tell(handover.cast, kind, told, at.isoformat(), message_id)


def _evidence(caller: Caller, handover: Handover, how: str, at: datetime, chance: random.Random) -> dict[str, Any]:
    latitude = handover.latitude + chance.uniform(-0.002, 0.002) + (FAR_AWAY if how == "far" else 0)
    longitude = handover.longitude + chance.uniform(-0.002, 0.002)
    items = [{"name": item["name"], "count": item["count"]} for item in handover.items]
    if how == "partial":
        items[0]["count"] = max(items[0]["count"] - 1, 0)
    return {
        "receiver": "proxy" if how == "proxy" else "self",
        "items": items,
        "function_tested": True,
        "photo": caller.send_photo(handover.cast, photo_of(handover.parcel, at, latitude, longitude)),
        "latitude": round(latitude, 6),
        "longitude": round(longitude, 6),
    }


def say_it_again(caller: Caller, handover: Handover) -> str:
    """The phone lost the answer and sends the very same message once more."""
    at = datetime.combine(handover.held_on, time(17, 0), WIB).isoformat()
    again = {"parcel": handover.parcel, "at": at}
    return caller.tell(handover.cast, "parcel.absent", again, at, f"msg_{handover.parcel}_{handover.round}")
