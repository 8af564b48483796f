"""Shifts, handovers, drills."""

import datetime
import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.db.models.deletion
import django.db.models.expressions
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('dispatch', '0007_dialogues'),
        ('households', '0002_append_only'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='DrillHome',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('made_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(null=True)),
                ('household', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='drill_home', to='households.household')),
                ('made_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': '훈련 가구',
                'ordering': ['id'],
            },
        ),
        migrations.CreateModel(
            name='Handover',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('state', models.CharField(choices=[('offered', '인계 요청'), ('accepted', '넘겨받음'), ('declined', '받지 않음'), ('withdrawn', '거두어들임')], default='offered', max_length=10)),
                ('offered_at', models.DateTimeField()),
                ('decided_at', models.DateTimeField(null=True)),
                ('note', models.BinaryField(default=bytes)),
                ('case', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='handovers', to='dispatch.case')),
                ('giver', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='handovers_given', to=settings.AUTH_USER_MODEL)),
                ('taker', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='handovers_got', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': '인계',
                'ordering': ['offered_at', 'id'],
                'indexes': [models.Index(condition=models.Q(('state', 'offered')), fields=['taker'], name='handover_of_taker')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('state', 'offered')), fields=('case',), name='handover_one_open_per_case'), models.CheckConstraint(condition=models.Q(models.Q(('decided_at__isnull', True), ('state', 'offered')), models.Q(('state__in', ['accepted', 'declined', 'withdrawn']), ('decided_at__isnull', False)), _connector='OR'), name='handover_decision_is_paired'), models.CheckConstraint(condition=models.Q(('giver', models.F('taker')), _negated=True), name='handover_to_another')],
            },
        ),
        migrations.CreateModel(
            name='Shift',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('duty', models.CharField(choices=[('operator', '관제요원'), ('shift_lead', '근무조장'), ('county_official', '군 당직자')], max_length=16, verbose_name='근무 구분')),
                ('starts_at', models.DateTimeField(verbose_name='시작')),
                ('ends_at', models.DateTimeField(verbose_name='끝')),
                ('planned_at', models.DateTimeField()),
                ('cancelled_at', models.DateTimeField(null=True)),
                ('cancelled_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('planned_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='shifts', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': '근무',
                'ordering': ['starts_at', 'duty', 'id'],
                'indexes': [models.Index(condition=models.Q(('cancelled_at__isnull', True)), fields=['duty', 'starts_at'], name='shift_of_duty')],
                'constraints': [models.CheckConstraint(condition=models.Q(('duty__in', ['operator', 'shift_lead', 'county_official'])), name='shift_duty_known'), models.CheckConstraint(condition=models.Q(('ends_at__gt', models.F('starts_at')), ('ends_at__lte', django.db.models.expressions.CombinedExpression(models.F('starts_at'), '+', models.Value(datetime.timedelta(days=1, seconds=7200))))), name='shift_ends_after_start'), models.CheckConstraint(condition=models.Q(models.Q(('cancelled_at__isnull', True), ('cancelled_by__isnull', True)), models.Q(('cancelled_at__isnull', False), ('cancelled_by__isnull', False)), _connector='OR'), name='shift_cancel_is_paired'), django.contrib.postgres.constraints.ExclusionConstraint(condition=models.Q(('cancelled_at__isnull', True)), expressions=[('user', '='), (models.Func(models.F('starts_at'), models.F('ends_at'), function='tstzrange', output_field=django.contrib.postgres.fields.ranges.DateTimeRangeField()), '&&')], name='shift_nobody_twice_at_once')],
            },
        ),
    ]
