"""What the parent and a decoding process say to each other, byte for byte."""

from __future__ import annotations

import struct
from dataclasses import dataclass

from app.io.decode.streams import Codec, EncodedFrame

#: Codec; bytes of the stream; rows, columns, samples, bits allocated; the area's bytes; limit in s.
REQUEST = struct.Struct("<B3xIIIIIQd")
#: Type of the values (numpy's, as ``<u2``) or nothing, and why there are none.
ANSWER = struct.Struct("<4s124s")
#: Decoded values begin at a multiple of this.
ALIGNED = 64


@dataclass(frozen=True)
class Request:
    """One frame to decode; its stream lies at the start of the shared area."""

    codec: Codec
    data_bytes: int
    rows: int
    columns: int
    samples: int
    bits_allocated: int
    area_bytes: int
    limit_s: float

    @classmethod
    def of(cls, packed: bytes) -> Request:
        """Read a request."""
        codec, *rest = REQUEST.unpack(packed)
        return cls(Codec(codec), *rest)

    def packed(self) -> bytes:
        """Return it as bytes."""
        return REQUEST.pack(
            self.codec,
            self.data_bytes,
            self.rows,
            self.columns,
            self.samples,
            self.bits_allocated,
            self.area_bytes,
            self.limit_s,
        )

    @property
    def frame_bytes(self) -> int:
        """Bytes of the frame, compressed and decoded."""
        return self.frame(b"").decoded_bytes + self.data_bytes

    def frame(self, data: bytes | memoryview) -> EncodedFrame:
        """Return the frame with its stream."""
        return EncodedFrame(
            self.codec, data, self.rows, self.columns, self.samples, self.bits_allocated
        )


def output_offset(data_bytes: int) -> int:
    """Where decoded values begin behind a stream."""
    return -(-data_bytes // ALIGNED) * ALIGNED


def answer_of(dtype: str, reason: str) -> bytes:
    """Return an answer as bytes."""
    return ANSWER.pack(dtype.encode("ascii"), reason.encode("ascii", "replace")[:124])


def answered(packed: bytes) -> tuple[str, str]:
    """Return the type of the values, and why there are none."""
    dtype, reason = ANSWER.unpack(packed)
    return dtype.rstrip(b"\0").decode("ascii"), reason.rstrip(b"\0").decode("ascii")
