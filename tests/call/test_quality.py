#!/usr/bin/python3
"""Our own figures of a call beside those of tshark, which read the same packets
off the line: a caller whose packets get lost, overtake each other and come
unevenly, and whose reports take their time. And where the packets of strangers
are counted."""

import os
import random
import re
import shutil
import socket
import struct
import subprocess
import threading
import time
import unittest

from lib import capture, tap
from lib.pcap import speech, write_pcap
from lib.scenario import Caller
from test_sip_flows import SippTest

PACKETS, LOST, SWAPPED = 300, 12, 5
JITTER_MS = 8
REPORT_MS, HELD_MS = 90, 30  # after ours, of which the far end says that it held it
SENDER_REPORT, RECEIVER_REPORT = 200, 201


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
        yield at, speech(n)


class Reporter(threading.Thread):
    """Answers each report that comes to a port with one of its own."""

    def __init__(self, address):
        super().__init__(daemon=True)
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(address)
        self.answers = 0

    def run(self):
        while True:
            report, sender = self.socket.recvfrom(2000)
            if not report:
                return
            if report[1] != SENDER_REPORT:
                continue
            time.sleep(REPORT_MS / 1000)
            self.socket.sendto(
                struct.pack("!BBHI", 0x81, RECEIVER_REPORT, 7, 0x1234) + report[4:8] +
                struct.pack("!IIII", 0, 0, 0, int.from_bytes(report[10:14], "big")) +
                struct.pack("!I", HELD_MS * 65536 // 1000), sender)
            self.answers += 1

    def stop(self):
        self.socket.sendto(b"", self.socket.getsockname())
        self.join()
        self.socket.close()


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

    def round_trips(self, port):
        """In ms, of each report that answers another: those that come to that port."""
        self.stop()
        text = subprocess.run(["tshark", "-r", self.path, "-d", "udp.port==%d,rtcp" % port,
                               "-o", "rtcp.show_roundtrip_calculation:TRUE",
                               "-Y", "rtcp.roundtrip-delay && udp.dstport == %d" % port,
                               "-T", "fields", "-e", "rtcp.roundtrip-delay"], check=True,
                              capture_output=True, text=True).stdout
        return [int(line) for line in text.split()]

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


def no_ports():
    """UdpNoPorts of this network namespace."""
    with open("/proc/net/snmp") as f:
        names, numbers = [line.split() for line in f if line.startswith("Udp:")]
    return int(numbers[names.index("NoPorts")])


@unittest.skipUnless(shutil.which("tshark") and capture.possible(), "there is no tshark")
class SameFigures(SippTest):
    extensions = SippTest.extensions + "exten => 620,1,Answer()\n same => n,Echo()\n"
    files = {**SippTest.files, "rtp.conf": "[general]\nrtcpinterval = 1000\n"}

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

    def test_the_round_trip_is_that_of_tshark(self):
        line = Tshark(self.folder)
        self.addCleanup(line.stop)
        reporter = Reporter(("127.0.0.5", 6001))
        self.addCleanup(reporter.stop)
        reporter.start()
        caller = self.caller(Caller("620").invite().answered().ack()
                             .play_pcap(write_pcap(os.path.join(self.folder, "even.pcap"),
                                                   uneven_stream(7)))
                             .pause(5000).bye(), extra=["-mp", "6000"])
        time.sleep(4)
        ours = self.show()
        caller.finish()
        self.assertGreater(reporter.answers, 1)
        theirs = line.round_trips(int(ours["local"].rsplit(":", 1)[1]) + 1)
        self.assertGreater(len(theirs), 1)
        self.assertGreaterEqual(float(ours["trip"]), REPORT_MS - HELD_MS)
        self.assertTrue(min(theirs) - 2 <= float(ours["trip"]) <= max(theirs) + 2,
                        "%s, %s" % (ours["trip"], theirs))

    def test_the_system_counts_what_strangers_send(self):
        pcap = write_pcap(os.path.join(self.folder, "uneven.pcap"), uneven_stream(7))
        caller = self.caller(Caller("600").invite().answered().ack().play_pcap(pcap)
                             .pause(3000).bye())
        self.exchange.wait_output("rtp show streams", r"127\.0\.0\.5:.* [1-9]\d ")
        before = no_ports()
        stranger = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.addCleanup(stranger.close)
        stranger.bind(("127.0.0.9", 17000))
        port = int(self.show()["local"].rsplit(":", 1)[1])
        for n in range(100):
            stranger.sendto(struct.pack("!BBHII", 0x80, 0, n, n * 160, 9) + b"\0" * 160,
                            ("127.0.0.1", port))
        self.assertGreaterEqual(no_ports() - before, 100)
        caller.finish()


if __name__ == "__main__":
    tap.main()
