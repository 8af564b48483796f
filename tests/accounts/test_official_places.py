"""The ten townships and the organisations that every installation starts with."""

import pytest
from django.db import IntegrityError, transaction

from accounts.models import Organisation, OrganisationKind, Township

CODES = {
    "연천읍": "4180025000",
    "전곡읍": "4180025300",
    "군남면": "4180031000",
    "청산면": "4180032000",
    "백학면": "4180033000",
    "미산면": "4180034000",
    "왕징면": "4180035000",
    "신서면": "4180036000",
    "중면": "4180037000",
    "장남면": "4180038000",
}


def test_the_ten_townships_have_their_official_codes(db):
    assert dict(Township.objects.values_list("name", "code")) == CODES
    assert list(Township.objects.values_list("name", flat=True)) == list(CODES)


def test_every_township_has_its_office(db):
    offices = Organisation.objects.filter(kind=OrganisationKind.TOWNSHIP_OFFICE)
    assert {office.township_id for office in offices} == set(CODES.values())


def test_county_control_centre_and_three_partners_are_there(db):
    kinds = Organisation.objects.exclude(kind=OrganisationKind.TOWNSHIP_OFFICE)
    assert set(kinds.values_list("name", "kind")) == {
        ("연천군 복지정책과", "county"),
        ("행복커넥트 관제센터", "control_centre"),
        ("한국전력 연천지사", "partner"),
        ("SK텔레콤", "partner"),
        ("행복커넥트", "partner"),
    }


@pytest.mark.parametrize(
    ("kind", "township"), [("partner", "4180099000"), ("township_office", None)]
)
def test_only_a_township_office_has_a_township(db, kind, township):
    Township.objects.create(code="4180099000", name="새면", order=11)
    with pytest.raises(IntegrityError), transaction.atomic():
        Organisation.objects.create(code="x", name="x", kind=kind, township_id=township)
