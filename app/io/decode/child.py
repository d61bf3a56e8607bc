"""The process in which native code decodes: it may crash, hang or be killed, and takes only itself.

It is started by `app.io.decode.process` with numpy and imagecodecs alone. Requests come by standard
input, answers go by standard output, frames by a shared area: the compressed stream at its start,
the decoded values from the next multiple of 64 bytes on. It ends when standard input does, so that
a killed parent leaves no orphan; should native code never let go of the interpreter, a watchdog of
its own ends it.
"""

from __future__ import annotations

import faulthandler
import mmap
import os
import signal
import sys
import threading
import time
from queue import SimpleQueue
from typing import Any

import imagecodecs
import numpy as np
import numpy.typing as npt

from app.io.decode.messages import ANSWER, REQUEST, Request, answer_of, output_offset
from app.io.decode.streams import (
    Codec,
    EncodedFrame,
    UndecodableError,
    jpeg_precision,
    rle_segments,
)

if sys.platform == "win32":
    import ctypes
else:
    import resource

#: Without a word for so long beyond a frame's own limit, the process is of no more use.
IDLE_S = 30.0
#: Memory beside a frame's own, for libraries and the stacks and heaps of threads.
_BASE_BYTES = 512 << 20
#: A decoder may hold a frame this many times (32 bit samples, wavelets, a copy).
_COPIES = 16
#: Bytes put before the end of a JPEG stream; no marker is among them.
_FILLING = bytes(range(1, 241)) * 2

#: What native decoders complained of and went on.
_complaints: list[str] = []


def main(place: str) -> None:
    """Serve requests until standard input ends.

    Parameters
    ----------
    place
        Where the shared area is: ``fd:NUMBER`` of an open file, or ``tag:NAME`` on Windows.
    """
    _be_expendable()
    # What native code prints must not come between the answers.
    answers = os.fdopen(os.dup(1), "wb", buffering=0)
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 1)
    os.dup2(silence, 2)
    sys.unraisablehook = lambda found: _complaints.append(type(found.exc_value).__name__)
    requests: SimpleQueue[Request] = SimpleQueue()
    threading.Thread(target=_serve, args=(place, requests, answers), daemon=True).start()
    until_s = 0.0
    faulthandler.dump_traceback_later(IDLE_S, exit=True, file=silence)
    while len(packed := sys.stdin.buffer.read(REQUEST.size)) == REQUEST.size:
        request = Request.of(packed)
        requests.put(request)
        # Setting the watchdog costs a thread: not at every frame.
        if time.monotonic() + request.limit_s + IDLE_S > until_s + 1.0:
            until_s = time.monotonic() + request.limit_s + IDLE_S
            faulthandler.dump_traceback_later(request.limit_s + IDLE_S, exit=True, file=silence)
    os._exit(0)


def _be_expendable() -> None:
    """Leave no core file and no dialog behind, and let the parent alone decide when to end."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.platform == "win32":
        ctypes.windll.kernel32.SetErrorMode(0x0001 | 0x0002)
    else:
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _limit_memory(frame_bytes: int) -> None:
    """Let the process take no more than it has and what a frame of this size can need."""
    if sys.platform != "win32":
        try:
            with open("/proc/self/statm", encoding="ascii") as file:  # noqa: PTH123 - a lean start
                taken = int(file.read().split()[0]) * mmap.PAGESIZE
            _, most = resource.getrlimit(resource.RLIMIT_AS)
            wanted = taken + _BASE_BYTES + _COPIES * frame_bytes
            if most == resource.RLIM_INFINITY or wanted < most:
                resource.setrlimit(resource.RLIMIT_AS, (wanted, most))
        except (OSError, ValueError):
            # Not on this system: the sizes were checked, and the parent keeps the time.
            return


def _serve(place: str, requests: SimpleQueue[Request], answers: Any) -> None:
    area, largest = None, 0
    while True:
        request = requests.get()
        if area is None or len(area) != request.area_bytes:
            area = map_area(place, request.area_bytes)
        if request.frame_bytes > largest:
            largest = request.frame_bytes
            _limit_memory(largest)
        _complaints.clear()
        try:
            dtype = _answer(request, area)
            packed = answer_of(dtype, "")
        except UndecodableError as error:
            packed = answer_of("", str(error))
        except Exception as error:  # noqa: BLE001 - whatever a decoder raises is that frame's
            said = f"its pixel data cannot be decoded ({type(error).__name__})"
            packed = answer_of("", said)
        assert len(packed) == ANSWER.size
        answers.write(packed)


def map_area(place: str, size: int) -> mmap.mmap:
    """Return the shared area as memory."""
    kind, _, name = place.partition(":")
    if sys.platform == "win32":
        return mmap.mmap(-1, size, tagname=f"{name}-{size}")
    assert kind == "fd"
    return mmap.mmap(int(name), size)


def _answer(request: Request, area: mmap.mmap) -> str:
    """Decode one request into the area, and return the type of its values."""
    if request.codec is Codec.PICTURE:
        values = _picture(bytes(area[: request.data_bytes]).decode("utf-8"), request)
    else:
        frame = request.frame(memoryview(area)[: request.data_bytes])
        direct = _in_place(frame, area)
        if direct is not None:
            return direct
        values = decode(frame)
        shape = (request.rows, request.columns)
        if values.ndim == 3 and values.shape[2] == 1:
            values = values[:, :, 0]
        if values.shape != (shape if request.samples == 1 else (*shape, request.samples)):
            raise UndecodableError("its compressed picture has another size than its header says")
    if _complaints:
        raise UndecodableError(f"its pixel data cannot be decoded ({_complaints[0]})")
    start = output_offset(request.data_bytes)
    if start + values.nbytes > request.area_bytes:
        raise UndecodableError("its compressed picture is larger than its header says")
    out = np.frombuffer(area, values.dtype, values.size, start).reshape(values.shape)
    out[...] = values
    return str(values.dtype.str)


def _in_place(frame: EncodedFrame, area: mmap.mmap) -> str | None:
    """Decode JPEG-LS, which most large series have, straight into the area."""
    if frame.codec is not Codec.JPEG_LS or frame.samples != 1:
        return None
    dtype = np.dtype(np.uint8 if jpeg_precision(frame.data) <= 8 else "<u2")
    shape = (frame.rows, frame.columns)
    start = output_offset(len(frame.data))
    out = np.frombuffer(area, dtype, frame.rows * frame.columns, start).reshape(shape)
    data: Any = frame.data
    imagecodecs.jpegls_decode(data, out=out)
    return str(dtype.str)


def decode(frame: EncodedFrame) -> npt.NDArray[Any]:
    """Return the values of a frame that `check_stream` has passed, as the stream holds them.

    Raises
    ------
    UndecodableError
        If the stream is not whole.
    RuntimeError, ValueError
        What the decoders raise on damage.
    """
    if frame.codec is Codec.RLE:
        return _rle(frame)
    if frame.codec is Codec.JPEG:
        return _jpeg(bytes(frame.data))
    decoders: dict[Codec, Any] = {
        Codec.LOSSLESS_JPEG: imagecodecs.ljpeg_decode,
        Codec.JPEG_LS: imagecodecs.jpegls_decode,
        Codec.JPEG_2000: imagecodecs.jpeg2k_decode,
        Codec.HTJ2K: imagecodecs.htj2k_decode,
    }
    return np.asarray(decoders[frame.codec](frame.data))


def _jpeg(data: bytes) -> npt.NDArray[Any]:
    """Decode a lossy JPEG, of which the decoder fills in silently what is missing at its end.

    What is put before the end changes nothing where the stream is whole, for nothing is waited for;
    where blocks are missing it is taken for them.
    """
    values = np.asarray(imagecodecs.jpeg8_decode(data))
    end = data.rfind(b"\xff\xd9")
    filled = imagecodecs.jpeg8_decode(data[:end] + _FILLING + data[end:])
    if not np.array_equal(values, filled):
        raise UndecodableError("it is truncated: its compressed pixel data ends early")
    return values


def _rle(frame: EncodedFrame) -> npt.NDArray[Any]:
    width = frame.bits_allocated // 8
    planes = []
    for segment in rle_segments(frame):
        plane = imagecodecs.packbits_decode(bytes(segment))
        if len(plane) != frame.rows * frame.columns:
            raise UndecodableError(
                f"a segment of its compressed picture holds {len(plane)} of "
                f"{frame.rows * frame.columns} bytes"
            )
        planes.append(np.frombuffer(plane, np.uint8))
    # The most significant byte of each sample comes first.
    joined = np.stack(planes, axis=-1).reshape(frame.rows, frame.columns, frame.samples, width)
    values = np.ascontiguousarray(joined).view(f">u{width}").astype(f"<u{width}")
    return values.reshape(frame.rows, frame.columns, frame.samples)


def _picture(said: str, request: Request) -> npt.NDArray[Any]:
    """Read one frame of a picture with pydicom, in the colours that it makes of it."""
    from pydicom import dcmread
    from pydicom.pixels.utils import pixel_array

    number, _, path = said.partition("|")
    # Pillow warns and pydicom logs of odd values, which do not matter for a picture.
    values = np.asarray(pixel_array(dcmread(path), index=int(number)))
    wanted = (request.rows, request.columns)
    if values.shape not in (wanted, (*wanted, request.samples)):
        raise UndecodableError("its picture has another size than its header says")
    return values
