"""What do the master data pages list, and which of our functions saves what somebody changed there?

The library only draws lists and forms. Packages are saved as new versions, partners and points by `service.trust.master`;
nothing is deleted here.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any, TypeVar

from sqlmodel import Session
from starlette.requests import Request
from starlette_admin import (
    BaseField,
    BaseModelView,
    BooleanField,
    CollectionField,
    EnumField,
    FloatField,
    IntegerField,
    ListField,
    StringField,
)
from starlette_admin.exceptions import FormValidationError

from service.api.deps import current_caller, house_of, told_by
from service.business import BY_CODE, KINDS
from service.cohort import queries as cohort
from service.db.tables import Cycle
from service.errors import EstafetError, NotNow
from service.handoff.kinds import take_back_uncovered
from service.handoff.services import CATALOGUE, PURPOSE, require_offer
from service.procurement.budget import rupiah
from service.procurement.catalogue import PackageOf, catalogue_from
from service.procurement.changing import change_package, current_catalogue
from service.procurement.queries.catalogue import current_packages, newest_versions
from service.regions import name_of, regencies
from service.trust.master import KINDS as PARTNER_KINDS
from service.trust.master import change_partner, change_point
from service.trust.partners import AGENCY_KIND_WORDS
from service.trust.queries import changeable_partners, delivery_points
from service.trust.rights import Officer

T = TypeVar("T")
Row = SimpleNamespace
REGENCIES = [(code, name_of(code)) for code in regencies()]

OFFERS = [(PURPOSE, "Semua layanan kantor pemerintah"), *((one.code, one.label) for one in CATALOGUE)]


def _labelled(label: str, field: BaseField) -> ListField:
    """A list of fields under a name people read."""
    made = ListField(field)
    made.label = label
    return made


class NoCycleYet(NotNow):
    """A package belongs to a cycle; none was opened."""


class _View(BaseModelView):
    """Lists from memory (some hundred rows at most); `rows` and `save` say what they hold and how it is kept."""

    exporters: Sequence[Any] = []
    importers: Sequence[Any] = []
    actions: Sequence[str] = []
    row_actions = ["view", "edit"]
    column_visibility = False
    searchable_fields: Sequence[str] = []
    sortable_fields: Sequence[str] = []
    page_size = 50
    page_size_options = [50]

    def rows(self, session: Session, officer: Officer) -> list[Row]:
        raise NotImplementedError

    def save(self, session: Session, request: Request, officer: Officer, key: str | None, given: dict[str, Any]) -> Any:
        """The key of what was saved; `key` None: something new."""
        raise NotImplementedError

    def can_delete(self, request: Request) -> bool:
        return False

    async def find_all(
        self, request: Request, skip: int = 0, limit: int = 100, q: str | None = None, sorts: Any = None, filters: Any = None
    ) -> Sequence[Any]:
        found = await self._found(request, q)
        return found[skip:] if limit < 0 else found[skip : skip + limit]

    async def count(self, request: Request, q: str | None = None, filters: Any = None) -> int:
        return len(await self._found(request, q))

    async def find_by_pk(self, request: Request, pk: Any) -> Any:
        return next((row for row in await self._found(request) if str(getattr(row, str(self.pk_attr))) == str(pk)), None)

    async def find_by_pks(self, request: Request, pks: list[Any]) -> Sequence[Any]:
        wanted = set(map(str, pks))
        return [row for row in await self._found(request) if str(getattr(row, str(self.pk_attr))) in wanted]

    async def create(self, request: Request, data: dict[str, Any]) -> Any:
        return await self._kept(request, None, data)

    async def edit(self, request: Request, pk: Any, data: dict[str, Any]) -> Any:
        return await self._kept(request, str(pk), data)

    async def delete(self, request: Request, pks: list[Any]) -> int | None:
        return 0

    async def repr(self, obj: Any, request: Request) -> str:
        return str(obj.name)

    async def _found(self, request: Request, q: str | None = None) -> list[Row]:
        officer = current_caller(request).officer

        def look() -> list[Row]:
            with house_of(request).database.read() as session:
                return self.rows(session, officer)

        found = await asyncio.to_thread(look)
        return [row for row in found if not q or q.lower() in " ".join(map(str, vars(row).values())).lower()]

    async def _kept(self, request: Request, key: str | None, given: dict[str, Any]) -> Any:
        officer = current_caller(request).officer

        def keep() -> Any:
            with house_of(request).database.write() as session:
                return self.save(session, request, officer, key, given)

        return await self.find_by_pk(request, await _said_on_the_form(keep))


async def _said_on_the_form(keep: Callable[[], T]) -> T:
    """A refusal of ours as the library shows it: at the field where it names one, else at the first."""
    try:
        return await asyncio.to_thread(keep)
    except EstafetError as error:
        raise FormValidationError({error.details.get("field", "name"): error.message}) from error


class PackageView(_View):
    """The packages the newest cycle gives; saving one with another content makes a version."""

    key, icon = "paket", "fa fa-box"
    display_name = menu_label = "Paket"
    pk_attr = "code"
    show_pk_in_forms = True
    fields = [
        StringField(
            "code", label="Kode", required=True, exclude_from_edit=True, help_text="Huruf besar, angka, dan tanda hubung."
        ),
        StringField("name", label="Nama paket", required=True),
        IntegerField("version", label="Versi", exclude_from_create=True, exclude_from_edit=True),
        StringField("price", label="Harga", exclude_from_create=True, exclude_from_edit=True),
        StringField("kind_names", label="Jenis usaha", exclude_from_create=True, exclude_from_edit=True),
        EnumField(
            "kinds",
            label="Jenis usaha",
            choices=[(kind.code, kind.name) for kind in KINDS],
            multiple=True,
            exclude_from_list=True,
            exclude_from_detail=True,
        ),
        StringField("account", label="Rekening", help_text="Kosong: rekening siklus."),
        _labelled(
            "Barang",
            CollectionField(
                "items",
                fields=[
                    StringField("name", label="Barang", required=True),
                    IntegerField("quantity", label="Jumlah", required=True, min=1),
                    StringField("unit", label="Satuan", required=True),
                    IntegerField("price", label="Harga satuan (rupiah, termasuk pajak)", required=True, min=1),
                    IntegerField("tax", label="Pajak di dalamnya (rupiah)", min=0),
                    BooleanField("test", label="Diuji nyala saat serah terima"),
                ],
            ),
        ),
    ]
    exclude_fields_from_list = ["items"]

    def rows(self, session: Session, officer: Officer) -> list[Row]:
        cycle = _newest(session)
        if cycle is None or cycle.id is None or not current_packages(session, cycle.id):
            return []
        versions = newest_versions(session, cycle.id)
        return [
            Row(
                code=one.code, name=one.name, version=versions[one.code].version, price=rupiah(one.price),
                kinds=list(one.kinds), kind_names=", ".join(BY_CODE[kind].name for kind in one.kinds),
                account=one.account or "", items=[item.model_dump() for item in one.items],
            )
            for one in current_catalogue(session, cycle).packages
        ]  # fmt: skip

    def save(self, session: Session, request: Request, officer: Officer, key: str | None, given: dict[str, Any]) -> Any:
        cycle = _newest(session)
        if cycle is None:
            raise NoCycleYet("Belum ada siklus. Buka siklus dahulu.")
        change_package(session, officer, cycle, _offered(given, key), told_by(officer, house_of(request)))
        return key or given["code"]


class PointView(_View):
    """Where each district's goods are handed over."""

    key, icon = "titik-serah", "fa fa-map-marker"
    display_name = menu_label = "Titik serah"
    pk_attr = "district_code"
    show_pk_in_forms = True
    fields = [
        StringField(
            "district_code", label="Kode kecamatan", required=True, exclude_from_edit=True, help_text="Misalnya 36.01.01."
        ),
        StringField("district", label="Kecamatan", exclude_from_create=True, exclude_from_edit=True),
        StringField("name", label="Nama tempat", required=True),
        StringField("address", label="Alamat"),
        FloatField("latitude", label="Lintang", help_text="Misalnya -6,3105 ditulis -6.3105."),
        FloatField("longitude", label="Bujur"),
    ]

    def rows(self, session: Session, officer: Officer) -> list[Row]:
        found = delivery_points(session, officer.regencies)
        return [Row(**one.model_dump(), district=name_of(one.district_code)) for one in found]

    def save(self, session: Session, request: Request, officer: Officer, key: str | None, given: dict[str, Any]) -> Any:
        return change_point(session, officer, key or str(given["district_code"]), given, is_new=key is None).district_code


class PartnerView(_View):
    """Suppliers and agencies; their secrets are never here."""

    key, icon = "mitra", "fa fa-handshake"
    display_name = menu_label = "Mitra"
    pk_attr = "id"
    fields = [
        IntegerField("id", label="Nomor", read_only=True),
        StringField("sender", label="Nama pengirim", read_only=True, exclude_from_edit=True),
        EnumField("kind", label="Jenis", choices=[("supplier", "Penyedia"), ("agency", "Instansi")], exclude_from_edit=True),
        EnumField(
            "agency_kind",
            label="Jenis instansi",
            choices=[(code, words.capitalize()) for code, words in AGENCY_KIND_WORDS.items()],
            help_text="Bank dan perusahaan hanya melihat nama, produk, kapasitas, dan telepon keluarga yang menyebut namanya. "
            "Penyedia: biarkan kosong.",
        ),
        StringField("name", label="Nama", required=True),
        EnumField("regency_code", label="Kabupaten/kota", choices=[("", "Seluruh provinsi"), *REGENCIES]),
        StringField("contact", label="Kontak", help_text="Alamat surel: ke sana tautan, pesanan, dan pengingat dikirim."),
        StringField("superior_contact", label="Kontak atasan"),
        IntegerField("capacity", label="Kapasitas", min=0),
        EnumField("services", label="Layanan", choices=OFFERS, multiple=True),
        BooleanField("active", label="Aktif"),
    ]

    def can_create(self, request: Request) -> bool:
        return False

    def rows(self, session: Session, officer: Officer) -> list[Row]:
        shown = ("id", "sender", "kind", "name", "contact", "superior_contact", "capacity", "services", "active")
        found = changeable_partners(session, PARTNER_KINDS, officer.regencies)
        return [
            Row(
                **{name: getattr(one, name) for name in shown},
                regency_code=one.regency_code or "",
                agency_kind=one.agency_kind if one.kind == "agency" else None,
            )
            for one in found
        ]

    def save(self, session: Session, request: Request, officer: Officer, key: str | None, given: dict[str, Any]) -> Any:
        if given.get("agency_kind"):
            given |= {"services": require_offer(given.get("services") or [], given["agency_kind"])}
        partner = change_partner(session, officer, int(key or 0), given)
        if partner.kind == "agency":
            take_back_uncovered(session, partner, told_by(officer, house_of(request)))
        return partner.id


def _newest(session: Session) -> Cycle | None:
    known = cohort.cycles(session)
    return known[0] if known else None


def _offered(given: dict[str, Any], key: str | None) -> PackageOf:
    """Raises WrongCatalogue, naming every fault."""
    items = [dict(item) | {"tax": item.get("tax") or 0} for item in given.get("items") or []]
    told = {"code": key or given.get("code"), "name": given.get("name"), "account": given.get("account") or None}
    return catalogue_from({"packages": [{**told, "kinds": given.get("kinds") or (), "items": items}]}).packages[0]
