"""When which task is woken. Work that nobody took by its time expires and does not pile up."""

from celery.schedules import crontab

SCHEDULE: dict[str, dict[str, object]] = {
    # name: {"task": dotted name, "schedule": seconds or crontab(), "options": {"expires": seconds}}
    "flush-outbox": {
        "task": "accounts.tasks.flush_outbox",
        "schedule": 5.0,
        "options": {"expires": 5},
    },
    "announce-ended-absences": {
        "task": "households.tasks.announce_ended_absences",
        "schedule": 60.0,
        "options": {"expires": 60},
    },
    "graduate-learners": {
        "task": "households.tasks.graduate_learners",
        "schedule": crontab(minute=10),
        "options": {"expires": 3600},
    },
    "purge-drafts": {
        "task": "households.tasks.purge_drafts",
        "schedule": crontab(hour=3, minute=40),
        "options": {"expires": 3600},
    },
    "purge-refused-files": {
        "task": "monitoring.tasks.purge_refused_files",
        "schedule": crontab(hour=3, minute=50),
        "options": {"expires": 3600},
    },
    "score-all": {
        "task": "monitoring.tasks.score_all",
        "schedule": crontab(minute=5),
        "options": {"expires": 1800},
    },
    "learn-all": {
        "task": "monitoring.tasks.learn_all",
        "schedule": crontab(hour=0, minute=20),
        "options": {"expires": 3600},
    },
    "resume-runs": {
        "task": "monitoring.tasks.resume_runs",
        "schedule": 60.0,
        "options": {"expires": 60},
    },
    "retain": {
        "task": "monitoring.tasks.retain",
        "schedule": crontab(hour=3, minute=20),
        "options": {"expires": 3600},
    },
    "find-declines": {
        "task": "monitoring.tasks.find_declines",
        "schedule": crontab(hour=2, minute=30),
        "options": {"expires": 3600},
    },
    "check-feeds": {
        "task": "monitoring.health_tasks.check_feeds",
        "schedule": 120.0,
        "options": {"expires": 120},
    },
    "refresh-intake-days": {
        "task": "monitoring.health_tasks.refresh_intake_days",
        "schedule": crontab(hour=0, minute=40),
        "options": {"expires": 3600},
    },
    "watch-folder": {
        "task": "monitoring.tasks.watch_folder",
        "schedule": 60.0,
        "options": {"expires": 60},
    },
    "pull-feeds": {
        "task": "monitoring.tasks.pull_feeds",
        "schedule": 300.0,
        "options": {"expires": 300},
    },
    "remind-of-tokens": {
        "task": "monitoring.tasks.remind_of_tokens",
        "schedule": crontab(hour=9, minute=15),
        "options": {"expires": 3600},
    },
    "compute-tuning-curve": {
        "task": "dispatch.tasks.compute_monthly_curve",
        "schedule": crontab(day_of_month=1, hour=3, minute=10),
        "options": {"expires": 6 * 3600},
    },
    "watch-shifts": {
        "task": "dispatch.tasks.watch_shifts",
        "schedule": crontab(minute=25),
        "options": {"expires": 3600},
    },
    "purge-visit-photos": {
        "task": "dispatch.tasks.purge_visit_photos",
        "schedule": crontab(hour=4, minute=0),
        "options": {"expires": 3600},
    },
    "purge-reporter-numbers": {
        "task": "dispatch.tasks.purge_reporter_numbers",
        "schedule": crontab(hour=4, minute=5),
        "options": {"expires": 3600},
    },
    "sweep": {
        "task": "dispatch.tasks.sweep",
        "schedule": 2.0,
        "options": {"expires": 4},
    },
    "worker-heartbeat": {
        "task": "yeoncheon_portal.tasks.worker_heartbeat",
        "schedule": 5,
        "options": {"expires": 5},
    },
}
