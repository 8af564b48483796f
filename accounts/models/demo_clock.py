"""The one row that moves programme time in the demo (accounts.clock)."""

from django.db import models


class DemoClock(models.Model):
    """programme time = programme_anchor + (real time - real_anchor) x speed."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    programme_anchor = models.DateTimeField()
    real_anchor = models.DateTimeField()
    speed = models.FloatField(default=1.0)

    class Meta:
        constraints = (
            models.CheckConstraint(condition=models.Q(id=1), name="demo_clock_is_one_row"),
            models.CheckConstraint(
                condition=models.Q(speed__gte=0) & models.Q(speed__lte=100_000),
                name="demo_clock_speed_is_sane",
            ),
        )

    def __str__(self) -> str:
        return f"demo clock x{self.speed:g}"
