"""How are objections filed, listed and decided from the command line?"""

from __future__ import annotations

from typing import Annotated

import typer

from service.cli.decrees import Household
from service.cli.desk import AsJson, Year, answer, command, sit_down

group = typer.Typer()
DECISIONS = {"accept": "accepted", "refuse": "refused"}


@command(group, "file", "objection.file")
def file(
    year: Year,
    household: Household,
    kind: Annotated[str, typer.Option("--kind", help="enter: seharusnya masuk; leave: tidak seharusnya masuk.")],
    grounds: Annotated[str, typer.Option("--grounds", help="Alasan keberatan, kata-kata orangnya.")],
    as_json: AsJson = False,
) -> None:
    """Catat keberatan atas satu keluarga, sebelum SK ditetapkan."""
    from service.cohort.queries import case_of
    from service.selection.objections import file_objection

    with sit_down() as desk, desk.house.database.write() as session:
        case_id = case_of(session, year, household).id
        assert case_id is not None
        made = file_objection(session, desk.officer, case_id, kind, grounds, desk.told())
        fields = {"objection": made.id, "household": household, "kind": made.kind, "state": made.state}
    answer(as_json, fields, f"Keberatan {fields['objection']} tercatat dan menunggu putusan.")


@command(group, "list", "cycle.look")
def listed(year: Year, as_json: AsJson = False) -> None:
    """Keberatan satu siklus, yang menunggu putusan lebih dahulu."""
    from service.cli.words import objection_table
    from service.cohort.queries import cycle_of
    from service.selection.overview import objections_overview

    with sit_down() as desk, desk.house.database.read() as session:
        rows = objections_overview(session, cycle_of(session, year), desk.officer.regencies)
    answer(as_json, {"cycle": year, "objections": rows}, "" if as_json else objection_table(rows))


@command(group, "decide", "objection.decide")
def decide(
    number: Annotated[int, typer.Argument(help="Nomor keberatan.", min=1)],
    decision: Annotated[str, typer.Argument(help="accept (diterima) atau refuse (ditolak).")],
    told: Annotated[str, typer.Option("--answer", help="Jawaban dengan alasannya.")],
    as_json: AsJson = False,
) -> None:
    """Putuskan satu keberatan. Yang mencatat tidak boleh memutuskan."""
    from service.selection.objections import decide_objection

    with sit_down() as desk, desk.house.database.write() as session:
        chosen = DECISIONS.get(decision, decision)
        made = decide_objection(session, desk.officer, number, chosen, told, desk.told())
        fields = {"objection": number, "state": made.state}
    answer(as_json, fields, f"Keberatan {number} {'diterima' if fields['state'] == 'accepted' else 'ditolak'}.")
