"""How do figures look in a terminal?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from io import StringIO
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

from service.cli.labels import words_for
from service.clock import WIB
from service.handoff.balance import LABELS as PLACE_LABELS
from service.handoff.balance import SENTENCES as OUT_OF_PLACE
from service.lifecycle import Subject, label_of
from service.regions import name_of

if TYPE_CHECKING:
    from service.cohort.queries import Waiting
    from service.db.tables import DuplicatePair, Household
    from service.handoff.queries.trail import Hop

COLUMNS = {
    "registered": "Terdaftar", "eligible": "Layak", "selected": "Terpilih", "delivered": "Diserahkan", "verified": "Terbukti",
    "referred": "Dirujuk", "accepted": "Disanggupi", "concluded": "Selesai",
}  # fmt: skip
SUBJECTS = {
    Subject.CYCLE: "siklus", Subject.CASE: "rumah tangga", Subject.ORDER: "pesanan", Subject.PARCEL: "paket",
    Subject.REFERRAL: "rujukan",
}  # fmt: skip
PAIR_KINDS = {"same_kk": "nomor KK sama", "shared_member": "anggota yang sama", "likely": "nama dan lahir mirip"}
NIK_CHECKS = {"not_found": "tidak ditemukan", "differs": "berbeda"}

DECREE_STATES = {
    "proposed": "menunggu keputusan", "approved": "ditetapkan", "rejected": "ditolak", "superseded": "diganti usulan baru",
}  # fmt: skip
OBJECTION_KINDS = {"enter": "seharusnya masuk", "leave": "tidak seharusnya masuk"}
OBJECTION_STATES = {"open": "menunggu putusan", "accepted": "diterima", "refused": "ditolak"}


def funnel_table(summary: dict[str, Any]) -> str:
    """A line per regency, the whole at the foot, and the verdict of the conservation check."""
    table = Table(title=f"Siklus {summary['cycle']}: {label_of(Subject.CYCLE, summary['status'])}")
    table.add_column("Kabupaten/kota")
    for label in COLUMNS.values():
        table.add_column(label, justify="right")
    for row in summary["by_regency"]:
        table.add_row(name_of(row["regency"]), *(str(row[name]) for name in COLUMNS))
    table.add_section()
    table.add_row("Jumlah", *(str(summary[name]) for name in COLUMNS))
    verdict = "baik" if summary["conservation"] == "ok" else f"RUSAK ({len(summary['alarms'])} kasus)"
    return f"{as_text(table)}\nKekekalan: {verdict}\nKebijakan: {summary['policy_hash']}"


def waiting_table(rows: Sequence[Waiting]) -> str:
    if not rows:
        return "Tidak ada yang menunggu."
    table = Table()
    for label in ("Menunggu", "Keadaan", "Giliran", "Jumlah", "Sejak"):
        table.add_column(label, justify="right" if label == "Jumlah" else "left")
    for row in rows:
        since = f"{row.oldest_since.astimezone(WIB):%d/%m/%Y %H.%M}"
        table.add_row(
            SUBJECTS[row.subject], label_of(row.subject, row.status), words_for(row.turn, "TURNS"), str(row.count), since
        )
    return as_text(table)


def order_table(rows: Sequence[dict[str, Any]]) -> str:
    if not rows:
        return "Tidak ada pesanan."
    table = Table()
    for label in ("Pesanan", "Kecamatan", "Penyedia", "Paket", "Nilai (Rp)", "Keadaan"):
        table.add_column(label, justify="right" if label in ("Paket", "Nilai (Rp)") else "left")
    for row in rows:
        amount = f"{row['amount']:,}".replace(",", ".")
        status = label_of(Subject.ORDER, row["status"])
        table.add_row(row["order"], name_of(row["district"]), row["supplier"], str(row["packages"]), amount, status)
    return as_text(table)


def decree_lines(found: dict[str, Any]) -> str:
    """A paragraph for each version: state, verifications, approvals, what is missing."""
    if not found["versions"]:
        return "Belum ada usulan SK."
    return "\n\n".join(_version_lines(version) for version in found["versions"])


def _version_lines(version: dict[str, Any]) -> str:
    state = DECREE_STATES.get(version["state"], version["state"])
    number = f", nomor {version['number']}" if version["number"] else ""
    until = f"masa sanggah sampai {version['objections_until']}" if version["objections_until"] else "tanpa masa sanggah"
    yes = [f"  {name_of(one['regency'])} ({one['households']}): {one['by'] or 'menunggu'}" for one in version["verified"]]
    approved = ", ".join(one["by"] for one in version["approved"]) or "belum ada"
    return "\n".join(
        [
            f"Versi {version['version']}: {state}, {version['households']} keluarga{number}",
            f"  diusulkan oleh {version['proposed_by']}, {until}",
            *yes,
            f"  disetujui {len(version['approved'])} dari {version['approvals_needed']}: {approved}",
            *(f"  {sentence}" for sentence in version["missing"]),
        ]
    )


def objection_table(rows: Sequence[dict[str, Any]]) -> str:
    if not rows:
        return "Tidak ada keberatan."
    table = Table()
    for label in ("No.", "Keluarga", "Wilayah", "Keberatan", "Keadaan", "Dicatat oleh"):
        table.add_column(label, justify="right" if label in ("No.", "Keluarga") else "left")
    for row in rows:
        kind, state = OBJECTION_KINDS[row["kind"]], OBJECTION_STATES[row["state"]]
        table.add_row(str(row["objection"]), str(row["household"]), name_of(row["regency"]), kind, state, row["filed_by"])
    return as_text(table)


def pair_table(rows: Sequence[tuple[DuplicatePair, Household, Household]]) -> str:
    """Numbers and reasons only; names and numbers of people are on the page of the pair."""
    if not rows:
        return "Tidak ada pasangan yang menunggu keputusan."
    table = Table()
    for label in ("Pasangan", "Sebab", "Kemiripan", "Rumah tangga", "Wilayah", "Ditemukan"):
        table.add_column(label, justify="right" if label in ("Pasangan", "Kemiripan") else "left")
    for pair, first, second in rows:
        places = " / ".join(dict.fromkeys(name_of(side.regency_code) for side in (first, second)))
        likeness = "" if pair.likeness is None else str(pair.likeness)
        table.add_row(
            str(pair.id), PAIR_KINDS[pair.kind], likeness, f"{first.id} dan {second.id}", places,
            f"{pair.found_at.astimezone(WIB):%d/%m/%Y}",
        )  # fmt: skip
    return as_text(table)


def nik_table(rows: Sequence[Household]) -> str:
    if not rows:
        return "Tidak ada NIK yang menunggu."
    table = Table()
    for label in ("Rumah tangga", "Jawaban Dukcapil", "Sejak", "Wilayah"):
        table.add_column(label, justify="right" if label == "Rumah tangga" else "left")
    for row in rows:
        since = f"{row.nik_checked_at.astimezone(WIB):%d/%m/%Y}" if row.nik_checked_at else ""
        table.add_row(str(row.id), NIK_CHECKS[row.nik_check], since, name_of(row.regency_code))
    return as_text(table)


def balance_table(rows: Sequence[dict[str, Any]]) -> str:
    """A line for each agency with what is there; what does not fit is named below."""
    if not rows:
        return "Belum ada rujukan."
    table = Table()
    for label in ("Instansi", "Terkirim", "Tempatnya", "Neraca"):
        table.add_column(label, justify="right" if label == "Terkirim" else "left")
    lines = []
    for row in rows:
        there = ", ".join(f"{PLACE_LABELS[place]} {count}" for place, count in row["places"].items() if count)
        table.add_row(row["agency"], str(row["sent"]), there, "baik" if row["ok"] else "RUSAK")
        lines += [
            f"Rujukan {one['number']}, keluarga {one['household_id']}: {OUT_OF_PLACE[one['code']]}." for one in row["alarms"]
        ]
    return "\n".join([as_text(table), *lines])


def trail_lines(hops: Sequence[Hop], names: Mapping[str, str]) -> list[str]:
    """A line for each office, and under it what happened, who said so and why."""
    from service.words import actor_words, code_words, event_words

    lines = []
    for hop in hops:
        lines.append(f"{hop.hop}. {hop.number} kepada {hop.agency}: {hop.why}")
        for at, event, actor, why in hop.moves:
            said = f"{event_words('referral', event)} ({actor_words(actor, names)}) {code_words(why)}".rstrip()
            lines.append(f"   {at.astimezone(WIB):%d/%m/%Y %H.%M}  {said}")
    return lines


def as_text(table: Table) -> str:
    buffer = StringIO()
    Console(file=buffer, width=120).print(table)
    return buffer.getvalue().rstrip()
