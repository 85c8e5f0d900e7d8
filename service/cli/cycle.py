"""How is a year opened, by which policy, looked at and closed, who waits for whom, and why is a household in or out?"""

from __future__ import annotations

import secrets
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from service.cli.desk import AsJson, Year, answer, command, sit_down

group = typer.Typer()


class Language(StrEnum):
    ID = "id"
    EN = "en"


def add_to(app: typer.Typer) -> None:
    command(app, "waiting", "cycle.look")(waiting)
    command(app, "why", "household.look")(why)


@command(group, "open", "cycle.open")
def open_year(
    year: Year,
    quota: Annotated[Path, typer.Option("--quota", help="CSV: kode_kabupaten,kuota dan, bila perlu, kode_kecamatan")],
    policy: Annotated[Path | None, typer.Option("--policy", help="Kebijakan siklus (YAML); bila kosong, bawaan.")] = None,
    seed: Annotated[int | None, typer.Option("--seed", help="Benih undian nilai sama; bila kosong, diundi.")] = None,
    as_json: AsJson = False,
) -> None:
    """Buka siklus: kuota tiap kabupaten/kota (dan kecamatan) serta kebijakan tahun itu."""
    from service.cohort.quota_file import read_quota
    from service.cohort.steps import open_cycle
    from service.policy import read_policy

    shares, rules = read_quota(quota), read_policy(policy)
    drawn = secrets.randbelow(2**31) if seed is None else seed
    with sit_down() as desk, desk.house.database.write() as session:
        cycle = open_cycle(session, desk.officer, year, shares.regencies, rules, drawn, desk.told(), shares.districts)
        fields = {
            "cycle": year, "status": cycle.status, "quota": shares.total, "total_households": rules.total_households,
            "districts": len(shares.districts), "seed": drawn, "policy_hash": cycle.policy_hash,
        }  # fmt: skip
    total = f" (sesuai total_households {rules.total_households})" if rules.total_households else ""
    answer(
        as_json,
        fields,
        f"Siklus {year} dibuka: kuota {shares.total} rumah tangga{total}, benih undian {drawn}, "
        f"kebijakan {fields['policy_hash']}.\nBerikutnya: estafet run selection {year}",
    )


@command(group, "policy", "cycle.look")
def policy(
    year: Year,
    new: Annotated[Path | None, typer.Option("--set", help="Kebijakan baru (YAML), selama siklus belum dibekukan.")] = None,
    reason: Annotated[str, typer.Option("--reason", help="Alasan perubahan.")] = "",
    as_json: AsJson = False,
) -> None:
    """Kebijakan yang berlaku sebagai YAML dan riwayatnya; dengan --set, kebijakan berikutnya."""
    from service.cli.placing_pages import versions_page
    from service.cohort.queries import cycle_of
    from service.cohort.rulebook import rulebook, set_policy
    from service.policy import CyclePolicy, as_yaml, read_policy

    with sit_down() as desk:
        if new is not None:
            with desk.house.database.write() as session:
                set_policy(session, desk.officer, cycle_of(session, year), read_policy(new), reason, desk.told())
        with desk.house.database.read() as session:
            book = rulebook(session, cycle_of(session, year))
    versions = [
        {"version": one.version, "policy_hash": one.policy_hash, "set_by": one.set_by, "set_at": one.set_at.isoformat(),
         "reason": one.reason} for one in book.versions
    ]  # fmt: skip
    text = as_yaml(CyclePolicy.model_validate(book.policy))
    answer(
        as_json,
        {"cycle": year, "policy_hash": book.policy_hash, "policy": book.policy, "versions": versions},
        f"{text}\n# hash: {book.policy_hash}\n{_as_comments(versions_page(book.versions))}",
    )


@command(group, "policy-default", "open: prints what every copy of the program carries, reads no home")
def policy_default(as_json: AsJson = False) -> None:
    """Kebijakan bawaan sebagai YAML, tiap kunci dengan artinya; simpan, ubah, lalu pakai dengan cycle open --policy."""
    from service.policy import CyclePolicy, as_yaml, hash_of

    default = CyclePolicy()
    fields = {"policy_hash": hash_of(default), "policy": default.model_dump(mode="json")}
    answer(as_json, fields, as_yaml(default).rstrip())


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
    lang: Annotated[Language, typer.Option("--lang", help="Bahasa: id atau en.")] = Language.ID,
    as_json: AsJson = False,
) -> None:
    """Mengapa sebuah rumah tangga masuk atau tidak: setiap aturan, nilai, urutan, batas, dan tetangganya."""
    from service.cli.placing_pages import why_page
    from service.selection.explain import why as reasons_of
    from service.trust.rights import require_region

    with sit_down() as desk, desk.house.database.read() as session:
        found = reasons_of(session, year, household)
        require_region(desk.officer, found["regency"])
    answer(as_json, found, "" if as_json else why_page(found, lang.value))


def _as_comments(text: str) -> str:
    """As comments of YAML, so that the whole answer can be kept as a policy file."""
    return "\n".join(f"# {line}" for line in text.splitlines())
