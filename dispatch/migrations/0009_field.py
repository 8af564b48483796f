"""Responders' rota, actions from a dead spot, neighbours' links, follow-up."""

import accounts.crypto
import django.db.models.deletion
import uuid
from django.conf import settings
from django.db import migrations, models

from accounts.append_only import refuse_rewriting


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0003_official_places'),
        ('dispatch', '0008_shifts'),
        ('households', '0002_append_only'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='FieldAction',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('item', models.UUIDField(unique=True)),
                ('verb', models.CharField(choices=[('accept', '수락'), ('decline', '못 감'), ('depart', '출발'), ('arrive', '도착'), ('found', '확인 결과'), ('note', '메모')], max_length=8)),
                ('data', models.JSONField(default=dict)),
                ('note', models.BinaryField(default=bytes)),
                ('seq', models.PositiveIntegerField()),
                ('device_at', models.DateTimeField()),
                ('offset_ms', models.BigIntegerField()),
                ('happened_at', models.DateTimeField()),
                ('received_at', models.DateTimeField()),
                ('adjusted', models.BooleanField(default=False)),
                ('outcome', models.CharField(choices=[('applied', '처리함'), ('kept', '보관함')], max_length=8)),
                ('why', models.CharField(blank=True, max_length=200)),
            ],
            options={
                'verbose_name': '현장에서 보낸 일',
                'ordering': ['happened_at', 'id'],
            },
        ),
        migrations.CreateModel(
            name='FieldKey',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('secret', accounts.crypto.EncryptedTextField(blank=True)),
                ('issued_at', models.DateTimeField()),
                ('card_until', models.DateTimeField()),
                ('send_until', models.DateTimeField()),
                ('seen_at', models.DateTimeField()),
                ('revoked_at', models.DateTimeField(null=True)),
            ],
            options={
                'verbose_name': '출동 카드 열쇠',
                'ordering': ['-issued_at', '-id'],
            },
        ),
        migrations.CreateModel(
            name='FollowUp',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('how', models.CharField(choices=[('visit', '방문'), ('call', '전화')], max_length=8, verbose_name='방법')),
                ('due_on', models.DateField(verbose_name='언제까지')),
                ('note', models.BinaryField(default=bytes)),
                ('created_at', models.DateTimeField()),
                ('result', models.CharField(blank=True, choices=[('well', '잘 지냄'), ('needs_help', '도움이 더 필요함'), ('not_met', '만나지 못함'), ('not_needed', '필요 없어짐')], max_length=12, verbose_name='결과')),
                ('result_note', models.BinaryField(default=bytes)),
                ('done_at', models.DateTimeField(null=True)),
            ],
            options={
                'verbose_name': '사후 확인',
                'ordering': ['due_on', 'id'],
            },
        ),
        migrations.CreateModel(
            name='NeedNote',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('kind', models.CharField(choices=[('livelihood', '생계'), ('health', '건강·의료'), ('mind', '마음 건강'), ('care', '돌봄·식사'), ('home', '집·안전'), ('lonely', '사람과의 만남')], max_length=12, verbose_name='무엇이')),
                ('note', models.BinaryField(default=bytes)),
                ('noted_at', models.DateTimeField()),
                ('key', models.CharField(blank=True, max_length=64)),
                ('met_at', models.DateTimeField(null=True)),
            ],
            options={
                'verbose_name': '필요한 도움',
                'ordering': ['-noted_at', '-id'],
            },
        ),
        migrations.CreateModel(
            name='NeighbourAsk',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('token_hash', models.CharField(max_length=64, unique=True)),
                ('token', accounts.crypto.EncryptedTextField(blank=True)),
                ('asked_at', models.DateTimeField()),
                ('expires_at', models.DateTimeField()),
                ('opened_at', models.DateTimeField(null=True)),
                ('answered_at', models.DateTimeField(null=True)),
                ('answer', models.CharField(blank=True, choices=[('saw_well', '잘 있는 것을 봤어요'), ('could_not', '만나지 못했어요')], max_length=10)),
                ('sms_state', models.CharField(choices=[('queued', '보낼 것'), ('sending', '보내는 중'), ('sent', '보냄'), ('failed', '보내지 못함')], default='queued', max_length=8)),
                ('sms_lease_until', models.DateTimeField(null=True)),
                ('sms_tries', models.PositiveSmallIntegerField(default=0)),
            ],
            options={
                'verbose_name': '이웃 확인 요청',
                'ordering': ['-asked_at', '-id'],
            },
        ),
        migrations.CreateModel(
            name='ResponderRule',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('days', models.CharField(choices=[('any', '모든 날'), ('working', '평일'), ('free', '주말·공휴일')], max_length=8, verbose_name='날')),
                ('from_time', models.TimeField(verbose_name='시작 시각')),
                ('until_time', models.TimeField(verbose_name='끝 시각')),
                ('rank', models.PositiveSmallIntegerField(verbose_name='순서')),
                ('whom', models.CharField(choices=[('office', '그 읍·면사무소 직원'), ('organisation', '한 기관의 직원'), ('person', '한 사람')], max_length=12, verbose_name='누구에게')),
                ('valid_from', models.DateField(verbose_name='적용 시작일')),
                ('valid_until', models.DateField(blank=True, null=True, verbose_name='마지막 적용일')),
                ('created_at', models.DateTimeField()),
            ],
            options={
                'verbose_name': '출동 순번',
                'ordering': ['rank', 'id'],
            },
        ),
        migrations.AddField(
            model_name='visit',
            name='exhausted_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='visit',
            name='offered_at',
            field=models.DateTimeField(null=True, verbose_name='이 사람에게 요청'),
        ),
        migrations.AddField(
            model_name='visit',
            name='passed_from',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='passed_to', to='dispatch.visit'),
        ),
        migrations.AlterField(
            model_name='visit',
            name='state',
            field=models.CharField(choices=[('assigned', '요청함'), ('accepted', '수락'), ('en_route', '가는 중'), ('on_site', '도착'), ('done', '마침'), ('declined', '못 감'), ('cancelled', '취소'), ('passed', '다음 사람에게 넘김')], max_length=10),
        ),
        migrations.AddConstraint(
            model_name='visit',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('offered_at__isnull', True), ('passed_from__isnull', True)), models.Q(('offered_at__gte', models.F('assigned_at')), ('passed_from__isnull', False)), _connector='OR'), name='visit_passing_is_paired'),
        ),
        migrations.AddField(
            model_name='fieldaction',
            name='visit',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='actions', to='dispatch.visit'),
        ),
        migrations.AddField(
            model_name='fieldkey',
            name='revoked_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='fieldkey',
            name='user',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='fieldkey',
            name='visit',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='keys', to='dispatch.visit'),
        ),
        migrations.AddField(
            model_name='fieldaction',
            name='key',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='actions', to='dispatch.fieldkey'),
        ),
        migrations.AddField(
            model_name='followup',
            name='case',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='follow_ups', to='dispatch.case'),
        ),
        migrations.AddField(
            model_name='followup',
            name='created_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='followup',
            name='done_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='followup',
            name='household',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='follow_ups', to='households.household'),
        ),
        migrations.AddField(
            model_name='neednote',
            name='case',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='needs', to='dispatch.case'),
        ),
        migrations.AddField(
            model_name='neednote',
            name='household',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='needs', to='households.household'),
        ),
        migrations.AddField(
            model_name='neednote',
            name='met_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='neednote',
            name='noted_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='neighbourask',
            name='asked_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='neighbourask',
            name='case',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='neighbour_asks', to='dispatch.case'),
        ),
        migrations.AddField(
            model_name='neighbourask',
            name='contact',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='households.contact'),
        ),
        migrations.AddField(
            model_name='responderrule',
            name='created_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='responderrule',
            name='ended_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='responderrule',
            name='organisation',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.organisation', verbose_name='기관'),
        ),
        migrations.AddField(
            model_name='responderrule',
            name='person',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='사람'),
        ),
        migrations.AddField(
            model_name='responderrule',
            name='township',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='responder_rules', to='accounts.township', verbose_name='읍·면'),
        ),
        migrations.AddIndex(
            model_name='fieldkey',
            index=models.Index(fields=['visit', 'user'], name='field_key_by_visit'),
        ),
        migrations.AddConstraint(
            model_name='fieldkey',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('revoked_at__isnull', True), ('revoked_by__isnull', True)), models.Q(('revoked_at__isnull', False), ('revoked_by__isnull', False)), _connector='OR'), name='field_key_revoked_is_paired'),
        ),
        migrations.AddConstraint(
            model_name='fieldaction',
            constraint=models.CheckConstraint(condition=models.Q(('outcome__in', ['applied', 'kept']), ('verb__in', ['accept', 'decline', 'depart', 'arrive', 'found', 'note'])), name='field_action_codes_known'),
        ),
        migrations.AddConstraint(
            model_name='fieldaction',
            constraint=models.CheckConstraint(condition=models.Q(('happened_at__lte', models.F('received_at'))), name='field_action_not_from_the_future'),
        ),
        migrations.AddConstraint(
            model_name='fieldaction',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('outcome', 'applied'), ('why', '')), models.Q(('outcome', 'kept'), ('why__gt', '')), _connector='OR'), name='field_action_kept_says_why'),
        ),
        migrations.AddIndex(
            model_name='followup',
            index=models.Index(condition=models.Q(('done_at__isnull', True)), fields=['due_on'], name='follow_up_due'),
        ),
        migrations.AddConstraint(
            model_name='followup',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('done_at__isnull', True), ('done_by__isnull', True), ('result', '')), models.Q(('done_at__isnull', False), ('done_by__isnull', False), ('result__in', ['well', 'needs_help', 'not_met', 'not_needed'])), _connector='OR'), name='follow_up_done_is_paired'),
        ),
        migrations.AddConstraint(
            model_name='followup',
            constraint=models.UniqueConstraint(condition=models.Q(('done_at__isnull', True)), fields=('household', 'how', 'due_on'), name='follow_up_open_once_a_day'),
        ),
        migrations.AddConstraint(
            model_name='neednote',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['livelihood', 'health', 'mind', 'care', 'home', 'lonely'])), name='need_kind_known'),
        ),
        migrations.AddConstraint(
            model_name='neednote',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('met_at__isnull', True), ('met_by__isnull', True)), models.Q(('met_at__isnull', False), ('met_by__isnull', False)), _connector='OR'), name='need_met_is_paired'),
        ),
        migrations.AddConstraint(
            model_name='neednote',
            constraint=models.UniqueConstraint(condition=models.Q(('key', ''), _negated=True), fields=('household', 'key'), name='need_key_once'),
        ),
        migrations.AddIndex(
            model_name='neighbourask',
            index=models.Index(condition=models.Q(('sms_state__in', ['queued', 'sending'])), fields=['asked_at'], name='neighbour_to_send'),
        ),
        migrations.AddConstraint(
            model_name='neighbourask',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('answer', ''), ('answered_at__isnull', True)), models.Q(('answer__in', ['saw_well', 'could_not']), ('answered_at__isnull', False)), _connector='OR'), name='neighbour_answer_is_paired'),
        ),
        migrations.AddConstraint(
            model_name='neighbourask',
            constraint=models.CheckConstraint(condition=models.Q(('expires_at__gt', models.F('asked_at'))), name='neighbour_expires_later'),
        ),
        migrations.AddConstraint(
            model_name='neighbourask',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('sms_lease_until__isnull', False), ('sms_state', 'sending')), models.Q(models.Q(('sms_state', 'sending'), _negated=True), ('sms_lease_until__isnull', True)), _connector='OR'), name='neighbour_sending_has_lease'),
        ),
        migrations.AddConstraint(
            model_name='responderrule',
            constraint=models.CheckConstraint(condition=models.Q(('days__in', ['any', 'working', 'free'])), name='rota_days_known'),
        ),
        migrations.AddConstraint(
            model_name='responderrule',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('organisation__isnull', True), ('person__isnull', True), ('whom', 'office')), models.Q(('organisation__isnull', False), ('person__isnull', True), ('whom', 'organisation')), models.Q(('organisation__isnull', True), ('person__isnull', False), ('whom', 'person')), _connector='OR'), name='rota_whom_is_paired'),
        ),
        migrations.AddConstraint(
            model_name='responderrule',
            constraint=models.CheckConstraint(condition=models.Q(('valid_until__isnull', True), ('valid_until__gte', models.F('valid_from')), _connector='OR'), name='rota_ends_after_start'),
        ),
        refuse_rewriting('dispatch_fieldaction'),
    ]
