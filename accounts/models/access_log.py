"""Who saw, revealed, exported or changed whose data, from where (안전성 확보조치 기준 §8)."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class AccessLog(models.Model):
    """One act on one subject. Written by accounts.audit.record and by nothing else.

    No foreign keys: the log outlives what it speaks of. Subjects are opaque ids; no name, number
    or address may stand in any column. A trigger (migration 0002) refuses UPDATE, DELETE and
    TRUNCATE.
    """

    class Action(models.TextChoices):
        VIEWED = "viewed", _("조회")
        LISTED = "listed", _("목록 조회")
        REVEALED = "revealed", _("가림 해제")
        EXPORTED = "exported", _("내려받기")
        PRINTED = "printed", _("인쇄")
        CREATED = "created", _("등록")
        CHANGED = "changed", _("변경")
        DELETED = "deleted", _("파기")
        SIGNED_IN = "signed_in", _("로그인")
        SIGN_IN_FAILED = "sign_in_failed", _("로그인 실패")
        SIGNED_OUT = "signed_out", _("로그아웃")
        LOCKED_OUT = "locked_out", _("접속 잠금")
        UNLOCKED = "unlocked", _("잠금 해제")
        DENIED = "denied", _("권한 없음")

    at = models.DateTimeField(_("일시"))
    actor_id = models.BigIntegerField(_("사용자"), null=True, blank=True)
    actor_role = models.CharField(_("역할"), max_length=160, blank=True)
    action = models.CharField(_("수행업무"), max_length=20, choices=Action.choices)
    subject_kind = models.CharField(_("대상 종류"), max_length=40)
    subject_uid = models.CharField(_("대상"), max_length=64, blank=True)
    reason = models.CharField(_("사유"), max_length=200, blank=True)
    ip = models.GenericIPAddressField(_("접속지"), null=True, blank=True)
    detail = models.JSONField(_("내용"), default=dict, blank=True)

    class Meta:
        ordering = ("-at", "-id")
        verbose_name = _("접속기록")
        indexes = (
            models.Index(fields=("-at", "-id"), name="access_log_at"),
            models.Index(fields=("subject_kind", "subject_uid", "-at"), name="access_log_subject"),
            models.Index(fields=("actor_id", "-at"), name="access_log_actor"),
        )
        constraints = (
            models.CheckConstraint(
                condition=~models.Q(action="") & ~models.Q(subject_kind=""),
                name="access_log_says_what_and_on_what",
            ),
        )

    def __str__(self) -> str:
        return f"{self.action} {self.subject_kind} #{self.pk}"
