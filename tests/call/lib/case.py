"""What every call test starts from: a folder, an exchange, phones."""

import os
import shutil
import tempfile
import time
import unittest

from . import capture, sound
from .daemon import Ringdown
from .phone import Phone


def scratch_folder(test):
    """For what a test must have before its exchange starts."""
    folder = tempfile.mkdtemp(prefix="ringdown-scratch-")
    test.addCleanup(shutil.rmtree, folder, ignore_errors=True)
    return folder


class CallTest(unittest.TestCase):
    """A class sets `extensions` (and `files`); each test has a fresh daemon."""

    extensions = ""
    files = {}
    machine = None  # of the exchange; see network.py

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="ringdown-call-")
        self.addCleanup(self._tidy)
        self.phones = []
        self.exchange = None
        self.line = capture.Capture() if capture.possible() else None
        self.exchange = Ringdown(self.folder, self.files, self.extensions,
                                 machine=self.machine)

    def _tidy(self):
        for phone in self.phones:
            phone.stop()
        try:
            if self.exchange:
                self.exchange.stop()
        finally:
            if self.line:
                self.line.stop()
            if not os.environ.get("KEEP"):
                shutil.rmtree(self.folder, ignore_errors=True)

    def phone(self, user, hz=440, seconds=30, registered=True, **more):
        """A phone that plays hz, or two in stereo; registered and seen by the exchange."""
        port = 6000 + 20 * len(self.phones)
        tone = os.path.join(self.folder, "tone-%d.wav" % port)
        rate, every = more.get("rate", 8000), more.pop("every", None)
        if isinstance(hz, tuple):
            sound.write_two_tones(tone, *hz, seconds, rate)
        else:
            sound.write_tone(tone, hz, seconds, rate, every=every)
        password = more.pop("password", "secret-" + user)
        phone = Phone(self.folder, user, password, port=port, tone=tone,
                      **more)
        self.phones.append(phone)
        if registered:
            phone.wait_for("REGISTER_OK")
        return phone

    def talk(self, caller, number, called, seconds=3):
        """A call, which the caller ends."""
        caller.dial(number)
        called.wait_for("CALL_ESTABLISHED")
        caller.wait_for("CALL_ESTABLISHED")
        time.sleep(seconds)
        caller.hangup()
        called.wait_for("CALL_CLOSED")
        self.exchange.wait_idle()

    def assert_call_sounds(self, seconds, caller, number, called, hz, times=1):
        """Called and hung up by the caller; hz: its tone, and the other's."""
        caller.dial(number)
        called.wait_for("CALL_ESTABLISHED", timeout=15, count=times)
        caller.wait_for("CALL_ESTABLISHED", timeout=15, count=times)
        time.sleep(seconds)
        caller.hangup()
        called.wait_for("CALL_CLOSED", count=times)
        self.exchange.wait_idle()
        self.assert_heard(caller, hz[1], seconds - 0.5, gap_ms=80)
        self.assert_heard(called, hz[0], seconds - 0.5, gap_ms=80)

    def streams(self, phone):
        """What came to the phone, by sender."""
        if not self.line:
            self.skipTest("reading packets off the line is not allowed")
        return self.line.streams(*phone.rtp)

    def heard(self, phone, hz):
        """(its ear for the tone, how long its sender paused in ms): of the
        sender who sent the most. On another machine, or without the right to
        look at packets, the phone's own recording must do, which shows no
        packet that was lost."""
        if not self.line or not phone.address.startswith("127."):
            print("# phone %s: gaps cannot be seen" % phone.user)
            return sound.Heard(*sound.read(phone.recording()), hz), 0
        stream = max(self.streams(phone), key=lambda one: len(one.packets))
        return sound.Heard(stream.samples(), capture.RATE, hz), stream.longest_pause_ms()

    def assert_heard(self, phone, hz, seconds, gap_ms=40, level=None):
        """The phone heard that tone so long, with no longer gap."""
        heard, pause_ms = self.heard(phone, hz)
        where = "phone %s, %d Hz: " % (phone.user, hz)
        self.assertGreaterEqual(heard.seconds(), seconds, where + "too short")
        self.assertLessEqual(heard.longest_gap_ms(), gap_ms, where + "gap")
        self.assertLessEqual(pause_ms, gap_ms, where + "pause")
        if level is not None:
            self.assertAlmostEqual(heard.level(), level, delta=1.0,
                                   msg=where + "level")
