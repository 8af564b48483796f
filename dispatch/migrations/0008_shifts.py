"""Shifts, handovers, drills."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("dispatch", "0007_dialogues")]

    operations: list[migrations.operations.base.Operation] = []
