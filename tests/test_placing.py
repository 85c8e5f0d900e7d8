"""Is the list fair and the same from any order: rules, score, ties, quota of regency and district, reserve?"""

import hashlib
from datetime import date, timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from selection_scenes import AS_OF, basis, frozen, placements, ranks

from service.policy import CyclePolicy
from service.selection.eligibility import rules
from service.selection.placing import BEYOND, RESERVE, WITHIN, place, tie_break, tie_numbers
from service.selection.quota import places_of, redistribute, reserve_places

REGENCIES = ("36.01", "36.02", "36.71")
DISTRICTS = ("36.01.01", "36.01.02", "36.01.03", "36.02.01")
CODES = (
    "DUPLICATE_HOUSEHOLD", "PRIOR_UEP", "CENTRAL_UEP", "NO_EMBRYO_BUSINESS", "NO_ASSESSMENT", "STALE_ASSESSMENT", "UNDER_AGE",
    "OUTSIDE_PROVINCE", "DECILE_OUT_OF_RANGE", "NOT_IN_PROGRAMME", "BELOW_THRESHOLD",
)  # fmt: skip
counts = st.dictionaries(st.sampled_from(REGENCIES), st.integers(0, 12), max_size=3)
some_rows = st.lists(
    st.fixed_dictionaries(
        {
            "district_code": st.sampled_from((*DISTRICTS, "36.71.01")),
            "attendance_percent": st.none() | st.integers(0, 100),
            "savings": st.none() | st.integers(-1, 900_000),
            "income_sources": st.none() | st.integers(0, 4),
            "started_year": st.none() | st.integers(2013, 2020),
            "decile": st.none() | st.integers(1, 7),
            "duplicate_of": st.none() | st.none() | st.just(1),
        }
    ).map(lambda row: row | {"regency_code": row["district_code"][:5]}),
    max_size=30,
)
some_districts = st.dictionaries(st.sampled_from(DISTRICTS[:3]), st.integers(0, 8), max_size=3)
often = settings(max_examples=60, deadline=None)


def shared(quota, districts):
    """The basis of a cycle in which 36.01 shares its quota among the districts, if there are any."""
    if districts:
        quota = quota | {"36.01": sum(districts.values())}
    return basis(quota, districts=districts)


@given(counts, counts, st.integers(0, 5))
def test_redistribution_conserves_the_total_and_gives_nobody_more_than_its_candidates(quota, candidates, extra):
    places = redistribute(quota, candidates, extra)
    able = sum(candidates.get(code, 0) for code in quota)
    assert sum(places.values()) == min(sum(quota.values()) + extra, able)
    assert all(places[code] <= candidates.get(code, 0) for code in quota)
    assert all(places[code] >= min(quota[code], candidates.get(code, 0)) for code in quota)


@given(counts, some_districts, st.dictionaries(st.sampled_from(DISTRICTS), st.integers(0, 12)), counts)
def test_what_districts_get_is_exactly_what_their_regency_gets(quota, districts, able_by_district, able):
    told = shared(quota, districts)
    able = able | {"36.01": sum(number for code, number in able_by_district.items() if code.startswith("36.01"))}
    places = places_of(told.quota, told.districts, able, able_by_district)
    if districts:
        assert sum(places.districts.values()) == places.regencies["36.01"]
    assert all(number <= able_by_district.get(code, 0) for code, number in places.districts.items())


def test_what_a_regency_cannot_fill_goes_by_largest_remainder_to_those_with_candidates_left():
    places = redistribute({"36.01": 10, "36.02": 10, "36.71": 10}, {"36.01": 3, "36.02": 30, "36.71": 20})
    assert places == {"36.01": 3, "36.02": 15, "36.71": 12}


def test_what_a_district_cannot_fill_stays_in_its_regency_as_long_as_that_has_candidates():
    districts = {"36.01.01": 4, "36.01.02": 2, "36.01.03": 0}
    able = {"36.01.01": 1, "36.01.02": 4, "36.01.03": 4}
    places = places_of({"36.01": 6, "36.02": 3}, districts, {"36.01": 9, "36.02": 9}, able)
    assert places.regencies == {"36.01": 6, "36.02": 3}
    assert places.districts == {"36.01.01": 1, "36.01.02": 3, "36.01.03": 2}


def test_an_extra_place_of_a_regency_goes_to_its_districts_and_a_district_without_a_row_takes_no_part():
    places = places_of(
        {"36.01": 2, "36.02": 4}, {"36.01.01": 1, "36.01.02": 1}, {"36.01": 20, "36.02": 1},
        {"36.01.01": 2, "36.01.02": 3, "36.01.09": 15},
    )  # fmt: skip
    assert places.regencies == {"36.01": 5, "36.02": 1}
    assert places.districts == {"36.01.01": 2, "36.01.02": 3}


def test_the_reserve_is_rounded_up():
    assert [reserve_places(places, 10) for places in (0, 1, 10, 11)] == [0, 1, 1, 2]


@often
@given(some_rows, counts, some_districts, st.integers(0, 99))
def test_any_order_of_rows_gives_the_same_list(rows, quota, districts, chance):
    told, frame = shared(quota, districts), frozen(*rows)
    shuffled = frame.collect().sample(fraction=1, shuffle=True, seed=chance).lazy()
    assert place(frame, told).frame.equals(place(shuffled, told).frame)


@often
@given(some_rows, counts, some_districts)
def test_quota_is_never_exceeded_and_everybody_has_exactly_one_place(rows, quota, districts):
    told = shared(quota, districts)
    placed = place(frozen(*rows), told)
    assert placed.frame.get_column("household_id").to_list() == list(range(1, len(rows) + 1))
    assert placed.frame.get_column("placement").null_count() == 0
    within = placed.frame.filter(pl.col("placement") == WITHIN)
    assert within.height == sum(placed.places.regencies.values()) <= sum(told.quota.values())
    assert within.get_column("failing").null_count() == within.height
    for code, places in placed.places.regencies.items():
        assert within.filter(pl.col("regency_code").cast(pl.String) == code).height == places
    district_of = {number: row["district_code"] for number, row in enumerate(rows, start=1)}
    taken = [district_of[household] for household in within.get_column("household_id")]
    assert {code: taken.count(code) for code in told.districts} == placed.places.districts


@often
@given(some_rows, counts, some_districts)
def test_reserve_places_are_counted_from_one_without_a_gap_in_the_order_of_rank(rows, quota, districts):
    placed = place(frozen(*rows), shared(quota, districts))
    for code, places in placed.places.regencies.items():
        own = placed.frame.filter(pl.col("regency_code").cast(pl.String) == code).sort("rank")
        waits = own.filter(pl.col("placement") == RESERVE).get_column("reserve_place").to_list()
        assert waits == list(range(1, len(waits) + 1))
        beyond = own.filter(pl.col("placement") == BEYOND).height
        assert len(waits) == min(reserve_places(places, 10), len(waits) + beyond)


@often
@given(some_rows, some_districts)
def test_an_ineligible_household_changes_nobody(rows, districts):
    told, frame = shared({"36.01": 3, "36.02": 2}, districts), frozen(*rows)
    before = placements(place(frame, told))
    after = placements(place(frozen(*rows, {"decile": 9}), told))
    assert {home: code for home, code in after.items() if home in before} == before


@often
@given(some_rows, some_districts, st.data())
def test_a_better_household_never_falls(rows, districts, data):
    if not rows:
        return
    told, one = shared({"36.01": 3, "36.02": 2}, districts), data.draw(st.integers(0, len(rows) - 1))
    better = rows[one] | {"income_sources": max(rows[one]["income_sources"] or 0, 2)}
    raised = [better if number == one else row for number, row in enumerate(rows)]
    was, then = (place(frozen(*some), told).frame.row(one, named=True) for some in (rows, raised))
    assert then["score"] >= was["score"]
    assert was["rank"] is None or then["rank"] <= was["rank"]
    goodness = {WITHIN: 0, RESERVE: 1, BEYOND: 2}
    assert goodness.get(then["placement"], 3) <= goodness.get(was["placement"], 3)


def test_between_equals_longer_in_the_programme_goes_first_and_then_the_published_hash():
    rows = [{"started_year": 2018}, {"started_year": 2014}, {}, {}, {}]
    found = ranks(place(frozen(*rows), basis()))
    assert found[2] == 1
    assert found[1] == 5
    assert sorted((3, 4, 5), key=lambda home: tie_break(7, home)) == sorted((3, 4, 5), key=found.get)
    others = ranks(place(frozen(*rows), basis(seed=12)))
    assert sorted((3, 4, 5), key=lambda home: tie_break(12, home)) == sorted((3, 4, 5), key=others.get)


def test_the_tie_break_is_the_first_16_digits_of_the_published_hash_also_as_a_number():
    assert tie_break(7, 41) == hashlib.sha256(b"7:41").hexdigest()[:16]
    assert tie_numbers(7, pl.Series([41, 5])).to_list() == [int(tie_break(7, 41), 16), int(tie_break(7, 5), 16)]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"duplicate_of": 99}, "DUPLICATE_HOUSEHOLD"),
        ({"prior_province_year": 2019}, "PRIOR_UEP"),
        ({"prior_central_year": 2020}, "CENTRAL_UEP"),
        ({"has_business": False}, "NO_EMBRYO_BUSINESS"),
        ({"assessed_on": None}, "NO_ASSESSMENT"),
        ({"assessed_on": AS_OF - timedelta(days=366)}, "STALE_ASSESSMENT"),
        ({"age": 16}, "UNDER_AGE"),
        ({"regency_code": "32.01"}, "OUTSIDE_PROVINCE"),
        ({"decile": 6}, "DECILE_OUT_OF_RANGE"),
        ({"decile": None}, "DECILE_OUT_OF_RANGE"),
        ({"programme": "PKH"}, "NOT_IN_PROGRAMME"),
        ({"attendance_percent": None, "savings": None, "income_sources": 0}, "BELOW_THRESHOLD"),
        ({"assessed_on": AS_OF - timedelta(days=365)}, WITHIN),
        ({"age": 17}, WITHIN),
        ({"programme": " jsk "}, WITHIN),
    ],
)
def test_every_rule_names_itself_at_its_threshold(change, code):
    assert placements(place(frozen(change), basis())) == {1: code}


def test_every_rule_of_the_contract_says_itself_in_both_languages_and_where_it_comes_from():
    known = rules(CyclePolicy(), AS_OF)
    assert tuple(rule.code for rule in known) == CODES
    for rule in known:
        for sentence in (rule.says(), rule.says("en")):
            assert "{" not in sentence
            assert rule.threshold is None or str(rule.threshold) in sentence
        assert rule.says() != rule.says("en")
        assert rule.source


def test_a_key_of_the_policy_named_as_a_source_exists():
    keys = set(CyclePolicy().eligibility.model_dump())
    named = [word for rule in rules(CyclePolicy(), AS_OF) for word in rule.source.replace(",", " ").split() if "." in word]
    named = [word.removeprefix("eligibility.") for word in named if word.startswith("eligibility.")]
    assert named
    assert set(named) <= keys


def test_beyond_quota_there_are_reserves_in_order_and_then_nobody():
    placed = placements(place(frozen(*[{} for _ in range(5)]), basis({"36.01": 2}, reserve_percent=60)))
    assert sorted(placed.values()) == [BEYOND, "RESERVE_1", "RESERVE_2", WITHIN, WITHIN]


def test_a_district_is_filled_by_its_own_and_the_reserve_list_is_the_regencys():
    rows = [
        {"district_code": "36.01.01", "attendance_percent": 100 - 10 * number} for number in range(4)
    ] + [{"district_code": "36.01.02", "attendance_percent": 50}] * 2  # fmt: skip
    placed = place(frozen(*rows), basis({"36.01": 2}, districts={"36.01.01": 1, "36.01.02": 1}, reserve_percent=100))
    found = placements(placed)
    assert found[1] == WITHIN
    assert [found[2], found[3]] == ["RESERVE_1", "RESERVE_2"]
    assert sorted((found[5], found[6])) == [BEYOND, WITHIN]


def test_an_earlier_business_is_needed_only_where_the_policy_says_so():
    young = {"business_since": date(2021, 4, 15)}
    assert placements(place(frozen(young), basis(eligibility={"minimum_business_months": 2}))) == {1: "NO_EMBRYO_BUSINESS"}
    assert placements(place(frozen(young), basis(eligibility={"minimum_business_months": 1}))) == {1: WITHIN}
