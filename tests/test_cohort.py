"""Is every household of a cycle in exactly one place, and does the check notice when one is not?"""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import select

from service.clock import wall
from service.cohort import queries
from service.cohort.conservation import Place, alarm_of, weigh
from service.cohort.quota_file import WrongQuota, read_quota
from service.cohort.steps import CycleExists, close_cycle, open_cycle, summary
from service.db.history import Told
from service.db.tables import DistrictQuota, Quota
from service.errors import NotNow
from service.lifecycle import STATUSES, Subject
from service.policy import CyclePolicy
from service.trust.rights import NoRight, Officer

OPERATOR = Officer(1, "petugas", "Petugas", ("operator",))
TOLD = Told(OPERATOR.actor, wall())


@pytest.fixture
def opened(database):
    with database.write() as session:
        return open_cycle(session, OPERATOR, 2021, {"36.01": 3}, CyclePolicy(), 7, TOLD)


def test_a_cycle_is_opened_once_with_its_quota_and_policy(database, opened):
    with database.write() as session:
        assert queries.cycle_of(session, 2021).policy_hash == opened.policy_hash
        assert session.get(Quota, 1).households == 3
        with pytest.raises(CycleExists, match="2021 sudah dibuka"):
            open_cycle(session, OPERATOR, 2021, {}, CyclePolicy(), 1, TOLD)


def test_an_auditor_cannot_open_a_cycle(database):
    with database.write() as session, pytest.raises(NoRight, match="Petugas operasi"):
        open_cycle(session, Officer(2, "a", "A", ("auditor",)), 2022, {}, CyclePolicy(), 1, TOLD)


def test_a_missing_year_says_how_to_open_it(database):
    with database.read() as session, pytest.raises(queries.NoSuchCycle, match="estafet cycle open 2030"):
        summary(session, 2030)


def test_an_empty_cycle_has_figures_and_is_in_balance(database, opened):
    with database.read() as session:
        figures = summary(session, 2021)
    assert figures["conservation"] == "ok"
    assert figures["selected"] == 0
    assert len(figures["by_regency"]) == 8


def test_a_cycle_cannot_be_closed_before_handing_off(database, opened):
    with database.write() as session, pytest.raises(NotNow):
        close_cycle(session, OPERATOR, opened, TOLD)


@pytest.mark.parametrize(
    ("lines", "fault"),
    [
        ("kode_kabupaten,kuota\n99.01,5", "baris 2: kode kabupaten/kota '99.01' tidak dikenal di Banten"),
        ("kode_kabupaten,kuota\n36.01,5\n36.01,6", "baris 3: kode 36.01 sudah ada di baris sebelumnya"),
        ("kode_kabupaten;kuota\n36.01;dua", "baris 2: kuota 'dua' bukan bilangan bulat"),
        ("kode_kabupaten,kuota\n36.01,-4", "baris 2: kuota '-4' bukan bilangan bulat"),
        (
            "kode_kabupaten,kuota,kode_kecamatan\n36.02,1,\n36.01,5,\n36.01,2,36.01.01\n36.01,2,36.01.02",
            "baris 3: kuota 36.01 5, sedangkan jumlah kecamatannya 4",
        ),
        (
            "kode_kabupaten,kuota,kode_kecamatan\n36.01,2,36.01.01\n36.01,2,36.01.01",
            "baris 3: kode 36.01.01 sudah ada di baris sebelumnya",
        ),
        ("kode_kabupaten,kuota,kode_kecamatan\n36.01,2,36.01.99", "baris 2: kode kecamatan '36.01.99' tidak dikenal di 36.01"),
        ("kode,jumlah\n36.01,4", "kolom kode_kabupaten, kuota tidak ada"),
        ("kode_kabupaten,kuota\n", "Tidak ada baris"),
    ],
)
def test_every_fault_of_a_quota_file_is_named(tmp_path, lines, fault):
    path = tmp_path / "quota.csv"
    path.write_text(lines)
    with pytest.raises(WrongQuota) as refused:
        read_quota(path)
    assert fault in refused.value.message


def test_a_quota_file_from_excel_is_read(tmp_path):
    path = tmp_path / "quota.csv"
    path.write_bytes("\ufeffKode_Kabupaten;Kuota\r\n36.01;470\r\n\r\n36.74; 150\r\n".encode())
    assert read_quota(path).regencies == {"36.01": 470, "36.74": 150}


def test_a_quota_file_may_share_a_regencys_quota_among_its_districts(tmp_path):
    path = tmp_path / "quota.csv"
    path.write_text(
        "kode_kabupaten,kode_kecamatan,kuota\n36.01,,30\n36.01,36.01.01,10\n36.01,36.01.02,20\n36.02,36.02.01,7\n36.71,,5\n"
    )
    quota = read_quota(path)
    assert quota.regencies == {"36.01": 30, "36.02": 7, "36.71": 5}
    assert quota.districts == {"36.01.01": 10, "36.01.02": 20, "36.02.01": 7}
    assert quota.total == 42


def test_all_faults_of_a_quota_file_are_named_by_their_row(tmp_path):
    path = tmp_path / "quota.csv"
    path.write_text("kode_kabupaten;kuota;kode_kecamatan\n36.01;5;36.02.01\n\n36.01;x;\n99.01;1;\n")
    with pytest.raises(WrongQuota) as refused:
        read_quota(path)
    assert refused.value.details["faults"] == [
        "baris 2: kode kecamatan '36.02.01' tidak dikenal di 36.01",
        "baris 4: kuota 'x' bukan bilangan bulat",
        "baris 5: kode kabupaten/kota '99.01' tidak dikenal di Banten",
    ]


def test_the_quota_of_a_cycle_with_districts_is_kept_for_both(database):
    with database.write() as session:
        opened = open_cycle(session, OPERATOR, 2021, {"36.01": 3}, CyclePolicy(), 7, TOLD, {"36.01.01": 2, "36.01.02": 1})
        found = session.exec(select(DistrictQuota).where(DistrictQuota.cycle_id == opened.id)).all()
    assert {one.district_code: one.households for one in found} == {"36.01.01": 2, "36.01.02": 1}


@pytest.mark.parametrize(
    ("place", "code"),
    [
        (Place(1, "selected", "decreed", 0, 0, 0, 0), "HISTORY_DIFFERS"),
        (Place(1, "selected", None, 0, 0, 0, 0), "HISTORY_DIFFERS"),
        (Place(1, "ordered", "ordered", 0, 0, 0, 0), "NO_PARCEL"),
        (Place(1, "ordered", "ordered", 2, 0, 0, 0), "TWO_PARCELS"),
        (Place(1, "verified", "verified", 1, 0, 0, 0), "UNPROVEN"),
        (Place(1, "referred", "referred", 0, 1, 0, 0), "NOWHERE"),
        (Place(1, "referred", "referred", 0, 1, 1, 1), "TWO_PLACES"),
        (Place(1, "ready", "ready", 0, 1, 1, 0), "STRAY_REFERRAL"),
        (Place(1, "referred", "referred", 0, 1, 1, 0), None),
        (Place(1, "referred", "referred", 0, 1, 0, 1), None),
        (Place(1, "ordered", "ordered", 1, 0, 0, 0), None),
    ],
)
def test_each_misplacement_has_its_alarm(place, code):
    assert alarm_of(place) == code


@given(st.lists(st.sampled_from([s.name for s in STATUSES[Subject.CASE]])))
def test_the_places_always_sum_to_the_cohort(statuses):
    places = [Place(i, status, status, 0, 0, 0, 0) for i, status in enumerate(statuses)]
    verdict = weigh(len(places), places)
    assert sum(verdict.places.values()) == len(places)
    assert not weigh(len(places) + 1, places).is_ok
