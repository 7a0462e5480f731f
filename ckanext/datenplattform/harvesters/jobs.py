"""Jobs: run one here and now, and bring back what a dead worker or a lost queue has left behind."""

from __future__ import annotations

import json
import logging
from datetime import datetime, timedelta
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan.types import Context
from ckanext.harvest import queue
from ckanext.harvest.model import HarvestJob, HarvestObject

from . import locks, sources

log = logging.getLogger(__name__)

IN_PROGRESS = ("WAITING", "FETCH", "IMPORT")
#: Jobs of a source that are kept in any case, and days for which those with errors are kept besides.
KEPT, KEPT_DAYS = 50, 30
#: Seconds that a worker may take from the message to the lock.
GRACE = 30


def run_source(source_id: str) -> dict[str, Any]:
    """Gather, fetch and import one source in this process; returns the finished job as ``harvest_job_show`` gives it.

    Raises HarvestJobExists when a job of the source is under way, ObjectNotFound for no source of ours.
    """
    context: Context = {"user": sources.site_user(), "ignore_auth": True}
    created = tk.get_action("harvest_job_create")({**context}, {"source_id": source_id, "run": False})
    job: Any = HarvestJob.get(created["id"])
    harvester = sources.harvesters().get(job.source.type)
    if harvester is None:
        raise tk.ObjectNotFound(job.source.type)
    job.status = "Running"
    job.save()
    for object_id in queue.gather_stage(harvester, job):
        queue.fetch_and_import_stages(harvester, HarvestObject.get(object_id))
    finish(source_id)
    return tk.get_action("harvest_job_show")({**context}, {"id": created["id"]})


def finish(source_id: str) -> None:
    """Mark jobs of a source as finished whose work is done."""
    context: Any = {"user": sources.site_user(), "ignore_auth": True, "model": model, "session": model.Session}
    tk.get_action("harvest_jobs_run")(context, {"source_id": source_id})


def resubmit() -> dict[str, int]:
    """Send again what calls itself begun though nobody is at it: ``{"jobs": n, "objects": n}``.

    A worker holds a lock for what it does; one that was killed has lost it. What waits is sent when the queue does
    not hold it (Redis was emptied). Sending twice does no harm: the second finds the work done.
    """
    if tk.config.get("ckan.harvest.mq.type") != "redis":
        return {"jobs": 0, "objects": 0}
    redis = queue.get_connection()
    sent = {"jobs": 0, "objects": 0}
    key = queue.get_gather_routing_key()
    queued = _queued(redis, key, "harvest_job_id")
    open_jobs: Any = model.Session.query(HarvestJob).filter_by(status="Running", gather_finished=None)
    for job in open_jobs.all():
        if job.source.type in sources.harvesters() and job.id not in queued and _abandoned(redis, key, "job", job.id):
            log.warning("Harvest job %s was lost and is sent again", job.id)
            redis.rpush(key, json.dumps({"harvest_job_id": job.id}))
            sent["jobs"] += 1
    key = queue.get_fetch_routing_key()
    queued = _queued(redis, key, "harvest_object_id")
    open_objects: Any = (
        model.Session.query(HarvestObject)
        .join(HarvestJob, HarvestJob.id == HarvestObject.harvest_job_id)
        .filter(
            HarvestJob.status == "Running",
            HarvestJob.gather_finished.is_not(None),
            HarvestObject.state.in_(IN_PROGRESS),
        )
    )
    for obj in open_objects.all():
        if obj.source.type in sources.harvesters() and obj.id not in queued and _abandoned(redis, key, "object", obj.id):
            log.warning("Harvest object %s was lost and is sent again", obj.id)
            obj.state = "WAITING"
            obj.save()
            redis.rpush(key, json.dumps({"harvest_object_id": obj.id}))
            sent["objects"] += 1
    return sent


def _abandoned(redis: Any, key: str, *parts: str) -> bool:
    """Whether nobody is at it: no lock, and no worker that has taken the message just now."""
    taken = redis.get(f"{key}:{parts[1]}")
    if taken:
        # ckanext-harvest notes when a worker took a message, in local time without zone.
        age = datetime.now() - datetime.fromisoformat(taken)  # noqa: DTZ005
        if age < timedelta(seconds=GRACE):
            return False
    return locks.is_free(*parts)


def _queued(redis: Any, key: str, field: str) -> set[str]:
    return {json.loads(message)[field] for message in redis.lrange(key, 0, -1)}


def prune() -> int:
    """Forget old jobs of our sources with their objects, so that a source that is read every minute does not fill the database;
    returns how many. The latest `KEPT`, jobs with errors of the last `KEPT_DAYS`, and what is current for a dataset stay. Commits.
    """
    done = model.Session.execute(
        sa.text("""
            WITH ranked AS (
                SELECT j.id, j.created, row_number() OVER (PARTITION BY j.source_id ORDER BY j.created DESC) AS place
                FROM harvest_job j JOIN harvest_source s ON s.id = j.source_id
                WHERE j.status = 'Finished' AND s.type = ANY(:types))
            SELECT id FROM ranked r WHERE place > :kept
              AND NOT EXISTS (SELECT FROM harvest_object o WHERE o.harvest_job_id = r.id AND o.current)
              AND (created < now() AT TIME ZONE 'UTC' - make_interval(days => :days) OR NOT (
                EXISTS (SELECT FROM harvest_gather_error e WHERE e.harvest_job_id = r.id)
                OR EXISTS (SELECT FROM harvest_object o JOIN harvest_object_error e ON e.harvest_object_id = o.id
                           WHERE o.harvest_job_id = r.id)))
        """),
        {"types": list(sources.harvesters()), "kept": KEPT, "days": KEPT_DAYS},
    )
    ids = [job_id for (job_id,) in done]
    if not ids:
        return 0
    for statement in (
        "DELETE FROM harvest_object_error x USING harvest_object o WHERE o.id = x.harvest_object_id AND o.harvest_job_id = ANY(:ids)",
        "DELETE FROM harvest_object_extra x USING harvest_object o WHERE o.id = x.harvest_object_id AND o.harvest_job_id = ANY(:ids)",
        "DELETE FROM harvest_object WHERE harvest_job_id = ANY(:ids)",
        "DELETE FROM harvest_gather_error WHERE harvest_job_id = ANY(:ids)",
        "DELETE FROM harvest_job WHERE id = ANY(:ids)",
    ):
        model.Session.execute(sa.text(statement), {"ids": ids})
    model.Session.commit()
    return len(ids)
