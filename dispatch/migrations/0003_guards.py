"""What the database itself refuses: re-opening or changing a closed case, rewriting the log."""

from django.db import migrations

from accounts.append_only import refuse_rewriting

# Closed is terminal. Whoever needs more opens a new case that links to this one.
CLOSED_CASE = """
    CREATE FUNCTION dispatch_guard_case() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF OLD.state = 'closed' THEN
            RAISE EXCEPTION 'case % is closed and cannot be changed', OLD.number
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        IF TG_OP = 'DELETE' THEN
            RAISE EXCEPTION 'case % is open and cannot be deleted', OLD.number
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        IF OLD.light = 'red' AND NEW.light <> 'red' THEN
            RAISE EXCEPTION 'case % stays red', OLD.number
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN NEW;
    END $$;
    CREATE TRIGGER dispatch_case_guard BEFORE UPDATE OR DELETE ON dispatch_case
        FOR EACH ROW EXECUTE FUNCTION dispatch_guard_case();
"""
ENDED_VISIT = """
    CREATE FUNCTION dispatch_guard_visit() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF OLD.ended_at IS NOT NULL THEN
            RAISE EXCEPTION 'an ended visit cannot be changed'
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN NEW;
    END $$;
    CREATE TRIGGER dispatch_visit_guard BEFORE UPDATE ON dispatch_visit
        FOR EACH ROW EXECUTE FUNCTION dispatch_guard_visit();
"""
# An attempt that has ended may still learn what was said (a late answer) or what took the call;
# it never lives again and never gets another call.
ENDED_CALL = """
    CREATE FUNCTION dispatch_guard_call() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF OLD.ended_at IS NOT NULL AND NEW.ended_at IS DISTINCT FROM OLD.ended_at THEN
            RAISE EXCEPTION 'an ended call stays ended'
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        IF OLD.sid IS NOT NULL AND NEW.sid IS DISTINCT FROM OLD.sid THEN
            RAISE EXCEPTION 'a call keeps its id'
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN NEW;
    END $$;
    CREATE TRIGGER dispatch_callattempt_guard BEFORE UPDATE ON dispatch_callattempt
        FOR EACH ROW EXECUTE FUNCTION dispatch_guard_call();
"""


def _drop(table: str, name: str, function: str) -> str:
    return f"DROP TRIGGER {name} ON {table}; DROP FUNCTION {function}();"


class Migration(migrations.Migration):
    dependencies = [("dispatch", "0002_initial"), ("accounts", "0002_append_only")]

    operations = [
        migrations.RunSQL(
            CLOSED_CASE, _drop("dispatch_case", "dispatch_case_guard", "dispatch_guard_case")
        ),
        migrations.RunSQL(
            ENDED_VISIT, _drop("dispatch_visit", "dispatch_visit_guard", "dispatch_guard_visit")
        ),
        migrations.RunSQL(
            ENDED_CALL,
            _drop("dispatch_callattempt", "dispatch_callattempt_guard", "dispatch_guard_call"),
        ),
        refuse_rewriting("dispatch_caseevent"),
        refuse_rewriting("dispatch_callbackevent"),
        refuse_rewriting("dispatch_casesignal"),
    ]
