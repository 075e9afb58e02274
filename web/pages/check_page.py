"""Checking a file: for everybody who has one, whether or not they may sign in here.

The file stays where it is. The page's script makes its hash; without a script it can be typed.
"""

import re

from litestar import Response, get
from litestar.params import FromPath
from litestar.response import Template

from web.auth.guards import ApiRequest
from web.auth.tokens import READ
from web.http.problems import AnyRequest
from web.pages.fields import Fields
from web.pages.page import page
from web.pages.session import signed_in, who_is_signed_in
from web.pages.words import _
from web.routes.receipts import receipt_response
from web.schemas.receipts import SHA256, VerifyResponse
from web.services.injection import Service
from web.services.job_access import JobAccess
from web.services.receipt_checks import ReceiptChecks


@get("/check")
async def check_page(request: AnyRequest, receipt_checks: Service[ReceiptChecks]) -> Template:
    """Ask for a file or its hash, and say what is known of it."""
    sha256 = Fields(request.scope["query_string"]).one("sha256")
    caller = await who_is_signed_in(request)
    request.scope["user"] = caller
    found: VerifyResponse | None = None
    trouble = ""
    if sha256 and re.fullmatch(SHA256, sha256):
        found = await receipt_checks.of_file(sha256, caller.owner_id if caller else None)
    elif sha256:
        trouble = _("This is no SHA-256: it has 64 digits and letters from a to f.")
    return page(request, "check.html", sha256=sha256, found=found, trouble=trouble)


@get("/exports/{job_id:str}/receipt", guards=[signed_in(READ)])
async def download_receipt(
    request: ApiRequest,
    job_id: FromPath[str],
    job_access: Service[JobAccess],
    receipt_checks: Service[ReceiptChecks],
) -> Response[bytes]:
    """Send the receipt of an export."""
    job = await job_access.of_caller(request.user, job_id)
    return receipt_response(job.job_id, await receipt_checks.receipt_of(job))
