"""The ten townships with their codes (행정안전부 nttId 129824), the offices and the partners."""

from django.db import migrations

TOWNSHIPS = (
    ("4180025000", "연천읍"),
    ("4180025300", "전곡읍"),
    ("4180031000", "군남면"),
    ("4180032000", "청산면"),
    ("4180033000", "백학면"),
    ("4180034000", "미산면"),
    ("4180035000", "왕징면"),
    ("4180036000", "신서면"),
    ("4180037000", "중면"),
    ("4180038000", "장남면"),
)
OTHERS = (
    ("yeoncheon-welfare", "연천군 복지정책과", "county"),
    ("happyconnect-centre", "행복커넥트 관제센터", "control_centre"),
    ("kepco-yeoncheon", "한국전력 연천지사", "partner"),
    ("skt", "SK텔레콤", "partner"),
    ("happyconnect", "행복커넥트", "partner"),
)


def load(apps, schema_editor=None):
    """Adds what is missing and leaves what is there alone."""
    Township = apps.get_model("accounts", "Township")
    Organisation = apps.get_model("accounts", "Organisation")
    for order, (code, name) in enumerate(TOWNSHIPS, start=1):
        Township.objects.get_or_create(code=code, defaults={"name": name, "order": order})
        Organisation.objects.get_or_create(
            code=f"office-{code}",
            defaults={
                "name": f"{name} 행정복지센터" if name.endswith("읍") else f"{name}사무소",
                "kind": "township_office",
                "township_id": code,
            },
        )
    for code, name, kind in OTHERS:
        Organisation.objects.get_or_create(code=code, defaults={"name": name, "kind": kind})


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_append_only")]

    operations = [migrations.RunPython(load, migrations.RunPython.noop)]
