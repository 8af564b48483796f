"""E-mail through the county's mail server (Django's EMAIL_* settings)."""

from smtplib import SMTPException, SMTPRecipientsRefused

from django.core.mail import EmailMessage
from django.utils.translation import gettext as _

from accounts.models import Message
from accounts.notify.sms import NoAnswer, Refused
from accounts.notify.texts import email_body, words


def send(message: Message) -> None:
    """Send one e-mail. Raises Refused or NoAnswer, without address or text.

    A mail server cannot be asked whether it took a letter, so a crash may send twice; the same
    Message-ID lets the reader's program show it once.
    """
    texts = words(message)
    letter = EmailMessage(
        subject=_("[연천군 신호등 포털] %(subject)s") % {"subject": texts.subject},
        body=email_body(texts),
        to=[message.recipient.email],
        headers={"Message-ID": f"<{message.uid}@signal-light.invalid>"},
    )
    try:
        letter.send()
    except SMTPRecipientsRefused:
        raise Refused("bad_address") from None
    except (SMTPException, OSError):
        raise NoAnswer from None
