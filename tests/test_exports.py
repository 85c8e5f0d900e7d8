"""Does a long list leave whole, as of one moment, and as Excel can open it?"""

from factories import SEALER, make_case, make_cycle, make_household
from python_calamine import CalamineWorkbook

from service.cli.exports import CASE_HEADER, case_rows
from service.db.tables import Household
from service.spreadsheet import write_table, write_xlsx


def test_more_rows_than_a_sheet_holds_go_on_in_the_next_one(tmp_path):
    path = tmp_path / "much.xlsx"
    assert write_xlsx(path, ("Nomor",), ([number] for number in range(7)), rows_a_sheet=3) == 7
    book = CalamineWorkbook.from_path(path)
    sheets = [book.get_sheet_by_name(name).to_python() for name in book.sheet_names]
    assert sheets == [[["Nomor"], [0.0], [1.0], [2.0]], [["Nomor"], [3.0], [4.0], [5.0]], [["Nomor"], [6.0]]]


def test_an_empty_list_is_a_table_with_its_header(tmp_path):
    path = tmp_path / "none.xlsx"
    assert write_table(path, ("Nomor", "Nama"), []) == 0
    assert CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python() == [["Nomor", "Nama"]]


def test_a_case_stands_where_the_cohort_had_it_and_only_for_those_who_may_see_its_region(database):
    with database.write() as session:
        cycle = make_cycle(session)
        moved = make_case(session, cycle.id, make_household(session), upto="selected")
        make_case(session, cycle.id, make_household(session, village="36.02.01.2001"), upto="selected")
        session.get_one(Household, moved.household_id).village_code = "36.73.01.1001"
    with database.read() as session:
        everything = list(case_rows(session, SEALER, cycle.id))
        mine = list(case_rows(session, SEALER, cycle.id, ("36.01",)))
    assert len(everything) == 2
    assert [row[0] for row in mine] == [moved.household_id]
    told = dict(zip(CASE_HEADER, mine[0], strict=True))
    assert told["Kabupaten/kota"] == "Kabupaten Pandeglang"
    assert told["Keadaan"] == "Terpilih"
    assert "********" in told["NIK"]
