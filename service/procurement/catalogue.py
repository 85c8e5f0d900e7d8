"""Which goods does each kind of business get in a cycle, at what price?

A catalogue is YAML (the one beside this file is the documented default), validated here and kept as rows of the cycle.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator
from sqlmodel import Session

from service.business import BY_CODE
from service.db.tables import BusinessType, Cycle, Package, PackageItem
from service.errors import BadInput, NotNow
from service.policy import CyclePolicy
from service.procurement import queries
from service.procurement.budget import rupiah

DEFAULT = Path(__file__).with_name("catalogue.yaml")


class WrongCatalogue(BadInput):
    """The catalogue has faults; every one is named."""


class CatalogueExists(NotNow):
    """The cycle has a catalogue; parcels may rest on it."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Item(_Strict):
    """`price`: rupiah for one unit, tax and transport included; `test`: switched on at the handover."""

    name: str = Field(min_length=1)
    quantity: int = Field(gt=0)
    unit: str = Field(min_length=1)
    price: int = Field(gt=0)
    test: bool = False


class PackageOf(_Strict):
    """A package and the kinds of business that get it."""

    code: str = Field(pattern=r"^[A-Z0-9-]{1,20}$")
    name: str = Field(min_length=1)
    kinds: tuple[str, ...] = Field(min_length=1)
    items: tuple[Item, ...] = Field(min_length=1)

    @property
    def price(self) -> int:
        return sum(item.quantity * item.price for item in self.items)

    @field_validator("kinds")
    @classmethod
    def _known_kinds(cls, kinds: tuple[str, ...]) -> tuple[str, ...]:
        if unknown := sorted(set(kinds) - BY_CODE.keys()):
            raise ValueError(f"jenis usaha tidak dikenal: {', '.join(unknown)}")
        return kinds


class Catalogue(_Strict):
    """Packages with different codes; each kind of business gets at most one."""

    packages: tuple[PackageOf, ...] = Field(min_length=1)

    @field_validator("packages")
    @classmethod
    def _nothing_twice(cls, packages: tuple[PackageOf, ...]) -> tuple[PackageOf, ...]:
        names = [package.code for package in packages] + [kind for package in packages for kind in package.kinds]
        if doubles := [name for name, times in Counter(names).items() if times > 1]:
            raise ValueError(f"disebut lebih dari sekali: {', '.join(doubles)}")
        return packages


def read_catalogue(path: Path = DEFAULT) -> Catalogue:
    """Raises WrongCatalogue, naming each fault and where it stands."""
    try:
        return Catalogue.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        raise WrongCatalogue(f"Berkas katalog {path} tidak ditemukan.") from None
    except yaml.YAMLError as error:
        raise WrongCatalogue(f"Berkas katalog {path} bukan YAML yang benar: {error}") from None
    except ValidationError as error:
        faults = _faults(error)
        raise WrongCatalogue("Katalog ditolak. " + "; ".join(faults), faults=faults) from None


def _faults(error: ValidationError) -> list[str]:
    """One sentence for each fault; a list that is "too short" only because of faults inside it is not named again."""
    places = [one["loc"] for one in error.errors()]
    return [
        f"{'.'.join(map(str, one['loc'])) or '(isi)'}: {one['msg']}"
        for one in error.errors()
        if one["type"] != "too_short" or not any(loc != one["loc"] and loc[: len(one["loc"])] == one["loc"] for loc in places)
    ]


def too_dear(catalogue: Catalogue, unit_value: int) -> list[str]:
    """A sentence for each package above the value of one household's aid."""
    return [
        f"{package.code} berharga {rupiah(package.price)}, di atas nilai satuan {rupiah(unit_value)}"
        for package in catalogue.packages
        if package.price > unit_value
    ]


def install_catalogue(session: Session, cycle: Cycle, catalogue: Catalogue) -> Sequence[Package]:
    """Keep the catalogue as rows of the cycle.

    Raises:
        CatalogueExists
        WrongCatalogue: names every package above the cycle's unit value.
    """
    assert cycle.id is not None
    if queries.packages(session, cycle.id):
        raise CatalogueExists(f"Siklus {cycle.year} sudah mempunyai katalog paket.")
    if faults := too_dear(catalogue, CyclePolicy.model_validate(cycle.policy).unit_value):
        raise WrongCatalogue("Katalog ditolak. " + "; ".join(faults), faults=faults)
    return [_install(session, cycle.id, package) for package in catalogue.packages]


def _install(session: Session, cycle_id: int, offered: PackageOf) -> Package:
    package = Package(cycle_id=cycle_id, code=offered.code, name=offered.name, price=offered.price)
    session.add(package)
    session.flush()
    assert package.id is not None
    for item in offered.items:
        fields = item.model_dump(exclude={"test"})
        session.add(PackageItem(package_id=package.id, needs_function_test=item.test, **fields))
    for code in offered.kinds:
        kind = BY_CODE[code]
        session.add(BusinessType(cycle_id=cycle_id, code=code, name=kind.name, family=kind.family, package_id=package.id))
    session.flush()
    return package
