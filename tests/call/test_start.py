#!/usr/bin/python3
"""What comes while the daemon starts, and what else runs beside it."""

import os
import shutil
import signal
import socket
import subprocess
import threading
import time

from lib import tap
from lib.case import CallTest, scratch_folder
from lib.daemon import BINARY, BUILD, TOP, Ringdown


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


# What it calls is nowhere.
UNDEFINED = """\
#include <ringdown/module.h>
int no_such_function(void);
static int load(void) { return no_such_function(); }
RD_MODULE(.name = "app_undefined", .load = load);
"""

# As one whose server is away.
AWAY = """\
#include <errno.h>
#include <ringdown/module.h>
static int load(void) { return -ECONNREFUSED; }
RD_MODULE(.name = "app_away", .load = load);
"""


class BadModules(CallTest):
    """Files in the folder of modules that cannot be had, found by autoload alone."""
    extensions = "[office]\nexten => 600,1,Answer()\n same => n,Echo()\n"

    def setUp(self):
        self.modules = os.path.join(scratch_folder(self), "modules")
        shutil.copytree(os.path.join(BUILD, "modules"), self.modules)
        self.files = {"ringdown.conf": "[directories]\nmodules = %s\n" % self.modules}
        super().setUp()

    def build(self, name, text):
        source = os.path.join(self.folder, name + ".c")
        with open(source, "w") as f:
            f.write(text)
        subprocess.run(["cc", "-std=c11", "-shared", "-fPIC", "-I" + os.path.join(TOP, "include"),
                        "-o", os.path.join(self.modules, name + ".so"), source], check=True)

    def cut(self, name):
        path = os.path.join(self.modules, name + ".so")
        with open(path, "rb") as f:
            whole = f.read()
        os.rename(path, path + ".whole")
        with open(path, "wb") as f:
            f.write(whole[:4096])

    def mend(self, name):
        path = os.path.join(self.modules, name + ".so")
        os.rename(path + ".whole", path)

    def start_again(self):
        self.exchange.process.kill()
        self.exchange.process.wait()
        self.exchange.start()
        self.exchange.wait_ready()

    def run_mode(self, mode):
        done = subprocess.run(self.exchange.arguments(mode), timeout=60, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.assertEqual(done.returncode, 0, done.stdout)
        return done.stdout.decode()

    def test_the_office_starts_without_them_and_says_which(self):
        self.build("app_undefined", UNDEFINED)
        self.build("app_away", AWAY)
        self.cut("codec_gsm")
        undefined = os.path.join(self.modules, "app_undefined.so")
        self.assertIn("%s: warning: it is left out: undefined symbol: no_such_function" % undefined,
                      self.exchange.ask("core reload"))
        for said in (self.run_mode("--check"), self.run_mode("doctor")):
            self.assertIn("it is left out: undefined symbol: no_such_function", said)
            self.assertNotIn("with all modules", said)
        self.start_again()
        alice = self.phone("1001")
        alice.dial("600")
        alice.wait_for("CALL_ESTABLISHED")
        log = self.exchange.log()
        self.assertRegex(log, "ERROR.*/format_coded.so: it is left out: needs codec_gsm: ")
        self.assertRegex(log, "ERROR.* %s: it is left out: undefined symbol" % undefined)
        self.assertRegex(log, "ERROR.*/app_away.so: it is left out: it did not start: "
                              "connection refused")
        self.assertRegex(log, "ERROR.*/codec_gsm.so: it is left out: the file has not all")
        status, said = self.exchange.run("core show health")
        self.assertEqual(status, 1, said)
        self.assertRegex(said, "(?m)^! Modules +4 left out: app_undefined, codec_gsm, format_coded, "
                               "app_away: ")
        self.assertRegex(self.exchange.ask("module show"),
                         "(?m)^app_away [ -]+left out: it did not start: connection refused$")

    def test_one_that_is_mended_is_loaded_by_hand(self):
        self.cut("codec_gsm")
        self.start_again()
        self.assertEqual(self.exchange.run("core show health")[0], 1)
        self.assertEqual(self.exchange.run("module load codec_gsm")[0], 1)
        self.mend("codec_gsm")
        self.exchange.ask("module load format_coded")  # and what it needs
        self.assertNotIn("left out", self.exchange.ask("core show health"))
        self.assertNotIn("left out", self.exchange.ask("module show"))

    def assert_no_start(self, reason):
        self.exchange.stop()
        self.exchange.start()
        self.assertEqual(self.exchange.process.wait(20), 1)
        self.assertIn(reason, self.exchange.log())
        self.exchange.process = None

    def test_one_that_is_required_keeps_it_from_starting(self):
        self.build("app_away", AWAY)
        self.exchange.write("modules.conf", "[modules]\nrequire = app_away\n")
        self.assert_no_start("module app_away: it did not start: connection refused")

    def test_so_does_the_driver_of_the_phones(self):
        self.cut("chan_sip")
        self.assert_no_start("chan_sip.so: the file has not all that its header speaks of")


if __name__ == "__main__":
    tap.main()
