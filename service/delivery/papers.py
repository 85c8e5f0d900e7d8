"""What does the record of one handover say, and what the cover of an event's records? Pure: rows in, values out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from service.business import BY_CODE
from service.clock import WIB
from service.db.tables import HandoverEvent, PackageItem, Parcel
from service.delivery.checklist import Piece
from service.delivery.evidence import counted, distance_m, plain_name
from service.delivery.queries.dossiers import Dossier
from service.delivery.queries.records import Story
from service.lifecycle import STATUSES, Subject
from service.policy import Letterhead
from service.regions import name_of
from service.trust.sealing import Sealer, masked

HIDDEN = "*" * 16
TESTED = {True: "ya, baik", False: "ya, tidak baik", None: "belum"}
ELSEWHERE = "Tidak hadir, dijadwalkan pada acara berikutnya"
MARKS = {"thumbprint": "dengan cap jempol"}

Values = dict[str, Any]


def verified_on(parcel: Parcel) -> date:
    """The day a record is dated, and whose year its number belongs to."""
    return parcel.status_since.astimezone(WIB).date()


def record_row(story: Story, head: Letterhead, year: int, sealer: Sealer | None, pictures: Mapping[str, str]) -> Values:
    """One record's values for `record_row.jinja`; `pictures`: file name of `photo` and `signature`, where there is one."""
    parcel, home = story.parcel, story.household
    handed = (parcel.reported_at or parcel.status_since).astimezone(WIB)
    proxy, photo = _proxy(parcel), pictures.get("photo")
    return _known(
        {
            "number": parcel.record_number, "cycle_year": year, "parcel": parcel.number, "package": story.package.name,
            "handed_on": handed.date(), "time": _hour(handed), "recorded_on": verified_on(parcel),
            "place": place_of(story), "where": _where(story), "checked": _checked(parcel),
            "event": story.event.number if story.event else None, "name": home.name, "village": name_of(home.village_code),
            "nik": _masked("nik", home.nik_sealed, sealer), "kk": _masked("kk", home.kk_sealed, sealer),
            "address": address_of(story), "business": _business(story), "decree": decree_of(story),
            "receiver": "wakil" if proxy else "sendiri", "proxy": proxy,
            "signed_name": (parcel.receiver_name if proxy else None) or home.name,
            "giver": {"name": head.signer_name, "post": head.signer_post},
            "witness": story.witness.name if story.witness else "-", "known_by": f"Camat {name_of(parcel.district_code)}",
            "mark": MARKS.get(parcel.mark or ""), "note": parcel.note, "goods": _goods(story),
            "photo": photo, "photo_hash": _grouped(story.photo) if photo and story.photo else None,
            "signature": pictures.get("signature"),
        }
    )  # fmt: skip


def cover_values(event: HandoverEvent, rows: Sequence[Values], counts: Mapping[str, int], place: str) -> Values:
    """The recap in front of an event's records."""
    labels = {status.name: status.label for status in STATUSES[Subject.PARCEL]}
    standing = [{"label": label, "number": counts[name]} for name, label in labels.items() if counts.get(name)]
    if (elsewhere := event.parcels - sum(counts.values())) > 0:
        standing.append({"label": ELSEWHERE, "number": elsewhere})
    return {
        "event": event.number, "held_on": event.held_on, "place": place, "hours": _hours(event),
        "facilitators": ", ".join(sorted({row["witness"] for row in rows})) or "-", "records": list(rows),
        "counts": standing, "invited": max(event.parcels, sum(counts.values())),
    }  # fmt: skip


def dossier_values(
    dossier: Dossier, pieces: Sequence[Piece], head: Letterhead, year: int, sealer: Sealer | None, has_photo: bool
) -> Values:
    """The whole file of one household for `case_file.typ`."""
    row = record_row(dossier.story, head, year, sealer, {"photo": "photo.svg"} if has_photo else {})
    said = {piece.code: piece.said for piece in pieces}
    kept = (
        "parcel",
        "name",
        "nik",
        "kk",
        "address",
        "business",
        "package",
        "place",
        "where",
        "checked",
        "time",
        "handed_on",
        "photo",
    )
    home, source = dossier.story.household, dossier.source
    chosen = [{"label": p.label, "said": p.said} for p in pieces if p.code in ("verification", "assessment", "decree")]
    return _known(
        {
            **{name: row.get(name) for name in kept}, "cycle_year": year, "household": home.id, "chosen": chosen,
            "proposal": _known(
                {
                    "received_on": source.imported_at.astimezone(WIB).date(), "sha256": _grouped(source.sha256),
                    "programme": home.programme, "decile": home.decile,
                }
            ),
            "pledge": said["pledge"], "record": said["record"],
            "pieces": [{"label": piece.label, "said": piece.said, "there": piece.is_there} for piece in pieces],
        }
    )  # fmt: skip


def place_of(story: Story) -> str:
    if story.event and story.event.place:
        return story.event.place
    return story.point.name if story.point else f"Kantor Kecamatan {name_of(story.parcel.district_code)}"


def address_of(story: Story) -> str:
    home = story.household
    village, district, regency = (name_of(code) for code in (home.village_code, home.district_code, home.regency_code))
    return f"{home.address} RT {home.rt}/RW {home.rw}, {village}, Kecamatan {district}, {regency}"


def decree_of(story: Story) -> Values | None:
    decree = story.decree
    if decree is None or not decree.number or not decree.decided_at:
        return None
    return {"number": decree.number, "dated_on": decree.decided_at.astimezone(WIB).date()}


def metres_from_point(story: Story) -> int | None:
    """From where the photo was taken to where the event was held."""
    parcel = story.parcel
    if parcel.latitude is None or parcel.longitude is None:
        return None
    for held in (story.event, story.point):
        if held and held.latitude is not None and held.longitude is not None:
            return round(distance_m((parcel.latitude, parcel.longitude), (held.latitude, held.longitude)))
    return None


def _where(story: Story) -> str:
    parcel, metres = story.parcel, metres_from_point(story)
    if parcel.latitude is None or parcel.longitude is None:
        return "tidak dilaporkan"
    beside = [f"{metres} m dari titik serah"] if metres is not None else []
    beside += [f"ketelitian {parcel.accuracy_m} m"] if parcel.accuracy_m is not None else []
    return f"{parcel.latitude:.5f}, {parcel.longitude:.5f}" + (f" ({', '.join(beside)})" if beside else "")


def _checked(parcel: Parcel) -> str:
    day = verified_on(parcel).strftime("%d-%m-%Y")
    return f"menurut aturan bukti, {day}" if parcel.verified_by == "rules" else f"oleh verifikator, {day}"


def _proxy(parcel: Parcel) -> str | None:
    if parcel.receiver != "proxy":
        return None
    return f"{parcel.receiver_name or 'wakil'} ({parcel.receiver_relation or 'hubungan tidak disebut'}), dengan surat kuasa"


def _business(story: Story) -> str:
    kind = BY_CODE.get(story.household.business_type or "")
    return kind.name if kind else (story.household.business_text or "Usaha belum terinci")


def _goods(story: Story) -> list[Values]:
    """As counted at the counter, with what was packed where it differs; as packed where a verifier accepted without counts."""
    told, brands = counted(story.parcel.items), _brands(story.parcel)
    rows = []
    for item in story.items:
        name = plain_name(item.name)
        given = told.get(name, 0) if told else item.quantity
        unit = item.unit if given == item.quantity else f"{item.unit} (isi paket {item.quantity})"
        tested = _tested(story.parcel, item)
        rows.append({"name": item.name, "unit": unit, "brand": brands.get(name), "quantity": given, "tested": tested})
    return rows


def _brands(parcel: Parcel) -> dict[str, str]:
    said = {plain_name(str(item["name"])): (item.get("brand"), item.get("serial")) for item in parcel.items or ()}
    return {name: " / ".join(str(part) for part in parts if part) for name, parts in said.items() if any(parts)}


def _tested(parcel: Parcel, item: PackageItem) -> str:
    return TESTED[parcel.function_tested] if item.needs_function_test else "tidak perlu"


def _masked(purpose: str, sealed: str, sealer: Sealer | None) -> str:
    return masked(sealer.unseal(purpose, sealed)) if sealer else HIDDEN


def _grouped(sha256: str) -> str:
    """In eights: sixteen digits in a row would be taken for a NIK."""
    return " ".join(sha256[start : start + 8] for start in range(0, 64, 8))


def _hour(at: datetime) -> str:
    return f"{at:%H.%M}"


def _hours(event: HandoverEvent) -> str:
    if not event.opens_at or not event.closes_at:
        return "tidak ditetapkan"
    return f"{_hour(event.opens_at.astimezone(WIB))}-{_hour(event.closes_at.astimezone(WIB))} WIB"


def _known(values: Values) -> Values:
    """Without what is not known, so that the template may tell it from a blank."""
    return {name: value for name, value in values.items() if value is not None and value != ""}
