"""What the top floor announces: the accounts of the demo, on the sign-in page of the demo."""

from django.conf import settings

from accounts.views import sign_in_hints
from yeoncheon_portal.demo.hints import hints

if settings.PORTAL_DEMO:
    sign_in_hints.append(hints)
