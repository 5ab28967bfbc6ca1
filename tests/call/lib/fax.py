"""Two fax machines, by spandsp: T.38 terminals that make and read real packets, or modems
that are heard, and the page that one sends the other."""

import bisect
import ctypes
import select
import socket
import struct
import time

from .capture import TABLES

WIDTH = 1728  # dots of a line, at 8 for each mm
TICK = 160  # samples: 20 ms
REPEATED = 3  # packets before it that a datagram has, too

PACKET = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p,
                          ctypes.POINTER(ctypes.c_uint8), ctypes.c_int, ctypes.c_int)
ENDED = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int)


def library(name, **results):
    found = ctypes.CDLL(name)
    for function, result in results.items():
        getattr(found, function).restype = result
    return found


def spandsp():
    pointer = ctypes.c_void_p
    return library("libspandsp.so.2", fax_init=pointer, fax_get_t30_state=pointer,
                   t38_terminal_init=pointer,
                   t38_terminal_get_t30_state=pointer, t38_terminal_get_t38_core_state=pointer)


# ---- pages ----

def page(rows):
    """Lines of dots, as bytes: bars that wander."""
    return [bytes(255 if (row * 3 + at) % 29 < 4 or row % 40 < 2 else 0
                  for at in range(WIDTH // 8)) for row in range(rows)]


def write_page(path, lines):
    """A TIFF without compression."""
    data = b"".join(lines)
    rest = 8 + len(data)  # two resolutions, then the directory
    tags = [(256, 4, WIDTH), (257, 4, len(lines)), (258, 3, 1), (259, 3, 1), (262, 3, 0),
            (273, 4, 8), (277, 3, 1), (278, 4, len(lines)), (279, 4, len(data)),
            (282, 5, rest), (283, 5, rest + 8), (296, 3, 2)]
    with open(path, "wb") as file:
        file.write(struct.pack("<2sHI", b"II", 42, rest + 16) + data)
        file.write(struct.pack("<4I", 204, 1, 98, 1))
        file.write(struct.pack("<H", len(tags)))
        for tag, kind, value in tags:
            file.write(struct.pack("<HHII", tag, kind, 1, value))
        file.write(struct.pack("<I", 0))


def read_page(path):
    """The lines of the first page of any TIFF."""
    tiff = library("libtiff.so.6", TIFFOpen=ctypes.c_void_p, TIFFScanlineSize=ctypes.c_ssize_t)
    file = ctypes.c_void_p(tiff.TIFFOpen(path.encode(), b"r"))
    assert file, "no page at " + path
    rows = ctypes.c_uint32()
    tiff.TIFFGetField(file, 257, ctypes.byref(rows))
    line = ctypes.create_string_buffer(tiff.TIFFScanlineSize(file))
    lines = []
    for row in range(rows.value):
        assert tiff.TIFFReadScanline(file, line, row, 0) == 1
        lines.append(line.raw)
    tiff.TIFFClose(file)
    return lines


# ---- datagrams of UDPTL ----

def sized(packet):
    size = len(packet)
    return (bytes([size]) if size < 128 else struct.pack("!H", 0x8000 | size)) + packet


def wrap(seq, packets):
    """The last of them, and those before it."""
    return (struct.pack("!H", seq & 0xffff) + sized(packets[-1]) + b"\0" +
            bytes([len(packets) - 1]) + b"".join(map(sized, reversed(packets[:-1]))))


def unwrap(datagram):
    """The number, and the packet of that number."""
    seq, size = struct.unpack("!HB", datagram[:3])
    start = 3
    if size & 0x80:
        size, start = struct.unpack("!H", datagram[2:4])[0] & 0x3fff, 4
    return seq, datagram[start:start + size]


class Machine:
    """One fax machine: its end of the line is a socket."""

    def __init__(self, address, port, sends=None, receives=None):
        self.lib = spandsp()
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((address, port))
        self.socket.setblocking(False)
        self.to, self.seq, self.last = None, 0, []
        self.sent, self.received = [], []
        self.result = None
        # what spandsp calls must not be collected
        self.on_packet, self.on_end = PACKET(self.packet), ENDED(self.ended)
        self.terminal = ctypes.c_void_p(self.lib.t38_terminal_init(
            None, 1 if sends else 0, self.on_packet, None))
        self.t30 = ctypes.c_void_p(self.lib.t38_terminal_get_t30_state(self.terminal))
        self.core = ctypes.c_void_p(self.lib.t38_terminal_get_t38_core_state(self.terminal))
        self.lib.t30_set_phase_e_handler(self.t30, self.on_end, None)
        if sends:
            self.lib.t30_set_tx_file(self.t30, sends.encode(), -1, -1)
        else:
            self.lib.t30_set_rx_file(self.t30, receives.encode(), -1)

    def close(self):
        self.socket.close()
        self.lib.t38_terminal_free(self.terminal)

    def ended(self, _, __, code):
        self.result = code

    def packet(self, _, __, buffer, size, count):
        self.last = self.last[-REPEATED:] + [bytes(buffer[:size])]
        datagram = wrap(self.seq, self.last)
        self.seq += 1
        for _ in range(count):
            self.sent.append(datagram)
            self.socket.sendto(datagram, self.to)
        return 0

    def read(self):
        while select.select([self.socket], [], [], 0)[0]:
            datagram = self.socket.recv(2000)
            self.received.append(datagram)
            seq, packet = unwrap(datagram)
            self.lib.t38_core_rx_ifp_packet(self.core, packet, len(packet), seq)

    def tick(self):
        self.read()
        self.lib.t38_terminal_send_timeout(self.terminal, TICK)


# ---- as sound ----

class Law:
    """The bytes of G.711, by payload type."""

    def __init__(self, payload):
        self.table = TABLES[payload]
        self.levels = sorted((level, byte) for byte, level in enumerate(self.table))
        self.between = [(a[0] + b[0]) / 2 for a, b in zip(self.levels, self.levels[1:])]

    def read(self, data):
        return [self.table[byte] for byte in data]

    def write(self, samples):
        return bytes(self.levels[bisect.bisect(self.between, sample)][1] for sample in samples)


class Modem:
    """One fax machine whose tones go by RTP, 20 ms in a packet."""

    def __init__(self, address, port, payload, sends=None, receives=None):
        self.lib = spandsp()
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((address, port))
        self.payload, self.law = payload, Law(payload)
        self.to, self.sent, self.result = None, 0, None
        self.on_end = ENDED(self.ended)
        self.modem = ctypes.c_void_p(self.lib.fax_init(None, 1 if sends else 0))
        self.lib.fax_set_transmit_on_idle(self.modem, 1)
        t30 = ctypes.c_void_p(self.lib.fax_get_t30_state(self.modem))
        self.lib.t30_set_phase_e_handler(t30, self.on_end, None)
        if sends:
            self.lib.t30_set_tx_file(t30, sends.encode(), -1, -1)
        else:
            self.lib.t30_set_rx_file(t30, receives.encode(), -1)

    def close(self):
        self.socket.close()
        self.lib.fax_free(self.modem)

    def ended(self, _, __, code):
        self.result = code

    def tick(self):
        samples = (ctypes.c_int16 * TICK)()
        while select.select([self.socket], [], [], 0)[0]:
            packet = self.socket.recv(2000)
            if packet[1] & 0x7f == self.payload:
                samples[:] = self.law.read(packet[12:])
                self.lib.fax_rx(self.modem, samples, TICK)
        samples[:] = [0] * TICK
        self.lib.fax_tx(self.modem, samples, TICK)
        self.socket.sendto(struct.pack("!BBHII", 0x80, self.payload, self.sent & 0xffff,
                                       self.sent * TICK, self.payload + 1) +
                           self.law.write(samples), self.to)
        self.sent += 1


def run_as_sound(modems, limit=90):
    """In the time that it takes: 20 ms for 20 ms."""
    begin = due = time.monotonic()
    while any(modem.result is None for modem in modems) and due - begin < limit:
        for modem in modems:
            modem.tick()
        due += TICK / 8000
        time.sleep(max(0, due - time.monotonic()))


def run(machines, limit=90, pause=0.003):
    """Until both have done; faster than a line of copper would be."""
    end = time.monotonic() + limit
    while any(machine.result is None for machine in machines) and time.monotonic() < end:
        for machine in machines:
            machine.tick()
        time.sleep(pause)
    for _ in range(20):  # what they say at last
        for machine in machines:
            machine.tick()
        time.sleep(pause)
    time.sleep(0.2)
    for machine in machines:
        machine.read()


def exists():
    try:
        return bool(spandsp() and library("libtiff.so.6"))
    except OSError:
        return False
