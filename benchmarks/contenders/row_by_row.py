"""The usual way: SQLAlchemy's ORM, children by selectinload, 1,000 hotels at a time, then a row after the other.

It reads a SQLite file with an index on each ittid, which it reads faster than any server, or a PostgreSQL server.
"""

import json
import re
import sys
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import ForeignKey, create_engine, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship, selectinload

from benchmarks.columns import CHILDREN, FLAT, HOTEL_SHEETS, HOTELS
from benchmarks.contenders.nesting import Record, flat, iso, write_rows

if TYPE_CHECKING:
    from benchmarks.job import Job

_BATCH = 1_000
_NOT_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


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
    own = {column: getattr(hotel, column) for column in HOTELS}
    for table, columns in CHILDREN.items():
        own[table] = [{column: getattr(row, column) for column in columns} for row in getattr(hotel, table)]
    return own


def pull(job: "Job") -> Callable[[], None]:
    """Read all of it, and write nothing."""
    return partial(_pull, job.orm_url)


def _pull(url: str) -> None:
    for _ in _records(url):
        pass


def _write_csv(url: str, target: Path) -> None:
    write_rows(target, FLAT["hotels"], map(flat, _records(url)))


def _write_json(url: str, target: Path) -> None:
    with target.open("w", encoding="utf-8") as file:
        json.dump({"data": list(_records(url))}, file, indent=2, ensure_ascii=False, default=iso)


def _write_xlsx(url: str, target: Path) -> None:
    import openpyxl  # noqa: PLC0415 - the other formats are not charged for it

    book = openpyxl.Workbook(write_only=True)
    sheets = [(book.create_sheet(name), table, columns) for name, (table, columns) in HOTEL_SHEETS.items()]
    for sheet, _, columns in sheets:
        sheet.append(columns)
    for record in _records(url):
        for sheet, table, columns in sheets:
            for row in [record] if table == "hotels" else record[table]:
                sheet.append([_cell({"ittid": record["ittid"], **row}[column]) for column in columns])
    book.save(target)


def _cell(value: object) -> object:
    """Openpyxl dies of control characters: who uses it takes them out, once it has happened."""
    return _NOT_XML.sub("", value) if isinstance(value, str) else value


_WORK = {"csv": _write_csv, "json": _write_json, "xlsx": _write_xlsx}


if __name__ == "__main__":
    _WORK[sys.argv[1]](sys.argv[2], Path(sys.argv[3]))
