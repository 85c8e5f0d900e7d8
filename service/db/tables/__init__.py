"""What is kept? One module for each part of a household's way; all tables are importable from here."""

from service.db.tables.cohort import Case, Cycle, Decree, Move, Quota, SetAside
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
from service.db.tables.handoff import Mentorship, PartnerLink, Referral, ReferralBatch, Visit
from service.db.tables.messages import InboundMessage, Letter, NumberBook, OutboundMessage, RefusedCount, Reminder
from service.db.tables.registry import AidReceipt, Assessment, Household, RegistryFile
from service.db.tables.trust import AccessRecord, ApiToken, Installation, Partner, User, UserSession

__all__ = [
    "AccessRecord", "AidReceipt", "ApiToken", "Assessment", "BusinessType", "Case", "Cycle", "Decree", "DeliveryPoint",
    "EvidencePhoto", "EvidenceUpload", "HandoverEvent", "Household", "InboundMessage", "Installation", "Letter",
    "Mentorship", "Move", "NumberBook", "Order", "OrderLine", "OutboundMessage", "Package", "PackageItem", "Parcel",
    "Partner", "PartnerLink", "Quota", "Referral", "ReferralBatch", "RefusedCount", "RegistryFile", "Reminder",
    "SetAside", "User", "UserSession", "Visit",
]  # fmt: skip
