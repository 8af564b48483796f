"""History that may not be rewritten: the access log, setting versions, role grants."""

from django.db import migrations

from accounts.append_only import refuse_rewriting

FUNCTION = """
    CREATE FUNCTION portal_refuse_rewriting() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION '% on % is refused: the table is append-only', TG_OP, TG_TABLE_NAME
            USING ERRCODE = 'integrity_constraint_violation';
    END $$;
"""

# 안전성 확보조치 기준 §5: grants are kept three years after they ended. A grant changes once, when
# it is closed, and closing never extends it.
GRANTS = """
    CREATE FUNCTION accounts_guard_rolegrant() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'DELETE' THEN
            IF OLD.ends_at IS NOT NULL AND OLD.ends_at < now() - interval '3 years' THEN
                RETURN OLD;
            END IF;
            RAISE EXCEPTION 'role grants are kept three years after their end'
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        IF OLD.ended_at IS NOT NULL THEN
            RAISE EXCEPTION 'a closed role grant cannot be changed'
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        IF NEW.ended_at IS NULL
            OR (OLD.ends_at IS NOT NULL AND NEW.ends_at > OLD.ends_at)
            OR (to_jsonb(NEW) - '{ends_at,ended_at,ended_by_id,end_reason}'::text[])
                IS DISTINCT FROM
                (to_jsonb(OLD) - '{ends_at,ended_at,ended_by_id,end_reason}'::text[])
        THEN
            RAISE EXCEPTION 'a role grant can only be closed, earlier than planned and once'
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN NEW;
    END $$;
    CREATE TRIGGER accounts_rolegrant_guard BEFORE UPDATE OR DELETE ON accounts_rolegrant
        FOR EACH ROW EXECUTE FUNCTION accounts_guard_rolegrant();
    CREATE TRIGGER accounts_rolegrant_no_truncate BEFORE TRUNCATE ON accounts_rolegrant
        FOR EACH STATEMENT EXECUTE FUNCTION portal_refuse_rewriting();
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial")]

    operations = [
        migrations.RunSQL(FUNCTION, "DROP FUNCTION portal_refuse_rewriting()"),
        refuse_rewriting("accounts_accesslog"),
        refuse_rewriting("accounts_settingversion"),
        migrations.RunSQL(
            GRANTS,
            """
            DROP TRIGGER accounts_rolegrant_guard ON accounts_rolegrant;
            DROP TRIGGER accounts_rolegrant_no_truncate ON accounts_rolegrant;
            DROP FUNCTION accounts_guard_rolegrant();
            """,
        ),
    ]
