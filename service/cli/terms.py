"""By when must an agency answer, and how is one given terms of its own from the command line?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from service.cli.desk import AsJson, Desk, answer, command, sit_down
from service.cli.handoff import agency_named
from service.errors import BadInput
from service.trust.rights import require

if TYPE_CHECKING:
    from sqlmodel import Session

    from service.db.tables import Partner

Sender = Annotated[str, typer.Argument(help="Nama pengirim instansi, misalnya dinkop-3601.")]
Own = Annotated[list[str] | None, typer.Option("--term", help="Ubah satu tenggat, misalnya decide=15; boleh lebih dari satu.")]
Default = Annotated[bool, typer.Option("--default", help="Hapus semua tenggat sendiri: kembali ke kebijakan siklus.")]


class WrongTerm(BadInput):
    """Not `name=days`, a name that means nothing, or no time at all to answer in."""


def add_to(group: typer.Typer) -> None:
    command(group, "terms", "cycle.look")(terms)


def terms(sender: Sender, own: Own = None, default: Default = False, as_json: AsJson = False) -> None:
    """Tenggat satu instansi (hari kerja): miliknya sendiri dan kebijakan siklus. Hanya --term dan --default mengubahnya."""
    if own and default:
        raise WrongTerm("Pilih salah satu: --term mengubah tenggat, --default menghapus semua tenggat sendiri.")
    with sit_down() as desk:
        if own or default:
            _change(desk, sender, {} if default else dict(map(_term, own or [])))
        with desk.house.database.read() as session:
            fields, words = _shown(session, agency_named(session, sender))
    answer(as_json, fields, "\n".join(["Tersimpan."] * bool(own or default) + words))


def _change(desk: Desk, sender: str, told: dict[str, int]) -> None:
    """What is not named stays; nothing named takes all away."""
    from service.handoff.terms import set_own_terms

    require(desk.officer, "partner.add")
    with desk.house.database.write() as session:
        agency = agency_named(session, sender)
        set_own_terms(session, agency, {**(agency.terms or {}), **told} if told else {})


def _shown(session: Session, agency: Partner) -> tuple[dict[str, Any], list[str]]:
    """The agency's own terms beside those of the newest cycle."""
    from service.cohort.queries import cycles
    from service.policy import CyclePolicy, Terms

    newest = next(iter(cycles(session)), None)
    policy = CyclePolicy.model_validate(newest.policy if newest else {}).terms.model_dump()
    own = agency.terms or {}
    of = f"kebijakan siklus {newest.year}" if newest else "kebijakan bawaan"
    lines = [f"Tenggat {agency.name} ({agency.sender}) dalam hari kerja; tanpa tenggat sendiri berlaku {of}."]
    for name, field in Terms.model_fields.items():
        mark = f" Tenggat sendiri; {of}: {policy[name]}." if name in own else ""
        lines.append(f"  {name:15} {own.get(name, policy[name]):>3}  {field.description}{mark}")
    fields = {"sender": agency.sender, "terms": own, "policy": policy, "cycle": newest.year if newest else None}
    return fields, lines if own else [*lines, "Belum ada tenggat sendiri."]


def _term(told: str) -> tuple[str, int]:
    from service.handoff.clocks import TERM_OF
    from service.policy import Terms

    name, _, days = (part.strip() for part in told.partition("="))
    if name not in Terms.model_fields:
        raise WrongTerm(f"Tenggat '{name}' tidak dikenal. Yang dikenal: {', '.join(Terms.model_fields)}.")
    try:
        number = int(days)
    except ValueError:
        raise WrongTerm(f"Tenggat '{told}' tidak dapat dibaca; tulis misalnya {name}=15.") from None
    if number < 1 and name in TERM_OF.values():
        raise WrongTerm(f"Tenggat '{told}' tidak memberi waktu untuk menjawab; sedikitnya {name}=1.")
    return name, number
