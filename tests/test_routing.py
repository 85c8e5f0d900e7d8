"""Does a household go to the office that serves it best, and does the sentence say why?"""

from __future__ import annotations

import pytest
from factories import make_officer
from handoff_scenes import OPERATOR, make_agency, make_scene
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import select

from service.business import KINDS
from service.db.tables import Case, Household
from service.handoff.drafting import SandboxAgency
from service.handoff.needs import FOR_FAMILY, codes_of, needs_of, note_need
from service.handoff.routing import Agency, Seeker, copies_of, route
from service.handoff.services import BY_CODE, CATALOGUE, OF_OFFICES, PURPOSE, UnknownService, offered_by
from service.handoff.steps import reroute_referral
from service.trust.rights import NoRight

NAMED = {"NIB", "P_IRT", "HALAL", "BRAND", "TRAINING", "PACKAGING", "KUR", "INCUBATION", "GROUP", "OFF_TAKER", "PLUT", "SIDT"}
OFFICE = Agency(1, "Dinkop Pandeglang", "36.01", frozenset({PURPOSE}), None)
PROVINCE = Agency(2, "Dinkop Banten", None, frozenset({PURPOSE}), None)
HEALTH = Agency(3, "Dinkes Pandeglang", "36.01", frozenset({"P_IRT"}), None)
BANK = Agency(4, "Bank", "36.01", frozenset({"KUR"}), None, "bank")
FOOD = ("NIB", "P_IRT", "HALAL")


def test_the_catalogue_names_what_each_service_needs_and_who_gives_it():
    assert BY_CODE.keys() >= NAMED
    assert len(BY_CODE) == len(CATALOGUE)
    for service in CATALOGUE:
        assert service.label
        assert service.needs
        assert set(service.kinds) <= {"office", "bank", "company"}


def test_every_kind_of_business_needs_known_services():
    assert set(FOR_FAMILY) == {kind.family for kind in KINDS}
    for kind in KINDS:
        codes = codes_of(kind.code, ["KUR"])
        assert {"NIB", "KUR"} <= set(codes) <= BY_CODE.keys()
        assert len(needs_of(kind.code)) == len(codes) - 1
    assert codes_of(None) == codes_of("tidak dikenal") == ("NIB", "PLUT")


def test_the_old_word_offers_what_offices_give_and_unknown_words_nothing():
    assert offered_by([PURPOSE]) == OF_OFFICES
    assert not {"KUR", "OFF_TAKER"} & OF_OFFICES
    assert offered_by(["KUR", "ALCHEMY"]) == {"KUR"}


def test_the_regencys_own_office_comes_before_the_provinces_though_that_gives_more():
    routes, _ = route([Seeker(1, "36.01", needs=FOOD)], [PROVINCE, HEALTH], {})
    assert routes[1].agency_id == HEALTH.id
    assert routes[1].services == ("P_IRT",)


def test_of_two_near_offices_the_one_that_gives_more_of_what_is_needed_is_asked():
    routes, _ = route([Seeker(1, "36.01", needs=FOOD)], [HEALTH, OFFICE], {})
    assert (routes[1].agency_id, routes[1].services) == (OFFICE.id, FOOD)


def test_the_sentence_says_what_is_served_and_what_is_not():
    routes, _ = route([Seeker(1, "36.01", needs=(*FOOD, "KUR"))], [OFFICE], {})
    assert "menyediakan Pendaftaran NIB, SPP-IRT, Sertifikat halal" in routes[1].why
    assert "(belum terlayani: Kredit usaha rakyat)" in routes[1].why


def test_a_bank_serves_who_needs_credit_and_agreed_to_it_only():
    asked = {"needs": ("NIB", "KUR"), "tried": frozenset({OFFICE.id})}
    assert route([Seeker(1, "36.01", allowed=frozenset({1}), **asked)], [OFFICE, BANK], {})[1] == {1: "ALL_AGENCIES_TRIED"}
    routes, _ = route([Seeker(1, "36.01", allowed=frozenset({1, 4}), **asked)], [OFFICE, BANK], {})
    assert (routes[1].agency_id, routes[1].services) == (BANK.id, ("KUR",))


def test_who_was_not_eligible_there_goes_to_an_agency_with_another_service():
    seeker = {"tried": frozenset({OFFICE.id}), "needs": ("TRAINING",)}
    assert route([Seeker(1, "36.01", **seeker)], [OFFICE, HEALTH], {})[1] == {1: "ALL_AGENCIES_TRIED"}
    routes, _ = route([Seeker(1, "36.01", any_service=True, **seeker)], [OFFICE, HEALTH], {})
    assert routes[1].agency_id == HEALTH.id
    assert "layanan lain" in routes[1].why


def test_the_province_is_copied_where_a_regencys_office_serves():
    everyone = [OFFICE, PROVINCE, HEALTH, BANK]
    assert copies_of(OFFICE, everyone) == ["Dinkop Banten"]
    assert copies_of(PROVINCE, everyone) == copies_of(BANK, everyone) == []


@given(
    loads=st.lists(st.integers(0, 4), min_size=3, max_size=3),
    capacities=st.lists(st.integers(1, 4), min_size=3, max_size=3),
    count=st.integers(1, 8),
)
def test_the_emptier_of_equal_offices_is_filled_first_and_none_overfilled(loads, capacities, count):
    offices = [Agency(n + 1, f"A{n}", "36.01", frozenset({PURPOSE}), capacity) for n, capacity in enumerate(capacities)]
    load = {n + 1: taken for n, taken in enumerate(loads)}
    routes, codes = route([Seeker(n, "36.01", needs=FOOD) for n in range(count)], offices, load)
    room = sum(max(capacity - taken, 0) for capacity, taken in zip(capacities, loads, strict=True))
    assert len(routes) == min(room, count)
    assert set(codes.values()) <= {"AGENCIES_FULL"}
    fill = dict(load)
    for case in sorted(routes):
        chosen = routes[case].agency_id
        open_ones = [a for a in offices if fill[a.id] < (a.capacity or 0)]
        assert fill[chosen] / capacities[chosen - 1] == min(fill[a.id] / (a.capacity or 1) for a in open_ones)
        fill[chosen] += 1


def test_a_referral_keeps_the_services_asked_and_its_batch_whom_it_copies(database, home):
    scene = make_scene(database, home, agencies=())
    with database.write() as session:
        make_agency(session, "dinkop")
        make_agency(session, "provinsi", None)
        session.exec(select(Household)).one().business_type = "gorengan"
        assert note_need(session, OPERATOR, session.exec(select(Case)).one(), "KUR", scene.told("user:o"))
        assert not note_need(session, OPERATOR, session.exec(select(Case)).one(), "KUR", scene.told("user:o"))
    scene.run()
    [drafted] = scene.referrals()
    assert drafted.services == ["NIB", "P_IRT", "HALAL", "BRAND", "PACKAGING", "PLUT"]
    assert "belum terlayani: Kredit usaha rakyat" in drafted.why_agency
    assert scene.batches()[0].copies == ["provinsi (contoh)"]


def test_only_who_may_notes_a_known_need(database, home):
    scene = make_scene(database, home)
    with database.write() as session:
        with pytest.raises(NoRight):
            note_need(session, make_officer("auditor"), scene.case(), "KUR", scene.told("user:a"))
        with pytest.raises(UnknownService, match="Yang dikenal: NIB"):
            note_need(session, OPERATOR, scene.case(), "ALCHEMY", scene.told("user:o"))


def test_an_agency_for_trying_out_never_gets_a_real_household(database, home):
    scene = make_scene(database, home, agencies=())
    with database.write() as session:
        sandbox = make_agency(session, "sandbox", is_sandbox=True)
    assert list(scene.run()["draft_referrals"].set_aside.values()) == ["NO_AGENCY"]
    with database.write() as session:
        make_agency(session, "dinkop")
    scene.send_all()
    scene.reply(scene.referrals()[0], "declined", reason="OTHER", note="tutup")
    with pytest.raises(SandboxAgency, match="uji coba"), database.write() as session:
        reroute_referral(session, OPERATOR, scene.referrals()[0], sandbox, "coba", scene.told("user:o"))
    assert [r.status for r in scene.referrals()] == ["declined"]
