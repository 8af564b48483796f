"""What the calls say, calls an operator makes."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("dispatch", "0006_plans")]

    operations: list[migrations.operations.base.Operation] = []
