"""Once the foreign keys of 0001; they stand in there now. Kept for databases that ran both."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("dispatch", "0001_initial")]

    operations: list[migrations.operations.base.Operation] = []
