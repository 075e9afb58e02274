"""A typed client of the export API, and the command `export-client`.

It stands alone: it needs httpx, msgspec and stamina, and nothing of the service itself. Calls that
are sent again are told to stamina's hooks, which belong to the program that uses the client.

    with ExportClient("http://127.0.0.1:8000", token) as client:
        job = client.create("pdf", content_ids=["content-1"], include_quality_metrics=True)
        client.download(client.wait(job), Path("course.pdf"))
"""

from export_client.archive_model import Archive
from export_client.asynchronous import AsyncExportClient
from export_client.content_model import Collection, ContentItem, ContentPage
from export_client.files import DamagedFileError
from export_client.model import (
    ClientError,
    Erasure,
    ExportFailedError,
    Format,
    Job,
    RefusedError,
    Schedule,
    Share,
    SignInLink,
    UnavailableError,
)
from export_client.receipt_model import ReceiptKeys, Verified
from export_client.receipts import (
    NotGenuineError,
    check_bundle,
    check_file,
    check_manifest,
    check_receipt,
)
from export_client.synchronous import ExportClient
from export_client.webhook_model import Delivery, Webhook

__all__ = [
    "Archive",
    "AsyncExportClient",
    "ClientError",
    "Collection",
    "ContentItem",
    "ContentPage",
    "DamagedFileError",
    "Delivery",
    "Erasure",
    "ExportClient",
    "ExportFailedError",
    "Format",
    "Job",
    "NotGenuineError",
    "ReceiptKeys",
    "RefusedError",
    "Schedule",
    "Share",
    "SignInLink",
    "UnavailableError",
    "Verified",
    "Webhook",
    "check_bundle",
    "check_file",
    "check_manifest",
    "check_receipt",
]
