"""Records and constants of the ZIP format.

Source: PKWARE, APPNOTE.TXT, version 6.3.10.
"""

import struct
from typing import NamedTuple

LOCAL_MAGIC, ENTRY_MAGIC, END_MAGIC = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"
END64_MAGIC, END64_LOCATOR_MAGIC = b"PK\x06\x06", b"PK\x06\x07"
MAGIC = LOCAL_MAGIC  # with which an archive begins

LOCAL = struct.Struct("<4s5H3L2H")
ENTRY = struct.Struct("<4s6H3L5H2L")
END = struct.Struct("<4s4H2LH")
END64 = struct.Struct("<4sQ2H2L4Q")
END64_LOCATOR = struct.Struct("<4sLQL")

MISSING = 0xFFFFFFFF  # instead of a number that needs 64 bits
STORED, DEFLATED = 0, 8  # methods


class Packed(NamedTuple):
    """Where the bytes of a member are, and what they must unpack to."""

    offset: int  # of its local header in the file
    packed: int  # bytes
    size: int  # bytes, unpacked
    crc: int
    method: int
