"""SIPp as the other party of a call."""

import glob
import os
import re
import subprocess
import time


def has_socket(port):
    """Is there one in this namespace, of UDP or listening?"""
    for kind in "udp", "udp6", "tcp", "tcp6":
        with open("/proc/net/" + kind) as f:
            if any(line.split()[1].endswith(":%04X" % port) for line in f):
                return True
    return False


class Sipp:
    """Runs a scenario against the exchange; see scenario.py for writing one."""

    def __init__(self, folder, scenario, port, address="127.0.0.1", calls=1,
                 extra=(), server="127.0.0.1:5060", timeout=20, trace=True):
        self.base = os.path.join(folder, "sipp-%s-%d" % (address, port))
        for left in glob.glob(self.base + ".*"):  # by one before, at this address
            os.remove(left)
        scenario.write(self.base + ".xml")
        command = ["timeout", "-k", "1", str(timeout + 5), "sipp", server,
                   "-sf", self.base + ".xml", "-m", str(calls), "-nostdin",
                   "-i", address, "-mi", address, "-ci", address,
                   "-bind_local", "-p", str(port), "-timeout", str(timeout),
                   "-timeout_error", "-trace_err", "-error_file",
                   self.base + ".err", *extra]
        if trace:
            command += ["-trace_msg", "-message_file", self.base + ".msg"]
        with open(self.base + ".log", "w") as log:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL,
                                            stdout=log, stderr=log)
        self.wait_socket(port)

    def wait_socket(self, port, limit_s=2):
        """Who calls it finds it there, however busy the machine is."""
        end = time.time() + limit_s
        while not has_socket(port) and self.process.poll() is None and time.time() < end:
            time.sleep(0.01)

    def finish(self, timeout=40):
        """Wait for the end; an AssertionError unless every call succeeded."""
        status = self.process.wait(timeout)
        if status:
            raise AssertionError("sipp: exit %d\n%s" % (
                status, self.read(".err") + self.read(".msg")[-6000:] +
                self.read(".log")[-500:]))

    def messages(self):
        """All messages, sent and received, in order: (sent?, text)."""
        parts = re.split(r"^-{20,}.*\n", self.read(".msg"), flags=re.M)
        out = []
        for part in parts:
            head, _, text = part.partition("\n\n")
            if "message sent" in head or "message received" in head:
                out.append(("sent" in head, text))
        return out

    def received(self, start):
        """Received messages whose first line starts so."""
        return [text for sent, text in self.messages()
                if not sent and text.startswith(start)]

    def read(self, suffix):
        try:
            with open(self.base + suffix, errors="replace") as f:
                return f.read()
        except FileNotFoundError:
            return ""

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(5)
