"""What does the OpenAPI say of a callback: which words each event holds, an example of each, and what we answer?"""

from __future__ import annotations

from typing import Any

from pydantic.json_schema import models_json_schema

from service.api.problem import CONTENT_TYPE
from service.messages.inbox import Door, Doors

Resource = dict[str, Any]
COMPONENTS = "#/components/schemas/"
CALLBACKS, EVIDENCE = "/callbacks/{sender}", "/evidence/{sender}"
_ORDER, _PARCEL, _REFERRAL = {"order": "PSN-2021-0001"}, {"parcel": "PKT-2021-00001"}, {"referral": "RJK-2021-00001"}
_HANDED = _PARCEL | {"at": "2021-09-01T09:30:00+07:00", "receiver": "self", "items": [{"name": "Beras 5 kg", "count": 10}]}
_RESULT = {"outcome": "ACHIEVED", "indicators": {"business_running": True, "nib_issued": True, "credit_received": 2_500_000}}
EXAMPLES: dict[str, Resource] = {
    "order.confirmed": _ORDER | {"due_on": "2021-08-20"},
    "order.shipped": _ORDER | {"shipment": "SJ-17", "items": [{"package": "WRG", "count": 40}]},
    "order.arrived": _ORDER | {"items": [{"package": "WRG", "count": 40}], "arrived_on": "2021-08-19"},
    "order.cancelled": _ORDER | {"reason": "OUT_OF_STOCK", "note": "Pabrik berhenti memproduksi."},
    "parcel.handed_over": _HANDED,
    "parcel.partial": _HANDED | {"items": [{"name": "Beras 5 kg", "count": 8}], "note": "Kurang dua karung."},
    "parcel.absent": _PARCEL | {"at": "2021-09-01T15:00:00+07:00", "reason": "sakit"},
    "parcel.refused": _PARCEL | {"at": "2021-09-01T10:00:00+07:00", "reason": "bukan kebutuhannya"},
    "visit.recorded": _PARCEL
    | {"visited_on": "2021-10-02", "movement_seen": True, "indicators": {"monthly_turnover": 1200000}},
    "referral.acknowledged": _REFERRAL | {"register_number": "503/117"},
    "referral.accepted": _REFERRAL | {"note": "Jadwal menyusul."},
    "referral.waitlisted": _REFERRAL | {"waitlist_until": "2021-12-01"},
    "referral.declined": _REFERRAL | {"reason": "NO_CAPACITY"},
    "referral.returned": _REFERRAL | {"reason": "MISSING_DOCUMENT", "note": "Foto tempat usaha belum ada."},
    "referral.service_started": _REFERRAL,
    "referral.concluded": _REFERRAL | _RESULT,
    "referral.paused": _REFERRAL | {"reason": "menunggu rumah tangga"},
    "referral.resumed": _REFERRAL,
    "referral.outcome_reported": _REFERRAL | {"month": 3} | _RESULT,
    "referral.note": _REFERRAL | {"text": "Mohon dibantu menghubungi keluarga ini."},
}
RESULTS = {
    "applied": "Diterima dan berlaku sekarang.",
    "duplicate": "webhook-id ini, atau jawaban dengan isi yang sama, sudah pernah diterima; tidak berlaku dua kali.",
    "parked": "Terlalu awal: disimpan, berlaku sendiri bila tiba gilirannya.",
    "late": "Sudah tidak mungkin, sudah dijawab lain, atau menyebut versi yang sudah lewat: disimpan dan ditunjukkan kepada "
    "petugas.",
}
PROBLEMS: dict[int, tuple[str, Resource]] = {
    401: ("Tanda tangan, waktu, atau pengirim tidak dipercaya; yang mana tidak disebut.", {
        "type": "urn:estafet:not_allowed", "title": "Belum masuk", "status": 401,
        "detail": "Tanda tangan tidak dapat dipercaya.",
    }),
    403: ("Milik pengirim lain, atau bukan wewenang pengirim.", {
        "type": "urn:estafet:not_allowed", "title": "Tidak diizinkan", "status": 403,
        "detail": "Data yang disebut milik pengirim lain.",
    }),
    404: ("Nomor tidak dikenal.", {
        "type": "urn:estafet:not_found", "title": "Tidak ditemukan", "status": 404,
        "detail": "Rujukan RJK-2021-99999 tidak dikenal.",
    }),
    413: ("Lebih besar dari batas (pesan 64 KiB, foto 8 MiB).", {
        "type": "urn:estafet:bad_input", "title": "Kiriman terlalu besar", "status": 413,
        "detail": "Isi pesan lebih dari 65536 byte.",
    }),
    422: ("Tidak dapat dibaca; setiap kolom yang salah disebut.", {
        "type": "urn:estafet:bad_input", "title": "Isian belum benar", "status": 422,
        "detail": "Pesan tidak dapat dibaca: data.reason wajib diisi",
        "faults": [{"field": "data.reason", "fault": "wajib diisi"}],
    }),
    503: ("Coba lagi sebentar; kirim ulang dengan webhook-id yang sama.", {
        "type": "urn:estafet:try_again_later", "title": "Coba lagi sebentar", "status": 503,
        "detail": "Basis data sedang tidak menjawab. Coba lagi sebentar.",
    }),
}  # fmt: skip
_TEXT = {"type": "string"}
PROBLEM: Resource = {
    "type": "object", "title": "Problem", "required": ["type", "title", "status"], "description": "RFC 9457",
    "properties": {
        "type": _TEXT, "title": _TEXT, "status": {"type": "integer"}, "detail": _TEXT,
        "faults": {"type": "array", "items": {"type": "object", "properties": {"field": _TEXT, "fault": _TEXT}}},
    },
}  # fmt: skip


def describe(schema: Resource, doors: Doors) -> Resource:
    """The schema FastAPI made, with the callbacks' events, their examples, and refusals as they really look."""
    schemas = schema.setdefault("components", {}).setdefault("schemas", {})
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    schemas |= {"Problem": PROBLEM} | _bodies(doors)
    for methods in schema["paths"].values():
        for operation in methods.values():
            operation["responses"].pop("422", None)
            operation["responses"]["default"] = _refusal("Penolakan")
    callback, photo = schema["paths"][CALLBACKS]["post"], schema["paths"][EVIDENCE]["post"]
    callback["requestBody"]["content"]["application/json"] = _content(doors)
    callback["responses"] |= {"202": _accepted()} | _refusals()
    photo["responses"] |= _refusals()
    return schema


def envelope(kind: str) -> Resource:
    """The whole message as an example."""
    return {"type": kind, "timestamp": "2021-09-01T09:31:07+07:00", "data": EXAMPLES[kind]}


def _bodies(doors: Doors) -> Resource:
    """A schema for each event, named like it; their `data` are our models."""
    models = list({door.data: None for door in doors.values()})
    names, defined = models_json_schema([(model, "validation") for model in models], ref_template=COMPONENTS + "{model}")
    bodies: Resource = dict(defined.get("$defs", {}))
    return bodies | {kind: _body(kind, door, names[door.data, "validation"]) for kind, door in doors.items()}


def _body(kind: str, door: Door, data: Resource) -> Resource:
    return {
        "type": "object", "title": kind, "required": ["type", "timestamp", "data"],
        "description": f"Pengirim: {', '.join(door.sender_kinds)}.",
        "properties": {"type": {"const": kind}, "timestamp": {"type": "string", "format": "date-time"}, "data": data},
        "examples": [envelope(kind)],
    }  # fmt: skip


def _content(doors: Doors) -> Resource:
    mapping = {kind: COMPONENTS + kind for kind in doors}
    return {
        "schema": {
            "oneOf": [{"$ref": name} for name in mapping.values()],
            "discriminator": {"propertyName": "type", "mapping": mapping},
        },
        "examples": {kind: {"value": envelope(kind)} for kind in doors},
    }


def _accepted() -> Resource:
    examples = {name: {"summary": about, "value": {"result": name}} for name, about in RESULTS.items()}
    ignored = {
        "type": "array",
        "items": _TEXT,
        "description": "Kolom yang tidak dikenal dan tidak dipakai, misalnya data.until.",
    }
    properties = {"result": {"enum": list(RESULTS)}, "ignored": ignored}
    result = {"type": "object", "required": ["result"], "properties": properties}
    return {"description": "Diterima", "content": {"application/json": {"schema": result, "examples": examples}}}


def _refusals() -> Resource:
    return {str(number): _refusal(about, example) for number, (about, example) in PROBLEMS.items()}


def _refusal(about: str, example: Resource | None = None) -> Resource:
    shape: Resource = {"schema": {"$ref": COMPONENTS + "Problem"}}
    return {"description": about, "content": {CONTENT_TYPE: shape | ({"example": example} if example else {})}}
