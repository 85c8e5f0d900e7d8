"""What time is it for the programme? The one place time comes from.

Two times exist. *Business time* (`now`, `today`) drives decrees, events and working-day clocks; in a
home made by `estafet demo` it can be moved forward so that months pass in a minute. *Wire time*
(`wall`) is the machine's own and is used where seconds protect something: signatures, sessions.
A home not made by the demo refuses to move its clock.
"""

from __future__ import annotations

import json
import os
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

from babel.dates import format_date

from service.errors import BadInput

WIB = ZoneInfo("Asia/Jakarta")
CLOCK_FILE = "demo-clock.json"
HOME_FILE = "home.json"


class ClockMayNotMove(BadInput):
    """Somebody tried to move the time of a real installation."""


def wall() -> datetime:
    """The machine's time, UTC."""
    return datetime.now(UTC)


def now(home: Path) -> datetime:
    """Business time, UTC: the machine's, plus what a demo has skipped."""
    return wall() + timedelta(seconds=_offset_seconds(home))


def today(home: Path) -> date:
    """Business day in Banten (WIB)."""
    return now(home).astimezone(WIB).date()


def full_date(day: date) -> str:
    """How a day is said to people: `Rabu, 24 November 2021`."""
    return format_date(day, "EEEE, d MMMM y", locale="id")


def is_demo_home(home: Path) -> bool:
    try:
        return bool(json.loads((home / HOME_FILE).read_text())["kind"] == "demo")
    except (FileNotFoundError, KeyError, json.JSONDecodeError):
        return False


def move_to(home: Path, instant: datetime) -> None:
    """Set business time of a demo home; written in one rename so no reader sees half a file."""
    if not is_demo_home(home):
        raise ClockMayNotMove("Waktu hanya dapat dimajukan di rumah data demo, bukan di instalasi sungguhan.")
    seconds = (instant - wall()).total_seconds()
    draft = home / (CLOCK_FILE + ".new")
    draft.write_text(json.dumps({"offset_seconds": seconds}))
    draft.replace(home / CLOCK_FILE)


def _offset_seconds(home: Path) -> float:
    """Every callback asks, so an unchanged file (each move makes a new one) is not read again."""
    try:
        state = os.stat(home / CLOCK_FILE)
    except FileNotFoundError:
        return 0.0
    return _offset_of(home, state.st_ino, state.st_mtime_ns)


@lru_cache(maxsize=4)
def _offset_of(home: Path, _number: int, _written_ns: int) -> float:
    text = (home / CLOCK_FILE).read_text()
    if not is_demo_home(home):
        raise ClockMayNotMove(f"Berkas {CLOCK_FILE} ditemukan di rumah data yang bukan demo. Hapus berkas itu.")
    return float(json.loads(text)["offset_seconds"])
