"""SIPp scenarios written as the steps of a call flow. Caller() starts with an
INVITE of its own, Callee() waits for one; every step adds what SIPp shall
send or must receive, and unexpected messages fail the call."""

SDP = """\
v=0
o=sipp 1 {version} IN IP[local_ip_type] [local_ip]
s=-
c=IN IP[media_ip_type] {connection}
t=0 0
m=audio [media_port] RTP/AVP {payloads}
{lines}a={direction}
"""

PAYLOADS = {"0": "a=rtpmap:0 PCMU/8000\n", "8": "a=rtpmap:8 PCMA/8000\n",
            "9": "a=rtpmap:9 G722/8000\n",
            "101": "a=rtpmap:101 telephone-event/8000\na=fmtp:101 0-15\n"}


def sdp(payloads="0 8 101", direction="sendrecv", connection="[media_ip]",
        version=1):
    """An offer or answer for one audio line."""
    return SDP.format(
        payloads=payloads, direction=direction, connection=connection,
        version=version,
        lines="".join(PAYLOADS.get(p, "") for p in payloads.split()))


def escaped(text):
    return text.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")


class Scenario:
    def __init__(self):
        self.steps = []

    def xml(self):
        return ('<?xml version="1.0" encoding="ISO-8859-1" ?>\n'
                '<scenario name="ringdown">\n%s</scenario>\n'
                % "".join(self.steps))

    def write(self, path):
        with open(path, "w") as f:
            f.write(self.xml())
        return path

    def send(self, start, headers, body="", retrans=False):
        text = "%s\n%s" % (start, "".join(h + "\n" for h in headers))
        if body:
            text += "Content-Type: application/sdp\n" \
                if body.startswith("v=0") else ""
        text += "Content-Length: [len]\n\n" + body
        self.steps.append("<send%s><![CDATA[\n\n%s\n]]></send>\n" % (
            ' retrans="500"' if retrans else "", text))
        return self

    def receive(self, what, optional=False, match=None, routes=False,
                auth=False, timeout=None, header=None):
        """A status (int) or method; match: a regular expression that the
        message must (or with a leading ! must not) hold."""
        kind = "response" if isinstance(what, int) else "request"
        attributes = '%s="%s"' % (kind, what)
        if optional:
            attributes += ' optional="true"'
        if routes:
            attributes += ' rrs="true"'
        if auth:
            attributes += ' auth="true"'
        if timeout:
            attributes += ' timeout="%d"' % timeout
        action = ""
        if match:
            check = "check_it"
            if match.startswith("!"):
                match, check = match[1:], "check_it_inverse"
            where = 'search_in="hdr" header="%s"' % header if header \
                else 'search_in="msg"'
            action = ('<action><ereg regexp="%s" %s %s="true" '
                      'assign_to="unused"/></action>'
                      % (escaped(match), where, check))
        self.steps.append("<recv %s>%s</recv>\n" % (attributes, action))
        if match and not any('variables="unused"' in s for s in self.steps):
            self.steps.append('<Reference variables="unused"/>\n')
        return self

    def pause(self, ms):
        self.steps.append('<pause milliseconds="%d"/>\n' % ms)
        return self

    def play_pcap(self, path):
        self.steps.append('<nop><action><exec play_pcap_audio="%s"/></action>'
                          '</nop>\n' % path)
        return self


class Caller(Scenario):
    """The phone that calls. `target` is the number it dials."""

    def __init__(self, target, user="sipp"):
        super().__init__()
        self.target, self.user, self.cseq = target, user, 0

    def _headers(self, method, to_tag, more=(), cseq=None):
        return ["Via: SIP/2.0/[transport] [local_ip]:[local_port];"
                "branch=[branch]",
                "From: \"SIPp\" <sip:%s@[local_ip]:[local_port]>;"
                "tag=[pid]from[call_number]" % self.user,
                "To: <sip:%s@[remote_ip]:[remote_port]>%s" % (
                    self.target, "[peer_tag_param]" if to_tag else ""),
                "Call-ID: [call_id]",
                "CSeq: %d %s" % (self.cseq if cseq is None else cseq, method),
                "Contact: <sip:%s@[local_ip]:[local_port]>" % self.user,
                "Max-Forwards: 70", *more]

    def request(self, method, body="", more=(), in_dialog=True, retrans=True,
                uri=None):
        if method not in ("ACK", "CANCEL"):
            self.cseq += 1
        uri = uri or ("[next_url]" if in_dialog else
                      "sip:%s@[remote_ip]:[remote_port]" % self.target)
        headers = self._headers(method, in_dialog, more)
        if in_dialog:
            headers.insert(1, "[routes]")
        return self.send("%s %s SIP/2.0" % (method, uri), headers, body,
                         retrans=retrans and method != "ACK")

    def invite(self, body=None, more=(), retrans=True):
        return self.request("INVITE", sdp() if body is None else body, more,
                            in_dialog=False, retrans=retrans)

    def ack(self, body=""):
        return self.request("ACK", body)

    def ack_failure(self):
        """For a final answer of 300 and more: the INVITE's own branch."""
        headers = [h for h in self._headers("ACK", True)
                   if not h.startswith("Via")]
        return self.send("ACK sip:%s@[remote_ip]:[remote_port] SIP/2.0"
                         % self.target, ["[last_Via:]"] + headers)

    def cancel(self):
        headers = [h for h in self._headers("CANCEL", False)
                   if not h.startswith("Via")]
        return self.send("CANCEL sip:%s@[remote_ip]:[remote_port] SIP/2.0"
                         % self.target, ["[last_Via:]"] + headers,
                         retrans=True)

    def answered(self, **check):
        return (self.receive(100, optional=True)
                .receive(180, optional=True)
                .receive(183, optional=True)
                .receive(200, routes=True, **check))

    def bye(self):
        return self.request("BYE").receive(200)

    def reply(self, status="200 OK", body=""):
        return self.send("SIP/2.0 " + status, [
            "[last_Via:]", "[last_From:]", "[last_To:]", "[last_Call-ID:]",
            "[last_CSeq:]",
            "Contact: <sip:%s@[local_ip]:[local_port]>" % self.user], body)


class Callee(Scenario):
    """The phone that is called."""

    def expect_invite(self, match="."):
        """Keeps its CSeq, for answers that follow another request."""
        self.steps.append(
            '<recv request="INVITE" rrs="true"><action>'
            '<ereg regexp=" .*" search_in="hdr" header="CSeq:" '
            'assign_to="cseq"/><ereg regexp="%s" search_in="msg" '
            'check_it="true" assign_to="match"/></action></recv>\n'
            '<Reference variables="cseq,match"/>\n' % escaped(match))
        return self

    def reply(self, status, body="", more=(), tag=True, retrans=False,
              to_invite=False):
        if not any(line.startswith("Contact:") for line in more):
            more = ["Contact: <sip:sipp@[local_ip]:[local_port]>", *more]
        return self.send("SIP/2.0 " + status, [
            "[last_Via:]", "[last_Record-Route:]", "[last_From:]",
            "[last_To:]%s" % (";tag=[pid]to[call_number]" if tag else ""),
            "[last_Call-ID:]",
            "CSeq:[$cseq]" if to_invite else "[last_CSeq:]", *more],
            body, retrans=retrans)

    def ringing(self):
        return self.reply("180 Ringing")

    def answer(self, payloads="0 101", **more):
        return self.reply("200 OK", sdp(payloads), retrans=True, **more)

    def expect_ack(self):
        """Keeps who is who, for a request of our own."""
        self.steps.append(
            '<recv request="ACK"><action>'
            '<ereg regexp=" .*" search_in="hdr" header="From:" '
            'assign_to="far"/>'
            '<ereg regexp=" .*" search_in="hdr" header="To:" '
            'assign_to="near"/></action></recv>\n')
        return self

    def bye(self):
        return self.send("BYE [next_url] SIP/2.0", [
            "Via: SIP/2.0/[transport] [local_ip]:[local_port];"
            "branch=[branch]", "[routes]", "From:[$near]", "To:[$far]",
            "[last_Call-ID:]", "CSeq: 1 BYE", "Max-Forwards: 70"],
            retrans=True).receive(200)

    def expect_bye(self):
        return self.receive("BYE").reply("200 OK", tag=False)


def made_or_refused(number, hold_ms, status=503):
    """A call of so long, or one that gets this status: either is as it should be."""
    flow = Caller(number).invite().receive(100, optional=True)
    flow.steps.append('<recv response="%d" optional="true" next="1"></recv>\n' % status)
    flow.receive(180, optional=True).receive(183, optional=True)
    flow.receive(200, routes=True).ack().pause(hold_ms).request("BYE")
    flow.steps.append('<recv response="200" next="2"></recv>\n<label id="1"/>\n')
    flow.ack_failure()
    flow.steps.append('<label id="2"/>\n')
    return flow
