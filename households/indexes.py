"""Blind indexes of this app: keyed hashes that find a person without decrypting anybody."""

from datetime import date

from accounts.crypto import blind_index
from accounts.crypto import phone_index as keyed_phone_index
from households.texts import clean_name


def phone_index(phone: str) -> str:
    return keyed_phone_index(phone, purpose="household.phone")


def name_index(name: str) -> str:
    return blind_index(clean_name(name), purpose="household.name")


def identity_index(name: str, born: date) -> str:
    """Name and birth date together: the same person, as far as the portal can know."""
    return blind_index(f"{clean_name(name)}|{born.isoformat()}", purpose="household.identity")


def contact_phone_index(phone: str) -> str:
    return keyed_phone_index(phone, purpose="contact.phone")
