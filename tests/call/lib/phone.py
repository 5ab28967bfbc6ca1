"""A baresip phone without a sound card: it plays a tone, records what it
hears, and is driven through its control socket."""

import contextlib
import glob
import json
import os
import socket
import struct
import subprocess
import time

from . import PATIENCE

MODULES = "/usr/lib/baresip/modules"
RTP_ABOVE = 24000  # from a phone's port to where the exchange has no sound

CONFIG = """\
poll_method epoll
sip_listen {address}:{port}
sip_trans_bsize 128
net_interface {address}
call_local_timeout 120
call_max_calls 4
audio_player aubridge,{name}
audio_source {source}
audio_alert aubridge,alert{name}
ausrc_srate {rate}
auplay_srate {play_rate}
ausrc_channels {channels}
auplay_channels {channels}
audio_txmode poll
audio_level no
rtp_tos 184
rtp_ports {rtp}-{rtp_end}
rtp_bandwidth 512-1024
jitter_buffer_delay 5-10
snd_path {folder}
module_path {modules}
module stdio.so
module g711.so
module aufile.so
module aubridge.so
module ausine.so
module sndfile.so
module_tmp uuid.so
module_tmp account.so
module_app menu.so
module_app ctrl_tcp.so
ctrl_tcp_listen {address}:{control}
"""


class Phone:
    """One account on one address. `events` holds all that it reported."""

    def __init__(self, folder, user, password, server="127.0.0.1:5060",
                 address="127.0.0.1", port=6000, tone=None, answer="auto",
                 codecs="pcmu,pcma", extra="", register=True,
                 config="", contacts="", machine=None, rate=8000, channels=1,
                 life=120):
        self.machine = machine
        self.user, self.address, self.port = user, address, port
        self.folder = os.path.join(folder, "phone-%s-%d" % (user, port))
        self.server, self.password = server, password
        # its own, so that one can tell whose packets they are
        self.rtp = port + RTP_ABOVE, port + RTP_ABOVE + 19
        self.events, self.buffer = [], b""
        os.makedirs(self.folder)
        source = "aufile,%s" % tone if tone else "ausine,100"
        with open(os.path.join(self.folder, "config"), "w") as f:
            f.write(CONFIG.format(
                rate=rate, channels=channels,
                play_rate=rate if channels > 1 else 8000, address=address, port=port, name="p%d" % port, source=source,
                rtp=self.rtp[0], rtp_end=self.rtp[1], folder=self.folder,
                modules=MODULES, control=port + 8) + config)
        with open(os.path.join(self.folder, "uuid"), "w") as f:
            f.write("00000000-0000-4000-8000-%012d" % port)
        open(os.path.join(self.folder, "accounts"), "w").close()
        with open(os.path.join(self.folder, "contacts"), "w") as f:
            f.write(contacts)
        self.log = open(os.path.join(self.folder, "log"), "w")
        self.process = subprocess.Popen(
            (machine.prefix() if machine else []) +
            ["timeout", "-k", "1", str(life), "baresip", "-f", self.folder],
            stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log)
        self.control = self._connect(port + 8)
        # not from the file: nobody would see how the registration ends
        self.command("uanew", "<sip:%s@%s>;auth_user=%s;auth_pass=%s;"
                     "answermode=%s;regint=%d;audio_codecs=%s%s"
                     % (user, server, user, password, answer,
                        60 if register else 0, codecs, extra))

    def _connect(self, port):
        for _ in range(100):
            try:
                with (self.machine.inside() if self.machine
                      else contextlib.nullcontext()):
                    sock = socket.create_connection((self.address, port), 1)
                sock.settimeout(0.1)
                return sock
            except OSError:
                time.sleep(0.05)
        raise RuntimeError("phone %s: no control socket" % self.user)

    def command(self, command, params=""):
        text = json.dumps({"command": command, "params": params,
                           "token": "t"}).encode()
        self.control.sendall(b"%d:%s," % (len(text), text))

    def poll(self):
        """Read what has come from the phone."""
        try:
            data = self.control.recv(65536)
            self.buffer += data
        except (socket.timeout, BlockingIOError):
            pass
        while b":" in self.buffer:
            size, _, rest = self.buffer.partition(b":")
            if len(rest) < int(size) + 1:
                break
            self.events.append(json.loads(rest[:int(size)].decode()))
            self.buffer = rest[int(size) + 1:]

    def seen(self, kind):
        return [e for e in self.events if e.get("type") == kind]

    def wait_for(self, kind, timeout=PATIENCE, count=1):
        """The count-th event of that type, or an AssertionError."""
        end = time.monotonic() + timeout
        while time.monotonic() < end:
            found = self.seen(kind)
            if len(found) >= count:
                return found[count - 1]
            self.poll()
        raise AssertionError("phone %s: no %s within %s s; it saw %s" % (
            self.user, kind, timeout, [e.get("type", e) for e in self.events]))

    def dial(self, target):
        self.command("dial", "sip:%s@%s" % (target, self.server))

    def picture_size(self):
        """Width and height of the picture that it shows; needs snapshot.so."""
        self.command("snapshot_recv", self.folder + "/seen")
        for _ in range(40):
            for name in glob.glob(self.folder + "/seen*"):
                with open(name, "rb") as picture:
                    head = picture.read(24)
                if len(head) == 24:
                    return struct.unpack(">II", head[16:24])
            time.sleep(0.1)
        raise AssertionError("phone %s sees nothing" % self.user)

    def hangup(self):
        self.command("hangup")

    def keys(self, digits, gap=0.25):
        """Press keys during a call."""
        for digit in digits:
            self.command("sndcode", digit)
            time.sleep(gap)

    def hold(self):
        self.command("hold")

    def resume(self):
        self.command("resume")

    def recording(self):
        """The newest file of what this phone heard."""
        files = glob.glob(os.path.join(self.folder, "*-dec.wav"))
        if not files:
            raise AssertionError("phone %s recorded nothing" % self.user)
        return max(files, key=os.path.getmtime)

    def stop(self):
        try:
            self.command("quit")
            self.process.wait(3)
        except (OSError, subprocess.TimeoutExpired):
            self.process.terminate()
            self.process.wait(5)
        self.control.close()
        self.log.close()
