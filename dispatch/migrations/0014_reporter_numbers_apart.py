"""Numbers of who reported that stand in the log beside the words move into rows of their own.

Until then a report was one sealed text, "number, line break, words", which nobody could empty of
its number. This is the one rewriting of the log: not a word of it changes.

There is no way back: the migration before drops the table of the numbers when it is undone, and
nothing would be left of them. Whoever must go back restores a backup.
"""

from django.db import migrations

from accounts.crypto import CryptoError, seal, unseal

_APPEND_ONLY = "ALTER TABLE dispatch_caseevent {} TRIGGER dispatch_caseevent_append_only"


def move_apart(apps, schema_editor):
    events = apps.get_model("dispatch", "CaseEvent").objects.filter(kind="reported")
    numbers = apps.get_model("dispatch", "ReporterNumber").objects
    if not events.exists():
        return
    schema_editor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    schema_editor.execute(_APPEND_ONLY.format("DISABLE"))
    for event in events.select_related("case__household"):
        key = event.case.household.wrapped_key
        try:
            number, line_break, words = unseal(key, bytes(event.note)).partition("\n")
        except CryptoError:  # the person was forgotten, and the number with them
            continue
        if not line_break or not (number == "" or number.isdigit()):
            continue
        if number:
            numbers.create(event=event, phone=seal(key, number))
        event.note = seal(key, words)
        event.save(update_fields=["note"])
    schema_editor.execute(_APPEND_ONLY.format("ENABLE"))


class Migration(migrations.Migration):
    dependencies = [("dispatch", "0013_reporter_number")]

    operations = [migrations.RunPython(move_apart)]
