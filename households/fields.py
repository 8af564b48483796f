"""Model fields of this app that need more than accounts.crypto offers."""

from datetime import date
from typing import Any

from accounts.crypto import EncryptedTextField


class EncryptedDateField(EncryptedTextField):
    """A date that is ciphertext in the database and a `date` in Python.

    Nothing can be filtered or sorted by it; what must be queried gets a coarser column beside it.
    """

    def from_db_value(self, value: Any, *args: Any) -> date | None:
        text = super().from_db_value(value, *args)
        return date.fromisoformat(text) if text else None

    def get_prep_value(self, value: Any) -> Any:
        if isinstance(value, date):
            value = value.isoformat()
        return super().get_prep_value(value)

    def to_python(self, value: Any) -> Any:
        if value is None or isinstance(value, date):
            return value
        return date.fromisoformat(str(value))
