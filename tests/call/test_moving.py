#!/usr/bin/python3
"""A directory of Asterisk's is taken as it is: `--check` says all that has no effect, by file
and line, and that it may start; then its phones register and call. No sip.conf of ours is there."""

import os
import re
import subprocess

from lib import tap
from lib.case import CallTest
from lib.scenario import Caller, sdp
from lib.sipp import Sipp
from lib.wire import Wire, reply, status

FILES = {
    "asterisk.conf": """\
[directories](!)
astetcdir => /etc/asterisk
astlogdir => /var/log/asterisk
[options]
verbose = 3
maxcalls = 100
""",
    "modules.conf": """\
[modules]
autoload=yes
noload => chan_iax2.so
noload => chan_sip.so
load => res_pjsip_nat.so
preload-require = res_odbc.so
require = chan_pjsip.so
""",
    "logger.conf": """\
[general]
dateformat=%F %T
[logfiles]
console => notice,warning,error,verbose(3),dtmf
""",
    "rtp.conf": """\
[general]
rtpstart=10000
rtpend=10200
rtpchecksums=no
""",
    "features.conf": """\
[featuremap]
blindxfer => #1
disconnect => *0
automon => *1
[general]
parkext = 700
""",
    "sip.conf": "[general]\nudpbindaddr=0.0.0.0\n[2001]\ntype=friend\nhost=dynamic\n",
    "pjsip.conf": """\
[global]
type=global
user_agent=Asterisk PBX
[transport-udp]
type=transport
protocol=udp
bind=127.0.0.1:5060
[phone](!)
type=endpoint
context=from-internal
disallow=all
allow=ulaw,alaw
direct_media=no
t38_udptl=yes
set_var=DEPARTMENT=sales
set_var=CDR(userfield)=branch = 7
set_var=CHANNEL(language)=de
set_var=CALLERID(name)=Front desk
set_var=PJSIP_HEADER(add,X-Team)=blue
set_var=ODBC_NOTE(x)=1
[auth](!)
type=auth
auth_type=userpass
[aor](!)
type=aor
max_contacts=1
remove_existing=yes
[1001](phone)
auth=1001
aors=1001
[1001](auth)
username=1001
password=word
[1001](aor)
[1002](phone)
auth=1002
aors=1002
[1002]
type=auth
auth_type=md5
username=1002
md5_cred=d5f00f0d096240911e7d5136a381d5b9
[1002](aor)
[anonymous]
type=endpoint
context=public
transport=
[trunk]
type=registration
server_uri=sip:sip.example.com
client_uri=sip:123@sip.example.com
contact_header_params=x=y
""",
    "extensions.conf": """\
[general]
static=yes
[globals]
GREETED=no
[from-internal]
include => from-nowhere
exten => 600,1,Answer()
 same => n,Verbose(1,called by ${PJSIP_ENDPOINT(1001,auth)} of ${DEPARTMENT}, ${CDR(userfield)}, ${CHANNEL(language)}, ${CALLERID(name)})
 same => n,Wait(20)
exten => _7XX,1,Dial(PJSIP/${EXTEN:1},20,tT)
 same => n,Festival(hello)
""",
    "voicemail.conf": "[default]\n1001 => 1234,Ann\n",
    "agents.conf": "[general]\n",
    "manager.conf": "[general]\nenabled = no\n",
    "http.conf": "[general]\nenabled = no\n",
    "enum.conf": "[general]\n",
}

# What has no effect, and where that stands.
REPORT = [
    r"asterisk\.conf:5: warning: \[options\] verbose has no effect: logger\.conf",
    r"asterisk\.conf:6: warning: \[options\] maxcalls has no effect: max_dialogs",
    r"modules\.conf:6: warning: preload-require: there is nothing here like Asterisk's module res_odbc",
    r"logger\.conf:4: warning: console: nothing is logged at level \"dtmf\"",
    r"rtp\.conf:4: warning: \[general\] rtpchecksums has no effect",
    r"features\.conf:6: warning: \[general\] parkext has no effect",
    r"sip\.conf: warning: \[general\] is a section of Asterisk's driver chan_sip",
    r"pjsip\.conf:20: warning: 1001: set_var: ODBC_NOTE\(\): there is no such function",
    r"pjsip\.conf:44: warning: \[anonymous\] is left out: calls of strangers are refused",
    r"pjsip\.conf:52: warning: contact_header_params = \"x=y\" is not supported: the Contact has those",
    r"extensions\.conf:11: warning: .*there is no application Festival",
    r"extensions\.conf:6: warning: .*include from-nowhere: there is no such context",
    r"agents\.conf: warning: is not read: ",
    r"manager\.conf: warning: is not read: ",
    r"http\.conf: warning: is not read: ",
    r"enum\.conf: warning: is not read: ",
]


class Moving(CallTest):
    files = FILES

    def test_check_reports_and_lets_it_start(self):
        done = subprocess.run(self.exchange.arguments("--check"), timeout=20,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertIn("the configuration is good", done.stdout)
        warnings = [line for line in done.stdout.splitlines() if "warning:" in line]
        for expected in REPORT:
            self.assertTrue(any(re.search(expected, line) for line in warnings),
                            expected + "\n" + done.stdout)
        self.assertEqual(len(warnings), len(REPORT), done.stdout)
        self.assertFalse(os.path.exists("/var/log/asterisk/ringdown.log"))

    def test_a_mistake_hides_no_other_file(self):
        for name, text in (("asterisk.conf", "[directories]\nastfoodir => /tmp\n"),
                           ("modules.conf", FILES["modules.conf"] + "load = app_ecko\n")):
            self.exchange.write(name, text)
        done = subprocess.run(self.exchange.arguments("--check"), timeout=20,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.assertEqual(done.returncode, 1, done.stdout)
        for expected in [r"asterisk\.conf:2: no directory is called \"astfoodir\"",
                         r"modules\.conf:8: load: there is no module \"app_ecko\""] + REPORT[2:]:
            self.assertRegex(done.stdout, expected)

    def test_its_phone_registers_and_calls(self):
        login = "[authentication username=1001 password=word]"
        phone = Caller("600", user="1001")
        phone.request("REGISTER", in_dialog=False, uri="sip:127.0.0.1",
                      more=["Expires: 600"]).receive(401, auth=True)
        phone.request("REGISTER", in_dialog=False, uri="sip:127.0.0.1",
                      more=["Expires: 600", login]).receive(200)
        phone.steps = [step.replace("To: <sip:600@", "To: <sip:1001@") for step in phone.steps]
        phone.request("INVITE", sdp("9 0"), in_dialog=False).receive(401, auth=True)
        phone.ack_failure()
        phone.request("INVITE", sdp("9 0"), [login], in_dialog=False)
        phone.answered(match="m=audio [0-9]+ RTP/AVP 0[[:space:]]").ack().bye()
        sipp = Sipp(self.folder, phone, 5090, "127.0.0.5")
        self.addCleanup(sipp.stop)
        sipp.finish()
        self.assertIn("Server: Asterisk PBX",
                      "".join(sipp.received("SIP/2.0 200")))
        self.exchange.wait_log("called by .* of sales, branch = 7, de, Front desk")

    def test_functions_of_set_var_run_before_a_phone_is_called(self):
        phone = Wire("127.0.0.5", 5300)
        self.addCleanup(phone.close)
        self.assertEqual(status(phone.registered("1001", "word")), 200)
        self.exchange.ask("channel originate PJSIP/1001 application Wait 5")
        invite = phone.receive()
        self.assertRegex(invite, r"^INVITE (?s:.*)\nX-Team: blue\n")
        phone.send(reply(invite, "486 Busy Here"))

    def test_a_phone_of_whose_password_the_hash_is_known_registers(self):
        phone = Caller("600", user="1002")
        for password, status in (("wrong", 403), ("word", 200)):
            login = "[authentication username=1002 password=%s]" % password
            for more, answer in (([], 401), ([login], status)):
                phone.request("REGISTER", in_dialog=False, uri="sip:127.0.0.1",
                              more=["Expires: 600"] + more).receive(answer, auth=answer == 401)
        phone.steps = [step.replace("To: <sip:600@", "To: <sip:1002@") for step in phone.steps]
        sipp = Sipp(self.folder, phone, 5091, "127.0.0.6")
        self.addCleanup(sipp.stop)
        sipp.finish()


if __name__ == "__main__":
    tap.main()
