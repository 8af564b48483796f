"""Escalation plans, calls to staff, the auditor."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("dispatch", "0005_words")]

    operations: list[migrations.operations.base.Operation] = []
