"""A worker on another host: a process of its own, which knows nothing but DATABASE_URL.

far_worker.py prepare         tables, homes and their readings
far_worker.py begin           a run; prints its id
far_worker.py work RUN [S]    chunk after chunk until the run is over, S seconds inside each
far_worker.py result          a digest of everything that scoring wrote
far_worker.py forget          the same homes, never judged
"""

import hashlib
import os
import sys
import time
from datetime import date, timedelta
from pathlib import Path

import django

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
os.environ["DJANGO_SETTINGS_MODULE"] = "yeoncheon_portal.settings"
django.setup()

import numpy as np  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402

from households.days import day_start  # noqa: E402
from monitoring import runs, scoring  # noqa: E402
from monitoring.models import RunChunk, RunKind  # noqa: E402
from yeoncheon_portal.bench import county, lives  # noqa: E402

HOMES, DAYS = 120, 5
DAY = date(2026, 6, 17)
NOW = day_start(DAY) + timedelta(hours=13)
TABLES = ("hotblock", "householdstate", "checkpoint", "evidenceday", "habitsday", "assessment")

runs.CHUNK = 20
runs.LEASE = timedelta(seconds=4)
runs.IDLE = "2s"


def prepare() -> None:
    call_command("migrate", verbosity=0)
    ids = np.array(county.build(HOMES, now=day_start(DAY)), np.int64)
    found = lives.metrics(DAYS)
    found[0, : HOMES // 2, -3:] = 0.06
    found[1:, : HOMES // 2, -3:] = 0
    lives.store(ids, found, DAY - timedelta(days=DAYS - 1))


def say(*words: object) -> None:
    sys.stdout.write(" ".join(map(str, words)) + "\n")
    sys.stdout.flush()


def work(run: int, inside: float) -> None:
    def slowly(part: runs.Part) -> tuple[int, int]:
        done = scoring.score_range(part)
        say("inside", part.first_id)
        time.sleep(inside)
        return done

    while RunChunk.objects.filter(run=run, done_at__isnull=True).exists():
        part = runs.claim(run)
        if part is None:
            time.sleep(0.1)
            continue
        runs.do(part, slowly)
        say("done", part.first_id)


def result() -> str:
    digest = hashlib.sha256()
    with connection.cursor() as cursor:
        for table in TABLES:
            # Running numbers say who came first, not what came out.
            cursor.execute(
                f"SELECT to_jsonb(one) - 'id' - 'assessment_id' FROM monitoring_{table} AS one"
                " ORDER BY 1"
            )
            digest.update(repr((table, cursor.fetchall())).encode())
    return digest.hexdigest()


def forget() -> None:
    names = ", ".join(f"monitoring_{table}" for table in (*TABLES, "run", "runchunk"))
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = 'replica'")
        cursor.execute(f"TRUNCATE {names} CASCADE")


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["prepare"]:
            prepare()
        case ["begin"]:
            say(runs.begin(kind=RunKind.SCORING.value, now=NOW).pk)
        case ["work", run, *inside]:
            work(int(run), float(inside[0]) if inside else 0.0)
        case ["result"]:
            say(result())
        case ["forget"]:
            forget()
        case other:
            raise SystemExit(f"unknown: {other}")
