"""The history of an enrolment may not be rewritten."""

from django.db import migrations

from accounts.append_only import refuse_rewriting


class Migration(migrations.Migration):

    dependencies = [("households", "0001_initial")]

    operations = [refuse_rewriting("households_enrolmentevent")]
