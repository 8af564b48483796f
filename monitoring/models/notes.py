"""What the watch tells people to look into, without any alarm."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from monitoring.querysets import HouseholdNoteQuerySet


class NoteState(models.TextChoices):
    OPEN = "open", _("볼 것")
    DONE = "done", _("처리함")
    DISMISSED = "dismissed", _("아님")


class Decline(models.Model):
    """A person whose life has become quieter over weeks: for a visit, never for an alarm."""

    household = models.ForeignKey(
        "households.Household", on_delete=models.PROTECT, related_name="declines"
    )
    found_at = models.DateTimeField(_("알게 된 때"))
    index = models.FloatField()  # see detection.decline
    reasons = models.JSONField(_("까닭"), default=list)
    state = models.CharField(_("상태"), max_length=9, choices=NoteState.choices, default="open")
    decided_at = models.DateTimeField(_("처리한 때"), null=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    note = models.CharField(_("메모"), max_length=200, blank=True)

    objects = HouseholdNoteQuerySet.as_manager()

    class Meta:
        verbose_name = _("서서히 줄어드는 생활")
        ordering = ["-index", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["household"], condition=Q(state="open"), name="decline_open_once"
            ),
            models.CheckConstraint(
                condition=Q(state="open", decided_at__isnull=True)
                | (~Q(state="open") & Q(decided_at__isnull=False)),
                name="decline_decided_with_time",
            ),
        ]


class SuggestionKind(models.TextChoices):
    ABSENCE = "absence", _("부재 등록")
    PHONE_CHANGE = "phone_change", _("휴대폰 바뀜")
    METER_TICKET = "meter_ticket", _("계량기 점검")


class Suggestion(models.Model):
    """What closing a case taught about the data, for a clerk to put right.

    `source` is the uid of the case (of the floor above) that taught it.
    """

    household = models.ForeignKey(
        "households.Household", on_delete=models.PROTECT, related_name="suggestions"
    )
    kind = models.CharField(_("종류"), max_length=12, choices=SuggestionKind.choices)
    source = models.UUIDField()
    made_at = models.DateTimeField(_("생긴 때"))
    state = models.CharField(_("상태"), max_length=9, choices=NoteState.choices, default="open")
    decided_at = models.DateTimeField(_("처리한 때"), null=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    note = models.CharField(_("메모"), max_length=200, blank=True)

    objects = HouseholdNoteQuerySet.as_manager()

    class Meta:
        verbose_name = _("제안")
        ordering = ["-made_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["household", "kind"],
                condition=Q(state="open"),
                name="suggestion_open_once",
            ),
            models.CheckConstraint(
                condition=Q(state="open", decided_at__isnull=True)
                | (~Q(state="open") & Q(decided_at__isnull=False)),
                name="suggestion_decided_with_time",
            ),
        ]
