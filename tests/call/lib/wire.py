"""A bare SIP client for what no phone does: wrong, odd and repeated messages.
It holds no state: the test says what to send and looks at what comes."""

import hashlib
import re
import socket

HASHES = {"MD5": hashlib.md5, "SHA-256": hashlib.sha256}


class Wire:
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

    def final(self, timeout=3.0):
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
                "Via: SIP/2.0/UDP %s:%d;branch=z9hG4bKwire%d;rport\n"
                "Max-Forwards: 70\n"
                "From: <sip:%s@%s>;tag=wire\nTo: <sip:%s@%s>\n"
                "Call-ID: %s\nCSeq: %d REGISTER\n%s%s%s"
                "Content-Length: 0\n\n" % (
                    domain, self.host(), self.port, self.branch, user,
                    domain, user, domain, call_id, cseq,
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
