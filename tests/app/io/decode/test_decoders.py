"""Processes that decode: what they give back, and what becomes of them."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.core.kit.errors import InputError, JobCancelled
from app.core.kit.jobs import JobContext
from app.io.decode import decoders as decoding
from app.io.decode.decoders import MOST_LOST, Decoders, end_idle, warm_up
from app.io.decode.process import DecoderDiedError, DecoderProcess
from app.io.decode.streams import CODECS, EncodedFrame, UndecodableError
from tests.support.compressed import (
    ENCODERS,
    HTJ2K,
    JPEG,
    JPEG_12_BIT,
    JPEG_LS,
    LOSSLESS,
    LOSSLESS_JPEG,
    RLE,
)
from tests.support.places import ROOT

ROWS, COLUMNS = 64, 48
PLANE = np.add.outer(np.arange(ROWS) * 40, np.arange(COLUMNS) * 9).astype(np.uint16)
posix = pytest.mark.skipif(sys.platform == "win32", reason="signals and inherited files")


@pytest.fixture(autouse=True)
def none_left() -> Iterator[None]:
    end_idle()
    yield
    end_idle()
    assert not [t for t in threading.enumerate() if t.name.startswith("uptake-")]


def encoded(syntax: str, plane: Any = PLANE, data: bytes | None = None) -> EncodedFrame:
    stream = ENCODERS[syntax](plane) if data is None else data
    rows, columns = plane.shape
    return EncodedFrame(CODECS[syntax], stream, rows, columns, 1, plane.dtype.itemsize * 8)


def hanging() -> EncodedFrame:
    """Return a stream that decodes for ever: one bit of its horizontal offset is set."""
    data = bytearray(ENCODERS[HTJ2K](PLANE))
    data[16] |= 0x80
    return encoded(HTJ2K, data=bytes(data))


def crashing() -> EncodedFrame:
    """Return a stream that breaks its decoder's memory: it says that it has no columns."""
    data = bytearray(ENCODERS[LOSSLESS_JPEG](PLANE))
    at = data.index(b"\xff\xc3")
    data[at + 5 : at + 9] = b"\x00\x00\xff\xff"
    return encoded(LOSSLESS_JPEG, data=bytes(data))


@pytest.fixture
def unchecked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let streams through to native code that its sizes would have kept away."""
    monkeypatch.setattr(decoding, "check_stream", lambda _: None)


def copy(values: Any) -> Any:
    return values.copy()


@pytest.mark.parametrize("syntax", LOSSLESS)
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_what_was_encoded_comes_back(syntax: str, dtype: type) -> None:
    if syntax == LOSSLESS_JPEG and dtype is np.uint8:
        pytest.skip("the encoder of these tests writes 16 bits")
    plane: Any = (PLANE % 251).astype(dtype)
    with Decoders(JobContext()) as lent:
        found = lent.decode(encoded(syntax, plane), copy)
    assert found.dtype == dtype
    np.testing.assert_array_equal(found, plane)


def test_lossy_jpeg_of_8_and_12_bits() -> None:
    with Decoders(JobContext()) as lent:
        eight = lent.decode(encoded(JPEG, (PLANE // 16).astype(np.uint8)), copy)
        twelve = lent.decode(encoded(JPEG_12_BIT), copy)
    assert eight.dtype == np.uint8
    assert np.abs(eight.astype(int) - PLANE // 16).max() <= 2
    assert np.abs(twelve.astype(int) - PLANE).max() <= 20


@pytest.mark.parametrize("syntax", [JPEG, JPEG_12_BIT])
def test_lossy_jpeg_that_was_cut_is_missed_though_its_end_is_there(syntax: str) -> None:
    random = np.random.default_rng(3)
    noise = random.integers(0, 255, (ROWS, COLUMNS)).astype(
        np.uint8 if syntax == JPEG else np.uint16
    )
    whole = encoded(syntax, noise)
    with Decoders(JobContext()) as lent:
        lent.decode(whole, copy)
        for part in (0.4, 0.6, 0.8, 0.95):
            data = bytes(whole.data[: int(len(whole.data) * part)]) + b"\xff\xd9"
            with pytest.raises(UndecodableError, match="truncated"):
                lent.decode(encoded(syntax, noise, data), copy)


def test_rle_that_lacks_bytes_or_has_too_many_is_refused() -> None:
    whole = encoded(RLE)
    with Decoders(JobContext()) as lent:
        for rows, said in ((ROWS + 1, "holds"), (ROWS - 1, "holds")):
            frame = EncodedFrame(whole.codec, whole.data, rows, COLUMNS, 1, 16)
            with pytest.raises(UndecodableError, match=said):
                lent.decode(frame, copy)


def test_what_a_decoder_complains_of_and_goes_on_is_damage() -> None:
    """OpenJPH's errors in the middle of a stream end in no exception, but in half a picture."""
    random = np.random.default_rng(6)
    whole = ENCODERS[HTJ2K](PLANE + random.integers(0, 99, PLANE.shape).astype(np.uint16))
    reasons = []
    with Decoders(JobContext()) as lent:
        for _ in range(60):
            data = bytearray(whole)
            data[random.integers(120, len(data) - 2)] ^= 1 << random.integers(8)
            try:
                lent.decode(encoded(HTJ2K, data=bytes(data)), copy)
            except UndecodableError as reason:
                reasons.append(str(reason))
    assert "its pixel data cannot be decoded (RuntimeError)" in reasons


def test_a_large_frame_after_a_small_one() -> None:
    """The shared area grows."""
    large = np.random.default_rng(1).integers(0, 4096, (1500, 1700)).astype(np.uint16)
    with Decoders(JobContext()) as lent:
        lent.decode(encoded(JPEG_LS), copy)
        np.testing.assert_array_equal(lent.decode(encoded(JPEG_LS, large), copy), large)
        np.testing.assert_array_equal(lent.decode(encoded(JPEG_LS), copy), PLANE)


def test_threads_decode_side_by_side() -> None:
    planes = [np.roll(PLANE, n, axis=0) for n in range(24)]
    found: dict[int, Any] = {}
    with Decoders(JobContext()) as lent:

        def work(n: int) -> None:
            for m in range(n, 24, 4):
                found[m] = lent.decode(encoded(JPEG_LS, planes[m]), copy)

        threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert all(np.array_equal(found[n], planes[n]) for n in range(24))


def test_a_frame_that_breaks_its_decoder_costs_itself_alone(unchecked: None) -> None:
    with Decoders(JobContext()) as lent:
        for _ in range(3):
            with pytest.raises(UndecodableError, match=r"break down|cannot be decoded|size"):
                lent.decode(crashing(), copy)
            np.testing.assert_array_equal(lent.decode(encoded(JPEG_LS), copy), PLANE)


def test_a_frame_that_takes_for_ever_costs_itself_alone(unchecked: None) -> None:
    with Decoders(JobContext(), limit_s=0.5) as lent:
        with pytest.raises(UndecodableError, match="too long"):
            lent.decode(hanging(), copy)
        np.testing.assert_array_equal(lent.decode(encoded(HTJ2K), copy), PLANE)


def test_a_series_that_breaks_its_decoders_again_and_again_is_refused(unchecked: None) -> None:
    with Decoders(JobContext(), limit_s=0.1) as lent:
        for _ in range(MOST_LOST):
            with pytest.raises(UndecodableError):
                lent.decode(hanging(), copy)
        with pytest.raises(InputError, match=f"over {MOST_LOST + 1} images"):
            lent.decode(hanging(), copy)


def test_a_series_that_ends_its_decoders_again_and_again_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def dies(*_: object) -> None:
        raise DecoderDiedError

    monkeypatch.setattr(DecoderProcess, "decode", dies)
    with Decoders(JobContext()) as lent:
        for _ in range(MOST_LOST):
            with pytest.raises(UndecodableError, match="break down"):
                lent.decode(encoded(JPEG_LS), copy)
        with pytest.raises(InputError, match=f"over {MOST_LOST + 1} images"):
            lent.decode(encoded(JPEG_LS), copy)


def later(what: Callable[[], object], seconds: float = 0.3) -> None:
    threading.Timer(seconds, what).start()


def test_cancel_ends_a_decoder_at_once(unchecked: None) -> None:
    context = JobContext()
    with Decoders(context, limit_s=100.0) as lent:
        later(context.cancel)
        started = time.monotonic()
        with pytest.raises(JobCancelled):
            lent.decode(hanging(), copy)
    assert time.monotonic() - started < 10.0


@posix
def test_a_decoder_killed_in_the_middle_is_replaced(unchecked: None) -> None:
    warm_up()
    waiting = list(decoding._idle)
    assert waiting
    with Decoders(JobContext(), limit_s=2.0) as lent:
        for process in waiting:
            later(partial(os.kill, process.pid, signal.SIGKILL))
        # The first process is killed from outside, the second for its time.
        with pytest.raises(UndecodableError):
            lent.decode(hanging(), copy)
        np.testing.assert_array_equal(lent.decode(encoded(JPEG_LS), copy), PLANE)


@posix
def test_one_that_waits_and_is_killed_is_replaced() -> None:
    warm_up()
    for process in decoding._idle:
        os.kill(process.pid, signal.SIGKILL)
    with Decoders(JobContext()) as lent:
        np.testing.assert_array_equal(lent.decode(encoded(JPEG_LS), copy), PLANE)


def test_a_process_of_its_own_says_that_it_died() -> None:
    process = DecoderProcess()
    try:
        later(process.kill)
        with pytest.raises(DecoderDiedError):
            process.decode(hanging())
        assert not process.alive
    finally:
        process.close()


@pytest.mark.skipif(sys.platform != "linux", reason="memory of a process")
def test_memory_is_limited(unchecked: None) -> None:
    """A stream of 40,000 x 40,000 that says it is small takes no gigabytes."""
    data = bytearray(ENCODERS[JPEG](np.zeros((16, 16), np.uint8)))
    at = data.index(b"\xff\xc0")
    data[at + 5 : at + 9] = (40_000).to_bytes(2, "big") * 2
    frame = encoded(JPEG, np.zeros((16, 16), np.uint8), bytes(data))
    process = DecoderProcess()
    held: list[int] = []

    def look() -> None:
        with contextlib.suppress(OSError):  # it may have ended
            status = Path(f"/proc/{process.pid}/status").read_text()
            held.extend(int(x.split()[1]) for x in status.splitlines() if x.startswith("VmHWM"))

    def watch() -> None:
        while process.alive:
            look()
            time.sleep(0.02)

    watcher = threading.Thread(target=watch)
    try:
        process.decode(encoded(JPEG_LS))
        look()
        watcher.start()
        with pytest.raises((UndecodableError, DecoderDiedError)):
            process.decode(frame)
        look()
    finally:
        process.close()
    watcher.join()
    assert 10_000 < max(held) < 900_000


@posix
def test_a_killed_parent_leaves_no_orphan() -> None:
    code = (
        "import threading, time\n"
        "from app.io.decode.process import DecoderProcess\n"
        "import tests.support.compressed as c, numpy as np\n"
        "from app.io.decode.streams import CODECS, EncodedFrame\n"
        "plane = np.add.outer(np.arange(64) * 40, np.arange(48) * 9).astype(np.uint16)\n"
        "data = bytearray(c.ENCODERS[c.HTJ2K](plane)); data[16] |= 0x80\n"
        "frame = EncodedFrame(CODECS[c.HTJ2K], bytes(data), 64, 48, 1, 16)\n"
        "p = DecoderProcess()\n"
        "q = DecoderProcess()\n"
        "q.decode(EncodedFrame(CODECS[c.RLE], c.rle(plane), 64, 48, 1, 16))\n"
        "threading.Thread(target=p.decode, args=(frame, 100.0), daemon=True).start()\n"
        "time.sleep(0.5); print(p.pid, q.pid, flush=True); time.sleep(100)\n"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    with parent:
        pids = [int(x) for x in parent.stdout.readline().split()]
        parent.kill()
    assert len(pids) == 2
    until = time.monotonic() + 30.0
    while alive := [pid for pid in pids if _runs(pid)]:
        assert time.monotonic() < until, alive
        time.sleep(0.05)


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    state = Path(f"/proc/{pid}/stat")
    return not state.is_file() or state.read_text().rpartition(")")[2].split()[0] != "Z"


@posix
def test_a_forked_process_has_decoders_of_its_own() -> None:
    with Decoders(JobContext()) as lent:
        lent.decode(encoded(JPEG_LS), copy)
        mine = {x.pid for x in decoding._idle}
        assert mine
        pid = os.fork()
        if pid == 0:
            right = False
            try:
                found = lent.decode(encoded(JPEG_LS, PLANE + 1), copy)
                right = np.array_equal(found, PLANE + 1)
                right &= not mine & {x.pid for x in decoding._idle}
                end_idle()
            finally:
                os._exit(0 if right else 1)
        _, status = os.waitpid(pid, 0)
        assert os.waitstatus_to_exitcode(status) == 0
        np.testing.assert_array_equal(lent.decode(encoded(JPEG_LS), copy), PLANE)
        assert mine == {x.pid for x in decoding._idle}


def test_that_none_can_be_started_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", str(Path("/") / "nothing" / "here"))
    warm_up()
    with Decoders(JobContext()) as lent, pytest.raises(InputError, match="cannot be started"):
        lent.decode(encoded(JPEG_LS), copy)
