"""How do simulated suppliers answer an order? Most in time; some late, one short, one twice, one cancelled, one forged."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from service.demo.calling import Caller, Cast

FORGED_SECRET = "whsec_" + "QUJD" * 8
SHORT, TWICE, EARLY, CANCELLED, FORGED = 0, 1, 2, 3, 4


@dataclass(frozen=True)
class Ordered:
    """An order as its supplier was told; `place` is its rank by size and decides what goes wrong with it."""

    cast: Cast
    number: str
    lines: dict[str, int]
    place: int
    is_replacement: bool

    def is_late(self, seed: int) -> bool:
        return not self.is_replacement and random.Random(f"{seed}-{self.number}").random() < 0.06  # noqa: S311

    @property
    def is_cancelled(self) -> bool:
        return self.place == CANCELLED and not self.is_replacement


def confirm(caller: Caller, order: Ordered, now: datetime) -> None:
    """Confirmed within days; the early one ships before it confirms, the forged one signs with a stranger's key."""
    at, content = now.isoformat(), {"order": order.number}
    if order.place == FORGED:
        caller.tell(order.cast, "order.confirmed", content, at, secret=FORGED_SECRET)
    if order.is_cancelled:
        caller.tell(order.cast, "order.cancelled", content | {"reason": "OUT_OF_STOCK", "note": "Stok pabrik habis"}, at)
        return
    if order.place == EARLY:
        caller.tell(order.cast, "order.shipped", content, at)
    message_id = f"msg_{order.number}_confirmed"
    caller.tell(
        order.cast, "order.confirmed", content | {"due_on": (now.date() + timedelta(days=21)).isoformat()}, at, message_id
    )
    if order.place == TWICE:
        caller.tell(order.cast, "order.confirmed", content, at, message_id)


def deliver(caller: Caller, order: Ordered, now: datetime) -> dict[str, int]:
    """Shipped (unless it was told before) and arrived; returns what the inspection will count."""
    at = now.isoformat()
    if order.place != EARLY or order.is_replacement:
        caller.tell(order.cast, "order.shipped", {"order": order.number, "shipped_on": now.date().isoformat()}, at)
    counts = dict(order.lines)
    if order.place == SHORT and not order.is_replacement:
        largest = max(counts, key=lambda package: (counts[package], package))
        counts[largest] -= 1
    caller.tell(order.cast, "order.arrived", arrival(order.number, counts, now.date()), at)
    return counts


def arrival(number: str, counts: dict[str, int], day: date) -> dict[str, Any]:
    items = [{"package": package, "count": count} for package, count in sorted(counts.items())]
    return {"order": number, "items": items, "arrived_on": day.isoformat()}
