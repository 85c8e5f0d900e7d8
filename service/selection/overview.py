"""How do a year's decree versions and objections stand, for people and programs who ask?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlmodel import Session

from service.db import decrees
from service.db.history import Told
from service.db.tables import Case, Cycle, Decree, Objection
from service.selection import queries
from service.selection.standing import Standing, day_of, standing_of


def decree_overview(session: Session, cycle: Cycle, asked: Told) -> dict[str, Any]:
    """Versions newest first, each with its verifications and approvals, and why the one that waits waits."""
    assert cycle.id is not None
    versions = [_version(standing_of(session, cycle, one), asked) for one in queries.decrees(session, cycle.id)]
    return {"cycle": cycle.year, "versions": versions, "open_objections": decrees.open_objections(session, cycle.id)}


def objections_overview(session: Session, cycle: Cycle, regencies: Sequence[str] = ()) -> list[dict[str, Any]]:
    assert cycle.id is not None
    return [_objection(one, case) for one, case in decrees.objections(session, cycle.id, regencies)]


def _version(standing: Standing, asked: Told) -> dict[str, Any]:
    decree = standing.decree
    return {
        "version": decree.version, "state": decree.state, "number": decree.number, "households": decree.households,
        "list_hash": decree.list_hash, "proposed_by": decree.proposed_by, "proposed_at": decree.proposed_at.isoformat(),
        "objections_until": _day(decree), "decided_by": decree.decided_by, "note": decree.note,
        "decided_at": decree.decided_at.isoformat() if decree.decided_at else None,
        "verified": [
            {"regency": code, "households": count, **_yes(standing, code)} for code, count in standing.households.items()
        ],
        "approved": [{"by": one.actor, "at": one.at.isoformat()} for one in standing.approved],
        "approvals_needed": standing.rules.approvals_needed,
        "missing": [str(one.message) for one in standing.hindrances(day_of(asked))] if decree.state == "proposed" else [],
    }  # fmt: skip


def _day(decree: Decree) -> str | None:
    return decree.objections_until.isoformat() if decree.objections_until else None


def _yes(standing: Standing, regency: str) -> dict[str, str | None]:
    said = standing.verified.get(regency)
    return {"by": said.actor if said else None, "at": said.at.isoformat() if said else None}


def _objection(one: Objection, case: Case) -> dict[str, Any]:
    return {
        "objection": one.id, "household": case.household_id, "regency": case.regency_code, "kind": one.kind, "state": one.state,
        "grounds": one.grounds, "filed_by": one.filed_by, "filed_at": one.filed_at.isoformat(), "decided_by": one.decided_by,
        "decided_at": one.decided_at.isoformat() if one.decided_at else None, "answer": one.answer,
    }  # fmt: skip
