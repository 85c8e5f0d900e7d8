"""What does one referral look like as a FHIR R4 Task in the shape of SDOH Clinical Care? (Plain dictionaries in and out.)

Without personal data: whom it is about is a contained group without a name, and free text of either side stays out. SDOH
CC's profile wants a Patient there, so we follow its codes and cardinalities but do not claim `meta.profile`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from service.handoff.next_steps import DECLINE_REASONS
from service.handoff.outcome import INDICATORS, OUTCOMES
from service.handoff.services import BY_CODE
from service.handoff.standards import BSER, BSER_WORDS, PAUSED_TASK, TWSS, Words, words_of
from service.lifecycle import Subject, label_of

Resource = dict[str, Any]
SNOMED = "http://snomed.info/sct"
TASK_CODE = "http://hl7.org/fhir/CodeSystem/task-code"
IDENTIFIER_TYPE = "http://terminology.hl7.org/CodeSystem/v2-0203"
NEEDS_REASON = frozenset({"rejected", "cancelled", "on-hold", "failed"})
GROUP, REQUEST = "rumah-tangga", "permintaan"


@dataclass(frozen=True)
class Described:
    """A referral as the Task needs it. `agency`: (sender, name); `began_at`: its service, in the present round."""

    number: str
    version: int
    status: str
    status_since: datetime
    drafted_at: datetime
    office: str
    agency: tuple[str, str]
    sent_at: datetime | None = None
    began_at: datetime | None = None
    services: Sequence[str] = ()
    is_paused: bool = False
    answer_by: datetime | None = None
    previous: str | None = None
    register_number: str | None = None
    reason: str | None = None
    outcome: str | None = None
    indicators: Mapping[str, Any] | None = None

    @property
    def words(self) -> Words:
        return words_of(self.status, self.began_at is not None)


def task_of(referral: Described, base: str) -> Resource:
    """The resource; `base` is the service's public address, under which our own codes live."""
    systems = base.rstrip("/") + "/fhir"
    status = status_of_task(referral)
    task: Resource = {
        "resourceType": "Task", "id": referral.number, "meta": {"versionId": str(referral.version)},
        "contained": [{"resourceType": "Group", "id": GROUP, "type": "person", "actual": True}, _request(referral, systems)],
        "identifier": _identifiers(referral, systems),
        "status": status,
        "businessStatus": _business_status(referral, systems),
        "intent": "order",
        "code": {"coding": [{"system": TASK_CODE, "code": "fulfill", "display": "Fulfill the focal request"}]},
        "focus": {"reference": f"#{REQUEST}", "type": "ServiceRequest"},
        "for": {"reference": f"#{GROUP}", "type": "Group"},
        "authoredOn": _instant(_authored_at(referral)),
        "lastModified": _instant(max(referral.status_since, _authored_at(referral))),
        "requester": {"type": "Organization", "display": referral.office},
        "owner": _owner(referral, systems),
    }  # fmt: skip
    if status in NEEDS_REASON:
        task["statusReason"] = _status_reason(referral, systems)
    if referral.previous:
        task["partOf"] = [{"reference": f"Task/{referral.previous}", "type": "Task"}]
    return task | _times(referral) | _results(referral, systems)


def status_of_task(referral: Described) -> str:
    """A clock that stands is `on-hold`, whatever was reached before."""
    return PAUSED_TASK if referral.is_paused else referral.words.task


def capability_of(base: str, version: str, now: datetime) -> Resource:
    """The CapabilityStatement (`/fhir/metadata`): one resource, read only."""
    return {
        "resourceType": "CapabilityStatement", "status": "active", "date": _instant(now), "kind": "instance",
        "software": {"name": "Estafet", "version": version},
        "implementation": {"description": "Estafet: rujukan antarinstansi", "url": base.rstrip("/") + "/fhir"},
        "fhirVersion": "4.0.1", "format": ["json"],
        "rest": [{
            "mode": "server",
            "security": {"description": "Authorization: Bearer, token petugas atau token tautan instansi."},
            "resource": [{"type": "Task", "interaction": [{"code": "read"}], "versioning": "versioned"}],
        }],
    }  # fmt: skip


def refused(code: str, sentence: str) -> Resource:
    """An OperationOutcome; `code` is of FHIR's issue types."""
    return {
        "resourceType": "OperationOutcome",
        "issue": [{"severity": "error", "code": code, "diagnostics": sentence, "details": {"text": sentence}}],
    }


def _request(referral: Described, systems: str) -> Resource:
    asked = [(code, BY_CODE[code].label) for code in referral.services if code in BY_CODE]
    code: Resource = {
        "coding": [{"system": SNOMED, "code": "410606002", "display": "Social service procedure"}],
        "text": ", ".join(label for _, label in asked) or "Pengembangan usaha",
    }
    request: Resource = {
        "resourceType": "ServiceRequest", "id": REQUEST, "status": referral.words.request, "intent": "order",
        "code": code, "subject": {"reference": f"#{GROUP}", "type": "Group"}, "authoredOn": _instant(_authored_at(referral)),
        "requester": {"type": "Organization", "display": referral.office},
    }  # fmt: skip
    return request | ({"orderDetail": [_concept(systems, "service", *one) for one in asked]} if asked else {})


def _identifiers(referral: Described, systems: str) -> list[Resource]:
    """Ours, and the agency's own register number, told apart as placer and filler."""
    found = [{
        "type": _identifier_type("PLAC", "Placer Identifier"), "system": f"{systems}/referral", "value": referral.number,
        "assigner": {"type": "Organization", "display": referral.office},
    }]  # fmt: skip
    if referral.register_number:
        found.append({
            "type": _identifier_type("FILL", "Filler Identifier"), "value": referral.register_number,
            "assigner": _owner(referral, systems),
        })  # fmt: skip
    return found


def _identifier_type(code: str, display: str) -> Resource:
    return {"coding": [{"system": IDENTIFIER_TYPE, "code": code, "display": display}]}


def _owner(referral: Described, systems: str) -> Resource:
    sender, name = referral.agency
    return {"type": "Organization", "identifier": {"system": f"{systems}/partner", "value": sender}, "display": name}


def _business_status(referral: Described, systems: str) -> Resource:
    """Our own status first: it is the exact one; then the two other standards' words, where they have one."""
    words, label = referral.words, label_of(Subject.REFERRAL, referral.status)
    concept = _concept(systems, "referral-status", referral.status, label)
    if words.bser:
        concept["coding"].append({"system": BSER, "code": words.bser, "display": BSER_WORDS[words.bser]})
    if words.twss:
        concept["coding"].append({"system": TWSS, "code": words.twss})
    return concept | {"text": f"{label}, tenggat dijeda" if referral.is_paused else label}


def _status_reason(referral: Described, systems: str) -> Resource:
    if referral.is_paused:
        return {"text": "Tenggat dijeda oleh instansi"}
    if referral.status in ("declined", "returned") and referral.reason in DECLINE_REASONS:
        return _concept(systems, "decline-reason", referral.reason, DECLINE_REASONS[referral.reason])
    return {"text": label_of(Subject.REFERRAL, referral.status)}


def _times(referral: Described) -> Resource:
    """When the service began and ended, and by when the agency should answer; what is not there is left out."""
    times: Resource = {}
    if referral.began_at:
        times["executionPeriod"] = {"start": _instant(referral.began_at)}
        if referral.status == "concluded":
            times["executionPeriod"]["end"] = _instant(referral.status_since)
    if referral.answer_by:
        times["restriction"] = {"period": {"end": _instant(referral.answer_by)}}
    return times


def _results(referral: Described, systems: str) -> Resource:
    """The outcome and the indicators we know; what the agency wrote in words of its own stays out."""
    if referral.outcome not in OUTCOMES:
        return {}
    outcome = _concept(systems, "outcome", referral.outcome, OUTCOMES[referral.outcome])
    output: list[Resource] = [{"type": _concept(systems, "output", "outcome", "Hasil"), "valueCodeableConcept": outcome}]
    for code, value in (referral.indicators or {}).items():
        kind = _kind_of(value)
        if kind and code in INDICATORS:
            output.append({"type": _concept(systems, "indicator", code, INDICATORS[code]), kind: value})
    return {"output": output}


def _kind_of(value: Any) -> str:
    """FHIR's name for a value of this kind; empty for words and for what is no number."""
    if isinstance(value, bool):
        return "valueBoolean"
    return "valueDecimal" if isinstance(value, int | float) and math.isfinite(value) else ""


def _concept(systems: str, system: str, code: str, label: str) -> Resource:
    return {"coding": [{"system": f"{systems}/CodeSystem/{system}", "code": code, "display": label}], "text": label}


def _authored_at(referral: Described) -> datetime:
    return referral.sent_at or referral.drafted_at


def _instant(at: datetime) -> str:
    return at.isoformat(timespec="seconds")
