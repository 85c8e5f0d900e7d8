"""What does a supplier see behind its link, and what do its answers on the page mean?"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pydantic import ValidationError
from sqlmodel import Session
from starlette.datastructures import FormData, UploadFile

from service import clock
from service.api import order_facts
from service.api.agency_answers import AnswerIncomplete, Taken
from service.api.supplier_sheet import SHEET, take_sheet
from service.db import listings
from service.db.tables import Order, Partner, PartnerLink
from service.delivery.queries import claims
from service.doors import DOORS
from service.errors import NotFound, NotNow
from service.lifecycle import Subject
from service.messages.inbox import Telling, receive
from service.procurement.order_files import CANCEL_REASONS, REF
from service.procurement.queries.order_files import HIDDEN
from service.procurement.workbook import MOST_BYTES
from service.trust.homes import House

SECTIONS = (
    ("Menunggu konfirmasi Anda", ("placed",)), ("Dikonfirmasi, belum dikirim", ("confirmed",)),
    ("Dalam perjalanan", ("shipped",)), ("Tiba, diperiksa Dinas Sosial", ("arrived", "inspected")),
    ("Selesai", ("accepted", "rejected", "cancelled")),
)  # fmt: skip
EVENTS = ("confirmed", "shipped", "arrived", "cancelled")


class TooLate(NotNow):
    """The order has gone on without this answer."""


def shown(
    session: Session, partner: Partner, link: PartnerLink, wanted: Mapping[str, str], now: datetime
) -> tuple[str, dict[str, Any]]:
    """One order by `?pesanan=`, else all by what is to be done."""
    if number := wanted.get("pesanan"):
        order = _own(session, partner, number)
        facts = order_facts.beside(session, order, now.astimezone(clock.WIB).date())
        return "partner_order.html", {
            "order": order, "lines": listings.order_lines(session, order.id or 0), **facts,
            "claims": [row for row in claims.claims_of_supplier(session, partner.id or 0) if row[2].id == order.id],
            "moves": listings.moves_of(session, Subject.ORDER, order.id or 0),
            "cancel_reasons": list(CANCEL_REASONS.items()), "names": listings.actor_names(session),
        }  # fmt: skip
    sections = [
        {"title": title, "rows": [row[0] for row in listings.orders_of_supplier(session, partner.id or 0, statuses)]}
        for title, statuses in SECTIONS
    ]
    return "partner_supplier.html", {
        "sections": [section for section in sections if section["rows"]],
        "claims": claims.claims_of_supplier(session, partner.id or 0),
    }


def take(house: House, partner: Partner, form: FormData) -> Taken:
    """The same inbox as the signed callback; the same answer for the same order (or shipment) twice is one.

    Raises:
        AnswerIncomplete, NotFound, TooLate, UnreadableWorkbook, OvertakenByAnother
    """
    event, number = str(form.get("aksi", "")), str(form.get("pesanan", ""))
    if event == SHEET:
        return _take_sheet(house, partner, form)
    if event not in EVENTS:
        raise AnswerIncomplete("Pilih jawaban dengan salah satu tombol.")
    with house.database.read() as session:
        order = _own(session, partner, number)
        said = _said(session, order, event, form)
    now = clock.now(house.home)
    kind = f"order.{event}"
    body = {"type": kind, "timestamp": now.isoformat(), "data": said}
    telling = Telling(_message_id(number, event, said.get("shipment")), kind, now, _checked(kind, said), body)
    if receive(house.database, DOORS, partner, telling, now) == "late":
        raise TooLate("Pesanan ini sudah tidak menunggu jawaban tersebut. Hubungi Dinas Sosial bila ada yang keliru.")
    return Taken(kind, 1)


def _message_id(number: str, event: str, ref: str | None) -> str:
    """The same for the same answer; a shipment's name may have signs an id may not."""
    named = f"-{hashlib.sha256(ref.encode()).hexdigest()[:16]}" if ref else ""
    return f"page-{number}-{event}{named}"


def _take_sheet(house: House, partner: Partner, form: FormData) -> Taken:
    upload = form.get("berkas")
    if not isinstance(upload, UploadFile) or not upload.filename:
        raise AnswerIncomplete("", faults=[{"field": "berkas", "fault": "Pilih berkas XLSX yang sudah diisi"}])
    with upload.file as file:
        content = file.read(MOST_BYTES + 1)
    return take_sheet(house, partner, content, re.sub(r"[^\w .()+-]", "_", upload.filename)[-80:])


def _own(session: Session, partner: Partner, number: str) -> Order:
    """Somebody else's order is as unknown as one that does not exist. Raises NotFound."""
    order = listings.by_number(session, Order, number)
    if order.supplier_id != partner.id or order.status in HIDDEN:
        raise NotFound(f"Nomor {number} tidak ditemukan.")
    return order


def _said(session: Session, order: Order, event: str, form: FormData) -> dict[str, Any]:
    """The answer in the words of the callback. Raises AnswerIncomplete."""
    note, ref = str(form.get("catatan", "")).strip()[:500], str(form.get("kiriman", "")).strip()
    said: dict[str, Any] = {"order": order.number} | ({"note": note} if note else {})
    if event in ("shipped", "arrived"):
        said |= _shipment(order, event, ref)
    if event == "arrived":
        said["items"] = _items(session, order, form)
        said |= {"complete": True} if ref and form.get("semua") else {}
    if event == "cancelled":
        said["reason"] = str(form.get("alasan", ""))
        if said["reason"] not in CANCEL_REASONS:
            raise AnswerIncomplete("", faults=[{"field": "alasan", "fault": "Pilih alasan pembatalan"}])
    return said


def _shipment(order: Order, event: str, ref: str) -> dict[str, str]:
    """A second shipment, or one that comes after the order has arrived, needs its number. Raises AnswerIncomplete."""
    is_second = order.status == ("shipped" if event == "shipped" else "arrived")
    field = f"kiriman-{event}"
    if is_second and not ref:
        raise AnswerIncomplete("", faults=[{"field": field, "fault": "Isi nomor kiriman susulan"}])
    if ref and not REF.fullmatch(ref):
        said = "Nomor kiriman hanya huruf, angka, spasi, dan . / _ -, paling banyak 40"
        raise AnswerIncomplete("", faults=[{"field": field, "fault": said}])
    return {"shipment": ref} if ref else {}


def _items(session: Session, order: Order, form: FormData) -> list[dict[str, Any]]:
    packages = [package for _, package in listings.order_lines(session, order.id or 0)]
    given = {package.code: str(form.get(f"jumlah-{package.code}", "")).strip() for package in packages}
    faults = [
        {"field": f"jumlah-{package.code}", "fault": f"Isi jumlah {package.name} dengan angka bulat"}
        for package in packages
        if not re.fullmatch(r"\d{1,6}", given[package.code], re.ASCII)
    ]
    if faults:
        raise AnswerIncomplete("", faults=faults)
    return [{"package": code, "count": int(count)} for code, count in given.items()]


def _checked(kind: str, said: dict[str, Any]) -> Any:
    try:
        return DOORS[kind].data.model_validate(said)
    except ValidationError as error:
        raise AnswerIncomplete("Jawaban belum lengkap: " + "; ".join(e["msg"] for e in error.errors())) from None
