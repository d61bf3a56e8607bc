"""A packed program has no interpreter beside it: it starts itself to decode."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from app.io.decode.child_flag import CHILD_FLAG
from app.io.decode.process import DecoderProcess
from app.io.decode.streams import CODECS, EncodedFrame
from tests.support.compressed import ENCODERS, JPEG_LS
from tests.support.places import ROOT

PLANE = np.add.outer(np.arange(24) * 40, np.arange(20) * 9).astype(np.uint16)


@pytest.mark.skipif(sys.platform == "win32", reason="a script stands for the program")
def test_a_packed_program_starts_itself(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """`sys.executable` is then the program, which knows its own word first of all."""
    program = tmp_path / "uptake"
    program.write_text(f'#!/bin/sh\ncd "{ROOT}"\nexec "{sys.executable}" -m app "$@"\n')
    program.chmod(0o755)
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr(sys, "executable", str(program))
    process = DecoderProcess()
    try:
        frame = EncodedFrame(CODECS[JPEG_LS], ENCODERS[JPEG_LS](PLANE), 24, 20, 1, 16)
        np.testing.assert_array_equal(process.decode(frame), PLANE)
    finally:
        process.close()
    assert CHILD_FLAG.startswith("--")
