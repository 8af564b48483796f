"""A range that cannot be judged is halved until the home that fails is alone."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("monitoring", "0005_room_for_every_state"),
    ]

    operations = [
        migrations.AddField(
            model_name="runchunk",
            name="attempts",
            field=models.PositiveSmallIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="runchunk",
            name="given_up",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AlterField(
            model_name="run",
            name="kind",
            field=models.CharField(
                choices=[
                    ("scoring", "판단"),
                    ("learning", "학습"),
                    ("declines", "서서히 줄어드는 생활"),
                ],
                max_length=8,
            ),
        ),
    ]
