"""Does a new catalogue take the old one's place without touching what was ordered, and is every fault named?"""

import pytest
from factories import make_cycle, make_officer, told_by
from hypothesis import given, settings
from hypothesis import strategies as st
from need_scenes import OPERATOR, assign, catalogue, dearer, decreed, draft, install, package_codes, rows

from service.business import BY_CODE
from service.db.tables import BusinessType, OrderLine, OutboundMessage, Package, PackageItem, Parcel
from service.policy import BudgetAccount, CyclePolicy
from service.procurement.catalogue import Catalogue, WrongCatalogue, as_yaml, catalogue_from, read_catalogue
from service.procurement.catalogue_file import as_workbook, keep_faults, read_any, read_workbook
from service.procurement.changing import (
    NoCatalogue,
    change_catalogue,
    change_package,
    copy_catalogue,
    current_catalogue,
)
from service.procurement.workbook import UnreadableWorkbook, rows_of, workbook_of
from service.trust.rights import NoRight

HEAD = (
    "kode_paket", "nama_paket", "jenis_usaha", "rekening", "barang", "jumlah", "satuan", "harga_satuan", "pajak_satuan",
    "uji_fungsi",
)  # fmt: skip


@pytest.fixture
def cycle(database):
    with database.write() as session:
        return make_cycle(session, policy=CyclePolicy(other_accounts=(BudgetAccount(code="5.2", ceiling=9_000_000),)))


@pytest.fixture
def work(database, home):
    """Three households of P-A and one of P-B."""
    return decreed(database, home, [{}, {}, {"business_type": "minuman"}, {"business_type": "jahit"}])


def change(database, cycle, offered, officer=OPERATOR):
    with database.write() as session:
        return change_catalogue(session, officer, cycle, offered, told_by(officer))


# --- versions


def test_the_same_catalogue_again_changes_nothing(database, cycle):
    first = change(database, cycle, catalogue())
    assert (first.added, first.moved) == (["P-A", "P-B"], 0)
    again = change(database, cycle, catalogue())
    assert (again.is_nothing, again.unchanged) == (True, ["P-A", "P-B"])
    assert len(rows(database, Package)) == 2
    assert len(rows(database, OutboundMessage)) == 1


@pytest.mark.parametrize(
    "changed",
    [
        dearer(16_000),
        {"name": "Paket warung besar"},
        {"account": "5.2"},
        {"items": [{"name": "Beras", "quantity": 10, "unit": "kg", "price": 15_000, "tax": 1_400}]},
        {"items": [{"name": "Beras", "quantity": 10, "unit": "kg", "price": 15_000, "tax": 1_500, "test": True}]},
        {"items": [{"name": "Beras", "quantity": 9, "unit": "kg", "price": 15_000, "tax": 1_500}]},
    ],
    ids=["price", "name", "account", "tax", "function test", "quantity"],
)
def test_whatever_changes_in_a_package_makes_a_version_and_the_old_one_stays_as_it_was(database, cycle, changed):
    change(database, cycle, catalogue())
    before = [row.model_dump() for row in rows(database, PackageItem)]
    assert change(database, cycle, catalogue(A=changed)).renewed == ["P-A"]
    versions = [(one.code, one.version, one.is_current) for one in rows(database, Package)]
    assert versions == [("P-A", 1, False), ("P-B", 1, True), ("P-A", 2, True)]
    assert [row.model_dump() for row in rows(database, PackageItem)][: len(before)] == before
    assert {kind.code: kind.package_id for kind in rows(database, BusinessType)} == {
        "warung_sembako": 3, "minuman": 3, "jahit": 2,
    }  # fmt: skip
    made = rows(database, Package)[-1]
    assert (made.made_by, made.made_at is not None) == (OPERATOR.actor, True)


def test_a_package_left_out_is_given_no_more_and_comes_back_as_it_was(database, cycle):
    change(database, cycle, catalogue())
    alone = Catalogue(packages=catalogue().packages[:1])
    told = change(database, cycle, alone)
    assert (told.ended, told.kinds) == (["P-B"], ["jahit"])
    assert "jahit" not in {kind.code for kind in rows(database, BusinessType)}
    assert change(database, cycle, catalogue()).renewed == ["P-B"]
    assert [(one.code, one.version, one.is_current) for one in rows(database, Package)] == [("P-A", 1, True), ("P-B", 1, True)]


def test_parcels_not_ordered_move_to_the_new_version_and_ordered_ones_keep_theirs(database, work):
    install(database, work, catalogue())
    assign(work)
    assert install(database, work, catalogue(A=dearer(16_000))).moved == 3
    assert package_codes(database) == [("P-A", 2), ("P-A", 2), ("P-A", 2), ("P-B", 1)]
    draft(work)
    told = install(database, work, catalogue(A=dearer(17_000)))
    assert (told.renewed, told.moved) == (["P-A"], 0)
    assert package_codes(database) == [("P-A", 2), ("P-A", 2), ("P-A", 2), ("P-B", 1)]
    assert sorted(line.price for line in rows(database, OrderLine)) == [160_000, 2_000_000]


def test_a_kind_of_business_that_gets_another_package_takes_its_parcels_along(database, work):
    install(database, work, catalogue())
    assign(work)
    told = install(database, work, catalogue(A={"kinds": ("warung_sembako",)}, B={"kinds": ("jahit", "minuman")}))
    assert (told.kinds, told.moved, told.renewed) == (["minuman"], 1, [])
    assert [code for code, _ in package_codes(database)] == ["P-A", "P-A", "P-B", "P-B"]


def test_one_package_is_changed_and_the_others_stay(database, cycle):
    change(database, cycle, catalogue())
    offered = catalogue(A=dearer(20_000)).packages[0].model_copy(update={"kinds": ("warung_sembako", "jahit")})
    with database.write() as session:
        told = change_package(session, make_officer("admin"), cycle, offered, told_by(OPERATOR))
        now = {one.code: one for one in current_catalogue(session, cycle).packages}
    assert (told.renewed, told.unchanged) == (["P-A"], ["P-B"])
    assert (now["P-A"].kinds, now["P-B"].kinds, now["P-A"].price) == (("warung_sembako", "jahit"), (), 200_000)


def test_who_may_not_edit_changes_nothing_and_too_dear_or_of_no_account_is_refused(database, cycle):
    with pytest.raises(NoRight):
        change(database, cycle, catalogue(), make_officer("verifier"))
    with pytest.raises(WrongCatalogue, match=r"P-A berharga Rp2\.600\.000.*P-B memakai rekening 9\.9"):
        change(database, cycle, catalogue(A=dearer(260_000), B={"account": "9.9"}))
    assert rows(database, Package) == []


def test_last_years_catalogue_starts_this_year(database, cycle):
    with database.write() as session:
        following = make_cycle(session, year=2022)
        with pytest.raises(NoCatalogue, match="2021 belum"):
            copy_catalogue(session, OPERATOR, cycle, following, told_by(OPERATOR))
        change_catalogue(session, OPERATOR, cycle, catalogue(), told_by(OPERATOR))
        change_catalogue(session, OPERATOR, cycle, catalogue(A=dearer(16_000)), told_by(OPERATOR))
        assert copy_catalogue(session, OPERATOR, cycle, following, told_by(OPERATOR)).added == ["P-A", "P-B"]
        assert current_catalogue(session, following) == catalogue(A=dearer(16_000))
    assert [one.version for one in rows(database, Package) if one.cycle_id == following.id] == [1, 1]


# --- as a file

words = st.text(st.characters(exclude_categories=("C", "Z"), exclude_characters="="), min_size=1, max_size=20).filter(
    # a dash is how people leave a cell empty, and an apostrophe in front only keeps a program from guessing
    lambda word: word not in {"-", "–", "—"} and not word.startswith("'")
)
items = st.builds(
    lambda name, quantity, unit, price, tax, test: {
        "name": name, "quantity": quantity, "unit": unit, "price": price, "tax": min(tax, price), "test": test,
    },
    words, st.integers(1, 9_999), words, st.integers(1, 9_999_999), st.integers(0, 99_999), st.booleans(),
)  # fmt: skip


@st.composite
def catalogues(draw):
    kinds = draw(st.permutations(sorted(BY_CODE)))
    codes = draw(st.lists(st.from_regex(r"\A[A-Z][A-Z0-9-]{0,8}\Z"), min_size=1, max_size=4, unique=True))
    packages = [
        {
            "code": code, "name": draw(words), "account": draw(st.none() | st.just("5.1.02")),
            "kinds": tuple(kinds[at * 3 : at * 3 + draw(st.integers(0, 3))]),
            "items": draw(st.lists(items, min_size=1, max_size=4)),
        }
        for at, code in enumerate(codes)
    ]  # fmt: skip
    return catalogue_from({"packages": packages})


@settings(deadline=None, max_examples=40)
@given(catalogues())
def test_what_is_taken_out_goes_back_in_as_the_same(offered):
    assert read_workbook(as_workbook(offered), "katalog.xlsx") == offered


def test_the_default_catalogue_goes_round_as_xlsx_and_as_yaml(tmp_path):
    (tmp_path / "a.xlsx").write_bytes(as_workbook(read_catalogue()))
    (tmp_path / "b.yaml").write_text(as_yaml(read_catalogue()))
    assert read_any(tmp_path / "a.xlsx") == read_any(tmp_path / "b.yaml") == read_catalogue()


def test_every_fault_is_named_by_row_and_column_and_comes_back_as_a_file(home):
    told = workbook_of(
        "Katalog",
        HEAD,
        [
            ("P-A", "Paket A", "warung_sembako, terbang", "", "Beras", 3, "karung", "285.000", "", "ya"),
            ("P-A", "Paket lain", "", "", "", "dua", "kg", 100, 200, "mungkin"),
            ("p b", "", "warung_sembako", "", "Kompor", 0, "unit", 5, 6, ""),
            ("", "", "", "", "Tanpa paket", 1, "unit", 5, "", ""),
            ("P-C", "Paket C", "Menjahit", "", "=1+1", 1, "unit", "Rp1.000", "", "tidak"),
            ("P-D", "Paket D", "jahit", "", "Kain", 1, "unit", 7, "", ""),
        ],
    )
    with pytest.raises(WrongCatalogue, match="ditolak, 10 kesalahan") as refused:
        read_workbook(told, "katalog.xlsx")
    said = refused.value.details["faults"]
    for fault in (
        "Baris 2, kolom jenis_usaha: jenis usaha tidak dikenal: terbang.",
        "Baris 3, kolom nama_paket: berbeda dari baris pertama paket ini.",
        "Baris 3, kolom barang: wajib diisi.",
        "Baris 3, kolom jumlah: 'dua' bukan bilangan bulat.",
        "Baris 3, kolom uji_fungsi: 'mungkin' bukan ya atau tidak.",
        "Baris 4, kolom kode_paket: hanya huruf besar, angka, dan tanda hubung, paling panjang 20.",
        "Baris 4, kolom nama_paket: wajib diisi.",
        "Baris 4, kolom jumlah: harus lebih dari 0.",
        "Baris 5, kolom kode_paket: wajib diisi.",
        "Baris 7, kolom jenis_usaha: jahit sudah mendapat paket P-C.",
    ):
        assert fault in said
    path = keep_faults(home, refused.value.workbook)
    back = rows_of(path.read_bytes(), path.name, ("alasan", *HEAD), ("alasan",))
    assert [row["kode_paket"] for _, row in back] == ["P-A", "P-A", "p b", "", "P-D"]
    assert "jenis usaha tidak dikenal" in back[0][1]["alasan"]
    assert (path.stat().st_mode & 0o777, path.parent.name) == (0o600, "faults")


def test_a_file_that_is_no_such_table_is_refused_with_what_to_do(tmp_path):
    for content, said in (
        (b"kode_paket;barang", "bukan XLSX"),
        (b"", "bukan XLSX"),
        (workbook_of("x", ("nama", "harga"), [("a", 1)]), "baris judul dengan kolom kode_paket"),
        (workbook_of("x", ("kode_paket", "barang"), [("a", 1)]), "kolom yang tidak ada: nama_paket, jumlah"),
    ):
        with pytest.raises(UnreadableWorkbook, match=said):
            read_workbook(content, "berkas.xlsx")
    with pytest.raises(WrongCatalogue, match="tidak dapat dibaca"):
        read_any(tmp_path / "tiada.xlsx")
    with pytest.raises(WrongCatalogue, match="packages"):
        read_workbook(workbook_of("x", HEAD, []), "kosong.xlsx")


def test_tax_is_a_part_of_the_price_and_never_more():
    with pytest.raises(WrongCatalogue, match="pajak 20000 melebihi harga 15000"):
        catalogue_from({"packages": [{**catalogue().packages[0].model_dump(), "items": [
            {"name": "Beras", "quantity": 1, "unit": "kg", "price": 15_000, "tax": 20_000}]}]})  # fmt: skip


def test_parcels_are_counted_by_package_for_the_page(database, work):
    from service.procurement.queries.catalogue import parcels_by_package

    install(database, work, catalogue())
    assign(work)
    with database.read() as session:
        assert parcels_by_package(session, work.cycle_id) == {1: (3, 0), 2: (1, 0)}
    draft(work)
    with database.read() as session:
        assert parcels_by_package(session, work.cycle_id) == {1: (0, 3), 2: (0, 1)}
    assert len(rows(database, Parcel)) == 4
