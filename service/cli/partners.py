"""How does a partner get its name, its secret and its link, and who are they all?"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from service.cli.desk import AsJson, answer, command, sit_down
from service.errors import BadInput

if TYPE_CHECKING:
    from service.db.tables import Partner

group = typer.Typer()
LINK_DAYS = 400
WORDS = {"sender": "Pengirim", "secret": "Rahasia", "link": "Tautan", "agency_kind": "Jenis", "next": "Berikutnya"}
Services = Annotated[
    list[str] | None, typer.Option("--service", help="Kode dari `estafet service list`, boleh lebih dari satu; hanya instansi.")
]
AgencyKind = Annotated[
    str,
    typer.Option(
        "--agency-kind",
        help="Wajib untuk --kind agency: office (kantor pemerintah), bank, atau company (perusahaan). Menentukan data keluarga "
        "yang dilihatnya.",
    ),
]


class WrongRegency(BadInput):
    """No regency of the province has that code."""


@command(group, "add", "partner.add")
def add(
    name: Annotated[str, typer.Argument(help="Nama mitra.")],
    kind: Annotated[str, typer.Option("--kind", help="supplier, agency, atau facilitator")],
    regency: Annotated[str, typer.Option("--regency", help="Kode kabupaten/kota, misalnya 36.01; 36: seluruh provinsi.")],
    agency_kind: AgencyKind = "",
    service: Services = None,
    webhook: Annotated[str | None, typer.Option("--webhook", help="Alamat https yang menerima pesan kita.")] = None,
    sender: Annotated[str, typer.Option("--sender", help="Nama pengirim di alamat callback; bila kosong, dari nama.")] = "",
    capacity: Annotated[int | None, typer.Option("--capacity", help="Paling banyak rujukan berjalan.", min=0)] = None,
    contact: Annotated[str, typer.Option("--contact", help="Alamat surat elektronik.")] = "",
    sandbox: Annotated[bool, typer.Option("--sandbox", help="Instansi untuk uji coba program; hanya rujukan rekaan.")] = False,
    as_json: AsJson = False,
) -> None:
    """Tambah mitra; rahasia dan tautannya ditampilkan satu kali."""
    from service import clock, regions
    from service.messages.wire import check_url
    from service.trust.partners import add_partner, make_link

    if regency not in (*regions.regencies(), regions.PROVINCE):
        known = f"{', '.join(regions.regencies())}, atau {regions.PROVINCE} untuk seluruh provinsi"
        raise WrongRegency(f"Kode kabupaten/kota '{regency}' tidak dikenal. Yang dikenal: {known}.")
    if webhook:
        check_url(webhook)
    with sit_down() as desk, desk.house.database.write() as session:
        partner, secret = add_partner(
            session, desk.house.sealer, sender or _slug(name), kind, name, webhook_url=webhook, capacity=capacity,
            regency_code=None if regency == regions.PROVINCE else regency, contact=contact.strip(), is_sandbox=sandbox,
            services=_offered(service or [], kind, agency_kind, sandbox), agency_kind=agency_kind,
        )  # fmt: skip
        assert partner.id is not None
        expires = clock.today(desk.house.home) + timedelta(days=LINK_DAYS)
        link = f"{desk.house.settings.address}/r/{make_link(session, partner.id, expires)}"
        fields = {"sender": partner.sender, "secret": secret, "link": link}
        if kind == "agency":
            fields["agency_kind"] = partner.agency_kind
    if sandbox:
        fields["next"] = f"estafet partner practice {fields['sender']}"
    lines = [f"{WORDS[key]:12}{value}" for key, value in fields.items()]
    answer(as_json, fields, "\n".join([*lines, "Rahasia dan tautan ditampilkan satu kali saja."]))


@command(group, "list", "cycle.look")
def listed(as_json: AsJson = False) -> None:
    """Semua mitra: nama pengirim, jenis, wilayah, layanan, dan kontaknya."""
    from service.trust.queries import partners

    with sit_down() as desk, desk.house.database.read() as session:
        rows = [_told(one) for one in partners(session)]
    answer(as_json, {"partners": rows}, "" if as_json else "\n".join(map(_line, rows)) or "Belum ada mitra.")


@command(group, "rotate", "partner.add")
def rotate(sender: Annotated[str, typer.Argument(help="Nama pengirim.")], as_json: AsJson = False) -> None:
    """Rahasia baru; yang lama masih berlaku tujuh hari."""
    from service import clock
    from service.trust.partners import rotate_secret

    with sit_down() as desk, desk.house.database.write() as session:
        secret = rotate_secret(session, desk.house.sealer, sender, clock.wall())
    answer(as_json, {"sender": sender, "secret": secret}, f"Rahasia baru {sender}: {secret}")


def _offered(codes: list[str], kind: str, agency_kind: str, is_sandbox: bool) -> list[str]:
    from service.handoff.services import require_offer
    from service.trust.partners import agency_kind_of

    if codes and kind != "agency":
        raise BadInput("Layanan (--service) hanya untuk instansi (--kind agency).")
    return require_offer(codes, agency_kind_of(agency_kind, is_sandbox)) if codes else []


def _told(one: Partner) -> dict[str, Any]:
    is_agency = one.kind == "agency"
    return {
        "sender": one.sender, "kind": one.kind, "agency_kind": one.agency_kind if is_agency else None, "name": one.name,
        "regency": one.regency_code, "services": list(one.services), "contact": one.contact, "active": one.active,
        "sandbox": one.is_sandbox,
    }  # fmt: skip


def _line(row: dict[str, Any]) -> str:
    from service.regions import name_of
    from service.trust.partners import AGENCY_KIND_WORDS, PARTNER_KIND_WORDS

    what = AGENCY_KIND_WORDS[row["agency_kind"]] if row["agency_kind"] else PARTNER_KIND_WORDS[row["kind"]]
    marks = [word for word, is_so in (("uji coba", row["sandbox"]), ("tidak aktif", not row["active"])) if is_so]
    place = name_of(row["regency"]) if row["regency"] else "seluruh provinsi"
    parts = [row["name"], what, place, *row["services"][:20], row["contact"] or "tanpa surel", *marks]
    return f"{row['sender']:24} {'; '.join(parts)}"


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:60]
