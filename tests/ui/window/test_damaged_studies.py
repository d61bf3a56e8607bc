"""A window on damaged studies: each ends in a sentence or an opened study, and the window lives."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.places import ROOT, SHARED_DATA

HOSTILE = SHARED_DATA / "reports" / "hostile"
INPUTS = sorted(HOSTILE.iterdir()) if HOSTILE.is_dir() else []
#: Not a limit on speed: what takes longer would never end.
LONGEST_S = 200.0

WINDOW = """
import json, sys, time
from pathlib import Path
from PySide6.QtCore import QTimer
from ui.frame import crash
from ui.studies.controller import StudyController
from ui.window import start
given, caught = Path(sys.argv[1]), []
application = start.make_application()
window = start.make_window()
window.resize(1280, 800)
window.show()
crash.install_hooks(caught.append)
begun = time.monotonic()
def look():
    if window.session.jobs.reports and time.monotonic() - begun < float(sys.argv[2]):
        return
    timer.stop()
    found = {
        "busy": [x.title for x in window.session.jobs.reports],
        "study": window.session.study is not None,
        "said": [x.sentence for x in window.holder.banners.shown],
        "caught": [type(x).__name__ for x in caught],
    }
    print(json.dumps(found), flush=True)
    window.close()
    application.quit()
timer = QTimer()
timer.timeout.connect(look)
def begin():
    window.controller(StudyController).open_paths([given])
    timer.start(100)
QTimer.singleShot(0, begin)
application.exec()
if not window.session.shutdown(0.1):
    start.leave(0)
"""


@pytest.mark.slow
@pytest.mark.skipif(not INPUTS, reason="the shared damaged inputs are not here")
@pytest.mark.parametrize("given", INPUTS, ids=lambda x: x.name)
def test_it_ends_in_a_sentence_or_a_study(given: Path, tmp_path: Path) -> None:
    environment = {
        **os.environ,
        "QT_QPA_PLATFORM": "offscreen",
        "UPTAKE_CONFIG": str(tmp_path / "config"),
        "PYTHONPATH": str(ROOT),
        "XDG_STATE_HOME": str(tmp_path / "state"),
        "XDG_CACHE_HOME": str(tmp_path / "cache"),
    }
    ended = subprocess.run(
        [sys.executable, "-c", WINDOW, str(given), str(LONGEST_S)],
        capture_output=True,
        text=True,
        env=environment,
        cwd=tmp_path,
        timeout=LONGEST_S + 50,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr[-2000:]
    assert "Traceback" not in ended.stderr
    found = json.loads(ended.stdout.splitlines()[-1])
    assert found["busy"] == []
    assert found["caught"] == []
    assert found["study"] or found["said"]
    assert not [x for x in found["said"] if "did not expect" in x]
