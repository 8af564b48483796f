import os, gzip
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]="1"
from datetime import timedelta, datetime, UTC
import pytest
from django.test import Client, override_settings
from playwright.sync_api import sync_playwright
from accounts import clock
from tests.cast import sign_in
from tests.households.factories import make_household
from tests.monitoring.files import deliver, day_rows, csv
from monitoring import scoring, intake
from monitoring.models import HouseholdState
END=datetime(2026,11,15,15,tzinfo=UTC)

@pytest.mark.django_db(transaction=True)
def test_shots(live_server, official, operator):
    raw=open("/work/shared/data/power_real.csv.gz","rb").read()
    homes=[make_household(meter=f"01000000{n:02d}", now=END, since=timedelta(days=95)) for n in range(1,8)]
    lines=gzip.decompress(raw).decode().splitlines()
    out=[lines[0]]
    for l in lines[1:]:
        m,t,k=l.split(",")
        if m=="0100000001" and t>="2026-11-13T15": k="0.05"
        if m=="0100000002" and t>="2026-11-12T15": continue
        if m=="0100000003" and "2026-11-01"<=t<"2026-11-03": continue
        out.append(",".join((m,t,k)))
    from households import actions as hh
    from households.models.absence import AbsenceKind, AbsenceSource
    hh.plan_absence(household=homes[2], by=official, starts_at=END-timedelta(days=9), ends_at=END-timedelta(days=6), kind=AbsenceKind.values[0], source=AbsenceSource.values[0], now=END-timedelta(days=8,hours=23))
    with clock.freeze(END):
        deliver("\n".join(out).encode(), now=END-timedelta(minutes=3), filename="power-2026-11-15.csv", source="api")
        deliver([("0100000004","2026-11-15 05:00",-1),("0100000004","어제",1),("0100000004","2027-01-01 00:00",1),("0100000004","2026-11-15 06:00",1.25),("X-77","2026-11-15 05:00",1)], now=END-timedelta(minutes=2), source="command")
        deliver(b"PK\x03\x04\x00", now=END-timedelta(minutes=1), filename="power.xlsx", source="api")
        scoring.score(now=END)
        for h in homes: s=HouseholdState.objects.get(household=h); print(h.number, s.light, s.reasons, s.last_sign_at, s.data_until)
        from monitoring.models import Delivery
        ds=list(Delivery.objects.all())
        cookies=sign_in(Client(), official).cookies["sessionid"].value
        with sync_playwright() as p:
            b=p.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox","--disable-gpu","--disable-background-networking","--disable-component-update","--disable-sync","--no-first-run"])
            for w,h in ((1440,900),(390,844)):
                ctx=b.new_context(viewport={"width":w,"height":h}, base_url=live_server.url)
                ctx.add_cookies([{"name":"sessionid","value":cookies,"url":live_server.url}])
                page=ctx.new_page()
                page.on("console", lambda m: print("CONSOLE", m.text))
                pages={"feeds":"/feeds/","bad":f"/feeds/{ds[1].uid}/","refused":f"/feeds/{ds[0].uid}/","list":"/households/?light=","h1":homes[0].get_absolute_url(),"h2":homes[1].get_absolute_url(),"h3":homes[2].get_absolute_url()}
                for name,url in pages.items():
                    page.goto(url); page.screenshot(path=f"/tmp/shots/{name}-{w}.png", full_page=True)
                    print(name, w, page.evaluate("document.documentElement.scrollWidth"))
            b.close()
