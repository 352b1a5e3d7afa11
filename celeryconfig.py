"""Celery's settings: data only. The broker's address comes from the environment (workers.app).

A message is a nudge that carries ids. What it asks for stands in PostgreSQL, which also refuses
to do it twice, so a lost message costs a tick and a repeated one nothing.
"""

from celery.schedules import crontab

# The same on all workers: a message not acknowledged within `visibility_timeout` seconds is
# delivered again, so no task that acknowledges late may run longer (`task_time_limit`). The two
# `unacked_restore_*` values let a dead worker's messages come back within seconds of that.
broker_transport_options = {
    "visibility_timeout": 600,
    "unacked_restore_interval": 5,
    "unacked_restore_throttle": 1,
    "socket_keepalive": True,
    "health_check_interval": 25,
}
broker_connection_retry_on_startup = True

task_serializer = "json"
result_serializer = "json"
accept_content = ["json"]

# Outcomes go to PostgreSQL; nobody reads results.
task_ignore_result = True
result_expires = 3600

task_acks_late = True
task_reject_on_worker_lost = True
worker_prefetch_multiplier = 1
worker_cancel_long_running_tasks_on_connection_loss = False
# Seconds that a new child may take to load its models before it is taken for dead.
worker_proc_alive_timeout = 60.0

# Seconds; kept by the prefork pool only.
task_time_limit = 300
task_soft_time_limit = 270

# Flower shows what these events tell.
task_track_started = True
worker_send_task_events = True
task_send_sent_event = True

timezone = "UTC"
enable_utc = True

task_default_queue = "dial"
task_routes = {
    "dialing.*": {"queue": "dial"},
    "upkeep.*": {"queue": "dial"},
    "media.*": {"queue": "media"},
    "followup.*": {"queue": "followup"},
    "imports.*": {"queue": "imports"},
}

# A call is never carried or placed twice because a message came back: both acknowledge first, and
# a lost one is reconciled from the database. A conversation is longer than other tasks; its own
# limit is MAX_CALL_SECONDS, this one (its largest value and two minutes) ends a process that hangs.
task_annotations = {
    "media.run_call": {
        "acks_late": False,
        "reject_on_worker_lost": False,
        "max_retries": 0,
        "time_limit": 3720,
        "soft_time_limit": 3690,
    },
    "dialing.place_call": {
        "acks_late": False,
        "reject_on_worker_lost": False,
        "max_retries": 0,
    },
}

# Seconds. A tick that waited for a worker is worth nothing: it expires when the next one comes.
beat_schedule = {
    "tick": {"task": "dialing.tick", "schedule": 1.0, "options": {"expires": 1.0}},
    "sweep": {"task": "upkeep.sweep", "schedule": 5.0, "options": {"expires": 5.0}},
    "relay-outbox": {"task": "upkeep.relay_outbox", "schedule": 5.0, "options": {"expires": 5.0}},
    "reconcile": {"task": "upkeep.reconcile", "schedule": 15.0, "options": {"expires": 15.0}},
    "seal": {"task": "upkeep.seal", "schedule": 60.0, "options": {"expires": 60.0}},
    "true-up": {"task": "upkeep.true_up", "schedule": 60.0, "options": {"expires": 60.0}},
    "compare-usage": {
        "task": "upkeep.compare_usage",
        "schedule": crontab(hour="3", minute="20"),
        "options": {"expires": 3600.0},
    },
    "clean": {"task": "upkeep.clean", "schedule": 3600.0, "options": {"expires": 600.0}},
}
