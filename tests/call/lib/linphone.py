"""linphonec, which needs neither a screen nor a sound card: it plays a file,
keeps another, and is driven through its command line."""

import os
import re
import subprocess
import time

from . import PATIENCE
from .phone import RTP_ABOVE

WAY_OUT = "10.99.0.1/32"

RC = """\
[sip]
sip_port={port}
sip_tcp_port={tcp_port}
sip_tls_port={tls_port}
bind_address=127.0.0.1
guess_hostname=0
contact="Linphone" <sip:{user}@127.0.0.1>
use_ipv6=0
{sip}
[rtp]
audio_rtp_port={rtp}
audio_adaptive_jitt_comp_enabled=0

[sound]
use_files=1
echocancellation=0

[misc]
store_friends=0

{more}"""


FRIEND = """\
[friend_0]
url="Friend" <%s>
pol=accept
subscribe=1
"""


def give_network():
    """It does nothing on a machine that has no way out but loopback: one that
    leads nowhere will do. For the namespace of a test only."""
    subprocess.run(["ip", "address", "replace", WAY_OUT, "dev", "lo"], check=True)
    subprocess.run(["ip", "route", "replace", "default", "dev", "lo", "src",
                    WAY_OUT.split("/")[0]], check=True)


class Linphone:
    """Plays its tone in every call and answers by itself when told to."""

    def __init__(self, folder, user, password, port=6200, tone=None,
                 server="127.0.0.1:5060", transport="udp", answer="auto",
                 authority=None, friend=None):
        """authority: whose certificates it trusts; friend: a URI whose
        presence it watches."""
        self.user, self.address = user, "127.0.0.1"
        self.server, self.transport = server, transport
        self.rtp = port + RTP_ABOVE, port + RTP_ABOVE + 1
        self.folder = os.path.join(folder, "linphone-" + user)
        # without these folders it starts half and opens no port
        os.makedirs(os.path.join(self.folder, ".local/share/linphone"))
        os.makedirs(os.path.join(self.folder, ".config/linphone"))
        rc = os.path.join(self.folder, "rc")
        with open(rc, "w") as f:
            f.write(RC.format(
                user=user, port=port, tcp_port=port, rtp=self.rtp[0],
                tls_port=port + 1 if transport == "tls" else 0,
                sip="root_ca=%s\nverify_server_certs=1\n" % authority
                if authority else "",
                more=FRIEND % friend if friend else ""))
        give_network()
        self.out = open(os.path.join(self.folder, "out"), "wb")
        self.process = subprocess.Popen(
            ["timeout", "-k", "1", "90", "linphonec", "-S", "-c", rc],
            env={**os.environ, "HOME": self.folder}, stdin=subprocess.PIPE,
            stdout=self.out, stderr=subprocess.STDOUT)
        self.command("soundcard use files")
        self.command("record " + self.recording())
        if tone:
            self.command("play " + tone)
        if answer == "auto":
            self.command("autoanswer enable")
        self.command("register sip:%s@127.0.0.1 sip:%s;transport=%s %s" % (
            user, server, transport, password))

    def command(self, text):
        self.process.stdin.write(text.encode() + b"\n")
        self.process.stdin.flush()

    def output(self):
        with open(self.out.name, errors="replace") as f:
            return f.read()

    def wait_for(self, pattern, timeout=PATIENCE, count=1):
        """Until its output has matched so often."""
        end = time.monotonic() + timeout
        while len(re.findall(pattern, self.output())) < count:
            if time.monotonic() > end or self.process.poll() is not None:
                raise AssertionError("linphone %s: no %r; it said\n%s" % (
                    self.user, pattern, self.output()))
            time.sleep(0.05)

    def wait_registered(self, tries=40):
        """Where nobody else could tell: it says so only when asked."""
        for _ in range(tries):
            if "registered, identity=" in self.output():
                return
            self.command("status register")
            time.sleep(0.2)
        raise AssertionError("linphone %s did not register:\n%s" % (
            self.user, self.output()))

    def dial(self, target):
        self.command("call sip:%s@%s" % (target, self.server))

    def wait_established(self, count=1):
        self.wait_for("Media streams established", count=count)

    def wait_closed(self, count=1):
        self.wait_for(r"Call \d+ with .* ended", count=count)

    def hangup(self):
        self.command("terminate")

    def recording(self):
        return os.path.join(self.folder, "heard.wav")

    def stop(self):
        if self.process.poll() is None:
            try:
                self.command("quit")
                self.process.wait(5)
            except (OSError, subprocess.TimeoutExpired):
                self.process.terminate()
                self.process.wait(5)
        self.process.stdin.close()
        self.out.close()
