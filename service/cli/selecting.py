"""Does the selection come out the same again, and who would be in under another policy or quota? Changes nothing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from service.cli.desk import AsJson, Year, answer, command, sit_down
from service.errors import BadInput, NotNow

group = typer.Typer()


class CameOutDifferently(NotNow):
    """The list cannot be reproduced from what was frozen; every change since is named."""


class NothingToTry(BadInput):
    """Neither another policy nor another quota was given."""


@command(group, "verify", "cycle.look")
def verify(year: Year, as_json: AsJson = False) -> None:
    """Hitung ulang dari data beku dan bandingkan dengan yang tersimpan."""
    from service.cli.working import work_at
    from service.selection.recount import verify_selection

    with sit_down() as desk:
        found = verify_selection(work_at(desk, year))
    hashes = {"stored_hash": found.stored_hash, "counted_hash": found.counted_hash}
    if not found.is_same:
        said = "\n".join(fault.sentence for fault in found.faults)
        raise CameOutDifferently(
            f"Hitungan ulang berbeda ({len(found.different)} rumah tangga):\n{said}\n"
            f"Hash tersimpan {found.stored_hash}, hitungan ulang {found.counted_hash}.",
            different=list(found.different), faults=[vars(fault) for fault in found.faults], **hashes,
        )  # fmt: skip
    fields: dict[str, Any] = {"cycle": year, "households": found.households, "different": [], "faults": [], **hashes,
              "policy_hash": found.policy_hash, "snapshot_hash": found.snapshot_hash}  # fmt: skip
    answer(
        as_json,
        fields,
        f"Sama: {found.households} rumah tangga.\n"
        f"Hash tersimpan     {found.stored_hash or 'tidak dicatat (daftar dari versi sebelumnya)'}\n"
        f"Hash hitungan ulang {found.counted_hash}\n"
        f"Data beku {found.snapshot_hash}\nKebijakan {found.policy_hash}",
    )


@command(group, "list", "cycle.look")
def list_selection(
    year: Year,
    to: Annotated[Path, typer.Option("--to", help="Berkas CSV tujuan.")],
    as_json: AsJson = False,
) -> None:
    """Tulis daftar seleksi (nomor saja) yang hash-nya dapat dihitung siapa pun dengan sha256sum."""
    from service.cli.working import work_at
    from service.selection.recount import selection_text

    with sit_down() as desk:
        text, digest = selection_text(work_at(desk, year))
    draft = to.with_name(to.name + ".new")
    draft.write_bytes(text)
    draft.replace(to)
    fields = {"cycle": year, "file": str(to), "households": text.count(b"\n") - 1, "selection_hash": digest}
    answer(as_json, fields, f"{fields['households']} rumah tangga ditulis ke {to}.\nsha256 {digest}")


@command(group, "simulate", "cycle.look")
def simulate(
    year: Year,
    policy: Annotated[Path | None, typer.Option("--policy", help="Kebijakan yang dicoba (YAML).")] = None,
    quota: Annotated[Path | None, typer.Option("--quota", help="Kuota yang dicoba (CSV).")] = None,
    to: Annotated[Path | None, typer.Option("--to", help="Tulis semua yang masuk dan keluar ke berkas CSV ini.")] = None,
    as_json: AsJson = False,
) -> None:
    """Siapa yang akan masuk dan keluar dengan kebijakan atau kuota lain. Tidak mengubah apa pun."""
    from service.cli.placing_pages import changes_page
    from service.cli.working import work_at
    from service.cohort.quota_file import read_quota
    from service.policy import read_policy
    from service.selection.simulation import Tried, simulate_selection

    if policy is None and quota is None:
        raise NothingToTry("Berikan kebijakan (--policy) atau kuota (--quota) yang dicoba.")
    tried = Tried(read_policy(policy) if policy else None)
    if quota is not None:
        shares = read_quota(quota)
        tried = replace(tried, quota=shares.regencies, districts=shares.districts)
    with sit_down() as desk:
        found = simulate_selection(work_at(desk, year), tried)
    if to:
        found.changes.write_csv(to)
    fields = {"cycle": year, **found.as_fields()}
    answer(as_json, fields, changes_page(fields))
