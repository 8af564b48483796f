"""One photo of a visit, and its action on a phone."""

import django.db.models.deletion
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('dispatch', '0009_field'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='VisitPhoto',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('image', models.BinaryField()),
                ('size', models.PositiveIntegerField(help_text='bytes of the JPEG')),
                ('taken_at', models.DateTimeField()),
                ('received_at', models.DateTimeField()),
            ],
            options={
                'verbose_name': '현장 사진',
            },
        ),
        migrations.RemoveConstraint(
            model_name='fieldaction',
            name='field_action_codes_known',
        ),
        migrations.AlterField(
            model_name='fieldaction',
            name='verb',
            field=models.CharField(choices=[('accept', '수락'), ('decline', '못 감'), ('depart', '출발'), ('arrive', '도착'), ('found', '확인 결과'), ('note', '메모'), ('photo', '사진')], max_length=8),
        ),
        migrations.AddConstraint(
            model_name='fieldaction',
            constraint=models.CheckConstraint(condition=models.Q(('outcome__in', ['applied', 'kept']), ('verb__in', ['accept', 'decline', 'depart', 'arrive', 'found', 'note', 'photo'])), name='field_action_codes_known'),
        ),
        migrations.AddField(
            model_name='visitphoto',
            name='taken_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='visitphoto',
            name='visit',
            field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='photo', to='dispatch.visit'),
        ),
        migrations.AddConstraint(
            model_name='visitphoto',
            constraint=models.CheckConstraint(condition=models.Q(('taken_at__lte', models.F('received_at'))), name='photo_not_from_the_future'),
        ),
    ]
