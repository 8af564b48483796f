"""What the templates of a case get: the buttons, the page as it was asked for, everything shown."""

from dataclasses import dataclass, field
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from dispatch.models import Case, Handover
from dispatch.neighbours import panel as neighbours
from dispatch.presenters import contacts as phone_book
from dispatch.presenters import earlier, staff, timeline, why
from dispatch.presenters import reports as told
from dispatch.presenters import visits as visit_parts
from dispatch.presenters.call_codes import CallCode
from dispatch.presenters.steps import Now, Rung
from households.texts import show_phone


@dataclass(frozen=True)
class Can:
    """The buttons of this page: the table of the machine, the viewer's roles, and ownership."""

    claim: bool = False
    call: bool = False
    send: bool = False
    note: bool = False
    hand_over: bool = False
    close: bool = False
    call_back: bool = False
    confirm: bool = False
    stop_ai: bool = False
    emergency: bool = False


@dataclass
class Page:
    """How the case is asked for: where, with which forms bound, which box open."""

    origin: str = "case"  # "desk" or "case"; a form says where it stood
    open: str = ""
    forms: dict[str, Any] = field(default_factory=dict)
    revealed: frozenset[str] = frozenset()  # "person" and uids of contacts


@dataclass
class CaseView:
    case: Case
    page: Page
    uid: str
    number: str
    light: str
    name: str
    who: str
    risk_group: str
    version: int
    can: Can
    now: Now | None
    ladder: list[Rung]
    why: why.Why
    timeline: list[list[timeline.Entry]]
    earlier: earlier.Earlier
    outcome: list[tuple[str, Any]]
    owner_words: str
    owner_detail: str
    privacy_words: str
    read_only_words: str
    lease_minutes: int
    offer: Handover | None = None  # to whom the owner wants to hand it, not answered yet
    contact_codes: list[CallCode] = field(default_factory=list)
    call_codes: list[CallCode] = field(default_factory=list)
    contacts: list[phone_book.ContactRow] = field(default_factory=list)
    reports: list[told.Row] = field(default_factory=list)
    responders: list[staff.Responder] = field(default_factory=list)
    operators: list[Any] = field(default_factory=list)
    warnings: list[visit_parts.Warning] = field(default_factory=list)
    visit: visit_parts.Progress | None = None
    ask: neighbours.AskPanel | None = None

    @property
    def origin(self) -> str:
        return self.page.origin

    @property
    def open(self) -> str:
        return self.page.open

    @property
    def forms(self) -> dict[str, Any]:
        return self.page.forms

    @property
    def household(self) -> Any:
        return self.case.household

    @property
    def has_free_responder(self) -> bool:
        return any(person.is_free for person in self.responders)

    @property
    def no_responder_words(self) -> str:
        """What to do when nobody can be sent."""
        if self.responders:
            return _(
                "갈 수 있는 사람이 모두 출동 중입니다. 읍·면 담당자에게 전화로 방문을 부탁하고, "
                "급하면 119에 신변확인을 요청해 주세요."
            )
        return _(
            "현장 출동을 맡은 사람이 없습니다. 읍·면 담당자에게 전화로 방문을 부탁하고, "
            "급하면 119에 신변확인을 요청해 주세요."
        )

    @property
    def refresh_url(self) -> str:
        if self.page.origin == "desk":
            return f"{reverse('dispatch:desk')}?case={self.uid}"
        return reverse("dispatch:case", args=[self.uid])

    @property
    def primary(self) -> str:
        return self.now.primary if self.now else ""

    @property
    def masked_phone(self) -> str:
        return self.case.household.masked_phone

    @property
    def phone(self) -> str:
        """The number, only after it was revealed with a reason."""
        return self.case.household.phone if "person" in self.page.revealed else ""

    @property
    def phone_words(self) -> str:
        return show_phone(self.phone) if self.phone else ""
