"""Temporal on PostgreSQL comes up from the scripts and settings of the deployment, and exports."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.deploy.temporal import TemporalServer
from tests.engines.choice import PostgresS3
from tests.engines.machines import Cluster

pytestmark = pytest.mark.deploy


@pytest.fixture
def engines() -> Iterator[PostgresS3]:
    running = PostgresS3()
    yield running
    running.stop()


def test_exports_run_on_temporal_on_postgresql(
    services: dict[str, Any], engines: PostgresS3, tmp_path: Path
) -> None:
    temporal = TemporalServer(services, engines.postgresql, tmp_path)
    # Each of the two jobs may be started again, by an operator or after a failure.
    temporal.set_up()
    temporal.set_up()
    temporal.start()
    temporal.add_namespace()
    temporal.add_namespace()
    try:
        with (
            Cluster(tmp_path, engines.variables(tmp_path), temporal.address) as cluster,
            cluster.machines[0].client() as here,
            cluster.machines[1].client() as there,
        ):
            jobs = [client.export(["content-1"], "pdf") for client in (here, there)]
            ended = [here.wait(job["job_id"], seconds=120) for job in jobs]
            assert [job["status"] for job in ended] == ["completed"] * 2
            assert here.download(ended[0]) == there.download(ended[1])
    finally:
        temporal.server.stop()
