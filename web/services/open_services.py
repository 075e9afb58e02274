"""Connections and services of one API process, opened in order and closed in reverse."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta

from activities.automation.archive_records import ArchiveRecords
from activities.automation.destinations import Destinations
from activities.automation.failed_messages import FailedMessages
from activities.automation.schedule_records import ScheduleRecords
from activities.automation.signing_keys import SigningKeys
from activities.automation.webhook_deliveries import WebhookDeliveries
from activities.automation.webhook_records import WebhookRecords
from activities.automation.webhook_secrets import SecretKeys
from activities.common.database import connect
from activities.common.guarded_post import PublicOrigins
from activities.content.open import open_content
from activities.content.source import ContentSource
from activities.documents.design.theme_shelf import ThemeShelf
from activities.jobs.audit import AuditLog
from activities.jobs.dispatch_queue import DispatchQueue
from activities.jobs.execution import JobExecution
from activities.jobs.file_checks import FileChecks
from activities.jobs.held_files import OwnerRoom
from activities.jobs.operator_queries import OperatorQueries
from activities.jobs.previews import Previews
from activities.jobs.receipts import Receipts
from activities.jobs.records import JobRecords
from activities.jobs.sendings import Sendings
from activities.jobs.themes import ThemeRecords
from activities.jobs.write_check import WriteCheck
from activities.model.jobs import OwnerLimits
from activities.people.erasures import Erasures
from activities.people.kept_files import KeptFiles
from activities.people.lti_nonces import LtiNonces
from activities.people.notifications import Notifications
from activities.people.preferences import Preferences
from activities.people.sessions import Sessions
from activities.people.shares import Shares
from activities.people.sign_in_codes import SignInCodes
from activities.settings import Settings
from activities.storage.open_storage import open_storage
from activities.temporal import client as temporal
from activities.temporal.admission import Admission
from activities.temporal.payload_codec import PayloadKeys, data_converter
from activities.temporal.pending_work import PendingWorks
from web.auth.lti_platforms import Platform
from web.auth.oidc import Oidc
from web.auth.oidc_settings import OidcSettings
from web.auth.tokens import Tokens, open_tokens
from web.services.archive_runner import ArchiveRunner
from web.services.archives import Archives
from web.services.changes_since import ChangesSince
from web.services.content_catalog import ContentCatalog
from web.services.create_export import ExportCreator
from web.services.destination_choice import DestinationChoice
from web.services.dispatcher import Dispatcher
from web.services.file_deliveries import FileDeliveries
from web.services.file_keeping import FileKeeping
from web.services.file_reuse import FileReuse
from web.services.file_sender import FileSender
from web.services.file_shares import FileShares
from web.services.handouts import Handouts
from web.services.health_checks import HealthChecks
from web.services.job_access import JobAccess
from web.services.job_counts import JobCounts
from web.services.job_creator import JobCreator
from web.services.job_estimates import JobEstimates
from web.services.job_responses import JobResponses
from web.services.job_watcher import JobWatcher
from web.services.lti_flows import LtiFlows
from web.services.notification_choice import NotificationChoice
from web.services.operators import Operators
from web.services.owner_erasures import OwnerErasures
from web.services.owner_usage import OwnerUsage
from web.services.page_previews import PagePreviews
from web.services.paging import Paging
from web.services.payload_coding import PayloadCoding
from web.services.presigned_urls import PresignedUrls
from web.services.receipt_checks import ReceiptChecks
from web.services.schedule_runner import ScheduleRunner
from web.services.schedules import Schedules
from web.services.service_gauges import ServiceGauges
from web.services.sign_in_links import SignInLinks
from web.services.sign_ins import SignIns
from web.services.theme_choice import ThemeChoice
from web.services.webhooks import Webhooks


@dataclass(frozen=True)
class Services:
    """The services that handlers may name as parameters, under these names."""

    archives: Archives
    audit_log: AuditLog
    content: ContentSource
    content_catalog: ContentCatalog
    destination_choice: DestinationChoice
    export_creator: ExportCreator
    failed_messages: FailedMessages
    file_deliveries: FileDeliveries
    file_keeping: FileKeeping
    file_sender: FileSender
    file_shares: FileShares
    handouts: Handouts
    health_checks: HealthChecks
    job_access: JobAccess
    job_responses: JobResponses
    job_watcher: JobWatcher
    lti_flows: LtiFlows
    lti_nonces: LtiNonces
    notification_choice: NotificationChoice
    oidc: Oidc
    operators: Operators
    owner_erasures: OwnerErasures
    owner_usage: OwnerUsage
    page_previews: PagePreviews
    paging: Paging
    payload_coding: PayloadCoding
    preferences: Preferences
    receipt_checks: ReceiptChecks
    records: JobRecords
    schedules: Schedules
    service_gauges: ServiceGauges
    sessions: Sessions
    sign_in_links: SignInLinks
    sign_ins: SignIns
    theme_choice: ThemeChoice
    tokens: Tokens
    webhooks: Webhooks


@asynccontextmanager
async def open_services(
    settings: Settings,
    shelf: ThemeShelf,
    provider: OidcSettings | None,
    platforms: Sequence[Platform],
    webhook_reach: PublicOrigins,
    destinations: Destinations,
) -> AsyncIterator[Services]:
    """Open everything, keep the background loops running, and close everything again."""
    async with AsyncExitStack() as closing:
        database = connect(settings.database)
        closing.push_async_callback(database.close)
        content = open_content(
            settings.content_url,
            settings.content_token,
            database,
            seconds=settings.content_seconds,
        )
        closing.push_async_callback(content.close)
        tokens = open_tokens(settings)
        closing.push_async_callback(tokens.close)
        oidc = Oidc(provider)
        closing.push_async_callback(oidc.close)
        lti_flows = LtiFlows(platforms, settings.link_keys)
        closing.push_async_callback(lti_flows.close)
        records = JobRecords(database)
        sessions = Sessions(database)
        shares = Shares(database)
        audit_log = AuditLog(database)
        storage = open_storage(settings)
        client = await temporal.connect(lazy=True, converter=data_converter(settings.payload_keys))
        themes = ThemeChoice(shelf)
        destination_choice = DestinationChoice(destinations)
        admission = Admission(
            client,
            records,
            JobExecution(database),
            DispatchQueue(database),
            at_once=settings.owner_jobs_at_once,
            max_seconds=settings.max_seconds,
            express=settings.express,
            public_url=settings.public_url,
        )
        dispatcher = Dispatcher(records, admission)
        creator = JobCreator(records, dispatcher, at_once=settings.owner_jobs_at_once)
        works = PendingWorks(client, admission.breaker)
        estimates = JobEstimates(database, settings.retention, works)
        job_counts = JobCounts(records)
        queries = OperatorQueries(database)
        writes = WriteCheck(database)
        keys = SecretKeys(settings.webhook_keys)
        signing_keys = SigningKeys(settings.listed_signing_keys)
        urls = PresignedUrls(settings.link_keys, timedelta(seconds=settings.link_ttl_seconds))
        watcher = JobWatcher(
            records,
            estimates,
            max_watches=settings.event_streams,
            max_watches_per_owner=settings.owner_event_streams,
        )
        owner_usage = OwnerUsage(
            OwnerRoom(database, settings.owner_max_bytes),
            content,
            most_pinned=settings.owner_pinned,
        )
        export_creator = ExportCreator(
            records,
            content,
            storage,
            creator,
            FileReuse(database, content, storage, settings.retention),
            themes,
            ThemeRecords(database),
            ChangesSince(records, content),
            destination_choice,
            owner_usage,
            limits=OwnerLimits(settings.owner_jobs_in_flight, settings.owner_jobs_per_hour),
            max_items=settings.max_items,
            makes_receipts=signing_keys.exist,
        )
        schedule_records = ScheduleRecords(database)
        runner = ScheduleRunner(schedule_records, export_creator, content, client)
        archive_records = ArchiveRecords(database)
        archive_runner = ArchiveRunner(archive_records, client)
        for loop in (dispatcher.run, watcher.run, runner.run, archive_runner.run):
            closing.push_async_callback(_stop, asyncio.create_task(loop()))
        yield Services(
            archives=Archives(
                archive_records,
                content,
                storage,
                urls,
                client,
                makes_receipts=signing_keys.exist,
            ),
            audit_log=audit_log,
            content=content,
            content_catalog=ContentCatalog(content, settings.facet_names),
            export_creator=export_creator,
            destination_choice=destination_choice,
            failed_messages=FailedMessages(database),
            file_keeping=FileKeeping(
                KeptFiles(database),
                records,
                storage,
                owner_usage,
                most_pinned=settings.owner_pinned,
                retention=settings.retention,
            ),
            file_deliveries=FileDeliveries(Sendings(database), records, destination_choice),
            file_shares=FileShares(
                shares, owner_usage, settings.link_keys, settings.share_max_days
            ),
            handouts=Handouts(
                shares, records, settings.link_keys, enabled=settings.share_max_days > 0
            ),
            file_sender=FileSender(storage, FileChecks(database), audit_log),
            health_checks=HealthChecks(writes, storage, content, client),
            job_access=JobAccess(records, dispatcher, urls),
            job_responses=JobResponses(estimates, urls),
            job_watcher=watcher,
            notification_choice=NotificationChoice(
                Notifications(database),
                available=bool(settings.mail_from and settings.public_url),
            ),
            oidc=oidc,
            operators=Operators(
                records,
                queries,
                job_counts,
                creator,
                storage,
                client,
                works,
                temporal_ui_url=settings.temporal_ui_url,
                express=settings.express,
            ),
            owner_erasures=OwnerErasures(Erasures(database), settings.link_keys),
            owner_usage=owner_usage,
            page_previews=PagePreviews(Previews(database), themes, ThemeRecords(database), client),
            paging=Paging(settings.max_page_size),
            payload_coding=PayloadCoding(PayloadKeys(settings.payload_keys)),
            preferences=Preferences(database),
            receipt_checks=ReceiptChecks(Receipts(database), content, signing_keys),
            records=records,
            lti_flows=lti_flows,
            lti_nonces=LtiNonces(database),
            sessions=sessions,
            sign_in_links=SignInLinks(SignInCodes(database)),
            sign_ins=SignIns(sessions, settings.session_seconds),
            theme_choice=themes,
            schedules=Schedules(schedule_records, export_creator, client, destination_choice),
            service_gauges=ServiceGauges(
                job_counts, queries, writes, storage, client, express=settings.express
            ),
            tokens=tokens,
            webhooks=Webhooks(
                WebhookRecords(database, keys), WebhookDeliveries(database), keys, webhook_reach
            ),
        )


async def _stop(task: asyncio.Task[None]) -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
