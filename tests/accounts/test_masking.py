"""Masking: one set of functions for every way out of the portal."""

import pytest

from accounts.masking import mask_address, mask_email, mask_name, mask_phone


@pytest.mark.parametrize(
    ("name", "masked"),
    [("김철수", "김*수"), ("이산", "이*"), ("남궁민수", "남**수"), ("린", "*"), ("", "")],
)
def test_names_keep_their_ends_only(name, masked):
    assert mask_name(name) == masked


@pytest.mark.parametrize(
    ("phone", "masked"),
    [
        ("01012345678", "010-****-5678"),
        ("010-1234-5678", "010-****-5678"),
        ("+82 10-1234-5678", "010-****-5678"),
        ("0318391234", "031-***-1234"),
        ("0212345678", "02-****-5678"),
        ("1588", "****"),
        ("", "****"),
        ("15881234", "******34"),
    ],
)
def test_numbers_hide_their_middle(phone, masked):
    assert mask_phone(phone) == masked


@pytest.mark.parametrize(
    ("address", "masked"),
    [
        ("경기도 연천군 전곡읍 은대리 123-4", "경기도 연천군 전곡읍 은대리 ***"),
        ("경기도 연천군 전곡읍 전곡로 12, 103동 502호", "경기도 연천군 전곡읍 ***"),
        ("연천군 중면 101동 2호", "연천군 중면 ***"),
        ("어딘가 5", "***"),
        ("", ""),
    ],
)
def test_addresses_keep_the_village_only(address, masked):
    assert mask_address(address) == masked


def test_an_email_keeps_its_first_letter_and_domain():
    assert mask_email("clerk@example.kr") == "c****@example.kr"
    assert mask_email("a@example.kr") == "a*@example.kr"
    assert mask_email("nonsense") == "********"
