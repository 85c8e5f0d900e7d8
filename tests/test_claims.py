"""Is what was missing at a handover claimed from the supplier, told to it, and settled by somebody else?"""

import json

import pytest
from factories import make_officer, run_step, told_by
from page_scene import Pages, token_on
from sqlmodel import col, select
from stock_scenes import AT, PPK, Point

from service.cli.main import app as cli
from service.clock import wall
from service.db.claims import NoSuchClaim, raise_claim
from service.db.history import Told
from service.db.tables import Claim, OutboundMessage, PackageItem, Parcel
from service.db.tables.goods_after import CLAIM_KINDS as KINDS
from service.db.tables.goods_after import CLAIM_STATES as STATES
from service.delivery.answers import DOORS
from service.delivery.claims import ClaimEnded, UnknownVerdict, settle_claim
from service.delivery.decisions import ReasonNeeded
from service.delivery.reports import Handover
from service.delivery.steps import STEPS
from service.trust.rights import MakerIsChecker, NoRight
from service.words import CLAIM_KINDS, CLAIM_STATES

OPERATOR = make_officer("operator")


@pytest.fixture
def point(database, home):
    point = Point(database, home)
    point.order()
    point.bring(0)
    point.settle()
    return point


def claims(point: Point) -> list[Claim]:
    with point.database.read() as session:
        chosen = select(Claim).where(Claim.cycle_id == point.cycle_id).order_by(col(Claim.id))
        return list(session.exec(chosen).all())


def report(point: Point, kind: str, items: list[dict], place: int = 0, **said) -> str:
    with point.database.write() as session:
        chosen = select(Parcel).where(Parcel.cycle_id == point.cycle_id).order_by(col(Parcel.id))
        parcel = session.exec(chosen).all()[place]
        body = Handover(parcel=parcel.number, at=AT, receiver="self", items=items, **said)
        DOORS[f"parcel.{kind}"].apply(session, parcel.id, body, Told("partner:fas-f01", wall()))
        return parcel.number


SHORT = [{"name": "Beras 5 kg", "count": 7}, {"name": "Minyak goreng 1 l", "count": 24}]
FULL = [{"name": "Beras 5 kg", "count": 10}, {"name": "Minyak goreng 1 l", "count": 24}]


def test_a_partial_handover_becomes_one_claim_with_what_is_missing_and_the_supplier_is_told_once(point):
    number = report(point, "partial", SHORT)
    for _ in range(2):
        point.settle()
        run_step(point.work, "delivery", STEPS, "tell_claims")
    (claim,) = claims(point)
    assert (claim.number, claim.kind, claim.items) == (
        number.replace("PKT", "KLM"), "short", [{"name": "Beras 5 kg", "count": 3}]
    )  # fmt: skip
    assert (claim.state, claim.raised_by, claim.order_id is not None) == ("open", "rules", True)
    with point.database.read() as session:
        told = session.exec(select(OutboundMessage).where(OutboundMessage.subject_key == f"claim:{claim.number}")).all()
    assert [one.type for one in told] == ["order.claimed"]
    assert "name" not in json.dumps({k: v for k, v in told[0].body.items() if k != "items"})


def test_the_claim_ends_by_itself_when_the_rest_was_handed_over(point):
    report(point, "partial", SHORT)
    point.settle()
    report(point, "handed_over", FULL)
    run_step(point.work, "delivery", STEPS, "settle_replaced")
    assert [(one.state, one.decided_by) for one in claims(point)] == [("replaced", "rules")]


def test_a_tool_that_failed_its_test_is_claimed_as_damaged(point):
    with point.database.write() as session:
        for item in session.exec(select(PackageItem).where(PackageItem.name == "Beras 5 kg")).all():
            item.needs_function_test = True
    report(point, "partial", FULL, function_tested=False)
    point.settle()
    assert [(one.kind, one.items) for one in claims(point)] == [("damaged", [{"name": "Beras 5 kg", "count": 10}])]


def test_somebody_who_did_not_raise_it_settles_it_with_a_reason_and_once(point):
    with point.database.write() as session:
        parcel = session.exec(select(Parcel).where(Parcel.cycle_id == point.cycle_id)).first()
        number = raise_claim(session, parcel.id, "wrong", [{"name": "Beras", "count": 1}], OPERATOR.actor, AT).number
    why = "tidak sebanding"
    asked = [
        (OPERATOR, number, "dropped", why, MakerIsChecker), (PPK, number, "lain", why, UnknownVerdict),
        (PPK, number, "dropped", " ", ReasonNeeded), (PPK, "KLM-2021-99999", "dropped", why, NoSuchClaim),
        (make_officer("auditor"), number, "dropped", why, NoRight), (PPK, number, "dropped", why, None),
        (PPK, number, "replaced", why, ClaimEnded),
    ]  # fmt: skip
    for officer, name, verdict, reason, refusal in asked:
        with point.database.write() as session:
            if refusal is None:
                settle_claim(session, officer, name, verdict, reason, told_by(officer))
                continue
            with pytest.raises(refusal):
                settle_claim(session, officer, name, verdict, reason, told_by(officer))
    assert [(one.state, one.reason) for one in claims(point)] == [("dropped", "tidak sebanding")]


def test_the_page_lists_claims_by_state_and_settles_one(database, home):
    pages, point = Pages(database, home), Point(database, home)
    point.order()
    point.bring(0)
    point.settle()
    number = report(point, "partial", SHORT).replace("PKT", "KLM")
    point.settle()
    year = point.work.cycle.year
    ppk = pages.officer("commitment_officer")
    page = ppk.get(f"/klaim?tahun={year}&keadaan=open")
    assert (number in page.text, "Beras 5 kg (3)" in page.text, "Menunggu penyedia" in page.text) == (True, True, True)
    form = {"csrf": token_on(page), "tahun": str(year), "putusan": "", "alasan": "diganti langsung"}
    assert ppk.post(f"/klaim/{number}", data=form).status_code == 422
    assert ppk.post(f"/klaim/{number}", data={**form, "putusan": "diganti"}).status_code == 303
    assert claims(point)[0].state == "replaced"
    assert "Tidak ada klaim yang cocok" in pages.officer("operator").get(f"/klaim?tahun={year}&keadaan=open").text
    assert "Putuskan" not in pages.officer("auditor").get(f"/klaim?tahun={year}").text


def test_every_word_of_a_claim_is_said():
    assert (set(CLAIM_KINDS), set(CLAIM_STATES)) == (set(KINDS), set(STATES))
    assert {"stock", "claim"} <= {group.name for group in cli.registered_groups}
