"""Which pauses ended lately is asked for every hour: it must not cost a look at every step."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("households", "0002_append_only"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddIndex(
            model_name="enrolmentevent",
            index=models.Index(
                condition=models.Q(("from_state", "paused")), fields=["at"], name="pause_ended"
            ),
        ),
    ]
