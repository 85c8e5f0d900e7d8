"""Is an agency's answer the same whichever way it comes in: page, table, webhook, or the letter's code?

One scenario after the other is walked through each door over real HTTP, on households of its own, and every row it leaves
is compared field by field. What may differ is in `MAY_DIFFER`, with the reason.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from door_scene import by_letter, by_webhook, on_page, on_sheet, site_of
from sqlmodel import col, select

from service import clock
from service.clock import WIB
from service.db.tables import Case, InboundMessage, Move, OutboundMessage, OutcomeReport, Referral, ReferralNote

DOORS = ("page", "sheet", "webhook", "letter")
DAY = {"acknowledged": 1, "waitlisted": 2, "accepted": 9, "service_started": 20, "concluded": 60, "outcome_reported": 112}
PROOF = {"nib_issued": True, "credit_received": 5_000_000}
SERVED: list[tuple[str, dict[str, Any]]] = [
    ("acknowledged", {}),
    ("waitlisted", {"waitlist_until": "2021-07-30", "note": "Kelas penuh sampai Juli"}),
    ("accepted", {"register_number": "518/77/Dinkop"}),
    ("service_started", {}),
    ("concluded", {"outcome": "PARTIALLY_ACHIEVED", "indicators": PROOF, "note": "NIB terbit"}),
    ("outcome_reported", {
        "month": 3, "outcome": "ACHIEVED", "note": "Ramai",
        "indicators": {"business_running": True, "turnover_up": False, "group_joined": True}}),
]  # fmt: skip
DECLINED: list[tuple[str, dict[str, Any]]] = [
    ("acknowledged", {"register_number": "8"}),
    ("declined", {"reason": "OTHER", "note": "Gedung terbakar", "register_number": "9"}),
]
STANDS: list[tuple[str, dict[str, Any]]] = [
    ("acknowledged", {}),
    ("paused", {"reason": "menunggu keluarga melengkapi berkas"}),
    ("note", {"text": "Keluarga diminta datang Senin"}),
    ("resumed", {}),
    ("accepted", {}),
]
SCENARIOS = {"served": SERVED, "declined": DECLINED, "stands": STANDS}
NOT_OF = {("sheet", "paused"), ("sheet", "resumed")}
MAY_DIFFER = {
    ("webhook", "inbox"): "a message with an id is kept, so that its copy is known; page and table are known by what they say",
    ("sheet", "pauses"): "a table carries no pauses, for it lies about for days and an old one would stop a clock again",
}
OF_PAUSES = ("paused_at", "paused_reason", "paused_days", "version")


@pytest.fixture
def site(database, home):
    with site_of(database, home, len(SCENARIOS) * len(DOORS)) as made:
        yield made


def _walk(site, door, link, number, event, said):
    if (door, event) in NOT_OF:
        return
    if door == "webhook":
        by_webhook(site, number, event, said)
    elif door == "sheet":
        on_sheet(site, link, number, event, said | ({"home": site.scene.home} if event == "service_started" else {}))
    else:
        on_page(site, link, number, event, said)


def test_four_doors_leave_the_same_rows(site):
    numbers = [row.number for row in site.scene.referrals()]
    contact = site.scene.agencies["dinkop"].contact
    links = {"page": site.link(), "sheet": site.link(), "webhook": "", "letter": by_letter(site, contact)}
    start, told = clock.today(site.scene.home), {}
    for at, (name, steps) in enumerate(SCENARIOS.items()):
        own = dict(zip(DOORS, numbers[at * len(DOORS) :], strict=False))
        for event, said in steps:
            if name == "served":
                site.scene.at(start + timedelta(days=DAY[event]), hour=9)
            for door, number in own.items():
                _walk(site, door, links[door], number, event, said)
            told[name] = _compare(site, name, own, event)
            if event == "paused":
                assert told[name]["letter"]["referral"]["paused_reason"] == said["reason"]
    _each_scenario_left_what_it_should(told)


def _each_scenario_left_what_it_should(told):
    page = told["served"]["page"]
    assert [event for event, *_ in page["moves"]][-5:] == [event for event, _ in SERVED[:-1]]
    assert page["referral"]["register_number"] == "518/77/Dinkop"
    assert page["referral"]["outcome_indicators"] == PROOF
    assert page["case"] == "concluded"
    assert [(r["month"], r["outcome"], r["note"]) for r in page["reports"]] == [
        (0, "PARTIALLY_ACHIEVED", None), (3, "ACHIEVED", "Ramai"), (6, None, None), (12, None, None),
    ]  # fmt: skip
    assert ("declined", "OTHER", "partner:dinkop") in [move[:3] for move in told["declined"]["page"]["moves"]]
    assert [text for _, text, _ in told["stands"]["page"]["notes"]] == ["Keluarga diminta datang Senin"]
    kept = {name: [kind for kind, _ in rows["webhook"]["inbox"]] for name, rows in told.items()}
    assert kept["served"] == [f"referral.{event}" for event, _ in SERVED]
    assert kept["stands"] == [f"referral.{event}" for event, _ in STANDS]
    assert all(rows[door]["inbox"] == [] for rows in told.values() for door in DOORS if door != "webhook")


def _compare(site, name, own, step):
    """Every row of every door with the page's, but for what `MAY_DIFFER` names."""
    rows = {door: _rows(site, number) for door, number in own.items()}
    for door in ("sheet", "webhook", "letter"):
        left, right = rows[door], rows["page"]
        if ("webhook", "inbox") in MAY_DIFFER and door == "webhook":
            left = {**left, "inbox": right["inbox"]}
        if ("sheet", "pauses") in MAY_DIFFER and door == "sheet" and name == "stands":
            left = {**left, "referral": left["referral"] | {field: right["referral"][field] for field in OF_PAUSES}}
        assert left == right, (name, door, step)
    return rows


def _rows(site, number):
    with site.scene.database.read() as session:
        row = session.exec(select(Referral).where(Referral.number == number)).one()
        of = {table: session.exec(select(table).where(table.referral_id == row.id).order_by(col(table.id))).all()
              for table in (OutcomeReport, ReferralNote)}  # fmt: skip
        moves = session.exec(select(Move).where(Move.subject == "referral", Move.subject_id == row.id).order_by(col(Move.id)))
        case_moves = session.exec(
            select(Move).where(Move.subject == "case", Move.subject_id == row.case_id).order_by(col(Move.id))
        )
        inbox = session.exec(
            select(InboundMessage).where(InboundMessage.subject_id == row.id, InboundMessage.subject == "referral")
        )
        owed = session.exec(select(OutboundMessage).where(OutboundMessage.subject_key == f"referral:{number}"))
        return {
            "referral": _fields(row, but={"id", "number", "case_id", "letter_id", "consent_id"}),
            "case": session.get_one(Case, row.case_id).status,
            "moves": [_move(move) for move in moves],
            "case_moves": [_move(move) for move in case_moves],
            "reports": sorted(
                (_fields(report, but={"id", "referral_id"}) for report in of[OutcomeReport]), key=lambda report: report["month"]
            ),
            "notes": [(note.author, note.text, note.read_at) for note in of[ReferralNote]],
            "owed": [(message.kind, message.type) for message in owed],
            "inbox": [(message.type, message.result) for message in inbox],
        }


def _move(move):
    return move.event, move.reason, move.actor, move.from_status, move.to_status, move.at.astimezone(WIB).date()


def _fields(row, but):
    """Instants as days: the four answered within the same minutes."""
    values = row.model_dump(exclude=but)
    return {key: value.astimezone(WIB).date() if hasattr(value, "astimezone") else value for key, value in values.items()}
