"""A bare SIP client for what no phone does: wrong, odd and repeated messages.
It holds no state: the test says what to send and looks at what comes."""

import hashlib
import re
import socket
import struct

from . import PATIENCE

HASHES = {"MD5": hashlib.md5, "SHA-256": hashlib.sha256}


class Wire:
    protocol = "UDP"

    def __init__(self, address="127.0.0.1", port=5555,
                 server=("127.0.0.1", 5060)):
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self.socket = socket.socket(family, socket.SOCK_DGRAM)
        self.socket.bind((address, port))
        self.address, self.port, self.server = address, port, server
        self.branch = 0

    def close(self):
        self.socket.close()

    def host(self):
        return "[%s]" % self.address if ":" in self.address else self.address

    def send(self, text):
        self.socket.sendto(text.replace("\n", "\r\n").encode(), self.server)

    def receive(self, timeout=3.0):
        """The next message as text, None when nothing comes."""
        self.socket.settimeout(timeout)
        try:
            return self.socket.recv(65536).decode().replace("\r\n", "\n")
        except socket.timeout:
            return None

    def final(self, timeout=PATIENCE):
        """The next answer that is not provisional."""
        while True:
            text = self.receive(timeout)
            if text is None or not text.startswith("SIP/2.0 1"):
                return text

    def register(self, user, contact=None, expires=60, call_id="wire",
                 cseq=1, more="", domain="127.0.0.1"):
        self.branch += 1
        if contact is None:
            contact = "<sip:%s@%s:%d>" % (user, self.host(), self.port)
        return ("REGISTER sip:%s SIP/2.0\n"
                "Via: SIP/2.0/%s %s:%d;branch=z9hG4bKwire%d;rport\n"
                "Max-Forwards: 70\n"
                "From: <sip:%s@%s>;tag=wire\nTo: <sip:%s@%s>\n"
                "Call-ID: %s\nCSeq: %d REGISTER\n%s%s%s"
                "Content-Length: 0\n\n" % (
                    domain, self.protocol, self.host(), self.port,
                    self.branch, user, domain, user, domain, call_id, cseq,
                    "Contact: %s\n" % contact if contact else "",
                    "Expires: %d\n" % expires if expires is not None else "",
                    more))

    def registered(self, user, password, algorithm="MD5", **more):
        """The whole exchange; returns the final answer."""
        cseq, lines = more.pop("cseq", 1), more.pop("more", "")
        self.send(self.register(user, cseq=cseq, more=lines, **more))
        challenge = self.final()
        if not challenge or not challenge.startswith("SIP/2.0 401"):
            return challenge
        self.send(self.register(
            user, cseq=cseq + 1,
            more=lines + answer(challenge, "REGISTER", "sip:127.0.0.1", user,
                                password, algorithm), **more))
        return self.final()


class StreamWire(Wire):
    """Over a connection, which may break and be made anew: from another port
    then, at which nobody listens."""

    protocol = "TCP"

    def __init__(self, address="127.0.0.6", server=("127.0.0.1", 5060)):
        self.address, self.server, self.branch = address, server, 0
        self.socket = None
        self.connect()

    def connect(self):
        self.rest = b""
        self.socket = socket.create_connection(self.server, 3, (self.address, 0))
        self.port = self.socket.getsockname()[1]

    def cut(self):
        """Without a word, as when a network goes away."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                               struct.pack("ii", 1, 0))
        self.socket.close()

    def send(self, text):
        self.socket.sendall(text.replace("\n", "\r\n").encode())

    def _whole(self):
        """The next message of what was read, if it is whole."""
        self.rest = self.rest.lstrip(b"\r\n")
        head, end, body = self.rest.partition(b"\r\n\r\n")
        length = re.search(rb"^Content-Length: *(\d+)", head, re.M | re.I)
        size = int(length.group(1)) if length else 0
        if not end or len(body) < size:
            return None
        self.rest = body[size:]
        return (head + end + body[:size]).decode().replace("\r\n", "\n")

    def receive(self, timeout=3.0):
        self.socket.settimeout(timeout)
        message = self._whole()
        while not message:
            try:
                data = self.socket.recv(65536)
            except socket.timeout:
                return None
            if not data:
                return None
            self.rest += data
            message = self._whole()
        return message


def reply(request, status, tag="wire", more="", body=""):
    """An answer to a request that came."""
    lines = [line + (";tag=" + tag if line.startswith("To:") and
                     "tag=" not in line else "")
             for line in request.split("\n")
             if re.match(r"(Via|From|To|Call-ID|CSeq|Record-Route):", line)]
    return "SIP/2.0 %s\n%s\n%sContent-Length: %d\n\n%s" % (
        status, "\n".join(lines), more, len(body.replace("\n", "\r\n")), body)


def answer(challenge, method, uri, user, password, algorithm="MD5"):
    """The Authorization line for one of the challenges offered."""
    for line in re.findall(r"^WWW-Authenticate: *Digest (.*)$", challenge,
                           re.M | re.I):
        fields = dict((k.lower(), v.strip('"')) for k, v in
                      re.findall(r'(\w+)=("[^"]*"|[^,\s]+)', line))
        if fields.get("algorithm", "MD5").upper() == algorithm:
            break
    else:
        raise AssertionError("no challenge for %s in:\n%s" % (
            algorithm, challenge))
    digest = lambda s: HASHES[algorithm](s.encode()).hexdigest()
    ha1 = digest("%s:%s:%s" % (user, fields["realm"], password))
    ha2 = digest("%s:%s" % (method, uri))
    response = digest(":".join([ha1, fields["nonce"], "00000001", "cafe",
                                "auth", ha2]))
    opaque = ', opaque="%s"' % fields["opaque"] if "opaque" in fields else ""
    return ('Authorization: Digest username="%s", realm="%s", nonce="%s", '
            'uri="%s", response="%s", algorithm=%s, qop=auth, nc=00000001, '
            'cnonce="cafe"%s\n' % (user, fields["realm"], fields["nonce"],
                                   uri, response, algorithm, opaque))


def status(text):
    return int(text.split()[1]) if text else None


def contacts(text):
    """The Contact values of an answer, in order."""
    return re.findall(r"^Contact: *(.*)$", text or "", re.M | re.I)
