"""What the calls say, calls an operator makes."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("dispatch", "0006_plans"),
        ("households", "0002_append_only"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="callattempt",
            name="bridged_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="callattempt",
            name="by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="desk_calls",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="callattempt",
            name="contact",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="households.contact",
            ),
        ),
        migrations.AddField(
            model_name="callattempt",
            name="dialogue",
            field=models.CharField(blank=True, max_length=24),
        ),
        migrations.AddField(
            model_name="callattempt",
            name="leg_sid",
            field=models.CharField(blank=True, max_length=40),
        ),
        migrations.AddField(
            model_name="callattempt",
            name="leg_status",
            field=models.CharField(
                blank=True,
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
                max_length=12,
            ),
        ),
        migrations.AddField(
            model_name="callattempt",
            name="understood",
            field=models.JSONField(default=dict),
        ),
        migrations.AlterField(
            model_name="callattempt",
            name="outcome",
            field=models.CharField(
                blank=True,
                choices=[
                    ("ok", "1번: 괜찮음"),
                    ("said_ok", "괜찮다고 말함"),
                    ("help", "도움 요청"),
                    ("risk", "죽음·자해를 말함"),
                    ("speech", "말로 대답함"),
                    ("unclear", "다른 번호를 누름"),
                    ("not_person", "본인이 아닌 사람이 받음"),
                    ("later", "나중에 걸어 달라고 함"),
                    ("refuse", "대답하지 않겠다고 함"),
                    ("away", "집을 떠나 있다고 함"),
                    ("silent", "받았으나 대답 없음"),
                    ("voicemail", "음성사서함"),
                    ("not_reached", "받지 않음"),
                    ("not_placed", "걸리지 않음"),
                    ("bad_number", "없는 번호"),
                    ("connected", "사람끼리 연결됨"),
                ],
                max_length=12,
            ),
        ),
        migrations.AlterField(
            model_name="case",
            name="answer",
            field=models.CharField(
                blank=True,
                choices=[
                    ("ok", "1번: 괜찮음"),
                    ("said_ok", "괜찮다고 말함"),
                    ("help", "도움 요청"),
                    ("risk", "죽음·자해를 말함"),
                    ("speech", "말로 대답함"),
                    ("unclear", "다른 번호를 누름"),
                    ("not_person", "본인이 아닌 사람이 받음"),
                    ("later", "나중에 걸어 달라고 함"),
                    ("refuse", "대답하지 않겠다고 함"),
                    ("away", "집을 떠나 있다고 함"),
                    ("silent", "받았으나 대답 없음"),
                    ("voicemail", "음성사서함"),
                    ("not_reached", "받지 않음"),
                    ("not_placed", "걸리지 않음"),
                    ("bad_number", "없는 번호"),
                    ("connected", "사람끼리 연결됨"),
                ],
                max_length=12,
            ),
        ),
        migrations.AlterField(
            model_name="case",
            name="evidence_kind",
            field=models.CharField(
                blank=True,
                choices=[
                    ("seen", "직접 만남"),
                    ("spoke", "본인과 통화"),
                    ("contact", "가족·이웃 등이 확인"),
                    ("medical", "119·병원에서 확인"),
                    ("resident_key", "본인이 AI 전화에 번호나 말로 답함"),
                    ("none", "사람이 확인하지 않음"),
                ],
                max_length=16,
            ),
        ),
        migrations.AddConstraint(
            model_name="callattempt",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ended_at__isnull", True)),
                fields=("by",),
                name="call_one_live_per_operator",
            ),
        ),
        migrations.AddConstraint(
            model_name="callattempt",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("by__isnull", False), ("kind", "desk")),
                    models.Q(("by__isnull", True), ("contact__isnull", True), ("kind", "ai")),
                    _connector="OR",
                ),
                name="call_of_desk_has_operator",
            ),
        ),
    ]
