"""The installed or the built ringdown, started for one test on a
configuration of its own."""

import os
import re
import signal
import subprocess
import time

from . import PATIENCE

TOP = os.path.abspath(os.path.join(os.path.dirname(__file__), "../../.."))
BUILD = os.environ.get("RD_BUILD", os.path.join(TOP, "build"))
BINARY = os.path.join(BUILD, "ringdown")

SIP_CONF = """\
[global]
type = global

[udp]
type = transport
bind = 127.0.0.1:5060

[phone](!)
type = phone
context = office

[1001](phone)
secret = secret-1001

[1002](phone)
secret = secret-1002

[1003](phone)
secret = secret-1003
"""

# Behind it, the other transports.
TCP_CONF = """
[tcp]
type = transport
protocol = tcp
bind = 127.0.0.1:5060
"""

# Of a second exchange on this machine: apart from the first's ports and the phones'.
SECOND_RTP_CONF = "[general]\nrtpstart = 31000\nrtpend = 31200\n"


def tls_conf(base, authority):
    """At 127.0.0.1:5061; certificates.py makes what it takes."""
    return """
[tls]
type = transport
protocol = tls
bind = 127.0.0.1
certificate = %(base)s.crt
key = %(base)s.key
ca_file = %(ca)s
""" % {"base": base, "ca": authority.path}


FAULT = re.compile(r"AddressSanitizer|LeakSanitizer|ThreadSanitizer|"
                   r"runtime error|broken invariant|ringdown: crashed|"
                   r"stack overflow|Segmentation")


class Ringdown:
    """`files` overrides or adds configuration files by name."""

    def __init__(self, folder, files=None, extensions="", start=True,
                 machine=None):
        self.prefix = machine.prefix() if machine else []
        self.config = os.path.join(folder, "etc")
        self.state = os.path.join(folder, "state")
        self.log_path = os.path.join(folder, "ringdown.log")
        os.makedirs(self.config)
        os.makedirs(self.state)
        everything = {
            "ringdown.conf": "",
            "modules.conf": "[modules]\nautoload = yes\n",
            "sip.conf": SIP_CONF,
            "extensions.conf": extensions,
            "logger.conf": "[logfiles]\n"
                           "console => error,warning,notice,verbose\n",
        }
        everything.update(files or {})
        for name, text in everything.items():
            self.write(name, text)
        self.process = None
        if start:
            self.start()
            self.wait_ready()

    def write(self, name, text):
        with open(os.path.join(self.config, name), "w") as f:
            f.write(text)

    def arguments(self, *more):
        return [BINARY, "-C", self.config, "-S", self.state, *more]

    def start(self):
        log = open(self.log_path, "a")
        self.process = subprocess.Popen(
            self.prefix + self.arguments("-f"), stdin=subprocess.DEVNULL, stdout=log,
            stderr=subprocess.STDOUT)
        log.close()

    def wait_ready(self, timeout=PATIENCE):
        end = time.monotonic() + timeout
        while time.monotonic() < end:
            if self.process.poll() is not None:
                raise AssertionError("ringdown ended with %s:\n%s" % (
                    self.process.returncode, self.log()))
            if self.run("core show uptime")[0] == 0:
                return
            time.sleep(0.05)
        raise AssertionError("ringdown did not get ready:\n" + self.log())

    def run(self, command, timeout=PATIENCE):
        """`ringdown -x command`: (exit status, output)."""
        done = subprocess.run(self.arguments("-x", command), timeout=timeout,
                              stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT)
        return done.returncode, done.stdout.decode(errors="replace")

    def ask(self, command):
        """The output of a command that must succeed."""
        status, output = self.run(command)
        if status:
            raise AssertionError("%r: exit status %d\n%s\n%s" % (
                command, status, output, self.log()[-3000:]))
        return output

    def wait_output(self, command, pattern, timeout=PATIENCE):
        """Until the output of a command matches; returns the match."""
        end = time.monotonic() + timeout
        while True:
            output = self.ask(command)
            found = re.search(pattern, output)
            if found:
                return found
            if time.monotonic() > end:
                raise AssertionError("%r never matched %r; last:\n%s\n%s" % (
                    command, pattern, output, self.log()[-3000:]))
            time.sleep(0.1)

    def wait_log(self, pattern, timeout=PATIENCE):
        """Until the log matches: it is written a little later."""
        end = time.monotonic() + timeout
        while not re.search(pattern, self.log()):
            if time.monotonic() > end:
                raise AssertionError("the log never matched %r:\n%s" % (
                    pattern, self.log()[-4000:]))
            time.sleep(0.05)

    def log(self):
        with open(self.log_path, errors="replace") as f:
            return f.read()

    def wait_idle(self, timeout=PATIENCE):
        """No call is left."""
        self.wait_output("core show channels", r"\b0 active channels", timeout)

    def stop(self, seconds=15):
        """Stop as systemd would; whatever a sanitizer says is a failure."""
        if self.process is None:
            return
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(seconds)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
                raise AssertionError("ringdown did not stop:\n" + self.log())
        if self.process.returncode != 0 or FAULT.search(self.log()):
            raise AssertionError("ringdown ended with %s:\n%s" % (
                self.process.returncode, self.log()[-8000:]))
