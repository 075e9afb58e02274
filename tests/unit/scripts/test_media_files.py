"""Pictures of a directory, as content refers to them."""

import json
from pathlib import Path

import pytest

from activities.formats.testing.items import item
from activities.model.limits import PICTURE_BYTES_MAX
from scripts.dev.content_files import UnreadableContentError
from scripts.dev.media_files import read_media

GUIDE = """
![path](/courses/1/cell%20one.png) ![token](@@PLUGINFILE@@/leaf.png)
![url](https://x.org/uploads/deep/root.png?size=2) ![query](/api/attachments.redirect?id=12)
<img src="../../etc/passwd"> ![up](/../outside.png) ![gone](gone.png) ![nul](a%00b)
"""


def directory(tmp_path: Path) -> Path:
    root = tmp_path / "media"
    (root / "courses" / "1").mkdir(parents=True)
    (root / "courses" / "1" / "cell one.png").write_bytes(b"cell")
    (root / "leaf.png").write_bytes(b"leaf")
    (root / "root.png").write_bytes(b"root")
    (root / "twelve.png").write_bytes(b"twelve")
    (root / "link.png").symlink_to(tmp_path / "outside.png")
    (tmp_path / "outside.png").write_bytes(b"secret")
    names = {"/api/attachments.redirect?id=12": "twelve.png", "gone.png": "link.png"}
    (root / "references.json").write_text(json.dumps(names))
    return root


def test_references_lead_to_files_of_the_directory_alone(tmp_path: Path) -> None:
    items = [item("a", study_guide=GUIDE), item("b", owner_id="teacher-2", title="![x](leaf.png)")]
    assert read_media(directory(tmp_path), items) == {
        "teacher-1": {
            "/courses/1/cell%20one.png": b"cell",
            "@@PLUGINFILE@@/leaf.png": b"leaf",
            "https://x.org/uploads/deep/root.png?size=2": b"root",
            "/api/attachments.redirect?id=12": b"twelve",
        },
        "teacher-2": {"leaf.png": b"leaf"},
    }


def test_what_cannot_be_used_is_named(tmp_path: Path) -> None:
    root = directory(tmp_path)
    with pytest.raises(UnreadableContentError, match="nowhere"):
        read_media(tmp_path / "nowhere", [])
    (root / "leaf.png").write_bytes(bytes(PICTURE_BYTES_MAX + 1))
    with pytest.raises(UnreadableContentError, match=r"leaf\.png"):
        read_media(root, [item("a", study_guide=GUIDE)])
    (root / "references.json").write_text("[]")
    with pytest.raises(UnreadableContentError, match=r"references\.json"):
        read_media(root, [])
