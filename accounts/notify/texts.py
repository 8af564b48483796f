"""From a row of the outbox to the words that leave the house."""

from dataclasses import dataclass

from django.conf import settings
from django.utils.translation import gettext as _

from accounts.models import Message
from accounts.notify.kinds import kind_named


@dataclass(frozen=True)
class Words:
    subject: str
    sms: str
    link: str


def words(message: Message) -> Words:
    """The finished texts of one message. Raises NotAllowed for a kind nobody registered."""
    kind = kind_named(message.kind)
    link = settings.PUBLIC_BASE_URL + message.link_path.replace(":secret:", message.secret)
    fields = {"link": link, "count": message.count, "code": message.secret}
    return Words(kind.subject.format(**fields), kind.sms.format(**fields), link)


def email_body(texts: Words) -> str:
    """Plain text: one sentence, the link, who wrote."""
    notice = _(
        "이 메일은 연천군 신호등 포털이 자동으로 보냈습니다. 개인정보는 포털 안에서만 보입니다."
    )
    return f"{texts.subject}\n\n{texts.link}\n\n{notice}\n"
