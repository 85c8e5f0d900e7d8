"""What is kept? One module for each part of a household's way; all tables are importable from here."""

from service.db.tables.cohort import (
    Case,
    Cycle,
    Decree,
    DistrictQuota,
    Endorsement,
    Move,
    Objection,
    PolicyVersion,
    Quota,
    SetAside,
)
from service.db.tables.goods import (
    BusinessType,
    DeliveryPoint,
    EvidencePhoto,
    EvidenceUpload,
    HandoverEvent,
    Order,
    OrderLine,
    Package,
    PackageItem,
    Parcel,
)
from service.db.tables.goods_after import (
    CaseDocument,
    Claim,
    ExitEntry,
    ExitList,
    HandoverConflict,
    PackageProposal,
    SampleCheck,
    Shipment,
    SparePackage,
)
from service.db.tables.handoff import (
    CaseNeed,
    Consent,
    Mentorship,
    OutcomeReport,
    PartnerLink,
    Referral,
    ReferralBatch,
    ReferralNote,
    Visit,
)
from service.db.tables.messages import InboundMessage, Letter, NumberBook, OutboundMessage, RefusedCount, Reminder
from service.db.tables.registry import (
    AidReceipt,
    Assessment,
    DuplicatePair,
    EarlierFamilyCard,
    Household,
    Member,
    NikDecision,
    RegistryFile,
)
from service.db.tables.trust import AccessRecord, ApiToken, Installation, Partner, User, UserSession

__all__ = [
    "AccessRecord", "AidReceipt", "ApiToken", "Assessment", "BusinessType", "Case", "CaseDocument", "CaseNeed", "Claim",
    "Consent", "Cycle", "Decree", "DeliveryPoint", "DistrictQuota", "DuplicatePair", "EarlierFamilyCard", "Endorsement",
    "EvidencePhoto", "EvidenceUpload", "ExitEntry", "ExitList", "HandoverConflict", "HandoverEvent", "Household",
    "InboundMessage", "Installation", "Letter", "Member", "Mentorship", "Move", "NikDecision", "NumberBook", "Objection",
    "Order", "OrderLine", "OutboundMessage", "OutcomeReport", "Package", "PackageItem", "PackageProposal", "Parcel",
    "Partner", "PartnerLink", "PolicyVersion", "Quota", "Referral", "ReferralBatch", "ReferralNote", "RefusedCount",
    "RegistryFile", "Reminder", "SampleCheck", "SetAside", "Shipment", "SparePackage", "User", "UserSession", "Visit",
]  # fmt: skip
