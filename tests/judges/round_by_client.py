"""The whole round by a client that is generated from the description, as `export_api_client`.

Run by its own Python, which has nothing of the service.
"""

import importlib
import json
import sys
import time
from pathlib import Path
from typing import Any


def main(url: str, token: str, target: str) -> None:
    """Create an export, wait for it, find it in the list, and write its file."""
    # What is generated has no types here, where it is checked.
    api: Any = importlib.import_module("export_api_client")
    models: Any = importlib.import_module("export_api_client.models")
    create: Any = importlib.import_module("export_api_client.api.exports.create_export")
    read: Any = importlib.import_module("export_api_client.api.jobs.get_job")
    list_jobs: Any = importlib.import_module("export_api_client.api.jobs.list_jobs")
    download: Any = importlib.import_module("export_api_client.api.jobs.download")

    client = api.AuthenticatedClient(base_url=url, token=token, raise_on_unexpected_status=True)
    wanted = {"content_ids": ["content-1"], "format": "pdf", "title": "By the Python client"}
    job = create.sync(client=client, body=models.CreateExportRequest.from_dict(wanted))
    while job.status in {"pending", "processing"}:
        time.sleep(0.3)
        job = read.sync(job.job_id, client=client)
    page = list_jobs.sync(client=client, status=models.Status.COMPLETED, page_size=5)
    Path(target).write_bytes(download.sync(job.job_id, client=client).payload.read())
    refused = read.sync("nothing", client=client)
    told = {
        "sha256": job.file.sha256,
        "listed": any(each.job_id == job.job_id for each in page.items),
        "code": refused.code,
    }
    print(json.dumps(told))  # noqa: T201


if __name__ == "__main__":
    main(*sys.argv[1:])
