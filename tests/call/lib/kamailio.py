"""Kamailio beside the exchange: registrar of its own phones, and a proxy that
stays in the way of all calls between them and the exchange."""

import os
import signal
import socket
import subprocess
import time

from . import PATIENCE

CONFIG = """\
debug=2
log_stderror=yes
children=1
tcp_children=1
auto_aliases=no
tcp_source_ipv4={address}
enable_tls={tls}
listen=udp:{address}:5060
listen=tcp:{address}:5060
{listen}
mpath="/usr/lib/x86_64-linux-gnu/kamailio/modules/:/usr/lib/kamailio/modules/"
loadmodule "tm.so"
loadmodule "sl.so"
loadmodule "rr.so"
loadmodule "pv.so"
loadmodule "maxfwd.so"
loadmodule "textops.so"
loadmodule "siputils.so"
loadmodule "usrloc.so"
loadmodule "registrar.so"
modparam("registrar", "gruu_enabled", 0)
{modules}

"""

# What every proxy does before it looks at whom a request is for.
BEGIN = """\
request_route {{
	if (!mf_process_maxfwd_header("10")) {{
		sl_send_reply("483", "Too Many Hops");
		exit;
	}}
	if (is_method("CANCEL")) {{
		if (t_check_trans()) t_relay();
		exit;
	}}
	if (has_totag()) {{
		if (loose_route()) t_relay();
		else if (!is_method("ACK")) sl_send_reply("404", "No Route");
		else if (t_check_trans()) t_relay();
		exit;
	}}
"""

OPEN = BEGIN + """\
	if (is_method("OPTIONS")) {{
		sl_send_reply("200", "OK");
		exit;
	}}
	if (is_method("REGISTER")) {{
		save("location");
		exit;
	}}
	record_route();
	if ($rU =~ "^20") {{
		if (lookup("location")) t_relay();
		else sl_send_reply("404", "Not Found");
		exit;
	}}
	$du = "{exchange}";
	t_relay();
}}
"""

OPTIONS = ("OPTIONS sip:x@{0} SIP/2.0\r\nVia: SIP/2.0/UDP {0}:5099;"
           "branch=z9hG4bKup;rport\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:x@{0}>\r\n"
           "Call-ID: up\r\nCSeq: 1 OPTIONS\r\nMax-Forwards: 9\r\n"
           "Content-Length: 0\r\n\r\n")


class Kamailio:
    """exchange: the URI by which it reaches the exchange. certificate: base
    name of .crt and .key, with the authority's file: it speaks TLS too."""

    modules = ""  # more than those of CONFIG
    route = None  # instead of OPEN
    options = []
    memory = 32, 4  # MiB, shared and of each process
    seconds = 90  # it ends by itself, whatever becomes of us

    def __init__(self, folder, exchange, address="127.0.0.9", certificate=None,
                 authority=None):
        self.folder, self.address = os.path.join(folder, "kamailio-" + address), address
        os.makedirs(self.folder)
        self.config = os.path.join(self.folder, "kamailio.cfg")
        self.configure(exchange, certificate, authority)
        self.log = None
        self.start()

    def configure(self, exchange, certificate, authority):
        address = self.address
        listen, modules = "", self.modules
        if certificate:
            listen = "listen=tls:%s:5061" % address
            modules += self._tls(certificate, authority)
        with open(self.config, "w") as f:
            f.write(CONFIG.format(address=address, listen=listen, modules=modules,
                                  tls="yes" if certificate else "no"))
            f.write(self.route or OPEN.format(exchange=exchange))

    def start(self):
        """Also again, after it was stopped; registrations are forgotten."""
        self.log = open(os.path.join(self.folder, "log"), "ab")
        self.process = subprocess.Popen(
            ["timeout", "-k", "1", str(self.seconds), "kamailio", "-DD", "-E",
             "-m", str(self.memory[0]), "-M", str(self.memory[1]), "-Y", self.folder, "-w", self.folder,
             "-f", self.config, *self.options], stdin=subprocess.DEVNULL, stdout=self.log,
            stderr=self.log, start_new_session=True)
        self._wait_ready()

    def _tls(self, certificate, authority):
        """Both sides show a certificate, and look at the other's."""
        path = os.path.join(self.folder, "tls.cfg")
        with open(path, "w") as f:
            for kind in "server", "client":
                f.write("[%s:default]\nmethod = TLSv1.2+\n"
                        "certificate = %s.crt\nprivate_key = %s.key\n"
                        "ca_list = %s\nverify_certificate = %s\n" % (
                            kind, certificate, certificate, authority,
                            "yes" if kind == "client" else "no"))
        return 'loadmodule "tls.so"\nmodparam("tls", "config", "%s")' % path

    def _wait_ready(self, timeout=PATIENCE):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.bind((self.address, 5099))
            sock.settimeout(0.2)
            end = time.monotonic() + timeout
            while time.monotonic() < end and self.process.poll() is None:
                try:
                    sock.sendto(OPTIONS.format(self.address).encode(),
                                (self.address, 5060))
                    if sock.recv(4096).startswith(b"SIP/2.0 "):
                        return
                except OSError:
                    time.sleep(0.1)
        raise AssertionError("kamailio did not get ready:\n" + self.said())

    def said(self):
        with open(self.log.name, errors="replace") as f:
            return f.read()[-4000:]

    def signal(self, number):
        """To it and its children: SIGSTOP is silence, SIGKILL the end."""
        os.killpg(self.process.pid, number)

    def stop(self):
        if self.process.poll() is None:
            self.signal(signal.SIGCONT)
            self.process.terminate()
            self.process.wait(10)
        self.log.close()
