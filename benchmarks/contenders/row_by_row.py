"""The usual way: SQLAlchemy's ORM, children by selectinload, 1,000 hotels at a time, then a row after the other.

It reads the same catalogue from a SQLite file with an index on each ittid, which it reads faster than any server.
"""

import json
import re
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
from sqlalchemy import ForeignKey, create_engine, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship, selectinload

from benchmarks.contenders.nesting import Record, flat, iso
from benchmarks.contenders.texts import write_rows
from pipeline.datasets.hotels import Hotels
from pipeline.filters import HotelExportFilters

_BATCH = 1_000
_NOT_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_HOTELS = Hotels(HotelExportFilters())


class Base(DeclarativeBase):
    """Of the catalogue's tables."""


def _child_of_hotels() -> Mapped[str]:
    return mapped_column(ForeignKey("hotels.ittid"))


class Location(Base):
    """Where a hotel is."""

    __tablename__ = "locations"
    id: Mapped[int] = mapped_column(primary_key=True)
    ittid: Mapped[str] = _child_of_hotels()
    city_name: Mapped[str | None]
    state_name: Mapped[str | None]
    state_code: Mapped[str | None]
    country_name: Mapped[str | None]
    country_code: Mapped[str | None]
    master_city_name: Mapped[str | None]
    city_code: Mapped[str | None]
    city_location_id: Mapped[str | None]


class Contact(Base):
    """How to reach a hotel."""

    __tablename__ = "contacts"
    id: Mapped[int] = mapped_column(primary_key=True)
    ittid: Mapped[str] = _child_of_hotels()
    contact_type: Mapped[str]
    value: Mapped[str]


class Mapping(Base):
    """What a supplier calls a hotel."""

    __tablename__ = "provider_mappings"
    id: Mapped[int] = mapped_column(primary_key=True)
    ittid: Mapped[str] = _child_of_hotels()
    provider_name: Mapped[str]
    provider_id: Mapped[str]
    system_type: Mapped[str]
    vervotech_id: Mapped[str | None]
    giata_code: Mapped[str | None]
    created_at: Mapped[datetime | None]
    updated_at: Mapped[datetime | None]


class Hotel(Base):
    """A hotel."""

    __tablename__ = "hotels"
    ittid: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    latitude: Mapped[str | None]
    longitude: Mapped[str | None]
    rating: Mapped[str | None]
    address_line1: Mapped[str | None]
    address_line2: Mapped[str | None]
    postal_code: Mapped[str | None]
    property_type: Mapped[str | None]
    primary_photo: Mapped[str | None]
    created_at: Mapped[datetime | None]
    updated_at: Mapped[datetime | None]
    locations: Mapped[list[Location]] = relationship(order_by=Location.id)
    contacts: Mapped[list[Contact]] = relationship(order_by=Contact.id)
    provider_mappings: Mapped[list[Mapping]] = relationship(order_by=Mapping.id)


_CHILDREN = (Hotel.locations, Hotel.contacts, Hotel.provider_mappings)


def _records(url: str) -> Iterator[Record]:
    with Session(create_engine(url)) as session:
        last = ""
        while hotels := list(session.scalars(_batch(last))):
            yield from map(_record, hotels)
            last = hotels[-1].ittid
            session.expunge_all()


def _batch(last: str) -> Any:  # noqa: ANN401 - a Select of SQLAlchemy
    hotels = select(Hotel).where(Hotel.ittid > last).order_by(Hotel.ittid).limit(_BATCH)
    return hotels.options(*map(selectinload, _CHILDREN))


def _record(hotel: Hotel) -> Record:
    shape = _HOTELS.shape
    own = {column.name: getattr(hotel, column.name) for column in shape.columns}
    for children in shape.children:
        rows = getattr(hotel, children.name)
        own[children.name] = [{c.name: getattr(row, c.name) for c in children.columns} for row in rows]
    return own


def _write_csv(url: str, target: Path) -> None:
    write_rows(target, [column.name for column in _HOTELS.flat_columns], map(flat, _records(url)))


def _write_json(url: str, target: Path) -> None:
    with target.open("w", encoding="utf-8") as file:
        json.dump({"data": list(_records(url))}, file, indent=2, ensure_ascii=False, default=iso)


def _write_xlsx(url: str, target: Path) -> None:
    book = openpyxl.Workbook(write_only=True)
    sheets = {sheet.name: (sheet, book.create_sheet(sheet.name)) for sheet in _HOTELS.sheets(None)}
    for sheet, rows in sheets.values():
        rows.append([column.name for column in sheet.columns])
    for record in _records(url):
        for sheet, rows in sheets.values():
            for row in [record] if sheet.table == "hotels" else record[sheet.table]:
                rows.append([_cell({"ittid": record["ittid"], **row}[column.name]) for column in sheet.columns])
    book.save(target)


def _cell(value: object) -> object:
    """Openpyxl dies of control characters: who uses it takes them out, once it has happened."""
    return _NOT_XML.sub("", value) if isinstance(value, str) else value


_WRITERS = {"csv": _write_csv, "json": _write_json, "xlsx": _write_xlsx}


if __name__ == "__main__":
    _WRITERS[sys.argv[1]](sys.argv[2], Path(sys.argv[3]))
