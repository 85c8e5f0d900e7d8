"""Which parcels wait for a verifier, why are they doubted, and what does the evidence show?"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, Response
from sqlmodel import Session

from service.api.console.second_reports import second_reports
from service.api.console.showing import (
    back_to,
    chosen_cycle,
    done_words,
    id_of,
    known_status,
    next_page,
    regency_choices,
    seen_regencies,
    status_choices,
    who,
)
from service.api.console.story import moments_of
from service.api.deps import HouseOf, needs, told_by
from service.api.rendering import HEADERS, page, query, show_again
from service.db import listings
from service.db.tables import Case, Cycle, Parcel
from service.delivery import queries as delivery
from service.delivery import steps as delivery_steps
from service.delivery.checklist import DOCUMENTS, checklist_of
from service.delivery.papers import metres_from_point
from service.delivery.queries.checks import check_of
from service.delivery.queries.dossiers import Dossier, dossiers
from service.delivery.storage import evidence_store
from service.errors import BadInput, EstafetError, NotFound
from service.lifecycle import Subject
from service.policy import CyclePolicy
from service.trust.homes import House
from service.trust.reach import require_case
from service.trust.rights import Officer, may

router = APIRouter()
Looker = Annotated[Officer, needs("cycle.look")]
Seer = Annotated[Officer, needs("household.look")]
Owner = Annotated[Officer, needs("household.own")]
Verifier = Annotated[Officer, needs("parcel.verify")]
DECIDABLE = ("handed_over", "partial", "disputed")
RETURNABLE = ("disputed", "absent", "refused")


class ChoiceMissing(BadInput):
    """A decision form came without a choice."""


@router.get("/paket")
def parcels(
    request: Request, officer: Seer, house: HouseOf,
    tahun: int | None = None, status: str | None = None, wilayah: str | None = None, setelah: int = 0,
) -> Response:  # fmt: skip
    """Those that wait for a verifier on top, then all by status."""
    status = known_status(Subject.PARCEL, status)
    with house.database.read() as session:
        cycle = chosen_cycle(session, tahun)
        if cycle is None:
            return page(request, "no_cycle.html", {"heading": "Paket"})
        within = seen_regencies(officer, wilayah)
        rows = listings.parcels(session, id_of(cycle), status, within, setelah)
        counts = listings.status_counts(session, Subject.PARCEL, id_of(cycle), within)
        doubted = [] if status or setelah else _doubted(delivery.parcels_for_verifier(session, id_of(cycle)), within)
    kept = {"tahun": cycle.year, "wilayah": wilayah}
    values = {
        "cycle": cycle,
        "rows": rows,
        "doubted": doubted[:20],
        "doubted_count": len(doubted),
        "statuses": status_choices(Subject.PARCEL, counts, "/paket", status, **kept),
        "regencies": regency_choices(officer, "/paket", wilayah, tahun=cycle.year, status=status),
        "more": next_page(rows, "/paket", status=status, **kept),
        "first": query("/paket", status=status, **kept) if setelah else "",
        "matching": counts.get(status, 0) if status else sum(counts.values()),
    }
    return page(request, "parcels.html", values)


@router.get("/paket/{number}")
def parcel(request: Request, number: str, officer: Owner, house: HouseOf) -> Response:
    return parcel_page(request, number, officer, house)


@router.get("/bukti/{number}.jpg")
def photo(number: str, officer: Owner, house: HouseOf) -> Response:
    """The photo of a handover, for those who may see the household."""
    return _picture(number, "foto", officer, house)


@router.get("/bukti/{number}/{what}.jpg")
def beside_photo(number: str, what: str, officer: Owner, house: HouseOf) -> Response:
    """The signature or the letter of authority told with a handover."""
    return _picture(number, what, officer, house)


@router.post("/paket/{number}/putuskan")
def decide(
    request: Request, number: str, officer: Verifier, house: HouseOf,
    putusan: Annotated[str, Form()] = "", alasan: Annotated[str, Form()] = "",
) -> Response:  # fmt: skip
    """Accept the evidence, dispute it, or give the goods back; the reason is kept with the move."""
    show_again(request, lambda error, code: parcel_page(request, number, officer, house, error, code, putusan, alasan))
    if putusan not in ("terbukti", "diragukan", "kembali"):
        raise ChoiceMissing("Pilih salah satu keputusan.", faults=[{"field": "putusan", "fault": "Pilih salah satu keputusan"}])
    with house.database.write() as session:
        parcel_id = id_of(listings.by_number(session, Parcel, number))
        told = told_by(officer, house)
        if putusan == "kembali":
            delivery_steps.return_parcel(session, officer, parcel_id, alasan, told)
        else:
            delivery_steps.verify_parcel(session, officer, parcel_id, putusan == "terbukti", alasan, told)
    return back_to(f"/paket/{number}", {"kembali": "dikembalikan"}.get(putusan, putusan))


def parcel_page(
    request: Request, number: str, officer: Officer, house: House,
    error: EstafetError | None = None, status: int = 200, choice: str = "", reason: str = "",
) -> Response:  # fmt: skip
    with house.database.read() as session:
        told = _story(session, number, officer)
        row = listings.by_number(session, Parcel, number)
        case = session.get_one(Case, row.case_id)
        dossier = dossiers(session, [id_of(row)])[0]
        values = {
            **_evidence_values(session, dossier, CyclePolicy.model_validate(session.get_one(Cycle, case.cycle_id).policy)),
            "told": told, "case": case, "cycle": session.get_one(Cycle, case.cycle_id),
            "items": listings.package_items(session, row.package_id),
            "moments": moments_of(session, listings.moves_of(session, Subject.PARCEL, id_of(row))),
            "conflicts": second_reports(session, officer, row),
            "facilitator": who(session, f"partner:{told['facilitator']}")[0] if told["facilitator"] else "",
            "verified_by": listings.actor_names(session).get(row.verified_by or "", row.verified_by or ""),
        }  # fmt: skip
    values |= {
        "counted": {str(item.get("name", "")).lower(): item.get("count") for item in told["items"] or []},
        "may_decide": may(officer, "parcel.verify") and told["status"] in DECIDABLE,
        "may_bring": may(officer, "document.add"), "kinds": list(DOCUMENTS.items()),
        "may_take": may(officer, "household.reveal"),
        "may_return": may(officer, "parcel.verify") and told["status"] in RETURNABLE,
        "error": error, "faults": _faults(error), "choice": choice, "reason": reason, "done": done_words(request),
    }  # fmt: skip
    return page(request, "parcel.html", values, status)


def _evidence_values(session: Session, dossier: Dossier, policy: CyclePolicy) -> dict[str, Any]:
    """The evidence beside what was planned, the check by lot, and the papers."""
    story = dossier.story
    metres = metres_from_point(story)
    return {
        "parcel": story.parcel, "event": story.event, "point": story.point, "metres": metres, "radius": policy.point_radius_m,
        "is_far": metres is not None and metres > policy.point_radius_m, "has_photo": bool(story.photo),
        "has_signature": bool(story.signature), "has_authority": bool(dossier.authority), "record": dossier.record,
        "sample": check_of(session, story.parcel.id or 0), "pieces": checklist_of(dossier, policy),
        "documents": [(paper, DOCUMENTS[paper.kind], who(session, paper.brought_by)[0]) for paper in dossier.documents],
    }  # fmt: skip


def _picture(number: str, what: str, officer: Officer, house: House) -> Response:
    with house.database.read() as session:
        told = _story(session, number, officer)
        dossier = dossiers(session, [told["id"]])[0]
    named = {"foto": dossier.story.photo, "tanda-tangan": dossier.story.signature, "surat-kuasa": dossier.authority}
    if not (sha256 := named.get(what)):
        raise NotFound("Paket ini tidak punya gambar itu.")
    return Response(evidence_store(house.home).read(sha256), media_type="image/jpeg", headers=HEADERS)


def _story(session: Any, number: str, officer: Officer) -> dict[str, Any]:
    """Raises NotFound, OutsideRegion."""
    told = delivery.parcel_story(session, number)
    if told is None:
        raise NotFound(f"Paket {number} tidak ditemukan.")
    require_case(session, officer, session.get_one(Case, session.get_one(Parcel, told["id"]).case_id))
    return told


def _doubted(rows: list[dict[str, Any]], within: tuple[str, ...]) -> list[dict[str, Any]]:
    return [row for row in rows if not within or row["regency_code"] in within]


def _faults(error: EstafetError | None) -> list[dict[str, str]]:
    """Where the reader corrects it: the reason, unless the error names another field."""
    if error is None or not isinstance(error, BadInput):
        return []
    named = error.details.get("faults")
    return list(named) if named else [{"field": "alasan", "fault": error.message}]
