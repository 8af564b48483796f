"""Accumulators of sixteen homes a row: a run over all homes writes a sixteenth of the rows."""

import django.contrib.postgres.fields
from django.db import migrations, models

# A block fills its page, and stays in it.
STORAGE = """
    ALTER TABLE monitoring_hotblock SET (toast_tuple_target = 8160);
    ALTER TABLE monitoring_hotblock ALTER COLUMN hot SET STORAGE EXTERNAL;
"""

# What is kept goes on. Rows of another width than most are of an older program and say nothing.
MOVE = """
    INSERT INTO monitoring_hotblock (first_id, until, hot)
    SELECT first_id, array_agg(coalesce(
            (extract(epoch FROM until)::bigint + 32400) / 3600, -1)::integer ORDER BY nth),
        string_agg(coalesce(hot, decode(repeat('00', width), 'hex')), '' ORDER BY nth)
    FROM (SELECT mode() WITHIN GROUP (ORDER BY octet_length(hot)) AS width
            FROM monitoring_hotstate) AS usual,
        (SELECT DISTINCT household_id - household_id % 10000 % 16 AS first_id
            FROM monitoring_hotstate) AS block,
        generate_series(0, 15) AS nth
        LEFT JOIN LATERAL (
            SELECT until, hot FROM monitoring_hotstate
            WHERE household_id = first_id + nth AND octet_length(hot) = width
        ) AS known ON true
    GROUP BY first_id;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("monitoring", "0006_chunks_that_fail"),
    ]

    operations = [
        migrations.CreateModel(
            name="HotBlock",
            fields=[
                ("first_id", models.BigIntegerField(primary_key=True, serialize=False)),
                (
                    "until",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.IntegerField(), size=16
                    ),
                ),
                ("hot", models.BinaryField()),
            ],
            options={"verbose_name": "감지 상태"},
        ),
        migrations.RunSQL(STORAGE, migrations.RunSQL.noop),
        migrations.RunSQL(MOVE, migrations.RunSQL.noop),
        migrations.DeleteModel(name="HotState"),
    ]
