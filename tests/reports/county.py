"""A small county: homes of several townships, cases that went every way, made by the verbs."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from accounts.models import Township, User
from dispatch import actions, closing, machine, opening
from dispatch.models import Case
from dispatch.rules import CaseDo
from households.models import Household
from tests.dispatch.world import set_light
from tests.households.factories import make_household

MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class County:
    operator: User
    responder: User

    def home(self, township: str, light: str | None, *, now: datetime, **how: object) -> Household:
        """A home with this light now; None: never scored."""
        place = Township.objects.get(name=township)
        household = make_household(township=place, now=now, **how)
        if light:
            set_light(household, light, now=now)
        return household

    @transaction.atomic
    def case(
        self, home: Household, end: str, *, at: datetime, took: int = 0, light: str = "yellow"
    ) -> Case:
        """A case opened `at` that came to this `end` after `took` minutes: key (the resident's
        own answer), spoke, system (nobody was heard), safe, ems (both at the door), owned, open,
        drill."""
        drill = end == "drill"
        case = opening.open_new(household=home, light=light, now=at, drill=drill)
        done = at + took * MINUTE
        if end == "key":
            case = machine.lock(case.pk)
            machine.fire(case, CaseDo.ANSWER_OK)
            closing.close_now(
                case,
                by=None,
                reason="fine",
                evidence_kind="resident_key",
                note="",
                at=done,
                now=done,
            )
        elif end not in ("open", "drill"):
            self._by_hand(case, end, at=at, done=done)
        return Case.objects.get(pk=case.pk)

    def _by_hand(self, case: Case, end: str, *, at: datetime, done: datetime) -> None:
        case = actions.claim(case=case, by=self.operator, now=at)
        if end in ("spoke", "system"):
            actions.close(
                case=case,
                by=self.operator,
                reason="outing" if end == "spoke" else "setting",
                evidence_kind="spoke" if end == "spoke" else "none",
                note="확인함",
                now=done,
            )
        elif end in ("safe", "ems"):
            self._visit(case, end, at=at, done=done)

    def _visit(self, case: Case, end: str, *, at: datetime, done: datetime) -> None:
        visit = actions.send_responder(
            case=case, responder=self.responder, by=self.operator, now=at
        )
        for step in (actions.accept_visit, actions.depart, actions.arrive):
            visit = step(visit=visit, by=self.responder, now=at)
        actions.finish_visit(
            visit=visit,
            by=self.responder,
            found_state="met_safe" if end == "safe" else "ems_119",
            close_reason="phone" if end == "safe" else "fall",
            note="문 앞에서 확인",
            now=done,
        )

    def every_end(self, homes: list[Household], *, now: datetime) -> None:
        """Two months of cases that came to every end, each in a home of its own."""
        month = now.replace(day=1, hour=0)
        ends = [
            ("key", 12, "yellow"),
            ("key", 34, "yellow"),
            ("spoke", 47, "yellow"),
            ("spoke", 25, "red"),
            ("system", 90, "yellow"),
            ("safe", 130, "red"),
            ("ems", 300, "red"),
            ("spoke", 700, "yellow"),
        ]
        for at, (end, took, light) in enumerate(ends):
            opened = month - timedelta(days=3 * at) if at % 2 else month + at * 3 * MINUTE
            self.case(homes[at], end, at=opened, took=took, light=light)
        for home, end in zip(homes[len(ends) :], ("open", "owned", "drill"), strict=False):
            self.case(home, end, at=now - 5 * MINUTE, light="red")
