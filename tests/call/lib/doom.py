"""A module that brings the daemon down, and what is told of it afterwards."""

import os
import re
import shutil
import subprocess
import tempfile
import unittest

from lib.daemon import TOP, Ringdown

CALL = r"Local/%d@office-[0-9a-f]+;2"


class DoomTest(unittest.TestCase):
    """`source`: of app_doom.c; `extensions`: from where it is called."""

    source = extensions = ""

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="ringdown-crash-")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.module = os.path.join(self.folder, "app_doom.so")
        self.build(self.source)
        self.exchange = Ringdown(self.folder, extensions=self.extensions, start=False)
        self.addCleanup(self.end)

    def build(self, text, *options):
        source = os.path.join(self.folder, "app_doom.c")
        with open(source, "w") as f:
            f.write(text)
        subprocess.run(["cc", "-std=gnu11", "-Wall", "-Werror", "-shared", "-fPIC", "-g",
                        *options, "-I" + os.path.join(TOP, "include"), "-o", self.module, source],
                       check=True)

    def end(self):
        if self.exchange.process and self.exchange.process.poll() is None:
            self.exchange.process.kill()
            self.exchange.process.wait()

    def start(self):
        self.exchange.start()
        self.exchange.wait_ready()
        self.exchange.ask("module load " + self.module)

    def dial(self, number):
        self.exchange.run("channel originate Local/%d@office application Wait 20" % number)

    def report(self):
        """What is in crash.log, once it has crashed."""
        self.exchange.process.wait(10)
        self.assertLess(self.exchange.process.returncode, 0)
        with open(os.path.join(self.exchange.state, "log/crash.log"), errors="replace") as f:
            return f.read()

    def assert_named(self, report, channel=None):
        self.assertEqual(re.findall("in module (.*)", report), ["app_doom"], report)
        self.assertIn("app_doom.so", report)
        if channel:
            self.assertRegex(report, "for channel " + channel)
        else:
            self.assertNotIn("for channel", report)
