"""All states are rewritten in one run: each page needs room for a second version of every row."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("monitoring", "0004_every_feed")]

    operations = [
        migrations.RunSQL(
            "ALTER TABLE monitoring_householdstate SET (fillfactor = 45)",
            "ALTER TABLE monitoring_householdstate SET (fillfactor = 60)",
        ),
    ]
