"""What the top floor announces, in a demo only: accounts on the sign-in page, a menu entry."""

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from accounts.views import sign_in_hints
from ui.registry import EVERYONE, Heading, MenuEntry, menu
from yeoncheon_portal.demo.hints import hints

if settings.PORTAL_DEMO:
    sign_in_hints.append(hints)
    menu.register(
        MenuEntry(
            key="demo",
            label=_("시연 안내"),
            url_name="demo",
            roles=EVERYONE,
            order=95,
            icon="list",
            heading=Heading.OFFICE,
        )
    )
