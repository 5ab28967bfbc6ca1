#!/usr/bin/python3
"""How the exchange is: `core show health`, and `ringdown top` on a terminal and into a file."""

import fcntl
import os
import re
import struct
import subprocess
import termios

from lib import tap
from lib.case import CallTest
from test_terminal import Terminal


# Nobody is at these.
TRUNKS = """\
[bell]
host = 127.0.0.98
numbers = 499
user = us
secret = between-us-2
[tel]
host = 127.0.0.99
numbers = 499
qualify = 1s
[line]
host = 127.0.0.97
numbers = 499
qualify = 0
"""


class Health(CallTest):
    extensions = """\
[office]
exten => 600,1,Answer()
 same => n,Wait(60)
"""
    files = {"ringdown.conf": "[options]\nmax_fibers = 100\n"}

    def call(self, count):
        for _ in range(count):
            self.exchange.ask("channel originate Local/600@office application Wait 60")

    def test_a_house_at_rest_is_well(self):
        status, said = self.exchange.run("core show health")
        self.assertEqual(status, 0, said)
        self.assertRegex(said, r"(?m)^  Calls +0, 0 channels; 0 since the start")
        self.assertRegex(said, r"(?m)^  Switch thread +\d+ % busy")
        self.assertRegex(said, r"(?m)^  Descriptors +\d+ of \d+$")
        self.assertTrue(said.endswith("All is well.\n"))

    def test_memory_is_somebodys(self):
        """With calls up no tenth of it is nobody's."""
        alice, bob = self.phone("1001"), self.phone("1002")
        for _ in range(2):
            alice.dial("600")
        alice.wait_for("CALL_ESTABLISHED", count=2)
        bob.dial("600")
        bob.wait_for("CALL_ESTABLISHED")
        said = self.exchange.ask("core show memory")
        rows = {name: float(size) for size, name in
                re.findall(r"(?m)^ *(\d+) KiB +[\d.]+ %  (\w+)$", said)}
        whole = float(re.search(r"(?m)^ *(\d+) KiB resident$", said)[1])
        if not rows["core"]:
            self.skipTest("a sanitizer watches")
        for part in ("files", "fiber_stacks", "media_streams", "sip_calls", "sip_dialogs",
                     "channels", "sip_registrations", "core", "modules", "database", "tls"):
            self.assertGreater(rows[part], 0, said)
        self.assertLess(rows["other"] + rows["libraries"], whole / 10, said)
        self.assertAlmostEqual(sum(rows.values()) / whole, 1, delta=0.15, msg=said)

    def test_what_runs_short_is_marked_with_what_helps(self):
        process = self.exchange.process.pid
        open_ones = len(os.listdir("/proc/%d/fd" % process))
        subprocess.run(["prlimit", "--pid", str(process), "--nofile=%d:" % (open_ones + 4)],
                       check=True)
        status, said = self.exchange.run("core show health")
        self.assertEqual(status, 1, said)
        self.assertRegex(said, r"(?m)^! Descriptors +\d+ of \d+: raise ulimit -n")
        self.assertTrue(said.endswith("1 thing to look at\n"))

    def test_calls_are_refused_says_why(self):
        self.call(1)
        self.exchange.ask("core stop gracefully")
        status, said = self.exchange.run("core show health")
        self.assertEqual(status, 1, said)
        self.assertRegex(said, r"(?m)^! Calls +2, .*: the daemon starts or stops")

    def test_a_trunk_that_is_away_is_marked(self):
        self.exchange.write("trunks.conf", TRUNKS)
        self.exchange.ask("core reload")
        self.exchange.wait_output("sip show trunks", "unreachable")
        status, said = self.exchange.run("core show health")
        self.assertEqual(status, 1, said)
        self.assertRegex(said, r'(?m)^! Trunks +3, 2 of them away: bell unregistered, '
                         r'tel unreachable: "sip show trunks" has more of it$')
        self.exchange.ask("sip drain trunk bell")
        self.exchange.ask("sip drain trunk tel")
        status, said = self.exchange.run("core show health")
        self.assertEqual(status, 0, said)
        self.assertRegex(said, r"(?m)^  Trunks +3, 0 of them away$")

    def top(self, rows=24, columns=80):
        screen = Terminal(self.exchange, self.folder, "top")
        fcntl.ioctl(screen.fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        return screen

    def test_top_shows_calls_as_they_come(self):
        screen = self.top()
        screen.wait_for(rb"Ringdown 0\.\S+  \d\d:\d\d:\d\d")
        screen.wait_for(rb"All is well")
        screen.wait_for(rb"0 active channels")
        self.call(1)
        screen.wait_for(rb"Local/600@office-\w+ .* Up ")
        screen.wait_for(rb"2 active channels")
        screen.type(b"q")
        self.assertEqual(screen.leave(), 0)

    def test_top_leaves_out_what_the_terminal_has_no_room_for(self):
        self.call(6)
        screen = self.top(rows=14)
        screen.wait_for(rb"\.\.\. and \d+ lines more")
        screen.type(b"\x03")
        self.assertEqual(screen.leave(), 0)

    def test_top_says_once_how_much_is_left_out_of_both_parts(self):
        screen = self.top(rows=5)
        screen.wait_for(rb"\n\.\.\. and \d+ lines more\x1b\[K\x1b\[J")
        screen.type(b"q")
        self.assertEqual(screen.leave(), 0)

    def test_top_is_no_wider_than_the_terminal(self):
        screen = self.top(rows=3, columns=8)
        screen.wait_for(rb"\x1b\[1mRingdown\x1b\[0m\x1b\[K\r?\n")
        screen.wait_for(rb"\n\.\.\. and \x1b\[K\x1b\[J")
        screen.type(b"q")
        self.assertEqual(screen.leave(), 0)

    def test_top_says_to_its_end_what_is_wrong(self):
        self.exchange.write("trunks.conf", TRUNKS)
        self.exchange.ask("core reload")
        screen = self.top(columns=40)
        screen.wait_for(rb"\n! Trunks +3, 2 of them away: bell\x1b\[K\r?\n"
                        rb"  unregistered, tel unreachable: \"sip\x1b\[K\r?\n"
                        rb"  show trunks\" has more of it\x1b")
        screen.type(b"q")
        self.assertEqual(screen.leave(), 0)

    def test_top_ends_with_the_daemon(self):
        screen = self.top()
        screen.wait_for(rb"All is well")
        self.exchange.ask("core stop now")
        screen.wait_for(rb"the daemon hung up")
        self.assertEqual(screen.leave(), 1)

    def test_top_into_a_file_is_told_once(self):
        done = subprocess.run(self.exchange.arguments("top"), stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, timeout=10)
        self.assertEqual(done.returncode, 0)
        self.assertEqual(done.stdout.count(b"All is well."), 1)
        self.assertIn(b"0 active channels", done.stdout)
        self.assertNotIn(b"\x1b", done.stdout)

    def test_top_is_told_once_where_nothing_can_be_drawn(self):
        screen = Terminal(self.exchange, self.folder, "top", kind="dumb")
        screen.wait_for(rb"\A[^\x1b]*All is well\.[^\x1b]*0 active channels")
        self.assertEqual(screen.leave(), 0)

    def test_options_may_stand_behind_top(self):
        program, *options = self.exchange.arguments()
        said = subprocess.run([program, "top", *options], stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=10).stdout
        self.assertIn(b"0 active channels", said)


if __name__ == "__main__":
    tap.main()
