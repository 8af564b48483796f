"""What a person agreed to: one row per purpose and recipient, never a bundle (22조)."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from households.querysets import ConsentQuerySet


class Purpose(models.TextChoices):
    COLLECTION = "collection", _("개인정보 수집·이용")
    HEALTH = "health", _("건강정보 (민감정보)")
    KEPCO = "kepco", _("시간별 전력")
    SKT = "skt", _("통화·문자·데이터 횟수")
    HAPPYCONNECT = "happyconnect", _("앱 걸음·충전")


class ConsentMethod(models.TextChoices):
    PAPER = "paper", _("종이 서명")
    PHONE = "phone", _("전화")
    MOBILE = "mobile", _("휴대폰 본인확인")


class Consent(models.Model):
    """동의. Standing while `withdrawn_at` is empty; giving it again makes a new row."""

    household = models.ForeignKey(
        "households.Household", on_delete=models.PROTECT, related_name="consents"
    )
    purpose = models.CharField(_("목적"), max_length=16, choices=Purpose.choices)
    recipient = models.CharField(_("받는 곳"), max_length=40)
    given_at = models.DateTimeField(_("동의한 때"))
    method = models.CharField(_("방법"), max_length=8, choices=ConsentMethod.choices)
    text_version = models.CharField(_("동의서 판"), max_length=16)
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    withdrawn_at = models.DateTimeField(_("거둔 때"), null=True, blank=True)
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )

    objects = ConsentQuerySet.as_manager()

    class Meta:
        verbose_name = _("동의")
        ordering = ["given_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["household", "purpose"],
                condition=Q(withdrawn_at__isnull=True),
                name="consent_one_standing_per_purpose",
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at__isnull=True, withdrawn_by__isnull=True)
                | Q(withdrawn_at__isnull=False, withdrawn_by__isnull=False),
                name="consent_withdrawal_is_paired",
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at__isnull=True) | Q(withdrawn_at__gte=F("given_at")),
                name="consent_withdrawn_after_given",
            ),
            models.CheckConstraint(
                condition=Q(purpose__in=Purpose.values), name="consent_purpose_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.household_id} {self.purpose}"
