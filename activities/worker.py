"""A worker process: `python -m activities.worker --role io,workflow --metrics-port 9100`."""

from activities.common import quick_imports

if __name__ == "__main__":
    quick_imports.begin()

import argparse
import asyncio
import signal
import sys
from collections.abc import Callable, Coroutine, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import stamina
from temporalio.client import Client
from temporalio.common import VersioningBehavior, WorkerDeploymentVersion
from temporalio.converter import DataConverter
from temporalio.worker import UnsandboxedWorkflowRunner, Worker, WorkerDeploymentConfig

from activities.automation.archive_progress import ArchiveProgress
from activities.automation.archive_records import ArchiveRecords
from activities.automation.destinations import (
    Destinations,
    UnusableDestinationsError,
    read_destinations,
)
from activities.automation.schedule_records import ScheduleRecords
from activities.automation.signing_keys import SigningKeys, UnusableKeyError
from activities.automation.webhook_announcements import WebhookAnnouncements
from activities.automation.webhook_deliveries import WebhookDeliveries
from activities.automation.webhook_outbox import WebhookOutbox
from activities.automation.webhook_sealing import WebhookSealing
from activities.automation.webhook_secrets import SecretKeys
from activities.common import logs, tracing
from activities.common.allowed_origins import allowed_origins
from activities.common.database import Database
from activities.common.database import connect as connect_database
from activities.common.guarded_post import GuardedPoster, PublicOrigins
from activities.common.listening import UnusablePortError, check_address
from activities.common.logs import get_logger
from activities.common.mail import Mailer, mail_server
from activities.common.private_files import (
    UnusableDirectoryError,
    keep_files_private,
    mend_directory,
    own_directory,
)
from activities.content.open import open_content, open_pictures
from activities.content.source import ContentSource, PictureSource
from activities.jobs.audit import AuditLog
from activities.jobs.dispatch_queue import DispatchQueue
from activities.jobs.execution import JobExecution
from activities.jobs.file_checks import FileChecks
from activities.jobs.held_files import OwnerRoom
from activities.jobs.lifecycle import JobLifecycle
from activities.jobs.owner_jobs import OwnerJobs
from activities.jobs.previews import Previews
from activities.jobs.records import JobRecords
from activities.jobs.sendings import Sendings
from activities.jobs.themes import ThemeRecords
from activities.jobs.traces import JobTraces
from activities.model.catalog import NotInstalledError, catalog
from activities.people.erasures import Erasures
from activities.people.lti_nonces import LtiNonces
from activities.people.notifications import Notifications
from activities.people.sessions import Sessions
from activities.people.shares import Shares
from activities.people.sign_in_codes import SignInCodes
from activities.settings import (
    API_SECRETS,
    CANNOT_START,
    IO_SECRETS,
    Settings,
    SettingsError,
    begin_traces,
    from_environment,
)
from activities.steps.archive_upkeep import ArchiveUpkeep
from activities.steps.archiving import Archiving
from activities.steps.assemble import Assemble
from activities.steps.bundle_files import BundleFiles
from activities.steps.compare import Compare, PictureComparer
from activities.steps.confinement import forbid_inspection
from activities.steps.content_reader import ContentReader
from activities.steps.deliver import Deliver
from activities.steps.deliver_webhook import DeliverWebhook
from activities.steps.dispatch_interceptor import NextExportInterceptor
from activities.steps.erase_owner import EraseOwner
from activities.steps.erasure_rooms import rooms_of
from activities.steps.error_interceptor import ErrorMappingInterceptor
from activities.steps.express import Express
from activities.steps.fetch import Fetch
from activities.steps.freeze_pictures import FreezePictures
from activities.steps.health_interceptor import HealthInterceptor
from activities.steps.log_context import LogContextInterceptor
from activities.steps.make import Make
from activities.steps.notify import Notify
from activities.steps.owner_exports import OwnerExports
from activities.steps.picture_freezer import PictureFreezer
from activities.steps.preview import Preview
from activities.steps.publication import Publication
from activities.steps.publish import Publish
from activities.steps.reconcile import Reconcile
from activities.steps.render import Render
from activities.steps.render_pool import RenderPool
from activities.steps.render_workspace import RenderWorkspace
from activities.steps.retention import Retention
from activities.steps.schedule_sweep import ScheduleSweep
from activities.steps.scheduled_run import ScheduledRuns
from activities.steps.send import Send
from activities.steps.sweep import Sweep
from activities.steps.tidy import Tidy
from activities.steps.webhook_upkeep import WebhookUpkeep
from activities.storage.open_storage import open_storage
from activities.temporal.admission import Admission
from activities.temporal.client import TemporalUnavailableError, connect, hard_exit
from activities.temporal.erasures import ErasureStarter
from activities.temporal.lasting_workers import WorkerMaker, run_workers
from activities.temporal.payload_codec import (
    UnusablePayloadKeyError,
    check_payload_keys,
    data_converter,
)
from activities.temporal.schedule import ensure_schedule
from activities.temporal.sendings import SendingStarter
from activities.temporal.webhooks import WebhookStarter
from activities.temporal.worker_health import WorkerHealth, serve
from workflows.archive import ArchiveWorkflow
from workflows.contracts import (
    DEPLOYMENT,
    EXPRESS_QUEUE,
    IO_QUEUE,
    PREVIEW_QUEUE,
    RENDER_QUEUE,
    RENDER_SMALL_QUEUE,
    SENDING_QUEUE,
    UNNAMED_BUILD,
    WEBHOOK_QUEUE,
    WORKFLOW_QUEUE,
)
from workflows.erasure import ErasureWorkflow
from workflows.export import ExportWorkflow
from workflows.policies import DRAIN_TIMEOUT, HEARTBEAT_THROTTLE, STICKY_TIMEOUT
from workflows.preview import PreviewWorkflow
from workflows.retention import RetentionWorkflow
from workflows.scheduled_export import ScheduledExportWorkflow
from workflows.sending import SendingWorkflow
from workflows.webhook import WebhookWorkflow

logger = get_logger(__name__)

# Fetches and publishes wait for others most of the time, so many fit into one process.
_IO_AT_ONCE = 32

_WEBHOOKS_AT_ONCE = 16
"""Messages to webhooks that a worker sends at once, each of which may wait for its receiver."""

_SENDINGS_AT_ONCE = 8
"""Deliveries and mails that a worker sends at once; each delivery has some megabytes in memory."""

_SCRATCH = "scratch"
"""The directory of temporary files of renders, in that of exports; these have no names. Render
children may open what is in there, and nothing else of it."""

EXPRESS_AT_ONCE = 4
"""Small exports that a worker makes at once: each waits for the database and the disk half of its
time."""

_TURN_SECONDS = 1.0

_ROLES = ("express", "io", "render", "workflow")

RENDERS_AT_ONCE = 3
"""Renders of a worker, each in a process that keeps a core busy. Where there are fewer cores, some
wait for storage, and others are shorter than was estimated, to which long ones leave the processor.
"""

SMALL_RENDERS_AT_ONCE = 1
"""Renders of small exports that a worker has beside those, whatever they are."""

PREVIEWS_AT_ONCE = 1
"""Renders of first pages that a worker has beside those, to which they leave the processor."""


class Work(NamedTuple):
    """What one process does."""

    makers: list[WorkerMaker]
    """Make its Temporal workers."""
    loops: list[Callable[[], Coroutine[Any, Any, None]]]
    """What it does by itself meanwhile; none of them returns."""


def work_of(
    roles: Sequence[str],
    database: Database,
    client: Client,
    settings: Settings,
    health: WorkerHealth,
) -> Work:
    """What makes the Temporal workers of one process, on what they share."""
    execution = JobExecution(database)
    storage = open_storage(settings)
    scratch = Path(settings.temp_path) / _SCRATCH
    admission = Admission(
        client,
        JobRecords(database),
        execution,
        DispatchQueue(database),
        at_once=settings.owner_jobs_at_once,
        max_seconds=settings.max_seconds,
        express=settings.express,
        public_url=settings.public_url,
    )
    signing_keys = _signing_keys(settings)
    publication = Publication(
        execution,
        storage,
        settings.retention,
        room=OwnerRoom(database, settings.owner_max_bytes),
        signing_keys=signing_keys,
        issuer=settings.id_namespace,
    )
    publish = Publish(execution, storage, publication)
    common: dict[str, Any] = {
        "graceful_shutdown_timeout": DRAIN_TIMEOUT,
        "max_heartbeat_throttle_interval": HEARTBEAT_THROTTLE,
        "default_heartbeat_throttle_interval": HEARTBEAT_THROTTLE,
        "interceptors": [
            HealthInterceptor(health),
            LogContextInterceptor(),
            ErrorMappingInterceptor(),
            NextExportInterceptor(admission),
        ],
        # Without a version of ours the SDK would hash every loaded module at each start.
        "deployment_config": WorkerDeploymentConfig(
            version=WorkerDeploymentVersion(DEPLOYMENT, settings.build_id or UNNAMED_BUILD),
            use_worker_versioning=bool(settings.build_id),
            # An export is short: let it end on the code with which it began.
            default_versioning_behavior=VersioningBehavior.PINNED
            if settings.build_id
            else VersioningBehavior.UNSPECIFIED,
        ),
    }

    deciding: dict[str, Any] = {
        "no_remote_activities": True,
        # Tests run them in the sandbox and replay them; here it would cost a quarter of an export.
        "workflow_runner": UnsandboxedWorkflowRunner(),
        "sticky_queue_schedule_to_start_timeout": STICKY_TIMEOUT,
        **common,
    }

    loops: list[Callable[[], Coroutine[Any, Any, None]]] = []

    def workflow_workers() -> list[WorkerMaker]:
        worker = partial(
            Worker,
            task_queue=WORKFLOW_QUEUE,
            workflows=[
                ExportWorkflow,
                RetentionWorkflow,
                WebhookWorkflow,
                ScheduledExportWorkflow,
                SendingWorkflow,
                ErasureWorkflow,
                PreviewWorkflow,
                ArchiveWorkflow,
            ],
            activities=[publish.publish],
            **deciding,
        )
        return [worker]

    def render_children(at_once: int) -> RenderPool:
        forbid_inspection()
        return RenderPool(scratch, settings.render_memory_bytes, at_once)

    def rendering(children: RenderPool) -> RenderWorkspace:
        return RenderWorkspace(
            execution,
            storage,
            children,
            settings.max_file_bytes,
            settings.content_link_base,
            settings.id_namespace,
            signing_keys,
        )

    def express_workers() -> list[WorkerMaker]:
        children = render_children(EXPRESS_AT_ONCE)
        children.warm_up()  # else the first exports would be given up for it
        workspace = rendering(children)
        express = Express(execution, content_reader(), workspace, storage, publication)
        worker = partial(
            Worker,
            task_queue=EXPRESS_QUEUE,
            workflows=[ExportWorkflow],
            activities=[express.express, publish.publish],
            max_concurrent_local_activities=EXPRESS_AT_ONCE,
            **deciding,
        )
        return [worker]

    def content_reader(content: ContentSource | None = None) -> ContentReader:
        content = content or _content(settings, database)
        return ContentReader(content, settings.max_file_bytes)

    def io_workers() -> list[WorkerMaker]:
        lifecycle = JobLifecycle(database)
        retention = Retention(
            lifecycle,
            FileChecks(database),
            AuditLog(database),
            ThemeRecords(database),
            Sessions(database),
            SignInCodes(database),
            LtiNonces(database),
            Shares(database),
            Erasures(database),
            OwnerJobs(database),
            Previews(database),
            storage,
            settings,
        )
        sweep = Sweep(lifecycle, storage)
        reconcile = Reconcile(lifecycle, execution, storage, client, admission, settings)
        loops.append(reconcile.keep_reconciling)
        keys = SecretKeys(settings.webhook_keys)
        outbox = WebhookOutbox(database)
        traces = JobTraces(database)
        upkeep = WebhookUpkeep(
            WebhookDeliveries(database),
            WebhookAnnouncements(database),
            WebhookSealing(database, keys),
            keys,
            settings,
        )
        deliver = DeliverWebhook(
            outbox, execution, keys, GuardedPoster(_webhooks(settings)), settings.public_url
        )
        loops.append(WebhookStarter(client, outbox, traces).keep_starting)
        mailer = _mailer(settings)
        sendings = Sendings(database)
        send = Send(sendings, execution)
        notifications = Notifications(database)
        deliveries = Deliver(send, _destinations(settings), storage, mailer, settings.public_url)
        notify = Notify(send, notifications, mailer, settings.public_url)
        loops.append(SendingStarter(client, sendings, traces).keep_starting)
        content = _content(settings, database)
        pictures = _pictures(content, settings)
        freezer = PictureFreezer(pictures, storage)
        comparer = PictureComparer(content, pictures)
        schedules = ScheduleRecords(database)
        runs = ScheduledRuns(schedules, JobRecords(database), comparer)
        erasures, owner_jobs = Erasures(database), OwnerJobs(database)
        erase = EraseOwner(
            erasures,
            rooms_of(database, client),
            OwnerExports(owner_jobs, execution, storage, client),
            owner_jobs,
        )
        loops.append(ErasureStarter(client, erasures).keep_starting)
        archives = ArchiveRecords(database)
        archiving = Archiving(
            ArchiveProgress(database),
            archives,
            JobRecords(database),
            execution,
            content,
            storage,
            signing_keys,
            retention=settings.retention,
            max_seconds=settings.max_seconds,
        )
        bundle = BundleFiles(
            execution,
            storage,
            scratch,
            settings.max_file_bytes,
            signing_keys=signing_keys,
            issuer=settings.id_namespace,
        )
        worker = partial(
            Worker,
            task_queue=IO_QUEUE,
            activities=[
                Fetch(execution, content_reader(content), storage).fetch,
                Compare(execution, comparer).compare,
                FreezePictures(execution, freezer, storage).freeze_pictures,
                bundle.bundle_files,
                publish.abandon,
                erase.erase_owner,
                runs.open_run,
                runs.look_at_run,
                archiving.advance,
                archiving.seal,
                archiving.end,
                retention.expire_files,
                retention.remove_records,
                reconcile.reconcile_jobs,
                sweep.sweep_storage,
                retention.verify_files,
                Tidy(
                    retention,
                    sweep,
                    upkeep,
                    ScheduleSweep(schedules, client).sweep,
                    ArchiveUpkeep(archives, settings.record_retention).keep_up,
                    notifications,
                ).tidy,
            ],
            max_concurrent_activities=_IO_AT_ONCE,
            **common,
        )
        # Apart: however long receivers take, they hold no place of a fetch.
        sender = partial(
            Worker,
            task_queue=WEBHOOK_QUEUE,
            activities=[deliver.deliver_webhook],
            max_concurrent_activities=_WEBHOOKS_AT_ONCE,
            **common,
        )
        # Apart, too: a large file takes its time.
        deliverer = partial(
            Worker,
            task_queue=SENDING_QUEUE,
            activities=[deliveries.deliver, notify.notify],
            max_concurrent_activities=_SENDINGS_AT_ONCE,
            **common,
        )
        return [worker, sender, deliverer]

    def render_workers() -> list[WorkerMaker]:
        slots = {RENDER_QUEUE: RENDERS_AT_ONCE, RENDER_SMALL_QUEUE: SMALL_RENDERS_AT_ONCE}
        workspace = rendering(render_children(sum(slots.values()) + PREVIEWS_AT_ONCE))
        reader = content_reader()
        activities: list[Callable[..., Any]] = [
            Render(workspace).render,
            Assemble(workspace).assemble,
            Make(execution, reader, workspace, storage).make,
        ]
        preview = Preview(Previews(database), ThemeRecords(database), reader, workspace)
        drawing = partial(
            Worker,
            task_queue=PREVIEW_QUEUE,
            activities=[preview.preview],
            max_concurrent_activities=PREVIEWS_AT_ONCE,
            **common,
        )
        renderers = [
            partial(
                Worker,
                task_queue=queue,
                activities=activities,
                max_concurrent_activities=at_once,
                **common,
            )
            for queue, at_once in slots.items()
        ]
        return [*renderers, drawing]

    by_role: dict[str, Callable[[], list[WorkerMaker]]] = {
        "workflow": workflow_workers,
        "io": io_workers,
        "render": render_workers,
        "express": express_workers,
    }
    return Work([maker for role in roles for maker in by_role[role]()], loops)


def _content(settings: Settings, database: Database) -> ContentSource:
    return open_content(
        settings.content_url,
        settings.content_token,
        database,
        seconds=settings.content_seconds,
    )


def _destinations(settings: Settings) -> Destinations:
    try:
        return read_destinations(settings.destinations)
    except UnusableDestinationsError as error:
        raise SettingsError(f"EXPORT_DESTINATIONS: {error}") from None


def _signing_keys(settings: Settings) -> SigningKeys:
    try:
        return SigningKeys(settings.listed_signing_keys)
    except UnusableKeyError as error:
        raise SettingsError(f"EXPORT_SIGNING_KEYS: {error}") from None


def _check_payload_keys(settings: Settings) -> None:
    try:
        check_payload_keys(settings.payload_keys)
    except UnusablePayloadKeyError as error:
        raise SettingsError(f"EXPORT_PAYLOAD_SECRETS: {error}") from None


def _mailer(settings: Settings) -> Mailer | None:
    if not settings.smtp_url or not settings.mail_from or not settings.public_url:
        return None
    try:
        return Mailer(mail_server(settings.smtp_url), settings.mail_from)
    except ValueError as error:
        raise SettingsError(f"EXPORT_SMTP_URL: {error}") from None


def _webhooks(settings: Settings) -> PublicOrigins:
    try:
        return PublicOrigins(allowed_origins(settings.webhook_origins))
    except ValueError as error:
        raise SettingsError(
            f"EXPORT_WEBHOOK_ORIGINS: {error} is no origin such as https://hooks.example, nor one "
            "with its network such as https://hooks.internal=10.1.0.0/16"
        ) from None


def _pictures(content: ContentSource, settings: Settings) -> PictureSource:
    try:
        return open_pictures(content, settings.media_origins)
    except ValueError as error:
        raise SettingsError(
            f"EXPORT_MEDIA_ORIGINS: {error} is no origin such as https://cdn.example, nor one "
            "with its network such as https://files.internal=10.1.0.0/16"
        ) from None


async def run(roles: Sequence[str], settings: Settings, health: WorkerHealth) -> None:
    """Work until SIGTERM or SIGINT, then drain."""
    turning = asyncio.create_task(_turn(health))
    try:
        await _run(roles, settings, health)
    finally:
        turning.cancel()


async def _turn(health: WorkerHealth) -> None:
    while True:
        health.turn()
        await asyncio.sleep(_TURN_SECONDS)


async def _run(roles: Sequence[str], settings: Settings, health: WorkerHealth) -> None:
    client = await _connect_when_there(data_converter(settings.payload_keys))
    if "workflow" in roles:
        await ensure_schedule(client)
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    database = connect_database(settings.database)
    going = list[asyncio.Task[None]]()
    try:
        work = work_of(roles, database, client, settings, health)
        going += [asyncio.create_task(endless()) for endless in work.loops]
        logger.info("worker started", roles=",".join(roles))
        await run_workers(work.makers, client, stopping, health.responded)
    finally:
        for task in going:
            task.cancel()
        # The process ends without tear-down: SQLite's log would stay as large as it ever was.
        await database.close()


async def _connect_when_there(converter: DataConverter) -> Client:
    connecting = stamina.retry_context(
        TemporalUnavailableError,
        attempts=None,
        timeout=None,
        wait_initial=0.2,
        wait_max=1.0,
        wait_jitter=0.2,
    )
    async for attempt in connecting:
        with attempt:
            if attempt.num == 2:  # the first has just failed
                logger.warning("waiting for Temporal")
            return await connect(lazy=False, converter=converter)
    raise AssertionError("it is tried for ever")


def _unread(roles: Sequence[str]) -> tuple[str, ...]:
    """What a worker of these roles is not to know."""
    return API_SECRETS if "io" in roles else (*API_SECRETS, *IO_SECRETS, "webhook_secrets")


def main() -> int:
    """Run the command; returns its exit code."""
    quick_imports.end()
    parser = argparse.ArgumentParser(prog="python -m activities.worker", description=__doc__)
    parser.add_argument(
        "--role",
        required=True,
        help=f"comma-separated list of {', '.join(_ROLES)}",
    )
    parser.add_argument("--metrics-port", type=int, help="serve /metrics and /health on this port")
    parser.add_argument("--metrics-host", default="127.0.0.1", help="address for --metrics-port")
    arguments = parser.parse_args()
    roles = arguments.role.split(",")
    if unknown := set(roles).difference(_ROLES):
        parser.error(f"unknown role: {', '.join(sorted(unknown))}")
    keep_files_private()
    logs.configure()
    try:
        settings = from_environment(unread=_unread(roles))
        _check_payload_keys(settings)
        begin_traces(settings, "export-worker", arguments.role)
        if not settings.database_url:
            mend_directory(Path(settings.data_dir))
        own_directory(Path(settings.temp_path))  # of scratch files, wherever exports are kept
        for sentence in catalog().left_out:
            logger.warning(sentence)
        if arguments.metrics_port is not None:
            check_address(arguments.metrics_host, arguments.metrics_port, "--metrics-port")
    except (SettingsError, UnusableDirectoryError, NotInstalledError, UnusablePortError) as error:
        sys.exit(f"{CANNOT_START}{error}")
    health = WorkerHealth(roles)
    if arguments.metrics_port is not None:
        serve(health, arguments.metrics_host, arguments.metrics_port)
    try:
        asyncio.run(run(roles, settings, health))
    except Exception:
        logger.exception("worker stopped")
        return 1
    finally:
        tracing.end()
    return 0


if __name__ == "__main__":
    if sys.platform != "win32":
        import uvloop

        uvloop.install()
    hard_exit(main())
