"""How far has the baton come, who holds it, and since when? The relay line of a cohort, a regency, a household.

Pure: turns counts into what `_parts/relay.html` draws. The band between two stages is as thick as the share of households
that reached them; the baton lies at the stage that holds most of those still on the way.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from service.words import TURNS

LINE = ("selected", "decreed", "ordered", "delivered", "verified", "ready", "referred", "in_service", "concluded")
LABELS = {
    "selected": "Terpilih", "decreed": "Ditetapkan", "ordered": "Dipesan", "delivered": "Diserahkan", "verified": "Terbukti",
    "ready": "Siap dirujuk", "referred": "Dirujuk", "in_service": "Dilayani", "concluded": "Selesai",
}  # fmt: skip
OFF_THE_LINE = ("withdrawn", "substituted", "lost_contact", "not_referred")
STRETCH = (
    ("sent", "Dikirim", ("sent", "no_response")),
    ("acknowledged", "Diterima", ("acknowledged", "waitlisted")),
    ("accepted", "Disanggupi", ("accepted",)),
    ("in_service", "Dilayani", ("in_service",)),
    ("concluded", "Selesai", ("concluded",)),
)
OFF_THE_STRETCH = ("declined", "returned", "rerouted", "withdrawn")
FULL = 20.0
STEP = 30


@dataclass(frozen=True)
class Holder:
    """So many at one stage are in one party's hands since a moment."""

    count: int
    turn: str
    since: datetime | None


@dataclass(frozen=True)
class Stage:
    """One stage of the wide line; `thick` and `thick_next` are half the band's height at its two ends.

    `holders`: who has those that are here, the most first.
    """

    name: str
    label: str
    reached: int
    here: int
    holders: tuple[Holder, ...]
    kind: str
    href: str
    thick: float
    thick_next: float
    is_last: bool


@dataclass(frozen=True)
class SmallLine:
    """The line of one regency: the band's points, the baton's place, and the same in words."""

    regency: str
    width: int
    points: str
    baton: float | None
    text: str
    reached: dict[str, int]


def stages(
    reached: Mapping[str, int], here: Mapping[str, int], holders: Mapping[str, tuple[Holder, ...]], href: str
) -> list[Stage]:
    """`reached`: how many ever came to each status; `here`: how many stand there; `href` gets the status appended."""
    most = max((reached.get(name, 0) for name in LINE), default=0)
    now = baton_at(here)
    thickness = [_thick(reached.get(name, 0), most) for name in LINE]
    return [
        Stage(
            name=name,
            label=LABELS[name],
            reached=reached.get(name, 0),
            here=0 if name == "concluded" else here.get(name, 0),
            holders=holders.get(name, ()),
            kind="now" if name == now else ("past" if reached.get(name, 0) else "ahead"),
            href=f"{href}{name}" if here.get(name, 0) else "",
            thick=thickness[i],
            thick_next=thickness[min(i + 1, len(LINE) - 1)],
            is_last=i == len(LINE) - 1,
        )
        for i, name in enumerate(LINE)
    ]


def agency_line(ever: Mapping[str, int], counts: Mapping[str, int]) -> list[Stage]:
    """An agency's own stretch. `ever`: how many referrals came to each status, whatever became of them; `counts`: those
    there now. What it gave back is not here any more."""
    at = [sum(counts.get(name, 0) for name in names) for _, _, names in STRETCH]
    reached = [ever.get(name, 0) for name, _, _ in STRETCH]
    most, last = max(reached), len(at) - 1
    fullest = max(range(last), key=lambda i: at[i]) if any(at[:last]) else None
    return [
        Stage(
            name=name, label=label, reached=reached[i], here=0 if i == last else at[i], holders=(),
            kind="now" if i == fullest else ("past" if reached[i] else "ahead"), href="", thick=_thick(reached[i], most),
            thick_next=_thick(reached[min(i + 1, last)], most), is_last=i == last,
        )
        for i, (name, label, _) in enumerate(STRETCH)
    ]  # fmt: skip


def holders_of(found: Iterable[tuple[str, int, datetime]]) -> tuple[Holder, ...]:
    """From (whose turn, how many, since when): one line for each party, the most first."""
    by_turn: dict[str, Holder] = {}
    for turn, count, since in found:
        had = by_turn.get(turn)
        first = min(since, had.since) if had and had.since else since
        by_turn[turn] = Holder(count + (had.count if had else 0), TURNS.get(turn, turn).lower(), first)
    return tuple(sorted(by_turn.values(), key=lambda one: -one.count))


def baton_at(here: Mapping[str, int]) -> str | None:
    """The status of the line that holds most households still on the way; None when all have arrived or none set out."""
    moving = [name for name in LINE[:-1] if here.get(name, 0)]
    return max(moving, key=lambda name: here[name], default=None)


def small_line(regency: str, reached: Mapping[str, int], here: Mapping[str, int]) -> SmallLine:
    most = max((reached.get(name, 0) for name in LINE), default=0)
    half = [_thick(reached.get(name, 0), most) * 0.9 for name in LINE]
    upper = [f"{i * STEP},{20 - h:.1f}" for i, h in enumerate(half)]
    lower = [f"{i * STEP},{20 + h:.1f}" for i, h in enumerate(half)]
    now = baton_at(here)
    said = ", ".join(f"{LABELS[name].lower()} {reached.get(name, 0)}" for name in LINE)
    return SmallLine(
        regency=regency,
        width=(len(LINE) - 1) * STEP,
        points=" ".join(upper + lower[::-1]),
        baton=LINE.index(now) * STEP if now else None,
        text=f"Garis estafet: {said}",
        reached={name: reached.get(name, 0) for name in LINE},
    )


def _thick(count: int, most: int) -> float:
    return round(FULL * count / most, 2) if most else 0.0
