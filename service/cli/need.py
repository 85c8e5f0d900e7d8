"""What does a year need, who waits without a package, and how is another one asked for and decided from the command line?"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from service.cli.desk import AsJson, Year, answer, command, sit_down

group = typer.Typer()


class Choice(StrEnum):
    """What is decided about a proposal."""

    ACCEPT = "accept"
    REFUSE = "refuse"


@command(group, "list", "cycle.look")
def list_needs(year: Year, as_json: AsJson = False) -> None:
    """Kebutuhan tiap paket, pagu tiap rekening, keluarga tanpa paket, dan usulan yang menunggu keputusan."""
    from service.cohort.queries import cycle_of
    from service.procurement.needs import overview_of

    with sit_down() as desk, desk.house.database.read() as session:
        found = overview_of(session, cycle_of(session, year), desk.officer.regencies)
    lines = [f"{one['code']:20} {one['total']:>7} ({one['waiting']} belum dipesan)" for one in found["packages"]]
    lines += [f"Rekening {one['account']}: {one['sentence']}" for one in found["budgets"]]
    lines += [way for one in found["budgets"] for way in one["ways"]]
    lines += [f"{found['open']} usulan paket lain menunggu keputusan."]
    lines += [f"{found['without']} keluarga belum mempunyai paket yang cocok."]
    lines += [
        f"Usulan {one['id']}: keluarga {one['household']} -> {one['package']}: {one['reason']}" for one in found["proposals"]
    ]
    answer(as_json, {"cycle": year, **found}, "\n".join(lines))


@command(group, "propose", "package.propose")
def propose(
    year: Year,
    household: Annotated[int, typer.Argument(help="Nomor keluarga.", min=1)],
    package: Annotated[str, typer.Argument(help="Kode paket dari katalog siklus.")],
    reason: Annotated[str, typer.Option("--reason", help="Mengapa paket ini lebih cocok.")],
    as_json: AsJson = False,
) -> None:
    """Usulkan paket lain untuk satu keluarga, sebelum barangnya dipesan. Orang lain memutuskan."""
    from service.cohort.queries import case_of
    from service.procurement.proposals import propose_package

    with sit_down() as desk, desk.house.database.write() as session:
        case_id = case_of(session, year, household).id
        assert case_id is not None
        made = propose_package(session, desk.officer, case_id, package, reason, desk.told())
        fields = {"cycle": year, "household": household, "package": package, "proposal": made.id, "state": made.state}
    answer(as_json, fields, f"Usulan {fields['proposal']} tercatat. Menunggu keputusan PPK.")


@command(group, "decide", "package.decide")
def decide(
    proposal: Annotated[int, typer.Argument(help="Nomor usulan.", min=1)],
    choice: Annotated[Choice, typer.Argument(help="accept: terima; refuse: tolak.")],
    note: Annotated[str, typer.Option("--note", help="Alasan; wajib bila ditolak.")] = "",
    as_json: AsJson = False,
) -> None:
    """Putuskan satu usulan paket. Yang mengusulkan tidak boleh memutuskan."""
    from service.procurement.proposals import decide_package

    with sit_down() as desk, desk.house.database.write() as session:
        made = decide_package(session, desk.officer, proposal, choice is Choice.ACCEPT, note, desk.told())
        fields = {"proposal": proposal, "state": made.state}
    word = "diterima" if fields["state"] == "accepted" else "ditolak"
    answer(as_json, fields, f"Usulan {proposal} {word}.")
