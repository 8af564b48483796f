"""Re-encrypts every encrypted column under the first of FIELD_KEYS."""

from typing import Any

from allauth.mfa.models import Authenticator
from django.apps import apps
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connection, transaction
from django.db.models import Field, Model

from accounts.crypto import (
    CryptoError,
    EncryptedBinaryField,
    EncryptedTextField,
    WrappedKeyField,
    rotate,
)

_BATCH = 500
# Whole files: a few at a time.
_BATCH_OF_FILES = 4


class Command(BaseCommand):
    help = (
        "Re-encrypts all encrypted fields, wrapped personal keys and second factors under the "
        "first of FIELD_KEYS. Put the new key in front of the old ones, restart, run this, and "
        "drop the old keys. May be interrupted and run again; counts are rows."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        if len(settings.FIELD_KEYS) < 2:
            self.stderr.write("FIELD_KEYS holds one key only; nothing can be under an older one")
        total = 0
        for model, field in encrypted_columns():
            label = f"{model._meta.label}.{field.name}"
            try:
                count = rotate_column(model, field)
            except CryptoError as error:
                raise CommandError(f"{label}: {error}", returncode=1) from error
            total += count
            self.stdout.write(f"{label}: {count}")
        count = rotate_second_factors()
        total += count
        self.stdout.write(f"second factors: {count}")
        self.stdout.write(f"total: {total}")


def encrypted_columns() -> list[tuple[type[Model], "Field[Any, Any]"]]:
    """Every column that holds tokens under FIELD_KEYS, of all installed apps."""
    return [
        (model, field)
        for model in apps.get_models()
        for field in model._meta.local_concrete_fields
        if isinstance(field, EncryptedTextField | EncryptedBinaryField | WrappedKeyField)
    ]


def rotate_column(model: type[Model], field: "Field[Any, Any]") -> int:
    """Rotates one column in batches; returns how many rows were re-encrypted.

    Each row is written only if it still holds the token that was read (compare-and-swap), so a
    clerk who saves at the same time never loses a change.
    """
    quote = connection.ops.quote_name
    names = {
        "table": quote(model._meta.db_table),
        "column": quote(field.column),
        "key": quote(model._meta.pk.column),
    }
    # Names of tables and columns come from our models, values are parameters.
    read = "SELECT {key}, {column} FROM {table} WHERE length({column}) > 0 "
    read += "AND (%(last)s IS NULL OR {key} > %(last)s) ORDER BY {key} LIMIT %(batch)s"
    read = read.format(**names)
    swap = "UPDATE {table} SET {column} = %(new)s WHERE {key} = %(pk)s AND {column} = %(old)s"
    swap = swap.format(**names)
    batch = _BATCH_OF_FILES if isinstance(field, EncryptedBinaryField) else _BATCH
    done, last = 0, None
    with connection.cursor() as cursor:
        while True:
            cursor.execute(read, {"last": last, "batch": batch})
            rows = cursor.fetchall()
            if not rows:
                return done
            for pk, old in rows:
                new = rotated(old)
                if new is not None:
                    cursor.execute(swap, {"new": new, "pk": pk, "old": old})
                    done += cursor.rowcount
            last = rows[-1][0]


def rotated(token: Any) -> str | bytes | None:
    """The token under the first key, in the type it came in (text or bytes); None if it is."""
    if isinstance(token, str):
        new = rotate(token.encode("ascii"))
        return None if new is None else new.decode("ascii")
    return rotate(bytes(token))


@transaction.atomic
def rotate_second_factors() -> int:
    """Rotates the secrets inside allauth's JSON (accounts.adapters.MFAAdapter encrypts them)."""
    done = 0
    for row in Authenticator.objects.select_for_update().order_by("pk"):
        fresh = {name: _rotated_item(name, item) for name, item in row.data.items()}
        if fresh != row.data:
            row.data = fresh
            row.save(update_fields=["data"])
            done += 1
    return done


def _rotated_item(name: str, item: Any) -> Any:
    if name in ("secret", "seed"):
        return rotated(item) or item
    if name == "migrated_codes":
        return [rotated(code) or code for code in item]
    return item
