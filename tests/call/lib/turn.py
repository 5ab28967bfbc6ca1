"""coturn on an address and port of its own, for one test."""

import os
import shutil
import subprocess
import time

from . import PATIENCE


def program():
    return shutil.which("turnserver") or "/usr/bin/turnserver"


class TurnServer:
    """STUN and TURN for the user "exchange" with the password "s3cret"; with a
    certificate (path without .crt and .key) by TLS too, at port 5349."""

    def __init__(self, folder, addresses, port=3478, machine=None, certificate=None):
        self.log_path = os.path.join(folder, "turnserver.log")
        where = []
        for address in addresses:
            where += ["-L", address]
        tls = ["--no-tls"]
        if certificate:
            tls = ["--cert", certificate + ".crt", "--pkey", certificate + ".key"]
        self.process = subprocess.Popen(
            (machine.prefix() if machine else []) + [
                program(), "-n", *where, "-E", addresses[0], "-p", str(port),
                "--min-port", "41000", "--max-port", "41100", "-a",
                "-u", "exchange:s3cret", "-r", "example.org",
                *tls, "--no-dtls", "--no-cli", "--allow-loopback-peers",
                "--verbose", "--log-file", "stdout", "--simple-log",
                "--pidfile", os.path.join(folder, "turnserver.pid")],
            stdin=subprocess.DEVNULL, stdout=open(self.log_path, "w"),
            stderr=subprocess.STDOUT, cwd=folder)
        self._wait_ready()

    def log(self):
        with open(self.log_path, errors="replace") as f:
            return f.read()

    def _wait_ready(self, timeout=PATIENCE):
        end = time.monotonic() + timeout
        while time.monotonic() < end:
            if self.process.poll() is not None:
                break
            if "UDP listener opened" in self.log():
                return
            time.sleep(0.05)
        raise AssertionError("coturn did not get ready:\n" + self.log())

    def wait_log(self, text, timeout=PATIENCE):
        end = time.monotonic() + timeout
        while text not in self.log():
            if time.monotonic() > end:
                raise AssertionError("coturn never said %r:\n%s" % (text, self.log()))
            time.sleep(0.05)

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
