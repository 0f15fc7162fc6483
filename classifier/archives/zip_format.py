"""Records and constants of the ZIP format.

Source: PKWARE's APPNOTE.TXT, version 6.3.10.
"""

import struct

MAGIC = b"PK\x03\x04"

END = struct.Struct("<4s4H2LH")
END64_LOCATOR = struct.Struct("<4sLQL")
END64 = struct.Struct("<4sQ2H2L4Q")
ENTRY = struct.Struct("<4s6H3L5H2L")
MISSING = 0xFFFFFFFF

STORED, DEFLATED = 0, 8
LOCAL = struct.Struct("<4s5H3L2H")
