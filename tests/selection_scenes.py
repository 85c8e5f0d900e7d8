"""What do the tests of selecting share: a frozen household that meets every rule, a basis, and a small cycle to run?"""

from datetime import date

import polars as pl
from factories import make_cycle, make_household, make_officer
from sqlmodel import SQLModel, select

from service.db.tables import Case
from service.policy import CyclePolicy
from service.selection import snapshot
from service.selection.placing import Basis, placement_code

AS_OF = date(2021, 6, 1)
OPERATOR = make_officer("operator")
_PLAIN = {
    "regency_code": "36.01", "district_code": "36.01.01", "programme": "JAMSOSRATU", "started_year": 2015,
    "ended_year": None, "decile": 2, "business_type": "jahit", "has_business": True, "business_since": date(2018, 1, 1),
    "assessed_on": date(2021, 5, 1), "attendance_percent": 90, "monthly_income": 2_000_000, "members": 4,
    "savings": 400_000, "income_sources": 2, "prior_province_year": None, "prior_central_year": None, "age": 40,
    "duplicate_of": None,
}  # fmt: skip
_KINDS = {name: kind for name, kind in snapshot.SCHEMA.items() if name not in ("birth_on", "kk_lookup")}
_KINDS |= {"has_business": pl.Boolean, "age": pl.Int64, "duplicate_of": pl.Int64}


def frozen(*rows):
    """A snapshot of households that meet every rule, changed as told; numbered from 1."""
    made = [_PLAIN | {"household_id": number} | row for number, row in enumerate(rows, start=1)]
    return pl.DataFrame(made, schema=_KINDS).lazy()


def basis(quota=None, seed=7, districts=None, **policy):
    return Basis(CyclePolicy(**policy), {"36.01": 3} if quota is None else quota, AS_OF, 2021, seed, districts or {})


def placements(placed):
    return dict(placed.frame.select("household_id", placement_code()).iter_rows())


def ranks(placed):
    return dict(placed.frame.select("household_id", "rank").iter_rows())


def cases(database, **fields):
    with database.read() as session:
        found = session.exec(select(Case).order_by(Case.household_id)).all()
    return [case for case in found if all(getattr(case, name) == value for name, value in fields.items())]


def small_cycle(database, **opened):
    """Six households for three places and one reserve; the last has no savings told. Returns the cycle's id."""
    with database.write() as session:
        for number in range(5):
            make_household(session, assessed={"attendance_percent": 100 - 5 * number})
        make_household(session, assessed={"savings": None, "attendance_percent": 60})
        return make_cycle(session, **{"quota": {"36.01": 3}} | opened).id


def everything(database):
    """Every row of every table, as text: two looks are equal when nothing changed."""
    with database.read() as session:
        connection = session.connection()
        return {
            table.name: sorted(str(tuple(row)) for row in connection.execute(table.select()))
            for table in SQLModel.metadata.sorted_tables
        }
