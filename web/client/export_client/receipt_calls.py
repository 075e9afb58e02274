"""Calls about receipts: read one, check a file or a receipt, and the keys that sign them."""

import msgspec

from export_client.calls import Call
from export_client.receipt_model import ReceiptKeys, Verified


def receipt(job_id: str) -> Call[msgspec.Raw]:
    """Read the receipt of a job, byte for byte as it is signed."""
    return Call("GET", f"/api/export/jobs/{job_id}/receipt", msgspec.Raw)


def receipt_keys() -> Call[ReceiptKeys]:
    """Read the public keys by which receipts are checked, retired ones included."""
    return Call("GET", "/api/export/receipts/keys", ReceiptKeys)


def verify(sha256: str) -> Call[Verified]:
    """Ask whether the service made the file with this SHA-256, in hex, and what changed since."""
    return Call("POST", "/api/export/verify", Verified, {"sha256": sha256})
