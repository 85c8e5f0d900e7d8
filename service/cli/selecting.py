"""Does the selection come out the same again, and who would be in under another policy? Changes nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from service.cli.desk import AsJson, Year, answer, command, sit_down
from service.errors import NotNow

group = typer.Typer()


class CameOutDifferently(NotNow):
    """The list cannot be reproduced from the frozen snapshot."""


@command(group, "verify", "cycle.look")
def verify(year: Year, as_json: AsJson = False) -> None:
    """Hitung ulang dari data beku dan bandingkan dengan yang tersimpan."""
    from service.cli.working import work_at
    from service.selection.recount import verify_selection

    with sit_down() as desk:
        found = verify_selection(work_at(desk, year))
    if not found.is_same:
        some = ", ".join(map(str, found.different[:20]))
        raise CameOutDifferently(
            f"{len(found.different)} rumah tangga berbeda dari hitungan ulang: {some}", different=list(found.different)
        )
    fields = {"cycle": year, "households": found.households, "different": [], "policy_hash": found.policy_hash,
              "snapshot_hash": found.snapshot_hash}  # fmt: skip
    answer(
        as_json,
        fields,
        f"Sama: {found.households} rumah tangga. Data beku {found.snapshot_hash[:12]}, kebijakan {found.policy_hash[:12]}.",
    )


@command(group, "simulate", "cycle.look")
def simulate(
    year: Year,
    policy: Annotated[Path, typer.Option("--policy", help="Kebijakan yang dicoba (YAML).")],
    as_json: AsJson = False,
) -> None:
    """Siapa yang akan masuk dan keluar dengan kebijakan lain. Tidak mengubah apa pun."""
    from service.cli.working import work_at
    from service.policy import read_policy
    from service.selection.simulation import Tried, simulate_selection

    tried = read_policy(policy)
    with sit_down() as desk:
        found = simulate_selection(work_at(desk, year), Tried(tried)).as_fields()
    sentence = f"Tetap {found['stays']}, masuk {len(found['enters'])}, keluar {len(found['leaves'])}."
    answer(as_json, {"cycle": year, **found}, sentence)
