"""How does a software maker get referrals to practise on, and see how an agency may answer?"""

from __future__ import annotations

from typing import Annotated, Any

import typer

from service.cli.desk import AsJson, answer, command, sit_down
from service.errors import NotFound
from service.lifecycle import Subject, label_of

Answers = Annotated[bool, typer.Option("--answer", help="Instansi tiruan menjawab semuanya, tiap rujukan dengan cara lain.")]


def add_to(group: typer.Typer) -> None:
    command(group, "practice", "partner.add")(practice)


def practice(
    sender: Annotated[str, typer.Argument(help="Nama pengirim mitra uji coba.")],
    answers: Answers = False,
    as_json: AsJson = False,
) -> None:
    """Dua puluh rujukan latihan baru dari keluarga rekaan, di basis data tersendiri; tidak pernah terhitung."""
    from service import clock
    from service.sandbox.ground import Practice
    from service.sandbox.steps import answer_all, make_referrals
    from service.trust.queries import partner_by_sender

    with sit_down() as desk:
        with desk.house.database.read() as session:
            partner = partner_by_sender(session, sender)
        if partner is None:
            raise NotFound(f"Tidak ada mitra bernama '{sender}'.")
        ground, now = Practice(desk.house.home), clock.now(desk.house.home)
        try:
            database = ground.database_for(partner)
            made = make_referrals(database, partner, desk.house.sealer, now)
            told: list[Any] = answer_all(database, partner, now) if answers else []
        finally:
            ground.close()
    referrals = [{"number": one.number, "status": one.status} for one in made]
    fields = {"sender": sender, "referrals": referrals, "answers": [vars(one) for one in told]}
    labels = {one["number"]: label_of(Subject.REFERRAL, one["status"]) for one in [*referrals, *map(vars, told)]}
    lines = [f"{one.number}  {labels[one.number]:32}  {one.about}" for one in told]
    answer(as_json, fields, "\n".join(lines or [f"{number}  {label}" for number, label in labels.items()]))
