"""The Helm chart of a release, which names the release's image by its digest."""

import shutil
import tempfile
from pathlib import Path

from scripts.releasing.archives import compressed, tar_of, tree
from scripts.releasing.source import CHART, ReleaseError, Source

_NAME = "export-service"
_VALUES = {"repository": "export-service", "digest": '""'}


def package_chart(source: Source, repository: str, digest: str, target: Path) -> None:
    """Package the chart, as Helm does but for the times in the package.

    Args:
        source: the files of the release.
        repository: where the image will be, such as `registry.example.org/export-service`.
        digest: the image's.
        target: the package.

    Raises:
        ReleaseError: the chart's values have no place for the image's.
    """
    with tempfile.TemporaryDirectory() as scratch:
        chart = Path(scratch) / _NAME
        shutil.copytree(source.directory / CHART, chart)
        values = chart / "values.yaml"
        text = values.read_text()
        for key, value in {"repository": repository, "digest": digest}.items():
            line = f"\n  {key}: {_VALUES[key]}\n"
            if text.count(line) != 1:
                raise ReleaseError(f"{CHART}/values.yaml needs the line {line.strip()} once")
            text = text.replace(line, f"\n  {key}: {value}\n")
        values.write_text(text)
        archive = Path(scratch) / "chart.tar"
        files = [
            each
            for each in tree(chart, _NAME)
            if each[1].is_file() and not each[1].name.startswith(".")
        ]
        tar_of(files, archive, source.epoch)
        target.write_bytes(compressed(archive.read_bytes()))
