"""Refused files are encrypted; what was kept in the clear goes."""

from typing import Any

from django.db import migrations

import accounts.crypto


def forget_clear_files(apps: Any, schema_editor: Any) -> None:
    apps.get_model("monitoring", "Delivery").objects.exclude(file=None).update(file=None)
    apps.get_model("monitoring", "DeliveryFile").objects.all().delete()


class Migration(migrations.Migration):

    dependencies = [("monitoring", "0002_guards_and_views")]

    operations = [
        migrations.RunPython(forget_clear_files, migrations.RunPython.noop, elidable=True),
        migrations.AlterField(
            model_name="deliveryfile",
            name="content",
            field=accounts.crypto.EncryptedBinaryField(help_text="gzip, whatever the file was"),
        ),
    ]
