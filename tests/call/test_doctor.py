#!/usr/bin/python3
"""`ringdown doctor`: nothing to find where all is well, and each thing that is broken is found."""

import hashlib
import os
import pwd
import re
import shutil
import socket
import subprocess
import threading
import time

from lib import stir, tap
from lib.case import CallTest
from lib.certificates import Authority
from lib.daemon import SIP_CONF, TCP_CONF, tls_conf
from lib.nameserver import NameServer

GOOD = SIP_CONF.replace("secret-100", "Vb2qhT5nWx-")


def words_of(process):
    """What it was started with; nothing when it has ended."""
    try:
        with open("/proc/%s/cmdline" % process) as f:
            return f.read().split("\0")
    except OSError:
        return []


class Doctor(CallTest):
    extensions = "[office]\nexten => 600,1,Answer()\n"
    files = {"sip.conf": GOOD}

    def doctor(self, prefix=()):
        done = subprocess.run([*prefix, *self.exchange.arguments("doctor")],
                              env={**os.environ, "TMPDIR": self.folder},
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=60)
        said = done.stdout.decode()
        self.assertRegex(said, r"(?m)^\d+ wrong, \d+ to look at, \d+ good$")
        self.assertEqual(done.returncode, 1 if re.search("(?m)^WRONG", said) else 0, said)
        return said

    def doctor_of(self, name, text):
        """When the file is so, and no daemon runs."""
        self.exchange.stop()
        self.exchange.write(name, text)
        return self.doctor()

    def test_a_good_office_is_well_and_a_call_sounds(self):
        before = self.exchange.ask("core show channels")
        said = self.doctor()
        self.assertNotIn("WRONG", said)
        for what in ("configuration", "daemon", "database", "test call"):
            self.assertRegex(said, "(?m)^ok    %s: " % what)
        found = re.search(r"test call: by SIP and RTP at [0-9.]+: (\d+) packets went and "
                          r"(\d+) came, 0 lost, .* ([0-9.]+) s of the tone at (-?[0-9.]+) dB", said)
        self.assertTrue(found, said)
        self.assertGreater(int(found[2]), 120)
        self.assertGreater(float(found[3]), 2.5)
        self.assertGreater(float(found[4]), -20)
        self.assertEqual(self.exchange.ask("core show channels"), before)
        self.assertFalse([f for f in os.listdir(self.folder) if f.startswith("ringdown-doctor-")])

    def daemon_of(self, doctor):
        """The process of its test call, and what it was started with."""
        end = time.monotonic() + 20
        while time.monotonic() < end:
            with open("/proc/%d/task/%d/children" % (doctor.pid, doctor.pid)) as f:
                children = f.read().split()
            for child in children:
                words = words_of(child)
                if "-f" in words:
                    return child, words
            time.sleep(0.02)
        raise AssertionError("it has started no daemon")

    def test_a_doctor_who_is_killed_leaves_no_daemon_behind(self):
        doctor = subprocess.Popen(self.exchange.arguments("doctor"), stdin=subprocess.DEVNULL,
                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(doctor.wait)
        self.addCleanup(doctor.kill)
        daemon, words = self.daemon_of(doctor)
        folder = words[3]
        self.assertTrue(os.path.isdir(folder))
        doctor.kill()
        doctor.wait()
        end = time.monotonic() + 3
        while "-f" in words_of(daemon) and time.monotonic() < end:
            time.sleep(0.02)
        self.assertNotIn("-f", words_of(daemon))
        while os.path.exists(folder) and time.monotonic() < end:
            time.sleep(0.02)
        self.assertFalse(os.path.exists(folder))

    def test_a_file_that_root_alone_may_read(self):
        if os.geteuid() != 0:
            self.skipTest("root sees more than the daemon; this is somebody else")
        authority = Authority(self.folder)
        base = authority.sign("pbx")
        os.chmod(self.folder, 0o755)
        os.chmod(base + ".key", 0o600)
        said = self.doctor_of("sip.conf", GOOD + tls_conf(base, authority))
        self.assertNotIn("WRONG", said)
        nobody = pwd.getpwnam("nobody")
        os.chown(self.exchange.state, nobody.pw_uid, nobody.pw_gid)
        self.assertRegex(self.doctor(), r"WRONG configuration: .*%s.key.*[Pp]ermission denied" % base)
        os.chmod(base + ".key", 0o640)
        os.chown(base + ".key", 0, nobody.pw_gid)
        self.assertNotIn("WRONG", self.doctor())
        self.exchange.write("extensions.conf", "#include hidden.conf\n")
        self.exchange.write("hidden.conf", "[office]\nexten => 600,1,Answer()\n")
        os.chmod(os.path.join(self.exchange.config, "hidden.conf"), 0o600)
        self.assertRegex(self.doctor(), r"WRONG configuration: .*hidden.conf.*[Pp]ermission denied")

    def test_a_name_server_by_ipv6(self):
        server = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
        self.addCleanup(server.close)
        server.bind(("::1", 53))

        def answer():
            question, asker = server.recvfrom(512)
            server.sendto(question[:2] + b"\x81\x80" + question[4:], asker)

        threading.Thread(target=answer, daemon=True).start()
        conf = os.path.join(self.folder, "resolv.conf")
        with open(conf, "w") as f:
            f.write("nameserver ::1\n")
        command = "mount --bind %s /etc/resolv.conf && exec \"$@\"" % conf
        prefix = ["unshare", "-m", "sh", "-c", command, "sh"]
        if subprocess.run([*prefix, "true"], stderr=subprocess.DEVNULL).returncode:
            self.skipTest("mounting is not allowed")
        said = self.doctor(prefix)
        self.assertRegex(said, r"(?m)^ok    names: 1 of 1 name servers answer")

    def test_mistakes_in_files_are_told_with_the_rest(self):
        said = self.doctor_of("sip.conf", GOOD + "[x]\ntype = phne\n")
        self.assertRegex(said, r"(?m)^WRONG configuration: sip\.conf:\d+: .*phne")
        self.assertRegex(said, r"(?m)^LOOK  daemon: none runs")
        self.assertRegex(said, r"(?m)^ok    test call: ")

    def test_a_port_that_another_program_has(self):
        self.exchange.stop()
        other = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.addCleanup(other.close)
        other.bind(("127.0.0.1", 5060))
        self.assertRegex(self.doctor(), r"(?m)^WRONG configuration: sip\.conf:4: \[udp\] bind = "
                                        r"127\.0\.0\.1:5060: another program has this port")

    def test_an_address_that_is_not_ours(self):
        said = self.doctor_of("sip.conf", GOOD.replace("127.0.0.1:5060", "192.0.2.9:5060"))
        self.assertRegex(said, r"192\.0\.2\.9:5060: no interface has this address")

    def test_secrets_that_are_guessed(self):
        for secret, why in (("x7Q", "shorter than 8"), ("1001-1001", "little more than the name"),
                            ("73910482", "a short number"),
                            ("aaaaaaaaaaaa", "one character again and again"),
                            ("Password1", "a word that every scanner tries")):
            said = self.doctor_of("sip.conf", GOOD.replace("Vb2qhT5nWx-1", secret))
            self.assertRegex(said, r"(?m)^LOOK  configuration: sip\.conf:\d+: \[1001\] secret: "
                                   r"it is %s" % why)
            self.assertNotIn("[1002] secret", said)

    def test_pins_that_are_guessed(self):
        pins = ("1001", "4321", "77", "48151", "")
        said = self.doctor_of("voicemail.conf", "[default]\n" + "".join(
            "100%d => %s,Ann\n" % (i + 1, pin) for i, pin in enumerate(pins)))
        for box, why in (("1001", "is its number"), ("1002", "is digits in a row"),
                         ("1003", "is shorter than 4 digits")):
            self.assertRegex(said, r"(?m)^LOOK  configuration: voicemail\.conf: mailbox %s@default: "
                                   r"its PIN %s" % (box, why))
        self.assertNotRegex(said, "mailbox 100[45]@default")
        own = os.path.join(self.exchange.state, "spool/voicemail/default/1001")
        os.makedirs(own)
        open(os.path.join(own, "pin"), "w").close()
        self.assertNotIn("mailbox 1001", self.doctor())

    def test_secrets_in_whatever_way_they_are_given(self):
        def hash_of(name, secret):
            return "MD5:" + hashlib.md5(b"%s:asterisk:%s" % (name, secret)).hexdigest()

        file = os.path.join(self.exchange.config, "secrets")
        with open(file, "w") as f:
            f.write("filed:changeme\n")
        os.chmod(file, 0o600)
        self.exchange.write("pjsip.conf", """[gate]
type = endpoint
context = office
auth = gate
aors = gate
[gate]
type = aor
max_contacts = 1
[gate]
type = auth
username = door
password = door-door
""")
        said = self.doctor_of("sip.conf", GOOD.replace("[udp]", "realm = asterisk\ndigest = md5\n"
                                                                "[udp]") + """
[prov]
type = peer
context = office
secret = 1234
[lines](phone)
secret_hash = %s
[named](phone)
secret_hash = %s
[well](phone)
secret_hash = %s
[filed](phone)
secret_file = secrets
[twin](phone)
secret = Vb2qhT5nWx-2
[third](phone)
secret = Vb2qhT5nWx-2
[acme](phone)
secret = Vb2qhT5nWx-5
[far]
type = peer
host = 127.0.0.9
secret = Vb2qhT5nWx-5
""" % (hash_of(b"lines", b"letmein"), hash_of(b"named", b"named"),
       hash_of(b"well", b"Vb2qhT5nWx-9")))
        for file, name, option, why in (
                ("sip", "prov", "secret", "shorter than 8 characters"),
                ("sip", "lines", "secret_hash", "that of a word that every scanner"),
                ("sip", "named", "secret_hash", "that of the name"),
                ("sip", "filed", "secret", "a word that every scanner tries"),
                ("pjsip", "gate", "secret", "little more than the name")):
            self.assertRegex(said, r"(?m)^LOOK  configuration: %s\.conf:\d+: \[%s\] %s: it is %s"
                             % (file, name, option, why))
        self.assertRegex(said, r"(?m)^LOOK  .*: \[1002\] secret: 3 phones have it, \[twin\] among "
                               r"them")
        self.assertEqual(len(re.findall(r"\] secret(?:_hash)?: ", said)), 6, said)

    def test_other_doors_whose_key_is_guessed(self):
        self.exchange.write("prometheus.conf", "[general]\nenabled = yes\nauth_username = prom\n"
                                               "auth_password = prom-prom\n")
        self.exchange.write("confbridge.conf", "[boss]\ntype = user\nadmin = yes\npin = 1234\n"
                                               "[all]\ntype = user\npin = 7394\n"
                                               "[room]\ntype = bridge\n")
        said = self.doctor_of("extensions.conf", """[globals]
CODE = 0000
OTHER = 1111
[office]
exten => 1,1,Authenticate(${CODE},,4)
 same => n,Authenticate(7394)
 same => n,ExecIf($["${X}" = "1"]?DISA(99,office))
 same => n,Set(CONFBRIDGE(user,pin)=4321)
 same => n,Set(CONFBRIDGE(user,pin)=${CODE_OF_HIM})
 same => n,Set(OTHER=${RAND(1000,9999)})
 same => n,Authenticate(${OTHER})
 same => n,Authenticate(pins,d)
""")
        for where, why in ((r"prometheus\.conf: \[general\] auth_password",
                            "it is little more than the name"),
                           (r"confbridge\.conf:4: \[boss\] pin", "it is digits in a row"),
                           (r"extensions\.conf:5: office,1: Authenticate\(\)",
                            "the digits that are asked for are digits in a row"),
                           (r"extensions\.conf:7: office,1: DISA\(\)",
                            "the digits that are asked for are shorter than 4 digits"),
                           (r"extensions\.conf:8: office,1: CONFBRIDGE\(user,pin\)",
                            "the digits that are asked for are digits in a row")):
            self.assertRegex(said, r"(?m)^LOOK  configuration: %s: %s" % (where, why))
        self.assertEqual(said.count("the digits that are asked for"), 3, said)
        self.assertNotIn("[all] pin", said)

    def test_files_of_pins(self):
        files = {  # what is in it, its mode, and what is said of it
            "good": ("7394\n5518;Ann\n", 0o640, None),
            "weak": ("; who may\n7394\n 4321 ; Bob\n1111\n5518\n", 0o600,
                     "{}:3: the digits that are asked for are digits in a row, and those of other "
                     "lines will not do either"),
            "short": ("77,office\n#1\n7394|other|Ann\n", 0o600,
                      "{}:1: the digits that are asked for are shorter than 4 digits"),
            "empty": ("\n; nobody\n", 0o600, "{} has no digits: nobody is let in"),
            "open": ("7394\n", 0o644, "{}: everybody may read it; chmod o-r"),
            "none": (None, 0, "{}: no such file or directory: nobody is let in"),
        }
        folder = os.path.join(self.folder, "pins")
        os.mkdir(folder)
        for name, (text, mode, _) in files.items():
            if text is not None:
                with open(os.path.join(folder, name), "w") as f:
                    f.write(text)
                os.chmod(f.name, mode)
        plan = "[globals]\nPINS = %s\n[office]\nexten => 1,1,NoOp()\n" % folder
        apps = {"short": "DISA(%s)", "open": "DISA(%s,office)", "none": "ExecIf($[${X}]?DISA(%s))"}
        want = []
        for line, (name, (_, _, words)) in enumerate(files.items(), 5):
            step = apps.get(name, "Authenticate(%s,,4)") % ("${PINS}/" + name)
            plan += " same => n,%s\n" % step
            if words:
                app = "DISA" if "DISA" in step else "Authenticate"
                want.append("extensions.conf:%d: office,1: %s(): %s"
                            % (line, app, words.format(os.path.join(folder, name))))
        plan += " same => n,Authenticate(%s/${EXTEN})\n" % folder
        said = self.doctor_of("extensions.conf", plan)
        self.assertEqual(re.findall(r"(?m)^LOOK  configuration: (.*(?:Authenticate|DISA)\(\): .*)$",
                                    said), want)

    def test_a_mailbox_that_is_nowhere(self):
        self.exchange.write("voicemail.conf", "[default]\n1001 => 48151,Ann\n")
        said = self.doctor_of("sip.conf", GOOD + """mailbox = 1001, 1009@default
[1004](phone)
secret = Vb2qhT5nWx-4
mailbox = 2000@far
[far]
type = peer
host = 127.0.0.2
mwi_subscribe = 2000@far
""")
        self.assertRegex(said, r'LOOK  configuration: sip\.conf:\d+: \[1003\] mailbox: voicemail\.conf '
                               r'has no mailbox "1009@default": its lamp stays dark')
        self.assertEqual(said.count("its lamp stays dark"), 1, said)

    def test_lamps_of_mailboxes_that_are_nowhere(self):
        """--check says it; not of those that somebody else may count."""
        self.exchange.stop()
        self.exchange.write("sip.conf", GOOD + "[far]\ntype = peer\nhost = 127.0.0.2\n"
                                               "mwi_subscribe = 2000@far\n")
        hints = ("[office]\nexten => *1,hint,MWI:1001@default\nexten => *2,hint,MWI:nosuch@default\n"
                 "exten => *3,hint,MWI:2000@far\nexten => *4,hint,SIP/1001&MWI:1009\n"
                 "exten => *5,hint,MWI:1002\n")
        where = r'extensions\.conf:%d: .*office,\*%d,hint: voicemail\.conf has no mailbox "%s", so'
        for plan, boxes, count in ((hints, "1001 => 48151\n1002 => 48152\n", 2), (hints, "", 0),
                                   (hints + "exten => 1,1,Set(MWI(nosuch)=1)\n", "1001 => 48151\n", 0)):
            self.exchange.write("voicemail.conf", "[default]\n" + boxes)
            self.exchange.write("extensions.conf", plan)
            said = self.checked()
            self.assertEqual(said.count("voicemail.conf has no mailbox"), count, said)
            if count:
                self.assertRegex(said, where % (3, 2, "nosuch@default"))
                self.assertRegex(said, where % (5, 4, "1009"))

    def test_a_peer_that_is_the_world(self):
        said = self.doctor_of("sip.conf", GOOD + "[all]\ntype = peer\nmatch = 0.0.0.0/0\n"
                                                 "context = office\n")
        self.assertRegex(said, r"LOOK  configuration: .*\[all\] match: without a secret the world")

    def test_the_world_gets_out_by_the_dialplan(self):
        self.exchange.stop()
        world = GOOD + "[all]\ntype = peer\nmatch = 0.0.0.0/0\ncontext = in\n"
        ways = {  # the plan: the line of the step that it is for, None: none
            "exten => _X.,1,Dial(TRUNK/out/${EXTEN})\n": 2,
            "include => other\n[other]\nexten => _0X.,1,NoOp()\n"
            " same => n,Dial(SIP/${EXTEN:1}@tel,60)\n": 5,
            "exten => s,1,Goto(other,${EXTEN},1)\nexten => t,1,GotoIf($[1]?third,1,1)\n"
            "[third]\ninclude => in\nexten => 1,1,Dial(PJSIP/1@tel)\n": 6,
            "exten => t,1,Goto(${WHERE},1,1)\n[third]\nexten => 1,1,Dial(PJSIP/1@tel)\n": None,
            "exten => 1,1,Dial(SIP/1001&Local/9@inside/n,20)\n[inside]\n"
            "exten => 9,1,Dial(SIP/1002&TRUNK/out/9)\n": 4,
            "exten => _X.,1,NoOp()\n same => n,Dial(SIP/tel/${EXTEN},60)\n": 3,
            "exten => 1,1,Dial(MulticastRTP/basic/239.1.1.1:5000)\n": None,
            "exten => 1,1,Dial(SIP/1001&Local/9@inside)\n[inside]\n"
            "exten => 9,1,Dial(SIP/1002,,G(a@b))\n": None,
            "exten => _X.,1,Goto(other,${EXTEN},1)\n[other]\n"
            "exten => _X.,1,ExecIf($[\"${CALLERID(num)}\" = \"1\"]?Dial(SIP/${EXTEN}@tel))\n": 4,
            "exten => _X.,1,RetryDial(beep,1,3,SIP/${EXTEN}@tel)\n": 2,
            "exten => _X.,1,Page(SIP/${EXTEN}@tel)\n": 2,
            "exten => _X.,1,Dial(${OUT}/${EXTEN})\n[globals]\nOUT = TRUNK/tel\n": 2,
        }
        for plan, line in ways.items():
            self.exchange.write("extensions.conf", "[in]\n" + plan)
            said = self.doctor_of("sip.conf", world)
            if line:
                self.assertRegex(said, r"WRONG configuration: .*\[all\] match: an open relay: .*"
                                       r"extensions\.conf:%d, \w+\(" % line)
            else:
                self.assertNotIn("open relay", said)
                self.assertIn("[all] match: without a secret the world", said)
        # Who has a secret, or an address, may.
        self.exchange.write("extensions.conf", "[in]\n" + next(iter(ways)))
        said = self.doctor_of("sip.conf", world.replace("0.0.0.0/0", "192.0.2.1"))
        self.assertNotIn("[all]", said)

    def test_the_way_out_is_said_and_what_makes_it_doubtful(self):
        self.exchange.stop()
        world = GOOD + "[all]\ntype = peer\nmatch = 0.0.0.0/0\ncontext = in\n"
        out = "[out]\nexten => _9X.,1,Dial(TRUNK/tel/${EXTEN:1},60)\n"
        may = r"LOOK  configuration: .*\[all\] match: without a secret the world may call into context in, "
        ways = {
            "Goto(out,${EXTEN},1)": r"WRONG .*\[all\] match: an open relay: .*, at your cost: in,_X\.,1 -> "
                                    r"out,_9X\.,1: extensions\.conf:4, Dial\(TRUNK/tel/",
            "GotoIf(${DB(a/b)}?out,${EXTEN},1)": may + r"and perhaps from there out, .* -> out,_9X\.,1: .*, "
                                                 r"if it gets there: at in,_X\.,1 only a call knows "
                                                 r"whether \$\{DB\(a/b\)\}; name the addresses",
            "Goto(${WHERE},1,1)": may + r"and only a call knows how far: in,_X\.,1: .*Goto\(\$\{WHERE",
            "Dial(${WHOM},20)": may + r"and only a call knows how far: in,_X\.,1: .*Dial\(\$\{WHOM",
            "Goto(out,1${EXTEN},1)": r"LOOK .* may call into context in; name the addresses",
        }
        for step, words in ways.items():
            self.exchange.write("extensions.conf", "[in]\nexten => _X.,1,%s\n%s" % (step, out))
            self.assertRegex(self.doctor_of("sip.conf", world), words)

    def test_the_world_gets_out_by_members_of_a_queue_and_numbers_of_followme(self):
        self.exchange.stop()
        world = GOOD + "[all]\ntype = peer\nmatch = 0.0.0.0/0\ncontext = in\n"
        self.exchange.write("queues.conf", """[sales]
member => SIP/1001
member => TRUNK/tel/4711
[shop]
member => Local/9411@out/n
[keys]
context = out
member => SIP/1001
[house]
membergosub = out
member => SIP/1001
""")
        self.exchange.write("followme.conf", "[ann]\ncontext = out\nnumber => 1001&9411,20\n")
        relay = r"WRONG .*\[all\] match: an open relay: .*, at your cost: in,_X\.,1"
        may = r"LOOK  configuration: .*\[all\] match: without a secret the world may call into context in"
        out = r" -> out,%s,1: extensions\.conf:%d, Dial\(TRUNK/tel/"
        ways = {
            "Queue(sales)": relay + r": extensions\.conf:2, Queue\(sales\) calls TRUNK/tel/4711; name",
            "Queue(shop,c)": relay + out % (r"_9X\.", 4),
            "queue(keys)": relay + out % ("5", 5),
            "Queue(house)": may + r", and perhaps .* in,_X\.,1" + out % ("s", 6) +
                            r".*, if it gets there: at in,_X\.,1 somebody must answer Queue\(\)",
            "Queue(house,,,,,,in)": may + "; name the addresses",
            "Queue(${DB(a/b)})": may + r", and only a call knows how far: in,_X\.,1: .*Queue\(\$\{DB",
            "Queue(nosuch)": may + "; name the addresses",
            "FollowMe(ann)": relay + out % (r"_9X\.", 4),
            "FollowMe(nosuch)": may + "; name the addresses",
        }
        for step, words in ways.items():
            self.exchange.write("extensions.conf", "[in]\nexten => _X.,1,%s\n[out]\n"
                                "exten => _9X.,1,Dial(TRUNK/tel/${EXTEN:1},60)\n"
                                "exten => 5,1,Dial(TRUNK/tel/5)\n"
                                "exten => s,1,Dial(TRUNK/tel/6)\n" % step)
            self.assertRegex(self.doctor_of("sip.conf", world), words)

    def test_a_variable_of_the_peer_itself_lets_the_world_out(self):
        self.exchange.stop()
        world = GOOD + "[all]\ntype = peer\nmatch = 0.0.0.0/0\ncontext = in\n"
        self.exchange.write("extensions.conf", "[globals]\nOUT = SIP\n[in]\n"
                            "exten => _X.,1,Dial(${OUT}/${EXTEN},60)\n")
        self.assertIn("[all] match: without a secret the world may call into context in; name",
                      self.doctor_of("sip.conf", world + "set_var = CALLERID(name)=World\n"))
        self.assertRegex(self.doctor_of("sip.conf", world + "set_var = OUT=TRUNK/tel\n"),
                         r"WRONG .*\[all\] match: an open relay: .*, at your cost: in,_X\.,1: "
                         r"extensions\.conf:4, Dial\(TRUNK/tel/\$\{EXTEN\},60\)")

    def test_no_folder_for_the_call(self):
        said = self.doctor(("env", "TMPDIR=/nowhere"))
        self.assertRegex(said, r"WRONG test call: no folder /nowhere/ringdown-doctor-\S+: no such "
                               r"file or directory\n +-> .*TMPDIR")

    def test_the_way_out_may_be_long(self):
        """As many contexts, one after another, as a stack has no room for."""
        self.exchange.stop()
        plan = "".join("[c%d]\nexten => 1,1,Goto(c%d,1,1)\n" % (i, i + 1) for i in range(1500))
        self.exchange.write("extensions.conf", plan + "[c1500]\nexten => 1,1,Dial(SIP/1@tel)\n")
        said = self.doctor_of("sip.conf", GOOD + "[all]\ntype = peer\nmatch = 0.0.0.0/0\n"
                                                 "context = c0\n")
        self.assertRegex(said, r"\[all\] match: an open relay: .*extensions\.conf:3002, Dial\(")

    def test_dial_tone_for_everybody(self):
        plan = "[office]\nexten => 1,1,DISA(%s,office)\n"
        said = self.doctor_of("extensions.conf", plan % "no-password")
        self.assertRegex(said, r"LOOK  configuration: extensions\.conf:2: DISA\(no-password\)")
        self.assertNotIn("DISA", self.doctor_of("extensions.conf", plan % "7394"))

    def test_a_proxy_for_everybody(self):
        rule = "[door]\npattern = _9X.\nto = sip:gateway.example\nauthenticate = %s\n"
        said = self.doctor_of("proxy.conf", rule % "no")
        self.assertRegex(said, r"LOOK  configuration: proxy\.conf:1: door: authenticate = no: "
                               r"the world may send by us to sip:gateway\.example")
        self.assertNotIn("door", self.doctor_of("proxy.conf", rule % "yes"))
        self.assertNotIn("door", self.doctor_of("proxy.conf", "[door]\npattern = _9X.\n"
                                                              "to = users\nauthenticate = no\n"))

    def test_hardly_any_ports_for_sound(self):
        ports = "[general]\nrtpstart = 20000\nrtpend = %d\n"
        for end, words in (20003, "2 pairs"), (20001, "1 pair"), (20037, "19 pairs"):
            self.assertRegex(self.doctor_of("rtp.conf", ports % end),
                             r"(?m)^LOOK  configuration: rtp\.conf:1: rtpstart and rtpend have %s "
                             r"of ports, a call between two phones takes two" % words)
        self.assertNotIn("rtpstart", self.doctor_of("rtp.conf", ports % 20039))

    def checked(self):
        """What --check says."""
        done = subprocess.run(self.exchange.arguments("--check"), stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60)
        self.assertEqual(done.returncode, 0, done.stdout)
        return done.stdout.decode()

    def test_trunks_whose_host_has_no_address(self):
        """They are asked for as calls ask: by SRV, too, and not where a proxy is before them."""
        server = NameServer(self.folder, ["srv-host=_sip._udp.good.test,a.good.test,5080",
                                          "host-record=a.good.test,127.0.0.6",
                                          "host-record=proxy.test,127.0.0.6"])
        self.addCleanup(server.stop)
        peers = """
[good]
type = peer
host = good.test
[lost]
type = peer
host = nowhere.test
[again](lost)
other_hosts = sip:good.test, sip:neither.test
[there]
type = peer
host = 127.0.0.9
register = yes
username = we
secret = Vb2qhT5nWx-7
register_server = registrar.test:5070
[behind]
type = peer
host = inside.test
outbound_proxy = sip:proxy.test;lr
[beyond]
type = peer
host = good.test
outbound_proxy = sip:noproxy.test;lr
[tls]
type = peer
host = sips:a.good.test
"""
        asked = "[global]\ndns_timeout = 200ms\ndns_servers = %s\n"
        said = self.doctor_of("sip.conf", GOOD.replace("[global]\n", asked % server.address) + peers)
        for name, option, host in (("lost", "host", "nowhere"), ("again", "host", "nowhere"),
                                   ("again", "other_hosts", "neither"),
                                   ("there", "register_server", "registrar"),
                                   ("beyond", "outbound_proxy", "noproxy")):
            self.assertRegex(said, r"(?m)^WRONG configuration: sip\.conf:\d+: \[%s\] %s: %s\.test has no "
                                   r"address: no such host is known" % (name, option, host))
        self.assertRegex(said, r"(?m)^WRONG .*\[tls\] host: a\.good\.test has no address: no "
                               r"transport of sip\.conf leads there")
        self.assertEqual(said.count("has no address"), 6, said)
        server.stop()
        said = self.doctor()
        self.assertRegex(said, r"(?m)^WRONG .*\[good\] host: good\.test has no address: no name "
                               r"server helps")

    def test_hosts_that_no_transport_leads_to(self):
        """By names that nobody is asked for, too, as where --check is not to wait."""
        trunks = """
[%s]
host = %s
numbers = none
context = office
"""
        hosts = (("carrier", "sips:carrier.test"), ("near", "sips:127.0.0.6"),
                 ("tls", r"127.0.0.6\;transport=tls"), ("tcp", r"tcp.test\;transport=tcp"))
        self.exchange.write("trunks.conf", "".join(trunks % host for host in hosts) +
                            trunks % ("udp", "udp.test"))
        words = "no transport of sip.conf leads to "
        said = self.checked()
        for line, (name, host) in zip(range(2, 99, 5), hosts):
            self.assertIn("trunks.conf:%d: warning: [%s] host: %s%s\n"
                          % (line, name, words, host.replace("\\", "")), said)
        self.assertEqual(said.count(words), 4, said)
        authority = Authority(self.folder)
        tls = tls_conf(authority.sign("ours"), authority)
        self.exchange.write("sip.conf", GOOD + TCP_CONF + tls)
        self.assertNotIn(words, self.checked())

    def test_trunks_that_the_dialplan_misspells(self):
        """Numbers are variables there; a phone is no trunk."""
        self.exchange.write("trunks.conf", """
[tel]
host = 127.0.0.6
numbers = none
context = office
[out]
type = group
trunks = tel
""")
        self.exchange.write("extensions.conf", """[office]
exten => _0.,1,Dial(TRUNK/otu/${EXTEN:1})
 same => n,Dial(TRUNK/out/${EXTEN:1}&TRUNK/tel/${EXTEN:1}&SIP/tel/${EXTEN:1},20)
 same => n,Dial(SIP/tell/${EXTEN:1})
 same => n,Dial(TRUNK/1001/${EXTEN:1})
 same => n,Dial(TRUNK/1001/5)
""")
        said = self.checked()
        for line, words in ((2, 'group, trunk or peer for "otu" (did you mean out?)'),
                            (4, 'phone or peer "tell" in sip.conf'),
                            (5, 'group, trunk or peer for "1001"'),
                            (6, 'group, trunk or peer for "1001/5"')):
            self.assertIn("extensions.conf:%d: warning: office,_0.,%d: Dial: there is no %s\n"
                          % (line, line - 1, words), said)
        self.assertEqual(said.count("office,_0."), 4, said)

    def test_ports_for_sound_that_sip_has(self):
        self.exchange.write("rtp.conf", "[general]\nrtpstart = 5000\nrtpend = 5061\n")
        said = self.doctor_of("sip.conf", GOOD.replace("[phone](!)", """[tcp]
type = transport
protocol = tcp
bind = 127.0.0.1:5060
[high]
type = transport
bind = 127.0.0.1:5062
[phone](!)"""))
        words = r"port 5060 is one of those for sound, 5000 to 5061 by rtp\.conf: a call may"
        self.assertRegex(said, r"(?m)^LOOK  configuration: sip\.conf:\d+: \[udp\] bind: " + words)
        said = self.checked()
        self.assertRegex(said, words)
        self.assertEqual(said.count("one of those for sound"), 1, said)

    def test_certificates_that_will_not_do(self):
        """Each place of the configuration that may name one."""
        authority = Authority(self.folder)
        soon, old = authority.sign("soon", days=10), authority.sign("old", days=-1)
        ends, over = r"it expires in \d+ days, on .* GMT", r"it expired on .* GMT"
        seen = self.doctor_of("sip.conf", GOOD + tls_conf(soon, authority))
        self.assertRegex(seen, r"LOOK  configuration: .*\[tls\] certificate: %s.crt: %s"
                         % (soon, ends))
        self.assertRegex(seen, r"LOOK  configuration: .*\[tls\] ca_file: \S+/ca.crt: %s" % ends)
        self.exchange.write("sip.conf", GOOD)
        for base, words in (soon, ends), (old, over):
            os.chmod(base + ".key", 0o644)
            seen = self.doctor_of("rtp.conf", "[general]\ndtls_cert_file = %s.crt\n"
                                              "dtls_private_key = %s.key\n" % (base, base))
            self.assertRegex(seen, r"LOOK  configuration: rtp\.conf:2: \[general\] dtls_cert_file: "
                                   r"%s.crt: %s" % (base, words))
            self.assertRegex(seen, r"LOOK  configuration: rtp\.conf:3: \[general\] "
                                   r"dtls_private_key: %s.key: everybody may read the key" % base)
        self.exchange.write("rtp.conf", "")
        seen = self.doctor_of("hep.conf", "[general]\nenabled = yes\ntransport = tls\n"
                                          "capture_address = 127.0.0.1:9061\n"
                                          "ca_list_file = %s.crt\n" % old)
        self.assertRegex(seen, r"LOOK  .*hep\.conf:5: \[general\] ca_list_file: \S+: " + over)

    def test_certificates_that_cannot_be_read(self):
        """Of encrypted sound and of HEP, as those of TLS: which file, why, and what mends it."""
        authority = Authority(self.folder)
        good, other = authority.sign("good", days=90), authority.sign("other", days=90)
        cut = os.path.join(self.folder, "cut.crt")
        with open(good + ".crt") as f, open(cut, "w") as g:
            g.write(f.read()[:300])
        text = "[general]\ndtls_cert_file = %s\ndtls_private_key = %s\n"
        where = r"(?m)^WRONG configuration: rtp\.conf:1: dtls_cert_file, dtls_private_key: "
        for crt, key, words in (
                ("/nowhere.crt", good + ".key", "/nowhere.crt: no such file or directory$"),
                (good + ".crt", "/nowhere.key", "/nowhere.key: no such file or directory$"),
                (good + ".key", good + ".key", r"good.key: .*; no certificate in PEM is in it"),
                (cut, good + ".key", "cut.crt: .*; it is cut off or damaged, copy it anew"),
                (good + ".crt", other + ".key", "other.key: .*; the key is that of another certif")):
            self.assertRegex(self.doctor_of("rtp.conf", text % (crt, key)), where + ".*" + words)
        self.exchange.write("rtp.conf", "")
        for path, words in (("/nowhere.crt", "no such file or directory"),
                            (good + ".key", "; no certificate in PEM is in it")):
            said = self.doctor_of("hep.conf", "[general]\nenabled = yes\ntransport = tls\n"
                                              "capture_address = 127.0.0.1:9061\n"
                                              "ca_list_file = %s\n" % path)
            self.assertRegex(said, r'(?m)^WRONG .*hep\.conf: \[general\] ca_list_file = "%s": .*%s'
                             % (path, words))

    def test_the_certificate_of_what_is_signed(self):
        """It is fetched as those fetch it who are called."""
        authority = Authority(self.folder)
        server = authority.sign("localhost", alt="DNS:localhost,IP:127.0.0.1")
        good, old = authority.sign("good", days=90), authority.sign("old", days=-1)
        shelf = stir.Shelf(self.folder, server)
        self.addCleanup(shelf.stop)
        profile = ("[signed]\ntype = profile\nendpoint_behavior = attest\n"
                   "https_ca_file = %s\nprivate_key_file = %s.key\npublic_cert_url = %s\n")

        def said(key, name):
            text = profile % (authority.path, key, shelf.url(name))
            return [line for line in self.doctor_of("stir_shaken.conf", text).splitlines()
                    if "public_cert_url" in line]

        self.assertEqual(said(good, "good.crt"), [])
        self.assertEqual(shelf.asked, ["/good.crt"])
        where = r"LOOK  configuration: stir_shaken\.conf:6: public_cert_url: \S+: "
        self.assertRegex(said(old, "old.crt")[0], where + "it expired on ")
        self.assertRegex(said(good, "localhost.crt")[-1],
                         where + "it is not the certificate of private_key_file")
        self.assertRegex(said(good, "none.crt")[0], where + "nobody can verify what we sign: .*404")

    def test_prompts_that_extensions_conf_names_and_that_are_nowhere(self):
        german = os.path.join(self.folder, "sounds/de")
        os.makedirs(german)
        with open(os.path.join(german, "ours.ulaw"), "wb") as f:
            f.write(b"\xff" * 800)
        self.exchange.write("ringdown.conf",
                            "[directories]\nsounds = %s\n" % os.path.dirname(german))
        said = self.doctor_of("extensions.conf", """[office]
exten => 1,1,Playback(ours&beep&nowhere,noanswer)
 same => n,Background(/tmp/by-its-path)
 same => n,Playback(of-${EXTEN})
 same => n,BackGround(neither)
 same => n,Set(__LIMIT_WARNING_FILE=soon)
 same => n,Set(LIMIT_CONNECT_FILE=beep)
 same => n,Set(LIMIT_TIMEOUT_FILE = over)
 same => n,Set(LIMIT_WARNING_FILE=${WARNING})
""")
        for line, prompt in (("2", "nowhere"), ("5", "neither"), ("6", "soon"), ("8", "over")):
            self.assertRegex(said, r'(?m)^LOOK  configuration: extensions\.conf:%s: office,1: '
                                   r'\w+: there is no prompt "%s" in any language' % (line, prompt))
        self.assertEqual(said.count("there is no prompt"), 4, said)

    def test_prompts_that_are_named_elsewhere_and_are_nowhere(self):
        sounds = os.path.join(self.folder, "sounds")
        os.makedirs(os.path.join(sounds, "en"))
        for name in ("en/ours", "beeperr"):
            with open(os.path.join(sounds, name + ".ulaw"), "wb") as f:
                f.write(b"\xff" * 800)
        self.exchange.write("ringdown.conf", "[directories]\nsounds = %s\n" % sounds)
        self.exchange.write("queues.conf", """[support]
announce = no-announce
queue-youarenext = ours
queue-thankyou =
periodic-announce = ours, no-periodic
""")
        self.exchange.write("confbridge.conf", "[room]\ntype = bridge\nsound_join = no-join\n"
                                               "[who]\ntype = user\nannouncement = no-welcome\n")
        self.exchange.write("features.conf", "[general]\nxfersound = no-xfer\nxferfailsound = beeperr\n")
        self.exchange.write("followme.conf", "[ann]\nnumber => 1001\nsorry_prompt = no-sorry\n")
        self.exchange.write("res_parking.conf", "[default]\nparkext => 700\nparkpos => 701-710\n"
                                                "context => parkedcalls\ncourtesytone = no-tone\n")
        self.exchange.write("musiconhold.conf", "[default]\nmode = files\ndirectory = %s/en\n"
                                                "announcement = no-news\n" % sounds)
        self.exchange.write("voicemail.conf", "[default]\n1001 => 48151,Ann\n[zonemessages]\n"
                                              "here = Europe/Berlin|'ours' Q 'no-at' kM\n"
                                              "plain = Europe/Paris\n"
                                              "cut = Europe/Rome|'ours' Q 'ours\n")
        said = self.doctor_of("extensions.conf", """[globals]
HELLO = no-global
[office]
exten => 1,1,Read(X,ours&no-read)
 same => n,Read(X,dial,,i)
 same => n,Authenticate(7394,,,no-auth)
 same => n,Dial(SIP/1001,20,tA(ours:no-dial)T)
 same => n,ExecIf($[${X}]?Playback(no-if))
 same => n,RetryDial(no-retry,1,3,SIP/1001,,A(no-late))
 same => n,Page(SIP/1001,A(no-page))
 same => n,Queue(support,,,no-queue)
 same => n,Playback(${HELLO})
""")
        found = dict((prompt, where) for where, prompt in re.findall(
            r'(?m)^LOOK  configuration: (.*): there is no prompt "(.*)" in any language$', said))
        self.assertEqual(found, {
            "no-announce": "queues.conf:2: [support] announce",
            "no-periodic": "queues.conf:5: [support] periodic-announce",
            "no-join": "confbridge.conf:3: [room] sound_join",
            "no-welcome": "confbridge.conf:6: [who] announcement",
            "no-xfer": "features.conf:2: [general] xfersound",
            "no-sorry": "followme.conf:3: [ann] sorry_prompt",
            "no-tone": "res_parking.conf:5: [default] courtesytone",
            "no-news": "musiconhold.conf:4: [default] announcement",
            "no-at": "voicemail.conf:4: [zonemessages] here",
            "no-read": "extensions.conf:4: office,1: Read",
            "no-auth": "extensions.conf:6: office,1: Authenticate",
            "no-dial": "extensions.conf:7: office,1: Dial",
            "no-if": "extensions.conf:8: office,1: Playback",
            "no-retry": "extensions.conf:9: office,1: RetryDial",
            "no-late": "extensions.conf:9: office,1: RetryDial",
            "no-page": "extensions.conf:10: office,1: Page",
            "no-queue": "extensions.conf:11: office,1: Queue",
            "no-global": "extensions.conf:12: office,1: Playback"})
        self.assertIn("voicemail.conf:6: [zonemessages] cut: the last ' has no second one", said)

    def test_classes_of_music_that_there_are_not(self):
        """--check says it, and so does the doctor."""
        self.exchange.write("musiconhold.conf", "[jazz]\nmode = files\ntones = 425/500\n")
        self.exchange.write("queues.conf", "[a]\nmusicclass = rock\n[b]\nmusicclass = Jazz\n"
                                           "[c]\nmusicclass = default\n")
        self.exchange.write("confbridge.conf", "[who]\ntype = user\nmusic_on_hold_class = folk\n"
                                               "[all]\ntype = user\nmusic_on_hold_class = jazz\n")
        self.exchange.write("followme.conf", "[ann]\nnumber => 1001\nmusicclass = ska\n")
        self.exchange.write("res_parking.conf", "[default]\nparkext => 700\nparkpos => 701-710\n"
                                                "context => parkedcalls\nparkedmusicclass = soul\n")
        self.exchange.write("sip.conf", GOOD.replace("[1001]", "music_class = polka\n[1001]"))
        said = self.doctor_of("extensions.conf", """[office]
exten => 1,1,MusicOnHold(nosuch)
 same => n,MusicOnHold(jazz,20)
 same => n,MusicOnHold()
 same => n,StartMusicOnHold(${WHICH})
 same => n,SetMusicOnHold(set)
 same => n,Set(CHANNEL(musicclass)=item)
 same => n,Dial(SIP/${EXTEN},20,tm(dialled))
 same => n,Dial(SIP/1001,20,m(jazz)A(m(x)))
 same => n,Queue(a,m(waited))
 same => n,ExecIf($[${X}]?WaitExten(5,m(if)))
 same => n,StartMusicOnHold(begun)
 same => n,RetryDial(,1,1,SIP/1001,20,m(again))
 same => n,BridgeWait(room,participant,m(met))
""")
        want = {
            "rock": "queues.conf:1: [a] musicclass", "folk": "confbridge.conf:3: [who] music_on_hold_class",
            "ska": "followme.conf: [ann] musicclass", "soul": "res_parking.conf:1: [default] parkedmusicclass",
            "polka": "sip.conf:13: [1001] music_class",
            "nosuch": "extensions.conf:2: office,1: MusicOnHold",
            "set": "extensions.conf:6: office,1: SetMusicOnHold",
            "item": "extensions.conf:7: office,1: Set",
            "dialled": "extensions.conf:8: office,1: Dial",
            "waited": "extensions.conf:10: office,1: Queue",
            "if": "extensions.conf:11: office,1: WaitExten",
            "begun": "extensions.conf:12: office,1: StartMusicOnHold",
            "again": "extensions.conf:13: office,1: RetryDial",
            "met": "extensions.conf:14: office,1: BridgeWait"}
        for text in said, self.checked():
            self.assertEqual(dict((name, where) for where, name in re.findall(
                r'(?m)(\w+\.conf.*): musiconhold\.conf has no class "(.*)"$',
                text.replace("warning: ", ""))), want, text)

    def test_prompts_where_no_call_looks_for_them(self):
        sounds = os.path.join(self.folder, "sounds")
        os.makedirs(os.path.join(sounds, "en_US_f_Allison"))
        with open(os.path.join(sounds, "en_US_f_Allison", "vm-intro.wav"), "w"):
            pass
        said = self.doctor_of("ringdown.conf", "[directories]\nsounds = %s\n" % sounds)
        self.assertRegex(said, r"(?m)^LOOK  prompts: .*\n +-> apt install asterisk-core-sounds-en ")
        os.symlink("en_US_f_Allison", os.path.join(sounds, "en"))
        self.assertRegex(self.doctor(), "(?m)^ok    prompts: %s/en/vm-intro.wav" % sounds)

    def test_a_database_that_is_broken(self):
        self.exchange.stop()
        path = os.path.join(self.exchange.state, "ringdown.db")
        with open(path, "r+b") as f:
            f.seek(4096)
            f.write(b"\xff" * 4096)
        self.assertRegex(self.doctor(), r"(?m)^WRONG database: .*\n +-> stop the daemon")


if __name__ == "__main__":
    tap.main()
