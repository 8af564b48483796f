"""Triggers for tables whose history may not be rewritten, for migrations of every floor.

    operations = [refuse_rewriting("dispatch_caseevent")]

The function behind them is created in accounts/migrations/0002, so such a migration depends on it.
The refusal is an integrity error (SQLSTATE 23000): Django raises django.db.IntegrityError.
"""

from django.db import migrations


def refuse_rewriting(table: str) -> migrations.RunSQL:
    """Makes the table append-only: UPDATE, DELETE and TRUNCATE are refused by the database."""
    return migrations.RunSQL(
        sql=f"""
            CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table}
                FOR EACH ROW EXECUTE FUNCTION portal_refuse_rewriting();
            CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table}
                FOR EACH STATEMENT EXECUTE FUNCTION portal_refuse_rewriting();
        """,
        reverse_sql=f"""
            DROP TRIGGER IF EXISTS {table}_append_only ON {table};
            DROP TRIGGER IF EXISTS {table}_no_truncate ON {table};
        """,
    )
