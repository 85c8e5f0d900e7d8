"""Can another package be asked for before ordering, decided by somebody else, and does nobody's need get lost?"""

import pytest
from factories import make_officer, run_step, told_by
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from need_scenes import (
    FACILITATOR,
    OPERATOR,
    PPK,
    assign,
    case_of,
    catalogue,
    dearer,
    decreed,
    draft,
    install,
    package_codes,
    rows,
)

from service.db.tables import Order, OutboundMessage, PackageProposal, Parcel, SetAside
from service.errors import EstafetError
from service.procurement.needs import overview_of
from service.procurement.proposals import (
    AlreadyDecided,
    AlreadyOrdered,
    AlreadyProposed,
    NoSuchPackage,
    NoSuchProposal,
    ProposalWithoutReason,
    decide_package,
    propose_package,
)
from service.procurement.queries import need
from service.procurement.queries import proposals as queries
from service.procurement.steps import STEPS
from service.trust.rights import MakerIsChecker, NoRight, OutsideRegion

WHY = "sekarang menjual jahitan"


@pytest.fixture
def work(database, home):
    """Three households: groceries, sewing, and one whose business nobody understands."""
    made = decreed(database, home, [{}, {"business_type": "jahit"}, {"business_type": None, "business_text": "aneka"}])
    install(database, made, catalogue())
    return made


def propose(database, case, code="P-B", reason=WHY, officer=FACILITATOR):
    with database.write() as session:
        return propose_package(session, officer, case.id, code, reason, told_by(officer)).id


def decide(database, proposal_id, accept=True, note="", officer=PPK):
    with database.write() as session:
        return decide_package(session, officer, proposal_id, accept, note, told_by(officer))


def test_a_household_without_a_fitting_package_waits_visibly_and_gets_the_one_asked_for(database, work):
    assert list(assign(work).set_aside.values()) == ["NO_PACKAGE"]
    lost = case_of(database, None)
    with database.read() as session:
        assert [case.id for case, _ in need.households_without(session, work.cycle_id)] == [lost.id]
        assert need.count_without(session, work.cycle_id, ["36.02"]) == 0
    proposal = propose(database, lost)
    assert assign(work).moved == 0
    decide(database, proposal)
    assert assign(work).moved == 1
    assert package_codes(database) == [("P-A", 1), ("P-B", 1), ("P-B", 1)]
    assert rows(database, SetAside) == []
    kept = rows(database, PackageProposal)[0]
    assert (kept.state, kept.proposed_by, kept.decided_by, kept.reason) == ("accepted", FACILITATOR.actor, PPK.actor, WHY)
    assert [message.type for message in rows(database, OutboundMessage)].count("procurement") >= 1


def test_a_parcel_not_ordered_changes_at_once_and_keeps_what_was_decided(database, work):
    assign(work)
    decide(database, propose(database, case_of(database, "warung_sembako")))
    assert package_codes(database) == [("P-B", 1), ("P-B", 1)]
    changed = catalogue(A={"kinds": ("minuman",)}, B={"kinds": ("jahit", "warung_sembako"), "name": "Paket jahit baru"})
    install(database, work, changed)
    assert package_codes(database) == [("P-B", 2), ("P-B", 2)]
    install(database, work, catalogue(A=dearer(16_000)))
    assert package_codes(database)[0][0] == "P-B"


def test_the_version_of_the_day_of_the_parcel_is_given_not_the_one_asked_for(database, work):
    decide(database, propose(database, case_of(database, None)))
    install(database, work, catalogue(B={"name": "Paket menjahit baru"}))
    assign(work)
    assert sorted(package_codes(database)) == [("P-A", 1), ("P-B", 2), ("P-B", 2)]


def test_nobody_orders_while_another_package_is_asked_for(database, work):
    assign(work)
    proposal = propose(database, case_of(database, "warung_sembako"))
    told = draft(work)
    assert (told.moved, list(told.set_aside.values())) == (1, ["PROPOSAL_OPEN"])
    decide(database, proposal, accept=False, note="tetap warung")
    assert draft(work).moved == 1
    assert package_codes(database) == [("P-A", 1), ("P-B", 1)]
    assert rows(database, PackageProposal)[0].note == "tetap warung"


def test_what_is_on_an_order_is_not_changed_any_more(database, work):
    case = case_of(database, "warung_sembako")
    draft(work)
    with pytest.raises(AlreadyOrdered, match="sudah dipesan"):
        propose(database, case)
    assert rows(database, PackageProposal) == []


def test_a_proposal_whose_parcel_was_ordered_meanwhile_can_only_be_refused(database, work):
    assign(work)
    proposal = propose(database, case_of(database, "warung_sembako"))
    with database.write() as session:
        order = Order(
            number="PSN-2021-9000", cycle_id=work.cycle_id, supplier_id=1, district_code="36.01.01", status_since=work.now,
            amount=1, contract_form="receipt", drafted_by=OPERATOR.actor,
        )  # fmt: skip
        session.add(order)
        session.flush()
        session.get(Parcel, 1).order_id = order.id
    with pytest.raises(AlreadyOrdered):
        decide(database, proposal)
    assert decide(database, proposal, accept=False, note="terlambat").state == "refused"


def test_a_second_open_proposal_the_same_package_and_one_not_offered_are_refused(database, work):
    assign(work)
    case = case_of(database, "warung_sembako")
    with pytest.raises(AlreadyProposed, match="sudah mendapat paket P-A"):
        propose(database, case, "P-A")
    with pytest.raises(NoSuchPackage):
        propose(database, case, "P-X")
    with pytest.raises(ProposalWithoutReason):
        propose(database, case, reason="ya ")
    propose(database, case)
    with pytest.raises(AlreadyProposed, match="menunggu keputusan"):
        propose(database, case)
    assert len(rows(database, PackageProposal)) == 1


def test_who_asks_does_not_decide_and_right_and_region_count(database, work):
    case = case_of(database, "warung_sembako")
    with pytest.raises(NoRight):
        propose(database, case, officer=make_officer("verifier"))
    with pytest.raises(OutsideRegion):
        propose(database, case, officer=make_officer("facilitator", "lebak", ("36.02",)))
    proposal = propose(database, case)
    with pytest.raises(NoRight):
        decide(database, proposal, officer=OPERATOR)
    with pytest.raises(MakerIsChecker):
        decide(database, proposal, officer=make_officer("commitment_officer", FACILITATOR.login))
    with pytest.raises(OutsideRegion):
        decide(database, proposal, officer=make_officer("commitment_officer", "lebak", ("36.02",)))
    with pytest.raises(ProposalWithoutReason):
        decide(database, proposal, accept=False)
    with pytest.raises(NoSuchProposal):
        decide(database, 999)
    decide(database, proposal)
    with pytest.raises(AlreadyDecided):
        decide(database, proposal, accept=False, note="berubah pikiran")


def test_a_package_that_is_not_given_any_more_cannot_be_accepted(database, work):
    proposal = propose(database, case_of(database, "warung_sembako"))
    install(database, work, catalogue().model_copy(update={"packages": catalogue().packages[:1]}))
    with pytest.raises(NoSuchPackage, match="tidak diberikan lagi"):
        decide(database, proposal)


def test_the_overview_counts_by_package_and_regency_and_names_what_waits(database, home):
    there = {"regency_code": "36.02", "district_code": "36.02.01", "village": "36.02.01.2001"}
    work = decreed(database, home, [{}, there, {"business_type": None}])
    install(database, work, catalogue())
    assign(work)
    propose(database, case_of(database, None))
    from service.db.tables import Cycle

    with database.read() as session:
        cycle = session.get(Cycle, work.cycle_id)
        found, there = overview_of(session, cycle), overview_of(session, cycle, ["36.02"])
    assert [(one["code"], one["total"], one["by_regency"]) for one in found["packages"]] == [
        ("P-A", 2, {"36.01": 1, "36.02": 1}),
    ]  # fmt: skip
    assert (found["without"], found["open"], found["proposals"][0]["package"]) == (1, 1, "P-B")
    assert (there["without"], there["open"], there["packages"][0]["total"]) == (0, 0, 1)
    assert (found["budgets"][0]["need"], found["budgets"][0]["gap"]) == (300_000, 0)


acts = st.lists(
    st.tuples(st.sampled_from(["propose", "accept", "refuse", "assign", "draft", "A", "B"]), st.integers(0, 2)), max_size=14
)


@settings(deadline=None, max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts)
def test_whatever_the_order_of_acts_each_household_has_one_parcel_and_ordered_ones_never_change(migrated_sqlite, acts):
    import shutil
    import tempfile
    from pathlib import Path

    from service.db.session import Database

    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(migrated_sqlite, Path(folder) / "estafet.db")
        database = Database(f"sqlite:///{folder}/estafet.db")
        work = decreed(database, Path(folder), [{}, {"business_type": "jahit"}, {"business_type": None}])
        install(database, work, catalogue())
        cases = [case_of(database, kind) for kind in ("warung_sembako", "jahit", None)]
        ordered: dict[int, int] = {}
        for number, (act, which) in enumerate(acts):
            _try(database, work, act, cases[which], number)
            now = {parcel.id: parcel for parcel in rows(database, Parcel)}
            assert all(now[parcel].package_id == package for parcel, package in ordered.items())
            ordered = {parcel.id: parcel.package_id for parcel in now.values() if parcel.order_id}
        parcels = rows(database, Parcel)
        assert len({parcel.case_id for parcel in parcels}) == len(parcels)
        with database.read() as session:
            assert queries.count_of(session, work.cycle_id) <= len(cases)
        database.close()


def _try(database, work, act, case, number):
    """One act of a person or the stage; a refusal with a sentence is fine, anything else is not."""
    opened = [one for one in rows(database, PackageProposal) if one.case_id == case.id and one.state == "open"]
    try:
        if act in ("A", "B"):
            install(database, work, catalogue(**{act: {"name": f"Paket {number}"}}))
        elif act == "propose":
            propose(database, case, "P-B" if number % 2 else "P-A")
        elif act in ("accept", "refuse") and opened:
            decide(database, opened[0].id, act == "accept", "sudah diperiksa")
        elif act == "assign":
            assign(work)
        else:
            run_step(work, "procurement", STEPS, "assign_packages", "draft_orders")
    except EstafetError:
        return
