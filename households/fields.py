"""Model fields of this app that need more than accounts.crypto offers."""

from datetime import date
from typing import Any

from accounts.crypto import EncryptedTextField, encrypt


class EncryptedDateField(EncryptedTextField):
    """A date that is ciphertext in the database and a `date` in Python.

    Nothing can be filtered or sorted by it; what must be queried gets a coarser column beside it.
    """

    # For the type checker: a date, not the text that TextField says.
    _pyi_private_set_type: Any
    _pyi_private_get_type: Any

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        text = super().from_db_value(value, expression, connection)
        return date.fromisoformat(text) if text else None

    def get_prep_value(self, value: Any) -> Any:
        # Not super(): TextField would send the text through to_python and make a date of it again.
        born = self.to_python(value)
        return None if born is None else encrypt(born.isoformat())

    def to_python(self, value: Any) -> Any:
        if value is None or isinstance(value, date):
            return value
        return date.fromisoformat(str(value))
