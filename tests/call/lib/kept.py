"""Steps for messages that cross: requests that are kept and answered later, and
requests of who is called, within its dialog."""

from .scenario import Callee, escaped, sdp

OWN = ["Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]",
       "Max-Forwards: 70", "Contact: <sip:sipp@[local_ip]:[local_port]>"]
CONTACT = OWN[-1]
KEPT = (("via", "Via"), ("from", "From"), ("to", "To"), ("call", "Call-ID"),
        ("cseq", "CSeq"))


def keep(scenario, method, name, match="."):
    """It comes, and is kept by that name until it is answered."""
    actions = "".join(
        '<ereg regexp=".*" search_in="hdr" header="%s:" assign_to="%s%s"/>'
        % (header, name, part) for part, header in KEPT)
    scenario.steps.append(
        '<recv request="%s" rrs="true"><action><ereg regexp="%s" search_in="msg" '
        'check_it="true" assign_to="seen"/>%s</action></recv>\n'
        '<Reference variables="seen,%s"/>\n' % (
            method, match, actions, ",".join(name + part for part, _ in KEPT)))
    return scenario


def learn(scenario, what, wanted):
    """It comes; wanted: {name: regular expression}, whose group is known as [$name] then."""
    kind = "response" if isinstance(what, int) else "request"
    actions = "".join('<ereg regexp="%s" search_in="msg" check_it="true" '
                      'assign_to="%sWhole,%s"/>' % (escaped(match), name, name)
                      for name, match in wanted.items())
    scenario.steps.append(
        '<recv %s="%s"><action>%s</action></recv>\n<Reference variables="%s"/>\n' % (
            kind, what, actions, ",".join("%sWhole,%s" % (name, name) for name in wanted)))
    return scenario


def has_contact(headers):
    return any(line.startswith("Contact:") for line in headers)


def answer(scenario, name, status="200 OK", body="", tag="", more=(), retrans=False):
    """What was kept by that name; tag: ours, where it has none."""
    if not has_contact(more):
        more = [CONTACT, *more]
    return scenario.send("SIP/2.0 " + status, [
        "Via:[$%svia]" % name, "From:[$%sfrom]" % name,
        "To:[$%sto]%s" % (name, ";tag=" + tag if tag else ""), "Call-ID:[$%scall]" % name,
        "CSeq:[$%scseq]" % name, *more], body, retrans)


def invited(match="."):
    return keep(Callee(), "INVITE", "invite", match)


def accept(scenario, tag="one", retrans=True):
    return answer(scenario, "invite", "200 OK", sdp("0 101"), tag, retrans=retrans)


def rings(match="."):
    return answer(invited(match), "invite", "180 Ringing", tag="one")


def asks(scenario, method, cseq=1, body="", more=(), tag="one"):
    """A request of who was invited."""
    own = [line for line in OWN if line != CONTACT or not has_contact(more)]
    return scenario.send("%s [next_url] SIP/2.0" % method, [
        *own, "From:[$inviteto];tag=" + tag, "To:[$invitefrom]", "[last_Call-ID:]",
        "CSeq: %d %s" % (cseq, method), *more], body, retrans=method != "ACK")


def ack_refusal(scenario, cseq=1, tag="one"):
    """Of who was invited, for the refusal of its own INVITE."""
    return scenario.send("ACK [next_url] SIP/2.0", [
        "[last_Via:]", "Max-Forwards: 70", "From:[$inviteto];tag=" + tag,
        "To:[$invitefrom]", "[last_Call-ID:]", "CSeq: %d ACK" % cseq])
