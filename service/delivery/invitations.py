"""What does a household read on its invitation, and under which link is it sent by hand? Never with a NIK."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from service.delivery.events import Venue

BRING = "KTP dan Kartu Keluarga (KK) asli"


@dataclass(frozen=True)
class Occasion:
    """When and where, in the words people read: `Rabu, 24 November 2021`, `08.00-16.00 WIB`."""

    day: str
    hours: str
    venue: Venue
    district: str
    office: str = "Dinas Sosial Provinsi Banten"

    @property
    def place(self) -> str:
        name = self.venue.name or f"Kantor Kecamatan {self.district}"
        return f"{name}, {self.venue.address}" if self.venue.address else name


def invitation_text(name: str, code: str | None, occasion: Occasion) -> str:
    """A message to send by WhatsApp or to read aloud."""
    hours = f", pukul {occasion.hours}" if occasion.hours else ""
    lines = [
        f"Yth. Bapak/Ibu {name},",
        f"{occasion.office} mengundang Anda menerima paket bantuan usaha pada {occasion.day}{hours}, di {occasion.place}.",
        f"Mohon membawa {BRING}. Bila diwakilkan, wakil membawa surat kuasa dan KTP-nya sendiri.",
        "Bantuan ini gratis, tanpa potongan dan tanpa biaya apa pun.",
    ]
    if code:
        lines.append(f"Kode undangan: {code}")
    return "\n".join(lines)


def whatsapp_link(phone: str, text: str) -> str:
    """Opens a chat with this text on the officer's own phone; `phone` as kept: `+62...`."""
    return f"https://wa.me/{phone.lstrip('+')}?text={quote(text)}"
