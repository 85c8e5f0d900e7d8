"""What do pages tell of a version's way to its signature, and of a household's place on the list?"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlmodel import Session

from service.api.console.showing import id_of
from service.db import decrees
from service.db.tables import Case, Cycle, Objection
from service.selection.objections import KINDS, is_open_for
from service.selection.standing import Standing
from service.trust.rights import Officer, may
from service.words import actor_words

STATES = {"open": ("Menunggu putusan", "wait"), "accepted": ("Diterima", "good"), "refused": ("Ditolak", "stop")}


def chain(standing: Standing, officer: Officer, names: Mapping[str, str], quotas: Mapping[str, Any]) -> dict[str, Any]:
    """Proposed, verified by each regency, approved n of N; and what this officer may say yes to."""
    is_maker = standing.decree.proposed_by == officer.actor
    mine = [code for code in standing.unverified if not officer.regencies or code in officer.regencies]
    said_yes = {one.actor for one in standing.approved}
    return {
        "regencies": [_regency(standing, code, names, quotas) for code in standing.households],
        "verified": len(standing.verified), "asks": standing.rules.regency_verifies, "approvals": standing.approvals,
        "approved": [(actor_words(one.actor, dict(names)), one.at) for one in standing.approved],
        "missing": standing.rules.approvals_needed - len(standing.approved),
        "to_verify": mine if may(officer, "decree.verify") and not is_maker else [], "is_maker": is_maker,
        "is_verifier": officer.actor in standing.verifiers, "has_approved": officer.actor in said_yes,
    }  # fmt: skip


def hindrances(standing: Standing, day: date) -> list[str]:
    return [one.message for one in standing.hindrances(day)]


def objection_rows(session: Session, cycle: Cycle, officer: Officer, names: dict[str, str]) -> list[dict[str, Any]]:
    """Those of the officer's regencies, open ones first."""
    return [shown(one, case, names) for one, case in decrees.objections(session, id_of(cycle), officer.regencies)]


def shown(one: Objection, case: Case, names: dict[str, str]) -> dict[str, Any]:
    word, tone = STATES[one.state]
    return {
        "objection": one, "case": case, "word": word, "tone": tone, "kind": KINDS[one.kind],
        "filed": actor_words(one.filed_by, names), "decided": actor_words(one.decided_by, names) if one.decided_by else "",
    }  # fmt: skip


def household_standing(session: Session, case: Case, cycle: Cycle, officer: Officer, names: dict[str, str]) -> dict[str, Any]:
    """A household's objections, whom it replaces and who replaced it, and what may be objected now."""
    is_waiting = decrees.waiting_version(session, case.cycle_id) is not None
    filed = decrees.objections_of_case(session, id_of(case))
    waits = {one.kind for one in filed if one.state == "open"}
    open_kinds = [kind for kind in KINDS if kind not in waits and is_open_for(cycle, case, kind, is_waiting)]
    return {
        "objections": [shown(one, case, names) for one in filed],
        "replaces": decrees.took_whose_place(session, id_of(case)),
        "replaced_by": decrees.whose_place_was_taken_by(session, id_of(case)),
        "may_object": [(kind, KINDS[kind].capitalize()) for kind in open_kinds] if may(officer, "objection.file") else [],
    }


def _regency(standing: Standing, code: str, names: Mapping[str, str], quotas: Mapping[str, Any]) -> dict[str, Any]:
    said = standing.verified.get(code)
    by: str = actor_words(said.actor, dict(names)) if said else ""
    at: datetime | None = said.at if said else None
    quota = quotas[code].households if code in quotas else 0
    return {"code": code, "households": standing.households[code], "quota": quota, "by": by, "at": at}
