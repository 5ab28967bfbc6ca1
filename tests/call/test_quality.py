#!/usr/bin/python3
"""Our own figures of a call beside those of tshark, which read the same packets
off the line: a caller whose packets get lost, overtake each other and come
unevenly."""

import os
import random
import re
import shutil
import struct
import subprocess
import time
import unittest

from lib import capture, tap
from lib.scenario import Caller
from test_sip_flows import SippTest

PACKETS, LOST, SWAPPED = 300, 12, 5
JITTER_MS = 8
SOURCE_PORT = 6000


def udp_frame(payload):
    """Ethernet, IPv4, UDP: SIPp puts its own addresses in."""
    udp = struct.pack("!HHHH", SOURCE_PORT, SOURCE_PORT, 8 + len(payload), 0)
    ip = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 28 + len(payload), 0, 0, 64, 17, 0,
                     b"\x7f\0\0\x01", b"\x7f\0\0\x01")
    return b"\0" * 12 + b"\x08\0" + ip + udp + payload


def uneven_stream(seed):
    """(when in s, RTP packet) of µ-law; the first and the last are whole."""
    chance = random.Random(seed)
    numbers = list(range(PACKETS))
    for n in sorted(chance.sample(range(10, PACKETS - 10), LOST), reverse=True):
        del numbers[n]
    for n in chance.sample(range(20, PACKETS - LOST - 20, 7), SWAPPED):
        numbers[n], numbers[n + 1] = numbers[n + 1], numbers[n]
    at = 0
    for place, n in enumerate(numbers):
        at = max(at + 0.001, place * 0.0205 + chance.random() * JITTER_MS / 1000)
        yield at, struct.pack("!BBHII", 0x80, 0, n, n * 160, 0x1234) + b"\x55" * 160


def write_pcap(path, packets):
    with open(path, "wb") as out:
        out.write(struct.pack("!IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1))
        for at, rtp in packets:
            frame = udp_frame(rtp)
            out.write(struct.pack("!IIII", int(at), int(at % 1 * 1e6), len(frame), len(frame)))
            out.write(frame)
    return path


class Tshark:
    def __init__(self, folder):
        self.path = os.path.join(folder, "line.pcap")
        self.process = subprocess.Popen(["dumpcap", "-q", "-i", "lo", "-f", "udp", "-w", self.path],
                                        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        while b"File:" not in self.process.stderr.readline():
            pass

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(5)
            self.process.stderr.close()

    def streams(self, port):
        """What it says of each stream to that port: packets, lost, jitter in ms
        (mean, most)."""
        self.stop()
        text = subprocess.run(["tshark", "-r", self.path, "-o", "rtp.heuristic_rtp:TRUE",
                               "-q", "-z", "rtp,streams"], check=True,
                              capture_output=True, text=True).stdout
        found = re.findall(r"127\.0\.0\.\d+\s+\d+\s+127\.0\.0\.1\s+%s\s+0x\w+\s+\S+\s+(\d+)\s+"
                           r"(-?\d+) \(.*?\)((?:\s+[\d.]+)+)" % port, text)
        return [(int(packets), int(lost), [float(x) for x in rest.split()])
                for packets, lost, rest in found]


@unittest.skipUnless(shutil.which("tshark") and capture.possible(), "there is no tshark")
class SameFigures(SippTest):
    def show(self):
        """The one stream of the console's list."""
        line = self.exchange.ask("rtp show streams").splitlines()[1]
        names = ("local remote codec way in out lost far_lost jitter far_jitter trip alien "
                 "refused mos far_mos").split()
        return dict(zip(names, line.split()))

    def test_loss_and_jitter_are_those_of_tshark(self):
        pcap = write_pcap(os.path.join(self.folder, "uneven.pcap"), uneven_stream(7))
        line = Tshark(self.folder)
        self.addCleanup(line.stop)
        caller = self.caller(Caller("600").invite().answered().ack().play_pcap(pcap)
                             .pause(int(PACKETS * 20.5) + 1500).bye())
        self.exchange.wait_output("rtp show streams", r" %d +0 " % (PACKETS - LOST),
                                  timeout=20)
        time.sleep(0.6)  # until the engine's next figures
        ours = self.show()
        caller.finish()
        packets, lost, times = line.streams(ours["local"].rsplit(":", 1)[1])[0]
        self.assertEqual(int(ours["in"]), packets)
        self.assertEqual(int(ours["lost"]), lost)
        self.assertEqual(lost, LOST)
        # delta: min, mean, max; jitter: min, mean, max
        self.assertGreater(float(ours["jitter"]), times[3] * 0.5)
        self.assertLess(float(ours["jitter"]), times[5] * 1.05)
        self.assertAlmostEqual(float(ours["jitter"]), times[4], delta=times[4] * 0.5)
        # 4 % of loss through concealment: well below the best, far above bad.
        self.assertGreater(float(ours["mos"]), 3.5)
        self.assertLess(float(ours["mos"]), 4.3)


if __name__ == "__main__":
    tap.main()
