"""Escalation plans, calls to staff, the auditor."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

from accounts.append_only import refuse_rewriting


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_append_only"),
        ("dispatch", "0005_words"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="AuditPulse",
            fields=[
                (
                    "id",
                    models.PositiveSmallIntegerField(default=1, primary_key=True, serialize=False),
                ),
                ("audited_at", models.DateTimeField()),
                (
                    "finished_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
                ("healthy", models.BooleanField()),
                ("findings", models.JSONField()),
                ("told_at", models.DateTimeField(null=True)),
            ],
            options={
                "verbose_name": "엔진 점검",
            },
        ),
        migrations.CreateModel(
            name="EscalationPlan",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("version", models.PositiveIntegerField(unique=True, verbose_name="판")),
                ("body", models.JSONField()),
                ("made_at", models.DateTimeField(verbose_name="저장한 때")),
                ("reason", models.CharField(max_length=200, verbose_name="변경 사유")),
            ],
            options={
                "verbose_name": "대응 계획",
                "ordering": ["-version"],
            },
        ),
        migrations.CreateModel(
            name="StaffCall",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("who", models.CharField(max_length=16)),
                ("token", models.CharField(max_length=43, unique=True)),
                ("sid", models.CharField(max_length=40, null=True, unique=True)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("dialling", "거는 중"),
                            ("unknown", "결과 모름"),
                            ("queued", "접수됨"),
                            ("initiated", "발신"),
                            ("ringing", "벨 울림"),
                            ("in-progress", "통화 중"),
                            ("completed", "통화 끝남"),
                            ("busy", "통화중"),
                            ("no-answer", "무응답"),
                            ("failed", "연결 안 됨"),
                            ("canceled", "취소됨"),
                        ],
                        default="dialling",
                        max_length=12,
                    ),
                ),
                ("status_rank", models.PositiveSmallIntegerField(default=0)),
                (
                    "outcome",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("claimed", "1번을 눌러 맡음"),
                            ("taken", "그사이 다른 사람이 맡음"),
                            ("missed", "받지 않음"),
                            ("heard", "받았으나 맡지 않음"),
                            ("not_placed", "걸리지 않음"),
                        ],
                        max_length=12,
                    ),
                ),
                ("error_code", models.CharField(blank=True, max_length=8)),
                ("created_at", models.DateTimeField()),
                ("dialled_at", models.DateTimeField(null=True)),
                ("answered_at", models.DateTimeField(null=True)),
                ("ended_at", models.DateTimeField(null=True)),
                ("check_at", models.DateTimeField(null=True)),
                ("checks", models.PositiveSmallIntegerField(default=0)),
            ],
            options={
                "verbose_name": "근무자 전화",
                "ordering": ["created_at", "id"],
            },
        ),
        migrations.AddField(
            model_name="case",
            name="desk_step",
            field=models.CharField(
                choices=[
                    ("call", "본인에게 전화"),
                    ("contact", "비상연락처"),
                    ("visit", "현장 출동"),
                    ("emergency", "119·112 확인 요청"),
                ],
                db_default="call",
                default="call",
                max_length=10,
            ),
        ),
        migrations.AddField(
            model_name="case",
            name="wait_told_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="step",
            name="who",
            field=models.CharField(blank=True, max_length=16),
        ),
        migrations.AlterField(
            model_name="step",
            name="kind",
            field=models.CharField(
                choices=[
                    ("ai_call", "AI 전화"),
                    ("desk", "관제로"),
                    ("contact", "비상연락처"),
                    ("visit", "현장 출동"),
                    ("notify", "알림"),
                    ("ring", "근무자에게 전화"),
                ],
                max_length=8,
            ),
        ),
        migrations.AddConstraint(
            model_name="case",
            constraint=models.CheckConstraint(
                condition=models.Q(("desk_step__in", ["call", "contact", "visit", "emergency"])),
                name="case_desk_step_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="step",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind", "ring"), ("who__gt", "")),
                    models.Q(models.Q(("kind", "ring"), _negated=True), ("who", "")),
                    _connector="OR",
                ),
                name="step_ring_has_who",
            ),
        ),
        migrations.AddField(
            model_name="escalationplan",
            name="made_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="staffcall",
            name="case",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="staff_calls",
                to="dispatch.case",
            ),
        ),
        migrations.AddField(
            model_name="staffcall",
            name="step",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="staff_calls",
                to="dispatch.step",
            ),
        ),
        migrations.AddField(
            model_name="staffcall",
            name="user",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="staff_calls",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddConstraint(
            model_name="escalationplan",
            constraint=models.CheckConstraint(
                condition=models.Q(("version__gte", 1)), name="plan_version_from_one"
            ),
        ),
        migrations.AddConstraint(
            model_name="escalationplan",
            constraint=models.CheckConstraint(
                condition=models.Q(("reason", ""), _negated=True), name="plan_has_a_reason"
            ),
        ),
        migrations.AddIndex(
            model_name="staffcall",
            index=models.Index(
                condition=models.Q(("ended_at__isnull", True)),
                fields=["check_at"],
                name="staff_call_to_check",
            ),
        ),
        migrations.AddIndex(
            model_name="staffcall",
            index=models.Index(fields=["user", "created_at"], name="staff_call_of_person"),
        ),
        migrations.AddConstraint(
            model_name="staffcall",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ended_at__isnull", True)),
                fields=("user",),
                name="staff_call_one_live_per_person",
            ),
        ),
        migrations.AddConstraint(
            model_name="staffcall",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("check_at__isnull", False),
                        ("ended_at__isnull", True),
                        (
                            "status__in",
                            [
                                "dialling",
                                "in-progress",
                                "initiated",
                                "queued",
                                "ringing",
                                "unknown",
                            ],
                        ),
                    ),
                    models.Q(
                        models.Q(
                            (
                                "status__in",
                                [
                                    "dialling",
                                    "in-progress",
                                    "initiated",
                                    "queued",
                                    "ringing",
                                    "unknown",
                                ],
                            ),
                            _negated=True,
                        ),
                        ("check_at__isnull", True),
                        ("ended_at__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="staff_call_end_is_paired",
            ),
        ),
        refuse_rewriting("dispatch_escalationplan"),
    ]
