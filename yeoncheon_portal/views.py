"""Pages that belong to no single app: the front door and the two health answers."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect

from accounts import clock
from accounts.access import allow_public, allow_signed_in
from accounts.roles import Role
from accounts.scope import roles_of
from yeoncheon_portal import health

# The page a person works on, by role; the first role held decides.
DESKS = [
    (Role.CONTROL_OPERATOR, "dispatch:desk"),
    (Role.COUNTY_OFFICIAL, "reports:dashboard"),
    (Role.TOWNSHIP_CLERK, "households:list"),  # also one who goes to doors at night
    (Role.RESPONDER, "dispatch:visits"),
    (Role.PRIVACY_OFFICER, "access_log"),
    (Role.ADMINISTRATOR, "staff"),
]


@allow_signed_in
def home(request: HttpRequest) -> HttpResponse:
    """Send everybody to their own work; somebody without a role finds the inbox."""
    roles = roles_of(request.user, now=clock.now())
    return redirect(next((page for role, page in DESKS if role in roles), "inbox"))


@allow_public(why="a probe asks whether this process lives; the answer says nothing else")
def healthz(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok\n", content_type="text/plain")


@allow_public(why="load balancers ask before anybody can sign in; ages only, no person")
def readyz(request: HttpRequest) -> JsonResponse:
    """200 when work gets done, 503 when database, Redis, worker or sweep is down."""
    report = health.report(now=clock.now())
    return JsonResponse(report.as_json(), status=200 if report.ready else 503)
