"""How is a year opened, looked at and closed, who waits for whom, and why is a household in or out?"""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Annotated, Any

import typer

from service.cli.desk import AsJson, Year, answer, command, sit_down

group = typer.Typer()


def add_to(app: typer.Typer) -> None:
    command(app, "waiting", "cycle.look")(waiting)
    command(app, "why", "household.look")(why)


@command(group, "open", "cycle.open")
def open_year(
    year: Year,
    quota: Annotated[Path, typer.Option("--quota", help="CSV: kode_kabupaten,kuota")],
    policy: Annotated[Path | None, typer.Option("--policy", help="Kebijakan siklus (YAML); bila kosong, bawaan.")] = None,
    seed: Annotated[int | None, typer.Option("--seed", help="Benih undian nilai sama; bila kosong, diundi.")] = None,
    as_json: AsJson = False,
) -> None:
    """Buka siklus: kuota tiap kabupaten/kota dan kebijakan tahun itu."""
    from service.cohort.quota_file import read_quota
    from service.cohort.steps import open_cycle
    from service.policy import read_policy

    shares, rules = read_quota(quota), read_policy(policy)
    drawn = secrets.randbelow(2**31) if seed is None else seed
    with sit_down() as desk, desk.house.database.write() as session:
        cycle = open_cycle(session, desk.officer, year, shares, rules, drawn, desk.told())
        fields = {
            "cycle": year,
            "status": cycle.status,
            "quota": sum(shares.values()),
            "seed": drawn,
            "policy_hash": cycle.policy_hash,
        }
    answer(
        as_json,
        fields,
        f"Siklus {year} dibuka: kuota {sum(shares.values())} rumah tangga. Berikutnya: estafet run selection {year}",
    )


@command(group, "show", "cycle.look")
def show(year: Year, as_json: AsJson = False) -> None:
    """Angka siklus, seluruhnya dan tiap kabupaten/kota, dengan pemeriksaan kekekalan."""
    from service.cli.words import funnel_table
    from service.cohort.steps import summary

    with sit_down() as desk, desk.house.database.read() as session:
        found: dict[str, Any] = summary(session, year)
    answer(as_json, found, "" if as_json else funnel_table(found))


@command(group, "close", "cycle.open")
def close(year: Year, as_json: AsJson = False) -> None:
    """Tutup siklus. Ditolak bila ada rumah tangga yang tidak pada tempatnya."""
    from service.cohort.queries import cycle_of
    from service.cohort.steps import close_cycle

    with sit_down() as desk, desk.house.database.write() as session:
        close_cycle(session, desk.officer, cycle_of(session, year), desk.told())
    answer(as_json, {"cycle": year, "status": "closed"}, f"Siklus {year} ditutup.")


def waiting(year: Year, as_json: AsJson = False) -> None:
    """Apa yang menunggu siapa, sejak kapan; yang terlama di atas."""
    from service.cli.words import waiting_table
    from service.cohort.queries import cycle_of
    from service.cohort.queries import waiting as found_waiting

    with sit_down() as desk, desk.house.database.read() as session:
        cycle_id = cycle_of(session, year).id
        assert cycle_id is not None
        rows = found_waiting(session, cycle_id, desk.officer.regencies)
    fields = {"cycle": year, "waiting": [
        {"subject": str(r.subject), "status": r.status, "turn": r.turn, "days": r.days, "count": r.count,
         "oldest_since": r.oldest_since.isoformat()} for r in rows]}  # fmt: skip
    answer(as_json, fields, "" if as_json else waiting_table(rows))


def why(
    year: Year,
    household: Annotated[int, typer.Argument(help="Nomor rumah tangga.")],
    as_json: AsJson = False,
) -> None:
    """Mengapa sebuah rumah tangga masuk atau tidak: setiap aturan, nilai, urutan, dan batasnya."""
    from service.selection.explain import why as reasons_of
    from service.selection.sentences import sentences
    from service.trust.rights import require_region

    with sit_down() as desk, desk.house.database.read() as session:
        found = reasons_of(session, year, household)
        require_region(desk.officer, found["regency"])
    answer(as_json, found, "\n".join(sentences(found)))
