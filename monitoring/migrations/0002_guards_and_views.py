"""Assessments may not be rewritten; the 24 slots of a day as columns that people can read."""

from django.db import migrations

from accounts.append_only import refuse_rewriting

# A little-endian float32 at `slot` (0-23) of the 96 bytes. NaN is "not received", and PostgreSQL
# sorts NaN above every number: say WHERE h03 <> 'NaN' before taking a maximum.
HOUR = """
    CREATE FUNCTION monitoring_hour(slots bytea, slot integer) RETURNS real
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
        SELECT CASE
            WHEN (bits >> 23) & 255 = 255 THEN 'NaN'::real
            WHEN (bits >> 23) & 255 = 0 THEN 0::real
            ELSE ((CASE WHEN bits >> 31 = 1 THEN -1.0::float8 ELSE 1.0::float8 END)
                * (1 + (bits & 8388607) / 8388608.0::float8)
                * power(2.0::float8, ((bits >> 23) & 255) - 127))::real
        END
        FROM (
            SELECT get_byte(slots, slot * 4)::bigint  -- << and | bind alike, hence the brackets
                | (get_byte(slots, slot * 4 + 1)::bigint << 8)
                | (get_byte(slots, slot * 4 + 2)::bigint << 16)
                | (get_byte(slots, slot * 4 + 3)::bigint << 24) AS bits
        ) AS word
    $$;
    CREATE FUNCTION monitoring_hours(slots bytea) RETURNS real[]
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
        SELECT array_agg(monitoring_hour(slots, slot) ORDER BY slot)
        FROM generate_series(0, 23) AS slot
    $$;
"""

COLUMNS = ", ".join(f"hours[{hour + 1}] AS h{hour:02d}" for hour in range(24))
VIEW = f"""
    CREATE VIEW monitoring_signalday_hours AS
        SELECT day, household_id, metric, {COLUMNS}
        FROM (
            SELECT day, household_id, metric, monitoring_hours("values") AS hours
            FROM monitoring_signalday
        ) AS days;
"""


class Migration(migrations.Migration):

    dependencies = [("monitoring", "0001_initial"), ("accounts", "0002_append_only")]

    operations = [
        refuse_rewriting("monitoring_assessment"),
        migrations.RunSQL(
            HOUR,
            """
            DROP FUNCTION monitoring_hours(bytea);
            DROP FUNCTION monitoring_hour(bytea, integer);
            """,
        ),
        migrations.RunSQL(VIEW, "DROP VIEW monitoring_signalday_hours"),
    ]
