"""Files of packets that SIPp plays."""

import struct

SOURCE_PORT = 6000


def udp_frame(payload):
    """Ethernet, IPv4, UDP: SIPp puts its own addresses in."""
    udp = struct.pack("!HHHH", SOURCE_PORT, SOURCE_PORT, 8 + len(payload), 0)
    ip = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 28 + len(payload), 0, 0, 64, 17, 0,
                     b"\x7f\0\0\x01", b"\x7f\0\0\x01")
    return b"\0" * 12 + b"\x08\0" + ip + udp + payload


def speech(n):
    """The RTP packet of that number, of 20 ms of µ-law."""
    return struct.pack("!BBHII", 0x80, 0, n, n * 160, 0x1234) + b"\x55" * 160


def write_pcap(path, packets):
    """packets: (when in s, bytes)"""
    with open(path, "wb") as out:
        out.write(struct.pack("!IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1))
        for at, rtp in packets:
            frame = udp_frame(rtp)
            out.write(struct.pack("!IIII", int(at), int(at % 1 * 1e6), len(frame), len(frame)))
            out.write(frame)
    return path
