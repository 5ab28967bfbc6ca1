#!/usr/bin/python3
"""A directory with about everything that Asterisk's can have (tests/call/asterisk, and files of
which only the name counts): nothing of it is an error, nothing is passed over in silence, and
the exchange starts with it; a phone registers."""

import os
import subprocess

from lib import tap
from lib.case import CallTest
from lib.scenario import Caller
from lib.sipp import Sipp

SOURCE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "asterisk")

# Read by nothing here, whatever is in them.
NAMES = """alsa oss sorcery_memory_cache aeap agents alarmreceiver calendar
chan_dahdi cli cli_aliases
cli_permissions dbsep dnsmgr dsp dundi enum extconfig festival func_odbc iax
iaxprov meetme minivm motif ooh323 osp phoneprov pjproject pjsip_notify res_config_odbc
res_curl res_fax res_ldap res_odbc res_pgsql res_snmp res_stun_monitor say sla smdi sorcery
stasis statsd udptl unistim xmpp""".split()

# Of each file that is read, something that has no effect, and of some what is instead.
REPORT = [
    r"statsd\.conf: warning: is not read: figures are for Prometheus: prometheus\.conf",
    r"asterisk\.conf:\d+: warning: section \[files\] has no effect",
    r"asterisk\.conf:\d+: warning: \[options\] languageprefix has no effect",
    r"modules\.conf:\d+: warning: preload-require: there is nothing here like .* func_odbc",
    r"logger\.conf:\d+: warning: console: nothing is logged at level \"trace\"",
    r"rtp\.conf:\d+: warning: section \[ice_host_candidates\]",
    r"features\.conf:\d+: warning: \[general\] transferdigittimeout = \"0\": 500ms is taken",
    r"features\.conf:\d+: warning: unpauseMonitor is left out of group fgroup1",
    r"musiconhold\.conf:\d+: warning: \[plist\] entry = http://example\.com/x\.wav is left out",
    r"musiconhold\.conf:\d+: warning: section \[classes\] has no meaning here",
    r"musiconhold\.conf:\d+: warning: section \[moh_files\] has no meaning here",
    r"musiconhold\.conf:\d+: warning: \[old\] mode = httpmp3: write mode = custom",
    r"queues\.conf:\d+: warning: \[sales\] membermacro has no effect",
    r"queues\.conf:\d+: warning: retry = none: 5s are taken; Queue\(sales,n\) does not try",
    r"queues\.conf:\d+: warning: member => PJSIP/1004,-1: no penalty is negative",
    r"voicemail\.conf:\d+: warning: \[general\] vm-password has no effect",
    r"voicemail\.conf:\d+: warning: emailsubject: \$\{IF\(\$\[\"\$\{VM_FLAG\}.*\)\} is left out",
    r"voicemail\.conf:\d+: warning: emailbody: \$\{CALLERID\(name\)\} is left out",
    r"voicemail\.conf:\d+: warning: mailbox 1004: a PIN of digits was expected; nobody logs in",
    r"voicemail\.conf:\d+: warning: mailbox 1004: \"attach\" is left out, option=value",
    r"cdr\.conf:\d+: warning: section \[radius\]",
    r"cel\.conf:\d+: warning: section \[manager\]",
    r"cel\.conf: warning: \[general\] events: names from before Asterisk 12 are left out",
    r"indications\.conf:\d+: warning: \[de\] swell is left out: .* at \"425-25\"",
    r"codecs\.conf:\d+: warning: section \[speex\]",
    r"amd\.conf:\d+: warning: \[general\] playback_file has no effect",
    r"ccss\.conf:\d+: warning: \[general\] cc_recalling_devstate has no effect",
    r"res_parking\.conf:\d+: warning: \[general\] parkeddynamic has no effect",
    r"pjsip_wizard\.conf:\d+: warning: has_hint = \"yes\" is not supported",
    r"pjsip\.conf:\d+: warning: protocol = \"flow\" is not supported",
    r"pjsip\.conf:\d+: warning: transport = \"transport-wss\" is not supported",
    r"pjsip\.conf:\d+: warning: \[anonymous\] is left out",
    r"extensions\.conf:\d+: warning: .*no application Macro \(Gosub\(\) and Return\(\)\)",
    r"extensions\.conf:\d+: warning: .*no function PJSIP_HEADERS \(PJSIP_HEADER\(read,NAME\)",
    r"extensions\.conf:\d+: warning: .*nothing here like Asterisk's technology IAX2",
    r"extensions\.conf:\d+: warning: from-internal,1004,1: a '\)' is missing behind 'NoOp\('",
    r"extensions\.conf:\d+: warning: from-internal,1005,1: 'x' behind the '\)' is left out",
    r"stir_shaken\.conf:\d+: warning: \[attestation\] check_tn_cert_public_url has no effect",
    r"stir_shaken\.conf:\d+: warning: \[verification\] cert_cache_dir has no effect",
    r"stir_shaken\.conf:\d+: warning: \[alice\] has no effect: Asterisk 22 has",
    r"extensions\.conf:\d+: warning: dundi-e164-lookup: switch has no effect",
    r"sip\.conf: warning: .*the file is not read",
    r"confbridge\.conf:\d+: warning: \[default_bridge\] regcontext has no effect",
    r"confbridge\.conf:\d+: warning: \[default_bridge\] template has no effect",
    r"confbridge\.conf:\d+: warning: \[default_user\] template has no effect",
    r"confbridge\.conf:\d+: warning: template has no effect",
    r"users\.conf: warning: is not read",
]


class MovingWhole(CallTest):
    def setUp(self):
        self.files = {name + ".conf": "[general]\n" for name in NAMES}
        self.files["extensions.ael"] = "context x { };\n"
        for name in os.listdir(SOURCE):
            if name.endswith(".conf"):
                with open(os.path.join(SOURCE, name)) as f:
                    self.files[name] = f.read()
        self.files["extensions.conf"] = self.files["extensions.conf"].replace(
            "ext.d/", os.path.join(SOURCE, "ext.d", ""))
        super().setUp()

    def test_nothing_is_an_error_and_nothing_is_passed_over(self):
        done = subprocess.run(self.exchange.arguments("--check"), timeout=20,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.assertEqual(done.returncode, 0, done.stdout)
        lines = done.stdout.splitlines()
        self.assertEqual(lines.pop(), "ringdown: the configuration is good")
        for line in lines:
            self.assertIn("warning: ", line)
        for expected in REPORT:
            self.assertRegex(done.stdout, expected)
        for name in NAMES:
            self.assertIn("\nringdown: %s.conf: warning: is not read: " % name, done.stdout)

    def test_what_it_includes_is_there_and_a_phone_registers(self):
        for number in ("610", "611", "612", "888"):
            self.assertIn("NoOp", self.exchange.ask("dialplan show %s@from-internal" % number))
        for number, step in (("1004", "NoOp(open)"), ("1005", "NoOp(closed)")):
            self.assertIn(step, self.exchange.ask("dialplan show %s@from-internal" % number))
        phone = Caller("600", user="1001")
        login = "[authentication username=1001 password=word]"
        for more, answer in (([], 401), ([login], 200)):
            phone.request("REGISTER", in_dialog=False, uri="sip:127.0.0.1",
                          more=["Expires: 600"] + more).receive(answer, auth=answer == 401)
        phone.steps = [step.replace("To: <sip:600@", "To: <sip:1001@") for step in phone.steps]
        sipp = Sipp(self.folder, phone, 5090, "127.0.0.5")
        self.addCleanup(sipp.stop)
        sipp.finish()


if __name__ == "__main__":
    tap.main()
