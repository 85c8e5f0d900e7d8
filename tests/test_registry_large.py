"""Is every dirty row of a whole province's file found, and no clean one refused? 131,072 rows, a twentieth of them spoiled."""

import pytest
from bench import dirty_file
from python_calamine import CalamineWorkbook
from registry_scenes import counts, take_in
from sqlmodel import func, select

from service.db.tables import Assessment, Household

ROWS = 131_072


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    return dirty_file.write(tmp_path_factory.mktemp("large") / "sintetis-provinsi.csv", ROWS)


@pytest.mark.timeout(300)
def test_every_dirty_row_is_found_and_no_clean_one_is_refused(database, home, written):
    result = take_in(database, home, written.path)
    assert counts(result) == (ROWS, len(written.clean), 0, 0, written.rejected, written.duplicates)
    assert len(written.clean) + written.rejected + written.duplicates == ROWS
    assert written.rejected + written.duplicates == ROWS * 5 // 100
    told = CalamineWorkbook.from_path(result.faults_file).get_sheet_by_index(0).to_python()[1:]
    named = {int(row[0].split(":")[0].split(",")[0].removeprefix("Baris ")) for row in told}
    assert named == set(range(2, ROWS + 2)) - written.clean
    with database.read() as session:
        assert session.exec(select(func.count()).select_from(Household)).one() == len(written.clean)
        assert 0.9 < session.exec(select(func.count()).select_from(Assessment)).one() / len(written.clean) < 1
    assert counts(take_in(database, home, written.path)) == (
        ROWS,
        0,
        0,
        len(written.clean),
        written.rejected,
        written.duplicates,
    )
