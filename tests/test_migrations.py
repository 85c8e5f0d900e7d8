"""Does a home with last year's rows come into this version's shape without losing one?"""

import pytest
from alembic import command
from sqlalchemy import text

from service.clock import wall
from service.db import schema
from service.db.session import Database

ROWS = (
    "INSERT INTO registry_file (id, sha256, name, rows, added, updated, unchanged, rejected, duplicates, imported_by,"
    " imported_at) VALUES (1, 'x', 'a.csv', 1, 1, 0, 0, 0, 0, 'user:op', :now)",
    "INSERT INTO household (id, nik_sealed, nik_lookup, kk_sealed, kk_lookup, name, birth_place, birth_on, sex, address, rt,"
    " rw, village_code, district_code, regency_code, programme, may_be_referred, content_hash, file_id, added_at, updated_at)"
    " VALUES (1, 's', 'n', 's', 'k', 'Sintetis', 'Serang', '1980-01-01', 'P', 'Kp. Contoh', '001', '001', '36.01.01.2001',"
    " '36.01.01', '36.01', 'JAMSOSRATU', :yes, 'c', 1, :now, :now)",
    "INSERT INTO cycle (id, year, status, status_since, policy, policy_hash, seed, opened_by)"
    " VALUES (1, 2020, 'proposed', :now, '{}', 'h', 1, 'user:op')",
    "INSERT INTO decree (id, cycle_id, version, state, list_hash, households, proposed_by, proposed_at)"
    " VALUES (1, 1, 1, 'proposed', 'l', 1, 'user:op', :now)",
    "INSERT INTO household_case (id, cycle_id, household_id, regency_code, district_code, status, status_since, decree_id)"
    " VALUES (1, 1, 1, '36.01', '36.01.01', 'selected', :now, 1)",
    "INSERT INTO assessment (id, household_id, assessed_on) VALUES (1, 1, '2020-01-01')",
)


@pytest.fixture
def last_years(request, database, tmp_path):
    """A database in the shape of revision 0001, on both engines."""
    with database.engine.begin() as connection:
        if database.is_sqlite:
            old = Database(f"sqlite:///{tmp_path / 'old.db'}")
        else:
            connection.execute(text("DROP SCHEMA public CASCADE"))
            connection.execute(text("CREATE SCHEMA public"))
            old = database
    config = schema._config()
    with old.engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        for statement in ROWS:
            connection.execute(text(statement), {"now": wall(), "yes": True})
    yield old
    if old is not database:
        old.close()


def test_last_years_rows_are_all_there_and_have_the_new_columns(last_years):
    schema.migrate(last_years)
    assert schema.drift(last_years) == []
    with last_years.read() as session:
        counts = [
            session.execute(text(f"SELECT count(*) FROM {t}")).scalar_one() for t in ("household", "assessment", "decree")
        ]
        assert counts == [1, 1, 1]
        assert session.execute(text("SELECT nik_check FROM household")).scalar_one() == "unchecked"
