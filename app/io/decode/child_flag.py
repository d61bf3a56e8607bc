"""The word by which a packed program is told to be a decoding process."""

CHILD_FLAG = "--uptake-decode"
