#!/usr/bin/python3
"""STIR/SHAKEN: one exchange signs, another verifies; and what others send that was tampered
with, is stale, for somebody else, or signed by nobody whom we believe."""

import base64
import json
import os
import re
import shutil
import time

from lib import stir, tap
from lib.case import CallTest, scratch_folder
from lib.certificates import Authority
from lib.daemon import SECOND_RTP_CONF, SIP_CONF, Ringdown
from lib.sipp import Sipp
from lib.scenario import Callee, Caller, sdp
from lib.wire import Wire, status

ITS, STRANGER, OTHER, THIRD = "127.0.0.2", "127.0.0.3", "127.0.0.5", "127.0.0.6"
OURS = "49305550101"  # of 1001
CALLED = "49301234"

DIALPLAN = """\
[office]
exten => _99X.,1,Set(CALLERID(num)=4989555)
 same => n,Dial(TRUNK/branch/${EXTEN:2},20)
exten => _X.,1,Set(CALLERID(num)=%s)
 same => n,Dial(TRUNK/branch/${EXTEN},20,g)
exten => h,1,Log(NOTICE,record ${CDR(stir_signed)} ${CDR(stir_origid)})
[passed-on]
exten => 49305550107,1,Dial(TRUNK/branch/49301234,20)
exten => _X.,1,Dial(TRUNK/branch/${EXTEN},20)
""" % OURS

TRUNKS = """\
[branch]
country = DE
host = 127.0.0.2
numbers = _493055501XX
context = passed-on
stir_shaken_profile = signed
[carrier]
calls_out = yes
match = 127.0.0.4
numbers = _X.
context = passed-on
"""

SIGNED = """\
[signed]
type = profile
endpoint_behavior = attest
private_key_file = %(base)s.key
public_cert_url = %(url)s
"""

ITS_SIP = """\
[udp]
type = transport
bind = 127.0.0.2:5060
"""

ITS_TRUNKS = """\
[office]
country = DE
match = 127.0.0.1
numbers = _X.
context = in
stir_shaken_profile = believed
[stranger]
match = 127.0.0.3
numbers = _X.
context = in
stir_shaken_profile = believed
[other]
match = 127.0.0.5
numbers = _X.
context = in
stir_shaken_profile = believed
[third]
match = 127.0.0.6
numbers = _X.
context = in
stir_shaken_profile = believed
"""

ITS_DIALPLAN = """\
[in]
exten => _X.,1,Log(NOTICE,count ${STIR_SHAKEN(count)} ${STIR_VERIFY_RESULT} ${STIR_ATTESTATION})
 same => n,Log(NOTICE,record ${CDR(stir_verify_result)} ${CDR(stir_attestation)})
 same => n,ExecIf($[${STIR_SHAKEN(count)}]?Log(NOTICE,first ${STIR_SHAKEN(0,verify_result)} ${STIR_SHAKEN(0,attestation)} ${STIR_SHAKEN(0,identity)}))
 same => n,Answer()
 same => n,Wait(1)
"""

BELIEVED = """\
[verification]
ca_file = %(ca)s
https_ca_file = %(ca)s
relax_x5u_port_scheme_restrictions = yes
%(more)s
[believed]
type = profile
endpoint_behavior = verify
"""

REQUEST = """\
%(method)s sip:%(called)s@127.0.0.2 SIP/2.0
Via: SIP/2.0/UDP %(here)s;branch=z9hG4bK%(id)s%(branch)s
From: <sip:+%(caller)s@127.0.0.3>;tag=%(id)s
To: <sip:%(called)s@127.0.0.2>%(to)s
Call-ID: %(id)s
CSeq: 1 %(method)s
Max-Forwards: 70
Contact: <sip:x@%(here)s>
%(lines)sContent-Length: 0

"""


class StirTest(CallTest):
    trunks = TRUNKS
    its_trunks = ITS_TRUNKS
    more = ""  # of [verification]
    signed = ""  # of the profile of who signs

    def setUp(self):
        self.shelf_folder = scratch_folder(self)
        self.authority = Authority(self.shelf_folder)
        self.server_base = self.authority.sign("server")
        self.shelf = stir.Shelf(self.shelf_folder, self.server_base)
        self.addCleanup(self.shelf.stop)
        self.base = self.certificate("signer", stir.tn_list(provider="123D"))
        self.url = self.shelf.url("signer.crt")
        self.files = {"sip.conf": SIP_CONF, "trunks.conf": self.trunks,
                      "stir_shaken.conf": SIGNED % {"base": self.base, "url": self.url} +
                      self.signed.replace("%(ca)s", self.authority.path)}
        self.extensions = DIALPLAN
        super().setUp()
        folder = os.path.join(self.folder, "branch")
        os.makedirs(folder)
        self.branch = Ringdown(folder, {
            "sip.conf": ITS_SIP, "trunks.conf": self.its_trunks,
            "stir_shaken.conf": BELIEVED % {"ca": self.authority.path, "more": self.more},
            "rtp.conf": SECOND_RTP_CONF}, ITS_DIALPLAN)
        self.addCleanup(self.branch.stop)

    def certificate(self, name, lines, authority=None, **more):
        return (authority or self.authority).sign(name, more=lines, **more)

    def stranger_begins(self, *identities, caller=OURS, called=CALLED, here=STRANGER):
        """A line, and the call whose INVITE it has sent."""
        self.calls = getattr(self, "calls", 0) + 1
        line = Wire(here, port=5555 + self.calls, server=(ITS, 5060))
        call = {"method": "INVITE", "branch": "", "called": called, "caller": caller, "to": "",
                "here": "%s:%d" % (line.host(), line.port),
                "id": "s%d" % self.calls,
                "lines": "".join("Identity: %s\n" % one for one in identities)}
        line.send(REQUEST % call)
        return line, call

    @staticmethod
    def final(line, call):
        """It is acknowledged."""
        answer = line.final(timeout=8)
        while answer and ("Call-ID: %s\n" % call["id"] not in answer or
                          "CSeq: 1 INVITE\n" not in answer):
            answer = line.final(timeout=8)
        to = re.search(r"(?m)^To: [^;\n]*(;tag=.*)$", answer or "")
        branch = "ack" if status(answer) == 200 else ""
        line.send(REQUEST % {**call, "method": "ACK", "branch": branch, "lines": "",
                             "to": to.group(1) if to else ""})
        return answer

    def stranger_calls(self, *identities, **more):
        """The final answer; a call that is taken ends by itself."""
        line, call = self.stranger_begins(*identities, **more)
        try:
            return self.final(line, call)
        finally:
            line.close()

    def identity(self, base=None, url=None, caller=OURS, called=CALLED, **more):
        return stir.identity((base or self.base) + ".key", url or self.url, caller, called,
                             **more)


class Between(StirTest):
    more = "x5u_permit = 127.0.0.0/8\nfailure_action = reject_request"

    def test_what_one_signs_the_other_believes(self):
        phone = self.phone("1001")
        phone.dial(CALLED)
        phone.wait_for("CALL_ESTABLISHED")
        self.branch.wait_log(r"count 1 success A")
        self.branch.wait_log(r"first success A " + OURS)
        self.branch.wait_log(r"record success A")
        self.exchange.wait_log(r"record A [0-9a-f]{8}-[0-9a-f-]{27}")
        phone.wait_for("CALL_CLOSED")
        self.branch.wait_idle()

    def test_a_number_that_is_not_ours_is_attested_as_such(self):
        phone = self.phone("1001")
        phone.dial("99" + CALLED)
        phone.wait_for("CALL_ESTABLISHED")
        self.branch.wait_log(r"first success B 4989555")

    def test_numbers_are_compared_in_the_form_of_the_world(self):
        phone = self.phone("1001")
        phone.dial("0" + CALLED[2:])
        phone.wait_for("CALL_ESTABLISHED")
        self.branch.wait_log(r"first success A " + OURS)

    def test_what_comes_from_elsewhere_is_attested_as_such(self):
        caller = Caller(OURS, user="4989777")
        caller.invite(sdp())
        caller.answered().ack().receive("BYE").reply()
        sipp = Sipp(self.folder, caller, 5060, address="127.0.0.4")
        sipp.finish()
        self.branch.wait_log(r"count 1 success C")
        self.branch.wait_log(r"first success C 4989777")


class InATown(StirTest):
    """With an area code digits alone may be a number of the town: not where the trunk is told
    numbers in the form of the world."""
    trunks = TRUNKS.replace("[carrier]", "area_code = 30\ncalled_out = e164\n%(form)s[carrier]")
    more = "x5u_permit = 127.0.0.0/8\nfailure_action = reject_request"

    def is_signed_in_full(self):
        phone = self.phone("1001")
        phone.dial("0" + CALLED[2:])
        phone.wait_for("CALL_ESTABLISHED")
        self.branch.wait_log(r"first success A " + OURS)


class InATownWithPlus(InATown):
    trunks = InATown.trunks % {"form": "caller_out = plus\n"}

    def test_a_number_of_ours_is_attested_in_whatever_form_it_is_told(self):
        self.is_signed_in_full()


class InATownAsItIs(InATown):
    trunks = InATown.trunks % {"form": ""}

    def test_a_number_of_ours_without_its_prefix_is_signed_as_one_of_the_world(self):
        self.is_signed_in_full()


class Compact(StirTest):
    """What both ends know of the call is not sent (RFC 8225 §7)."""

    more = "x5u_permit = 127.0.0.0/8\nfailure_action = reject_request"
    signed = "passport_form = compact\n"

    def test_a_signature_alone_is_believed(self):
        self.branch.ask("sip trace on 127.0.0.1")
        phone = self.phone("1001")
        phone.dial(CALLED)
        phone.wait_for("CALL_ESTABLISHED")
        self.branch.wait_log(r"first success  " + OURS)
        self.branch.wait_log(r"Identity: \.\.[-\w]{86};info=<")


class Keys(StirTest):
    """Whose keys encrypt the sound is signed with who calls (RFC 8225 section 5.2.2)."""

    more = "x5u_permit = 127.0.0.0/8\nfailure_action = reject_request"
    signed = "send_mky = yes\n"
    trunks = TRUNKS.replace("[carrier]", "media_encryption = dtls\n[carrier]")
    its_trunks = ITS_TRUNKS.replace("[stranger]", "media_encryption = dtls\n[stranger]")

    def test_the_fingerprint_of_the_description_is_signed(self):
        self.branch.ask("sip trace on 127.0.0.1")
        phone = self.phone("1001")
        phone.dial(CALLED)
        phone.wait_for("CALL_ESTABLISHED")
        self.branch.wait_log(r"first success A " + OURS)
        invite = self.branch.log()
        payload = re.search(r"Identity: [-\w]+\.([-\w]+)\.", invite).group(1)
        alg, dig = re.search(r"a=fingerprint:(\S+) ([\w:]+)", invite).groups()
        self.assertEqual(json.loads(base64.urlsafe_b64decode(payload + "==")).get("mky"),
                         [{"alg": alg, "dig": dig.replace(":", "")}])


class Twice(StirTest):
    """One who cannot make out what was signed in the compact form is sent the full one."""

    more = "x5u_permit = 127.0.0.0/8"
    signed = "passport_form = compact\n"

    def provider(self, callee):
        self.branch.stop()
        one = Sipp(self.folder, callee, 5060, address=ITS, calls=1, timeout=20)
        self.addCleanup(one.stop)
        time.sleep(0.5)
        return one

    def test_after_438_the_full_form_follows(self):
        refused = Callee().expect_invite().reply("438 Invalid Identity Header").receive("ACK")
        provider = self.provider(
            refused.expect_invite().answer().receive("ACK").expect_bye())
        phone = self.phone("1001")
        phone.dial(CALLED)
        phone.wait_for("CALL_ESTABLISHED")
        phone.hangup()
        provider.finish()
        first, second = provider.received("INVITE ")
        part = r"[-\w]+"
        self.assertRegex(first, r"\nIdentity: \.\.%s;info=" % part)
        self.assertRegex(second, r"\nIdentity: %s\.%s\.%s;info=" % (part, part, part))
        for invite in first, second:
            self.assertEqual(len(re.findall(r"(?m)^(?:Identity|Date):", invite)), 2, invite)

    def test_but_once(self):
        callee = Callee()
        for _ in range(2):
            callee.expect_invite().reply("438 Invalid Identity Header").receive("ACK")
        provider = self.provider(callee)
        phone = self.phone("1001")
        phone.dial(CALLED)
        phone.wait_for("CALL_CLOSED")
        provider.finish()


class SentOn(StirTest):
    """A carrier's signed call comes to a number of ours and goes on by another trunk."""

    more = "x5u_permit = 127.0.0.0/8\nfailure_action = reject_request"
    signed = ("endpoint_behavior = on\nca_file = %(ca)s\nhttps_ca_file = %(ca)s\n"
              "relax_x5u_port_scheme_restrictions = yes\nx5u_permit = 127.0.0.0/8\n")
    trunks = TRUNKS + "country = DE\nstir_shaken_profile = signed\n"
    caller = "4989777"

    def calls(self, *identities, called):
        self.wire = Wire("127.0.0.4", port=5556)
        self.addCleanup(self.wire.close)
        call = {"method": "INVITE", "branch": "", "called": called, "caller": self.caller,
                "to": "", "here": "127.0.0.4:5556", "id": "on" + called,
                "lines": "".join("Identity: %s\n" % one for one in identities)}
        self.wire.send((REQUEST % call).replace("127.0.0.2", "127.0.0.1"))
        return self.wire.final(timeout=8)

    def sent(self):
        """What has come to the other one, each once."""
        return sorted(set(re.findall(r"\bIdentity: (\S+)", self.branch.log())))

    def test_what_was_signed_goes_with_it_and_who_has_sent_it_on(self):
        self.branch.ask("sip trace on 127.0.0.1")
        first = self.identity(caller=self.caller, called="49305550107")
        self.assertEqual(status(self.calls(first, called="49305550107")), 200)
        self.branch.wait_log(r"count 2 success A")
        sent = self.sent()
        self.assertEqual(len(sent), 2)
        self.assertIn(first, sent)
        on = [one for one in sent if one != first][0]
        self.assertIn(";ppt=div", on)
        header, payload = (json.loads(base64.urlsafe_b64decode(part + "=="))
                           for part in on.split(".")[:2])
        self.assertEqual(header["ppt"], "div")
        self.assertEqual({name: payload[name] for name in payload if name != "iat"},
                         {"orig": {"tn": self.caller}, "dest": {"tn": [CALLED]},
                          "div": {"tn": "49305550107"}})

    def test_what_goes_on_to_the_same_number_has_been_sent_on_by_nobody(self):
        self.branch.ask("sip trace on 127.0.0.1")
        first = self.identity(caller=self.caller)
        self.assertEqual(status(self.calls(first, called=CALLED)), 200)
        self.branch.wait_log(r"count 1 success A")
        self.assertEqual(self.sent(), [first])

    def test_what_was_not_signed_is_attested_as_what_comes_from_elsewhere(self):
        self.assertEqual(status(self.calls(called="49305550107")), 200)
        self.branch.wait_log(r"count 1 success C")


class Refusals(StirTest):
    more = "x5u_permit = 127.0.0.0/8\nfailure_action = reject_request"

    def refused(self, code, *identities):
        answer = self.stranger_calls(*identities)
        self.assertEqual(status(answer), code, answer)
        return answer

    def test_what_was_signed_so_is_taken(self):
        self.assertEqual(status(self.stranger_calls(self.identity())), 200)
        self.branch.wait_log(r"first success A " + OURS)

    def test_nobody_has_signed_it(self):
        self.refused(428)
        self.refused(428, self.identity(ppt="rph"))

    def test_it_was_tampered_with(self):
        self.refused(438, self.identity(kept={"attest": "B"}))
        self.branch.wait_log("signature_validation")
        self.refused(438, "no passport;info=<%s>" % self.url)

    def test_it_is_stale(self):
        self.assertIn("Stale Date", self.refused(403, self.identity(age=60)))
        self.assertEqual(self.shelf.asked, [])  # that can be known without a certificate
        self.refused(403, self.identity(age=-60))

    def test_it_is_for_another_or_by_another(self):
        self.refused(438, self.identity(called="49309999"))
        self.branch.wait_log("dest_tn_mismatch")
        self.refused(438, self.identity(caller="49309999"))
        self.branch.wait_log("cid_orig_tn_mismatch")

    def test_nobody_whom_we_believe_has_issued_the_certificate(self):
        other = Authority(self.shelf_folder, "other")
        base = self.certificate("foreign", stir.tn_list(provider="1"), other)
        self.refused(437, self.identity(base, self.shelf.url("foreign.crt")))
        self.branch.wait_log("cert_not_trusted")

    def test_its_certificate_has_expired(self):
        base = self.certificate("old", stir.tn_list(provider="1"), days=-1)
        self.refused(437, self.identity(base, self.shelf.url("old.crt")))
        self.branch.wait_log("cert_date_failure")

    def test_its_certificate_was_revoked(self):
        url = self.shelf.url("other.crt")
        base = self.certificate("other", stir.tn_list(provider="1"))
        self.branch.write("stir_shaken.conf", BELIEVED % {
            "ca": self.authority.path, "more": self.more + "\ncrl_file = revoked.pem"})
        shutil.copy(self.authority.revoke(), self.branch.config)
        self.branch.ask("core reload")
        self.assertEqual(status(self.stranger_calls(self.identity(base, url))), 200)
        shutil.copy(self.authority.revoke("other"), self.branch.config)
        self.branch.ask("core reload")
        self.refused(437, self.identity(base, url))
        self.branch.wait_log("certificate revoked")

    def test_the_certificate_cannot_be_had(self):
        self.refused(436, self.identity(url=self.shelf.url("none.crt")))
        self.refused(436, self.identity(url="https://127.0.0.1:1/x.crt"))
        self.refused(436, self.identity(url="file:///etc/passwd"))
        self.refused(437, self.identity(url=self.shelf.url("signer.key")))

    def test_it_is_no_certificate_but_a_book(self):
        with open(self.base + ".crt") as file, \
                open(os.path.join(self.shelf_folder, "book.crt"), "w") as book:
            book.write(file.read() * 40)
        self.refused(436, self.identity(url=self.shelf.url("book.crt")))
        self.branch.wait_log("it is longer than 16384 bytes")

    def test_the_certificate_is_for_other_numbers(self):
        base = self.certificate("narrow", stir.tn_list("49305550102", "49305550103"))
        url = self.shelf.url("narrow.crt")
        self.refused(437, self.identity(base, url))
        self.branch.wait_log("cert_number_not_authorized")
        answer = self.stranger_calls(self.identity(base, url, caller="49305550103"),
                                     caller="49305550103")
        self.assertEqual(status(answer), 200)
        self.certificate("blank", "")
        self.refused(437, self.identity(os.path.join(self.shelf_folder, "blank"),
                                                 self.shelf.url("blank.crt")))
        self.branch.wait_log("cert_no_tn_auth_ext")

    def test_one_of_several_is_enough(self):
        bad = self.identity(kept={"attest": "B"})
        answer = self.stranger_calls(bad, self.identity())
        self.assertEqual(status(answer), 200)
        self.branch.wait_log(r"count 2 success A")

    def test_which_of_several_is_wrong_is_told(self):
        bad = [self.identity(kept={"attest": "B"}), self.identity(called="49309999"),
               self.identity(ppt="rph")]
        answer = self.refused(438, *bad)
        marks = [one.split(";")[0].split(".")[2] for one in bad]
        self.assertEqual(
            re.findall(r"(?m)^Reason: (.*)$", answer),
            ['STIR;cause=438;text="Invalid Identity Header";ppi="..%s"' % mark
             for mark in marks[:2]])
        answer = self.stranger_calls(bad[1], self.identity())
        self.assertEqual(status(answer), 200)
        self.assertEqual(len(re.findall(r"(?m)^Reason: STIR;cause=438;", answer)), 1)
        self.assertNotIn("Reason", self.refused(438, bad[0]))  # there is no other

    def test_it_was_sent_on_by_whom_it_was_for(self):
        first = self.identity(called="49305550107")
        on = stir.identity(self.base + ".key", self.url, OURS, CALLED, ppt="div",
                           claims={"div": {"tn": "49305550107"}})
        self.refused(438, first)
        answer = self.stranger_calls(first, on)
        self.assertEqual(status(answer), 200)

    def test_a_certificate_is_fetched_once(self):
        for _ in range(3):
            self.assertEqual(status(self.stranger_calls(self.identity())), 200)
        self.assertEqual(self.shelf.asked, ["/signer.crt"])
        self.branch.ask("core reload")
        self.assertEqual(status(self.stranger_calls(self.identity())), 200)
        self.assertEqual(self.shelf.asked, ["/signer.crt"] * 2)


class Waiting(StirTest):
    """The server that has the certificate takes its time."""

    more = "x5u_permit = 127.0.0.0/8\nfailure_action = reject_request"

    def setUp(self):
        super().setUp()
        self.shelf.open.clear()
        self.wire, self.call = self.stranger_begins(self.identity())
        self.addCleanup(self.wire.close)
        self.shelf.wait_asked()

    def test_the_caller_gives_up(self):
        self.wire.send(REQUEST % {**self.call, "method": "CANCEL", "lines": ""})
        self.assertEqual(status(self.final(self.wire, self.call)), 487)
        self.branch.wait_idle()
        self.shelf.open.set()
        self.wire.close()
        self.assertEqual(status(self.stranger_calls(self.identity())), 200)
        self.assertEqual(self.shelf.asked, ["/signer.crt"])

    def test_nobody_waits_longer_than_is_said(self):
        self.assertEqual(status(self.final(self.wire, self.call)), 436)
        self.wire.close()
        self.assertEqual(status(self.stranger_calls(self.identity())), 436)
        self.assertEqual(self.shelf.asked, ["/signer.crt"])  # not asked for at once again

    def test_the_module_goes(self):
        self.branch.ask("module unload sip_trunk")
        self.assertEqual(status(self.final(self.wire, self.call)), 503)
        self.shelf.open.set()
        self.branch.wait_idle()
        self.branch.ask("module load sip_trunk")
        self.branch.ask("core reload")
        self.wire.close()
        self.assertEqual(status(self.stranger_calls(self.identity())), 200)

    def test_a_reload_takes_nothing_away(self):
        self.branch.ask("core reload")
        self.shelf.open.set()
        self.assertEqual(status(self.final(self.wire, self.call)), 200)
        self.branch.wait_log(r"first success A " + OURS)


class Slow(StirTest):
    """Certificates of one peer are with a server that says nothing."""

    more = "x5u_permit = 127.0.0.0/8\nfailure_action = reject_request\ncurl_timeout = 4"

    def setUp(self):
        super().setUp()
        self.shelf.slow = "slow"
        self.shelf.open.clear()

    def begin(self, name, here):
        line, call = self.stranger_begins(
            self.identity(url=self.shelf.url("slow-%s.crt" % name)), here=here)
        self.addCleanup(line.close)
        return line, call

    def test_others_do_not_wait_for_it(self):
        for name in "ab":
            self.begin(name, STRANGER)
        for name in "cd":
            began = time.monotonic()
            line, call = self.begin(name, STRANGER)
            self.assertEqual(status(self.final(line, call)), 436)
            self.assertLess(time.monotonic() - began, 3)
            self.branch.wait_log("slow-%s.crt is not fetched for stranger: as many as may be"
                                 % name)
        began = time.monotonic()
        self.assertEqual(status(self.stranger_calls(self.identity(), here=OTHER)), 200)
        self.assertLess(time.monotonic() - began, 3)

    def test_a_third_one_stands_in_line(self):
        for here in STRANGER, OTHER:
            for name in "ab":
                self.begin(here[-1] + name, here)
        began = time.monotonic()
        self.assertEqual(status(self.stranger_calls(self.identity(), here=THIRD)), 200)
        self.assertGreater(time.monotonic() - began, 1)  # curl_timeout
        self.shelf.open.set()
        self.branch.wait_idle()

    def test_who_stands_in_line_when_the_module_goes(self):
        lines = [self.begin(here[-1] + name, here) for here in (STRANGER, OTHER, THIRD)
                 for name in "ab"]
        self.branch.ask("module unload sip_trunk")
        for line, call in lines:
            self.assertEqual(status(self.final(line, call)), 503)
        self.shelf.open.set()
        self.branch.wait_idle()


class SmallCache(StirTest):
    more = "x5u_permit = 127.0.0.0/8\nmax_cache_size = 1"

    def test_the_next_certificate_takes_the_place_of_one_that_could_not_be_had(self):
        answer = self.stranger_calls(self.identity(url=self.shelf.url("none.crt")),
                                     self.identity())
        self.assertEqual(status(answer), 200)
        self.branch.wait_log(r"count 2 success A")


class Told(StirTest):
    more = "failure_action = continue_return_reason"

    def test_a_call_is_let_in_and_its_sender_told_why_it_is_not_believed(self):
        sent = self.identity()
        answer = self.stranger_calls(sent)
        self.assertEqual(status(answer), 200)
        mark = sent.split(";")[0].split(".")[2]
        self.assertIn('\nReason: STIR;cause=436;text="Bad Identity Info";ppi="..%s"\n' % mark,
                      answer)
        answer = self.stranger_calls()
        self.assertEqual(status(answer), 200)
        self.assertIn('\nReason: STIR;cause=428;text="Use Identity Header"\n', answer)


class LetIn(StirTest):
    more = ""  # the default: continue, and nothing of the house may be asked

    def test_the_dialplan_decides(self):
        answer = self.stranger_calls()
        self.assertEqual(status(answer), 200)
        self.assertNotIn("Reason", answer)
        self.branch.wait_log(r"count 0 missing_identity_hdr")
        self.assertEqual(status(self.stranger_calls(self.identity())), 200)
        self.branch.wait_log(r"of no public network")
        self.branch.wait_log(r"first cert_retrieval_failure A")
        self.assertEqual(self.shelf.asked, [])


if __name__ == "__main__":
    tap.main()
