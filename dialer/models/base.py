"""The declarative base and the column types that every table shares."""

from datetime import datetime
from typing import Annotated, Any

from sqlalchemy import BigInteger, DateTime, Identity, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, mapped_column


class Base(DeclarativeBase):
    """All tables of the product. The schema itself is made by `migrations/` only."""

    type_annotation_map = {  # noqa: RUF012  # SQLAlchemy reads this class attribute as is
        str: Text(),
        datetime: DateTime(timezone=True),
        dict[str, Any]: JSONB(),
        list[Any]: JSONB(),
    }


Id = Annotated[int, mapped_column(BigInteger, Identity(always=True), primary_key=True)]
"""A surrogate key given by the database."""

Micros = Annotated[int, mapped_column(BigInteger)]
"""Money in integer micro-dollars."""
