"""Jobs: run one here and now, and bring back what a dead worker or a lost queue has left behind."""

from __future__ import annotations

import json
import logging
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
from ckanext.harvest import queue
from ckanext.harvest.model import HarvestJob, HarvestObject

from . import locks, sources

log = logging.getLogger(__name__)

IN_PROGRESS = ("WAITING", "FETCH", "IMPORT")


def run_source(source_id: str) -> dict[str, Any]:
    """Gather, fetch and import one source in this process; returns the finished job as ``harvest_job_show`` gives it.

    Raises HarvestJobExists when a job of the source is under way, ObjectNotFound for no source of ours.
    """
    context = {"user": sources.site_user(), "ignore_auth": True}
    created = tk.get_action("harvest_job_create")(dict(context), {"source_id": source_id, "run": False})
    job = HarvestJob.get(created["id"])
    harvester = sources.harvesters().get(job.source.type)
    if harvester is None:
        raise tk.ObjectNotFound(job.source.type)
    job.status = "Running"
    job.save()
    for object_id in queue.gather_stage(harvester, job):
        queue.fetch_and_import_stages(harvester, HarvestObject.get(object_id))
    finish(source_id)
    return tk.get_action("harvest_job_show")(dict(context), {"id": created["id"]})


def finish(source_id: str) -> None:
    """Mark jobs of a source as finished whose work is done."""
    context = {"user": sources.site_user(), "ignore_auth": True, "model": model, "session": model.Session}
    tk.get_action("harvest_jobs_run")(context, {"source_id": source_id})


def resubmit() -> dict[str, int]:
    """Send again what calls itself begun though nobody is at it: ``{"jobs": n, "objects": n}``.

    A worker holds a lock for what it does; one that was killed has lost it. What waits is sent when the queue does not hold it (Redis
    was emptied). Sending twice does no harm: the second finds the work done.
    """
    if tk.config.get("ckan.harvest.mq.type") != "redis":
        return {"jobs": 0, "objects": 0}
    redis = queue.get_connection()
    sent = {"jobs": 0, "objects": 0}
    queued = _queued(redis, queue.get_gather_routing_key(), "harvest_job_id")
    for job in model.Session.query(HarvestJob).filter_by(status="Running", gather_finished=None).all():
        if job.source.type in sources.harvesters() and job.id not in queued and _abandoned("job", job.id):
            log.warning("Harvest job %s was lost and is sent again", job.id)
            redis.rpush(queue.get_gather_routing_key(), json.dumps({"harvest_job_id": job.id}))
            sent["jobs"] += 1
    queued = _queued(redis, queue.get_fetch_routing_key(), "harvest_object_id")
    open_objects = (
        model.Session.query(HarvestObject)
        .join(HarvestJob, HarvestJob.id == HarvestObject.harvest_job_id)
        .filter(HarvestJob.status == "Running", HarvestJob.gather_finished.is_not(None), HarvestObject.state.in_(IN_PROGRESS))
    )
    for obj in open_objects.all():
        if obj.source.type in sources.harvesters() and obj.id not in queued and _abandoned("object", obj.id):
            log.warning("Harvest object %s was lost and is sent again", obj.id)
            obj.state = "WAITING"
            obj.save()
            redis.rpush(queue.get_fetch_routing_key(), json.dumps({"harvest_object_id": obj.id}))
            sent["objects"] += 1
    return sent


def _abandoned(*parts: str) -> bool:
    return locks.is_free(*parts)


def _queued(redis: Any, key: str, field: str) -> set[str]:
    return {json.loads(message)[field] for message in redis.lrange(key, 0, -1)}
