"""How does a new catalogue take the old one's place, without touching what was ordered?

A package whose name, account or items changed gets a new version; its old versions stay as they are, with the parcels and
orders that rest on them. Parcels that are not on an order move to the version of today. What a catalogue leaves out is not
given any more.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sqlmodel import Session

from service.business import BY_CODE
from service.db.history import Told
from service.db.tables import BusinessType, Cycle, Package, PackageItem
from service.errors import NotFound
from service.messages.outbox import owe_kick
from service.policy import CyclePolicy
from service.procurement.catalogue import Catalogue, Item, PackageOf, catalogue_from, refuse_unfit
from service.procurement.queries import catalogue as queries
from service.trust.rights import Officer, require


class NoCatalogue(NotFound):
    """The cycle has no catalogue yet."""


@dataclass
class Change:
    """Codes by what became of them; `moved`: parcels that got another version or package; `kinds`: repointed or new."""

    added: list[str] = field(default_factory=list)
    renewed: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)
    kinds: list[str] = field(default_factory=list)
    moved: int = 0

    @property
    def is_nothing(self) -> bool:
        return not (self.added or self.renewed or self.ended or self.kinds)

    @property
    def sentence(self) -> str:
        if self.is_nothing:
            return "Katalog sudah sama; tidak ada yang berubah."
        counts = (
            ("paket baru", self.added), ("versi baru", self.renewed), ("tetap", self.unchanged),
            ("tidak diberikan lagi", self.ended),
        )  # fmt: skip
        said = [f"{len(codes)} {word}" for word, codes in counts if codes]
        return f"Katalog tersimpan: {', '.join(said)}; {self.moved} paket keluarga yang belum dipesan disesuaikan."


def change_catalogue(session: Session, officer: Officer, cycle: Cycle, catalogue: Catalogue, told: Told) -> Change:
    """An officer puts a whole catalogue in; the same again changes nothing.

    Raises:
        NoRight
        WrongCatalogue: names every package above the unit value or of an unknown account.
    """
    require(officer, "catalogue.edit")
    change = install_catalogue(session, cycle, catalogue, told)
    if not change.is_nothing:
        owe_kick(session, "procurement", cycle.year, told.at)
    return change


def change_package(session: Session, officer: Officer, cycle: Cycle, offered: PackageOf, told: Told) -> Change:
    """One package is added or renewed, the others stay; what the admin pages save.

    Raises:
        NoRight, WrongCatalogue
    """
    require(officer, "master.edit")
    kept = [one for one in _offered(session, cycle) if one.code != offered.code]
    others = [one.model_copy(update={"kinds": tuple(k for k in one.kinds if k not in offered.kinds)}) for one in kept]
    whole = catalogue_from({"packages": [one.model_dump() for one in (*others, offered)]})
    change = install_catalogue(session, cycle, whole, told)
    if not change.is_nothing:
        owe_kick(session, "procurement", cycle.year, told.at)
    return change


def current_catalogue(session: Session, cycle: Cycle) -> Catalogue:
    """What new parcels get now, as a file holds it. Raises NoCatalogue."""
    if offered := _offered(session, cycle):
        return Catalogue(packages=tuple(offered))
    raise NoCatalogue(f"Siklus {cycle.year} belum mempunyai katalog paket.")


def copy_catalogue(session: Session, officer: Officer, source: Cycle, target: Cycle, told: Told) -> Change:
    """Last year's catalogue as the start of this year's, judged by this year's policy.

    Raises:
        NoRight, NoCatalogue, WrongCatalogue
    """
    return change_catalogue(session, officer, target, current_catalogue(session, source), told)


def install_catalogue(session: Session, cycle: Cycle, catalogue: Catalogue, told: Told) -> Change:
    """Without asking who may: the stage puts in the default where a cycle has none. Raises WrongCatalogue."""
    assert cycle.id is not None
    policy = CyclePolicy.model_validate(cycle.policy)
    accounts = {policy.budget_account_code, *(account.code for account in policy.other_accounts)}
    refuse_unfit(catalogue, policy.unit_value, accounts)
    change, ids = Change(), {}
    newest = queries.newest_versions(session, cycle.id)
    items = queries.items_of_packages(session, [package.id for package in newest.values() if package.id is not None])
    for offered in catalogue.packages:
        kept = newest.get(offered.code)
        same = kept is not None and content_of(kept, items.get(kept.id or 0, [])) == offered.content
        ids[offered.code] = _keep(session, cycle.id, offered, kept, same, told, change)
    _end(session, newest, ids, change)
    _point_kinds(session, cycle.id, catalogue, ids, change)
    return change


def content_of(package: Package, items: list[PackageItem]) -> tuple[Any, ...]:
    """As `PackageOf.content`, of a version that is kept."""
    return package.name, package.account_code, tuple(_item(one) for one in items)


def _keep(
    session: Session, cycle_id: int, offered: PackageOf, kept: Package | None, same: bool, told: Told, change: Change
) -> int:
    """The id of the version that is given from now on; made only where the content is another."""
    if kept is not None and same:
        assert kept.id is not None
        (change.unchanged if kept.is_current else change.renewed).append(offered.code)
        if not kept.is_current:
            queries.set_current(session, [kept.id], True)
            change.moved += queries.move_to_version(session, cycle_id, offered.code, kept.id)
        return kept.id
    if kept is not None and kept.is_current:
        assert kept.id is not None
        queries.set_current(session, [kept.id], False)
    made = Package(
        cycle_id=cycle_id, code=offered.code, version=kept.version + 1 if kept else 1, name=offered.name, price=offered.price,
        account_code=offered.account, made_by=told.actor, made_at=told.at,
    )  # fmt: skip
    session.add(made)
    session.flush()
    assert made.id is not None
    for item in offered.items:
        fields = item.model_dump(exclude={"test"})
        session.add(PackageItem(package_id=made.id, needs_function_test=item.test, **fields))
    session.flush()
    (change.renewed if kept else change.added).append(offered.code)
    if kept:
        change.moved += queries.move_to_version(session, cycle_id, offered.code, made.id)
    return made.id


def _end(session: Session, newest: dict[str, Package], ids: dict[str, int], change: Change) -> None:
    ended = {code: package.id for code, package in newest.items() if package.is_current and code not in ids}
    queries.set_current(session, [i for i in ended.values() if i is not None], False)
    change.ended += sorted(ended)


def _point_kinds(session: Session, cycle_id: int, catalogue: Catalogue, ids: dict[str, int], change: Change) -> None:
    """Every kind of business points at the version it gets; parcels not ordered follow where the package is another."""
    wanted = {kind: package.code for package in catalogue.packages for kind in package.kinds}
    known = queries.kinds(session, cycle_id)
    code_of = {package.id: package.code for package in queries.all_versions(session, cycle_id)}
    gone = sorted(known.keys() - wanted.keys())
    queries.forget_kinds(session, cycle_id, gone)
    change.kinds += gone
    for kind, code in wanted.items():
        row = known.get(kind)
        if row is None:
            named = BY_CODE[kind]
            session.add(BusinessType(cycle_id=cycle_id, code=kind, name=named.name, family=named.family, package_id=ids[code]))
            change.kinds.append(kind)
            continue
        if code_of[row.package_id] != code:
            change.kinds.append(kind)
            change.moved += queries.move_kind(session, cycle_id, kind, ids[code])
        row.package_id = ids[code]
    session.flush()


def _offered(session: Session, cycle: Cycle) -> list[PackageOf]:
    assert cycle.id is not None
    packages = queries.current_packages(session, cycle.id)
    items = queries.items_of_packages(session, [package.id for package in packages if package.id is not None])
    kinds = queries.kinds_of(session, cycle.id)
    return [
        PackageOf(
            code=package.code, name=package.name, account=package.account_code, kinds=tuple(kinds.get(package.id or 0, ())),
            items=tuple(_item(one) for one in items.get(package.id or 0, ())),
        )
        for package in packages
    ]  # fmt: skip


def _item(row: PackageItem) -> Item:
    return Item(name=row.name, quantity=row.quantity, unit=row.unit, price=row.price, tax=row.tax, test=row.needs_function_test)
