"""Encryption of personal fields, blind indexes for equality search, keys per person.

Three secrets, three lives:
- `settings.FIELD_KEYS`: Fernet keys of the encrypted columns. The first encrypts, all decrypt, so
  a key is rotated by putting a new one in front and running `manage.py rotate_field_keys`.
- `settings.BLIND_INDEX_KEY`: never rotated with the others, or every search would miss.
- a data key per person, kept wrapped under FIELD_KEYS: destroying it makes that person's sealed
  words unreadable everywhere they were copied to (개인정보 보호법 §21).
"""

import hashlib
import hmac
import re
import unicodedata
from functools import lru_cache
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.core.exceptions import FieldError
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper


class CryptoError(Exception):
    """A token could not be opened. Carries no value, so that it may be logged."""


class KeyDestroyed(CryptoError):
    """The person was forgotten: the key that sealed this text no longer exists."""


@lru_cache(maxsize=4)
def _ring(keys: tuple[str, ...]) -> MultiFernet:
    if not keys:
        raise CryptoError("FIELD_KEYS is empty")
    return MultiFernet([Fernet(key) for key in keys])


def _fernet() -> MultiFernet:
    return _ring(tuple(settings.FIELD_KEYS))


def encrypt(text: str) -> str:
    """Encrypts under the first of FIELD_KEYS; the token is ASCII."""
    return _fernet().encrypt(text.encode()).decode("ascii")


def decrypt(token: str) -> str:
    """Opens a token made under any of FIELD_KEYS; CryptoError if none fits."""
    try:
        return _fernet().decrypt(token.encode("ascii")).decode()
    except (InvalidToken, UnicodeEncodeError) as error:
        raise CryptoError("an encrypted field cannot be opened with the configured keys") from error


def rotate(token: bytes) -> bytes | None:
    """The token re-encrypted under the first key, or None when it already is."""
    try:
        _ring((settings.FIELD_KEYS[0],)).decrypt(token)
    except InvalidToken:
        try:
            return _fernet().rotate(token)
        except InvalidToken as error:
            raise CryptoError("a token cannot be opened with the configured keys") from error
    return None


def blind_index(value: str, *, purpose: str) -> str:
    """Keyed digest (64 hex characters) for equality search over an encrypted field.

    The purpose separates fields: the same number as a resident's and as a staff member's phone
    gives two unrelated digests. An empty value gives "" so that nothing matches nothing.
    """
    if not value:
        return ""
    message = f"{purpose}\x00{value}".encode()
    return hmac.new(settings.BLIND_INDEX_KEY.encode(), message, hashlib.sha256).hexdigest()


def normal_phone(value: str) -> str:
    """Digits of a Korean number in its national form: '+82 10-1234-5678' → '01012345678'.

    Full-width digits, as a Korean keyboard may give them, are digits. Those of other scripts stay
    as they are, so that the number is refused and not shortened.
    """
    digits = re.sub(r"\D", "", unicodedata.normalize("NFKC", value))
    if digits.startswith("82") and len(digits) >= 11:
        digits = digits[2:] if digits[2] == "0" else "0" + digits[2:]
    return digits


def phone_index(value: str, *, purpose: str) -> str:
    """Blind index of a telephone number, the same for every way of writing it."""
    return blind_index(normal_phone(value), purpose=purpose)


def new_wrapped_key() -> bytes:
    """A fresh data key for one person, encrypted under FIELD_KEYS."""
    return _fernet().encrypt(Fernet.generate_key())


def _data_key(wrapped_key: bytes | memoryview | None) -> Fernet:
    if not wrapped_key:
        raise KeyDestroyed("the data key of this person was destroyed")
    try:
        return Fernet(_fernet().decrypt(bytes(wrapped_key)))
    except InvalidToken as error:
        raise CryptoError("a data key cannot be opened with the configured keys") from error


def seal(wrapped_key: bytes | memoryview | None, text: str) -> bytes:
    """Encrypts personal words under one person's data key; KeyDestroyed when it is gone."""
    return _data_key(wrapped_key).encrypt(text.encode())


def unseal(wrapped_key: bytes | memoryview | None, token: bytes | memoryview) -> str:
    """Opens what seal() made. KeyDestroyed after forgetting, CryptoError for a wrong key."""
    try:
        return _data_key(wrapped_key).decrypt(bytes(token)).decode()
    except InvalidToken as error:
        raise CryptoError("sealed words cannot be opened with this person's key") from error


class EncryptedTextField(models.TextField):
    """Text that is a Fernet token in the database. The empty string stays empty.

    Not filterable: two encryptions of one text differ, so every lookup but isnull would silently
    find nothing. Search through a blind index column instead.
    """

    def get_prep_value(self, value: Any) -> Any:
        value = super().get_prep_value(value)
        return encrypt(value) if value else value

    def from_db_value(
        self, value: str | None, expression: Any, connection: BaseDatabaseWrapper
    ) -> str | None:
        return decrypt(value) if value else value

    def get_lookup(self, lookup_name: str) -> Any:
        if lookup_name != "isnull":
            raise FieldError(f"{self.name} is encrypted: search through its blind index")
        return super().get_lookup(lookup_name)


class EncryptedBinaryField(models.BinaryField):
    """Bytes that are a Fernet token in the database. Empty bytes stay empty. Not filterable."""

    def get_db_prep_value(
        self, value: Any, connection: BaseDatabaseWrapper, prepared: bool = False
    ) -> Any:
        token = _fernet().encrypt(bytes(value)) if value else value
        return super().get_db_prep_value(token, connection, prepared)

    def from_db_value(
        self, value: Any, expression: Any, connection: BaseDatabaseWrapper
    ) -> bytes | None:
        if not value:
            return None if value is None else b""
        try:
            return _fernet().decrypt(bytes(value))
        except InvalidToken as error:
            raise CryptoError("an encrypted field cannot be opened with these keys") from error


class WrappedKeyField(models.BinaryField):
    """One person's data key as new_wrapped_key() made it; b"" or NULL once destroyed.

    A class of its own, so that rotate_field_keys finds and re-wraps every such column.
    """

    def from_db_value(
        self, value: Any, expression: Any, connection: BaseDatabaseWrapper
    ) -> bytes | None:
        return None if value is None else bytes(value)
