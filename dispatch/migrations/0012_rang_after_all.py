"""An ended call stays ended, but for a request that was declared lost and rings after all."""

from django.db import migrations

GUARD = """
    CREATE OR REPLACE FUNCTION dispatch_guard_call() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF OLD.ended_at IS NOT NULL AND NEW.ended_at IS DISTINCT FROM OLD.ended_at {unless} THEN
            RAISE EXCEPTION 'an ended call stays ended'
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        IF OLD.sid IS NOT NULL AND NEW.sid IS DISTINCT FROM OLD.sid THEN
            RAISE EXCEPTION 'a call keeps its id'
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN NEW;
    END $$;
"""
NEVER_BEGAN = """
            AND NOT (NEW.ended_at IS NULL AND NEW.sid IS NOT NULL
                AND OLD.outcome = 'not_placed' AND OLD.error_code IN ('lost', 'unsure'))
"""


class Migration(migrations.Migration):
    dependencies = [("dispatch", "0011_resident_reports")]

    operations = [
        migrations.RunSQL(GUARD.format(unless=NEVER_BEGAN), GUARD.format(unless="")),
    ]
