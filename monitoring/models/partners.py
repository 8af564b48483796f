"""The key with which a partner delivers through the API."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from households.models import Feed
from monitoring.querysets import PartnerTokenQuerySet


class PartnerToken(models.Model):
    """Opens one feed to one organisation until it expires or is revoked.

    Only the SHA-256 is kept: the token itself has 256 random bits, so that a slow hash would add
    nothing. `hint` is its beginning, by which people tell tokens apart.
    """

    digest = models.CharField(max_length=64, unique=True)
    hint = models.CharField(max_length=12)
    feed = models.CharField(_("자료"), max_length=8, choices=Feed.choices)
    organisation = models.ForeignKey(
        "accounts.Organisation", on_delete=models.PROTECT, related_name="partner_tokens"
    )
    created_at = models.DateTimeField(_("만든 때"))
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    expires_at = models.DateTimeField(_("끝나는 때"))
    revoked_at = models.DateTimeField(_("거둔 때"), null=True)
    last_used_at = models.DateTimeField(_("마지막으로 쓴 때"), null=True)
    # Networks (CIDR) the token may be used from; none means from everywhere.
    networks = ArrayField(models.CharField(max_length=43), default=list, blank=True)
    per_minute = models.PositiveIntegerField(_("1분에 받는 파일 수"), default=240)

    objects = PartnerTokenQuerySet.as_manager()

    class Meta:
        verbose_name = _("협력기관 열쇠")
        ordering = ["-created_at", "-id"]
        constraints = [
            models.CheckConstraint(condition=Q(feed__in=Feed.values), name="token_feed_known"),
            models.CheckConstraint(
                condition=Q(expires_at__gt=models.F("created_at")), name="token_expires_later"
            ),
        ]
