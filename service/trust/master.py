"""Who changes the partners and delivery points, and what of them? Never a secret, and every change is told to the log."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import structlog
from sqlmodel import Session, SQLModel

from service.db.tables import DeliveryPoint, Partner
from service.db.tables.trust import OFFICE
from service.errors import BadInput, NotFound
from service.regions import districts, regencies, regency_of
from service.trust.partners import check_address, require_agency_kind
from service.trust.queries import has_had_referrals
from service.trust.rights import Officer, require, require_region

log = structlog.get_logger("estafet.service")
OF_PARTNER = ("name", "regency_code", "contact", "superior_contact", "capacity", "services", "active")
OF_POINT = ("name", "address", "latitude", "longitude")
KINDS = ("supplier", "agency")


class WrongMaster(BadInput):
    """A value that cannot be; `field` says which."""


def change_partner(session: Session, officer: Officer, partner_id: int, given: Mapping[str, Any]) -> Partner:
    """A supplier or an agency; one is added by `estafet partner add`, which shows its secret once.

    Raises:
        NoRight, OutsideRegion, NotFound
        WrongMaster: no name, an unknown regency, a capacity below zero, a bank or company that becomes an office.
        WrongPartner: no mail address, no kind of agency.
    """
    require(officer, "master.edit")
    partner = session.get(Partner, partner_id)
    if partner is None or partner.kind not in KINDS:
        raise NotFound("Mitra ini tidak ada.")
    regency = given.get("regency_code") or None
    for code in {partner.regency_code, regency}:
        require_region(officer, code or "")  # who serves the whole province is changed by whoever works for all of it
    if regency is not None and regency not in regencies():
        raise WrongMaster("Kode kabupaten/kota tidak dikenal.", field="regency_code")
    if (given.get("capacity") or 0) < 0:
        raise WrongMaster("Kapasitas tidak boleh di bawah nol.", field="capacity")
    values = {name: given.get(name) for name in OF_PARTNER} | {"regency_code": regency}
    values |= {name: (given.get(name) or "").strip() for name in ("name", "contact", "superior_contact")}
    for name in ("contact", "superior_contact"):
        check_address(str(values[name]), name)
    if partner.kind == "agency":
        values["agency_kind"] = _agency_kind(session, partner, given.get("agency_kind"))
    _write(officer, "partner", partner.sender, partner, values | {"services": list(given.get("services") or [])})
    session.add(partner)
    session.flush()
    return partner


def change_point(session: Session, officer: Officer, district: str, given: Mapping[str, Any], is_new: bool) -> DeliveryPoint:
    """Where the goods of a district are handed over.

    Raises:
        NoRight, OutsideRegion, NotFound
        WrongMaster: an unknown district, one that has a point, no name, half a place or one outside the world.
    """
    require(officer, "master.edit")
    if district not in districts(regency_of(district)):
        raise WrongMaster("Kode kecamatan tidak dikenal, misalnya 36.01.01.", field="district_code")
    require_region(officer, regency_of(district))
    point = session.get(DeliveryPoint, district)
    if is_new and point is not None:
        raise WrongMaster("Kecamatan ini sudah mempunyai titik serah.", field="district_code")
    if point is None and not is_new:
        raise NotFound("Titik serah ini tidak ada.")
    values = {name: given.get(name) for name in OF_POINT}
    values |= {name: (given.get(name) or "").strip() for name in ("name", "address")}
    _require_place(values["latitude"], values["longitude"])
    point = point or DeliveryPoint(district_code=district, name="")
    _write(officer, "delivery_point", district, point, values)
    session.add(point)
    session.flush()
    return point


def _agency_kind(session: Session, partner: Partner, given: str | None) -> str:
    """A bank or company sees the least; what it was handed on for that must not be opened by calling it an office."""
    kind = require_agency_kind(given)
    if kind == OFFICE and partner.agency_kind != OFFICE and has_had_referrals(session, partner.id or 0):
        raise WrongMaster(
            "Instansi ini sudah menerima rujukan sebagai bank atau perusahaan, dengan data paling sedikit. Tambahkan kantor "
            "pemerintahnya sebagai mitra baru.",
            field="agency_kind",
        )
    return kind


def _require_place(latitude: float | None, longitude: float | None) -> None:
    if (latitude is None) != (longitude is None):
        raise WrongMaster("Isi lintang dan bujur, atau kosongkan keduanya.", field="latitude")
    if latitude is not None and not -90 <= latitude <= 90:
        raise WrongMaster("Lintang antara -90 dan 90.", field="latitude")
    if longitude is not None and not -180 <= longitude <= 180:
        raise WrongMaster("Bujur antara -180 dan 180.", field="longitude")


def _write(officer: Officer, what: str, key: str, row: SQLModel, values: Mapping[str, Any]) -> None:
    """Set what differs; the log says who and which fields, never their content."""
    if not values["name"]:
        raise WrongMaster("Nama wajib diisi.", field="name")
    changed = [name for name, value in values.items() if getattr(row, name) != value]
    for name in changed:
        setattr(row, name, values[name])
    log.info("master_changed", by=officer.actor, what=what, key=key, fields=changed)
