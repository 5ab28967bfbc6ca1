"""RTP as it arrives at a phone: every packet with its sequence number, its
timestamp and the kernel's time of arrival, read off the loopback device. A
phone's own recording joins what came and leaves out what did not; here a lost
packet is silence, and a sender that pauses is a gap even if its timestamps
pause as well. Needs the right to read raw packets; see `possible()`."""

import array
import select
import socket
import struct
import threading

ETH_P_IP = 0x0800
SO_TIMESTAMPNS = 35
PACKET_OUTGOING = 4
RATE, PTIME_MS = 8000, 20
ULAW, ALAW = 0, 8


def ulaw(byte):
    byte = ~byte & 0xff
    value = (((byte & 15) << 3) + 132 << (byte >> 4 & 7)) - 132
    return -value if byte & 0x80 else value


def alaw(byte):
    byte ^= 0x55
    value, segment = (byte & 15) << 4, byte >> 4 & 7
    value += 8 if segment == 0 else 0x108
    value <<= max(segment - 1, 0)
    return value if byte & 0x80 else -value


TABLES = {ULAW: [ulaw(n) for n in range(256)], ALAW: [alaw(n) for n in range(256)]}


class Packet:
    """One of a known payload type; `arrived` in seconds."""

    def __init__(self, arrived, data):
        first, second, self.seq, self.ts, self.ssrc = struct.unpack("!BBHII", data[:12])
        self.arrived, self.kind = arrived, second & 0x7f
        self.marker = bool(second & 0x80)
        self.payload = data[12 + 4 * (first & 15):]


class Stream:
    """What one sender sent, in order of arrival."""

    def __init__(self, packets):
        self.packets = packets

    def samples(self):
        """Each packet at its timestamp, silence where none came."""
        start = min(packet.ts for packet in self.packets)
        end = max(packet.ts + len(packet.payload) for packet in self.packets)
        out = array.array("h", bytes(2 * (end - start)))
        for packet in self.packets:
            table, at = TABLES[packet.kind], packet.ts - start
            for i, byte in enumerate(packet.payload):
                out[at + i] = table[byte]
        return out

    def longest_pause_ms(self):
        """By how much the sender fell behind its own timestamps for good. What
        is late alone is jitter: it is made up for by those that follow."""
        late = [packet.arrived * 1000 - packet.ts * 1000 / RATE for packet in self.packets]
        pause = 0.0
        for i in range(1, len(late)):
            before, after = min(late[max(i - 25, 0):i]), min(late[i:i + 25])
            pause = max(pause, after - before)
        return pause

    def between(self, begin, end):
        return Stream([p for p in self.packets if begin <= p.arrived < end])


class Capture:
    """Reads the loopback device until stop()."""

    def __init__(self):
        self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(ETH_P_IP))
        self.socket.bind(("lo", ETH_P_IP))
        self.socket.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
        self.frames, self.stopping = [], False
        self.thread = threading.Thread(target=self._read, daemon=True)
        self.thread.start()

    def _read(self):
        while not self.stopping:
            if not select.select([self.socket], [], [], 0.1)[0]:
                continue
            data, notes, _, address = self.socket.recvmsg(2048, 64)
            if address[2] == PACKET_OUTGOING or data[9] != socket.IPPROTO_UDP:
                continue
            arrived = next(struct.unpack("qq", value[:16]) for level, kind, value in notes
                           if kind == SO_TIMESTAMPNS)
            self.frames.append((arrived[0] + arrived[1] / 1e9, data))

    def stop(self):
        self.stopping = True
        self.thread.join()
        self.socket.close()

    def streams(self, first, last, kinds=(ULAW, ALAW)):
        """What came to these ports, by sender (SSRC), in order of beginning."""
        found = {}
        for arrived, data in list(self.frames):
            udp = (data[0] & 15) * 4
            port = struct.unpack("!H", data[udp + 2:udp + 4])[0]
            rtp = data[udp + 8:]
            if not first <= port <= last or port % 2 or len(rtp) < 12 or rtp[0] >> 6 != 2:
                continue
            packet = Packet(arrived, rtp)
            if packet.kind in kinds:
                found.setdefault(packet.ssrc, []).append(packet)
        return [Stream(packets) for packets in found.values()]


def possible():
    try:
        socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM).close()
        return True
    except PermissionError:
        return False
