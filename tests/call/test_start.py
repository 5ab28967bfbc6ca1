#!/usr/bin/python3
"""What comes while the daemon starts, and what else runs beside it."""

import os
import signal
import socket
import subprocess
import threading
import time

from lib import tap
from lib.case import CallTest
from lib.daemon import BINARY, Ringdown


class SlowStart(CallTest):
    """Its files take a second to read."""
    extensions = "[office]\nexten => 600,1,Answer()\n"
    files = {"ringdown.conf": "[options]\nexecincludes = yes\n",
             "rtp.conf": "#exec sleep 1\n"}

    def setUp(self):
        super().setUp()
        self.exchange.stop()
        self.exchange.start()

    def wait_console(self):
        while self.exchange.run("core show version")[0] != 0:
            time.sleep(0.02)

    def assert_started(self):
        self.exchange.wait_ready()
        self.assertIsNone(self.exchange.process.poll())

    def test_a_reload_is_refused_until_calls_are_accepted(self):
        self.wait_console()
        for command in ("core reload", "config reload rtp"):
            status, said = self.exchange.run(command)
            self.assertEqual(status, 1, said)
            self.assertIn("the daemon starts or stops", said)
        self.assert_started()
        self.assertIn("Reloaded.", self.exchange.ask("core reload"))

    def test_sighup_is_a_reload_after_the_start(self):
        self.wait_console()
        self.exchange.process.send_signal(signal.SIGHUP)
        self.assert_started()
        self.exchange.wait_log("reload: done")


class TwoDaemons(CallTest):
    extensions = "[office]\nexten => 600,1,Answer()\n"

    def setUp(self):
        super().setUp()
        self.copy = os.path.join(self.folder, "copy")
        os.makedirs(self.copy)
        for name in ("modules.conf", "sip.conf", "extensions.conf"):
            with open(os.path.join(self.exchange.config, name)) as f:
                text = f.read().replace(":5060", ":5070")
            with open(os.path.join(self.copy, name), "w") as f:
                f.write(text)

    def run_copy(self, *arguments):
        done = subprocess.run([BINARY, "-C", self.copy, "-S", self.exchange.state, *arguments],
                              timeout=20, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        return done.returncode, done.stdout.decode()

    def name_run_directory(self, path=None):
        path = path or self.exchange.wait_output("core show settings", r"Run +(\S+)")[1]
        with open(os.path.join(self.copy, "ringdown.conf"), "w") as f:
            f.write("[directories]\nrun = %s\n" % path)

    def test_a_state_directory_is_one_daemons(self):
        status, said = self.run_copy("-f")
        self.assertEqual(status, 1, said)
        self.assertIn("another ringdown uses this state directory already: process %d, "
                      "with the configuration in %s" %
                      (self.exchange.process.pid, self.exchange.config), said)
        self.exchange.process.kill()
        self.exchange.process.wait()
        self.exchange.start()
        self.exchange.wait_ready()

    def test_a_command_reaches_the_daemon_of_its_configuration_only(self):
        for name_it in (lambda: None, self.name_run_directory):
            name_it()
            status, said = self.run_copy("-x", "core stop now")
            self.assertEqual(status, 1, said)
            self.assertIn("no daemon for the configuration in %s answers: the one that uses its "
                          "directories runs with that in %s" %
                          (self.copy, self.exchange.config), said)
        self.exchange.ask("core show uptime")

    def test_a_daemon_of_an_older_version_does_not_say_its_configuration(self):
        old = os.path.join(self.folder, "old")
        os.makedirs(old)
        self.name_run_directory(old)
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(os.path.join(old, "ringdown.ctl"))
            listener.listen()
            threading.Thread(target=self.answer_as_old, args=(listener,)).start()
            status, said = self.run_copy("-x", "core stop now")
        self.assertEqual(status, 0, said)

    def answer_as_old(self, listener):
        def frame(kind, text):
            return kind + len(text).to_bytes(4, "big") + text
        peer, _ = listener.accept()
        with peer:
            peer.sendall(frame(b"h", b"0.0.9"))
            peer.recv(100)
            peer.sendall(frame(b"s", b"0"))


if __name__ == "__main__":
    tap.main()
