"""Responders' rota, actions from a dead spot, neighbours' links, follow-up."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("dispatch", "0008_shifts")]

    operations: list[migrations.operations.base.Operation] = []
