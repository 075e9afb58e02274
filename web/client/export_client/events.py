"""A job's server-sent events (WHATWG HTML, section 9.2), as they come line by line."""

import httpx
import msgspec

from export_client.calls import check, not_the_api
from export_client.model import Job

TYPE = "text/event-stream"


class EventReader:
    """Reads the jobs out of the lines of a stream."""

    def __init__(self) -> None:
        self.last_id = ""
        """Of the last event, with which a new stream goes on."""
        self.ended = False
        """Whether the job has ended."""
        self._id = ""
        self._data: list[str] = []

    def job(self, line: str) -> Job | None:
        """The job of an event that this line ends, if it ends one."""
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "data":
            self._data.append(value)
        elif name == "id":
            self._id = value
        if line or not self._data:
            return None
        text, self._data = "\n".join(self._data), []
        self.last_id = self._id
        job = msgspec.json.decode(text, type=Job)
        self.ended = job.ended
        return job


def check_stream(response: httpx.Response) -> None:
    """See that a response is a stream of events.

    Raises:
        RefusedError: the API refused the request.
        UnavailableError: the response is a page of a proxy.
    """
    check(response)
    if not response.headers.get("Content-Type", "").startswith(TYPE):
        raise not_the_api(response)
