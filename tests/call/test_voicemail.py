#!/usr/bin/python3
"""A message is spoken, lights the lamps of those who share the mailbox, and is heard
again; it comes by mail; and the daemon is killed a hundred times while messages are stored."""

import email
import email.policy
import glob
import logging
import os
import random
import re
import signal
import sqlite3
import ssl
import subprocess
import threading
import time
import unittest
import warnings

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from lib import sound, tap
from lib.case import CallTest, scratch_folder
from lib.daemon import SIP_CONF, Ringdown

OFFICE = """\
[office]
exten => 500,1,VoiceMail(1003,s)
 same => n,Hangup()
exten => 501,1,VoiceMailMain(1003,sa(0))
 same => n,Hangup()
"""

SHARED = SIP_CONF.replace("[1002](phone)", "[1002](phone)\nmailbox = 1003@default") \
                 .replace("[1003](phone)", "[1003](phone)\nmailbox = 1003@default")
SPOKEN = 3  # seconds


class Message(CallTest):
    extensions = OFFICE
    files = {"sip.conf": SHARED, "voicemail.conf": "[general]\nenvelope = no\n"
                                                   "sayduration = no\n"
                                                   "[default]\n1003 => 4711,Carol\n"}

    def folder_of(self, name):
        return os.path.join(self.folder, "state/spool/voicemail/default/1003", name)

    def leave(self):
        caller = self.phone("1001", 440)
        caller.dial("500")
        caller.wait_for("CALL_ESTABLISHED")
        time.sleep(1 + SPOKEN)
        caller.hangup()
        self.exchange.wait_idle()

    def wait_lamp(self, phone, counts):
        end = time.monotonic() + 8
        while not any(counts in event["param"] for event in phone.seen("MWI_NOTIFY")):
            self.assertLess(time.monotonic(), end, counts)
            phone.poll()

    def test_what_was_spoken_is_heard_and_lamps_follow(self):
        self.exchange.ask("sip trace on")
        owner = self.phone("1003", 1000, config="module_app mwi.so\n", extra=";mwi=yes")
        self.phone("1002", 700)  # does not ask, and is told
        self.leave()
        self.wait_lamp(owner, "Voice-Message: 1/0")
        samples, rate = sound.read(self.folder_of("INBOX/msg0000.wav"))
        heard = sound.Heard(samples, rate, 440)
        self.assertAlmostEqual(heard.seconds(), SPOKEN, delta=1.2)
        self.assertLessEqual(heard.longest_gap_ms(), 40)
        owner.dial("501")
        owner.wait_for("CALL_ESTABLISHED")
        time.sleep(SPOKEN + 4)
        owner.hangup()
        self.exchange.wait_idle()
        self.wait_lamp(owner, "Voice-Message: 0/1")
        self.assertGreaterEqual(self.heard(owner, 440)[0].seconds(), heard.seconds() - 0.1)
        self.wait_told("1002", ["1/0", "0/1"])

    def wait_told(self, user, counts):
        """The log is written a little later."""
        end = time.monotonic() + 4
        while self.told(user) != counts and time.monotonic() < end:
            time.sleep(0.05)
        self.assertEqual(self.told(user), counts)

    def told(self, user):
        """What NOTIFYs said to a phone after its first."""
        notices = re.findall(r"NOTIFY sip:%s-.*?Voice-Message: (\S+)" % user,
                             self.exchange.log(), re.S)
        return [counts for counts in notices if counts != "0/0"]


# Without a prompt a message takes as long as its sound.
BUSY = """\
[office]
exten => leave,1,Answer()
 same => n(again),VoiceMail(1001,st)
 same => n,Verbose(1,acknowledged ${VMSTATUS})
 same => n,Goto(again)
exten => talk,1,Milliwatt()
"""
MODULES = """\
[modules]
autoload = no
load = app_voicemail, app_say, app_answer, app_goto, app_verbose, app_milliwatt
load = chan_local, format_wav, dialplan, codec_slin
"""
DAEMONS, KILLS, CALLS = 2, 50, 3


class Killed:
    """A daemon that stores messages, again and again, until it is killed."""

    def __init__(self, folder, seed):
        self.random = random.Random(seed)
        os.makedirs(folder + "/sounds")
        self.exchange = Ringdown(folder, {
            "ringdown.conf": "[directories]\nsounds = %s/sounds\n" % folder,
            "modules.conf": MODULES,
            "voicemail.conf": "[general]\nmaxsecs = 120ms\nmaxmsg = 9999\n"
                              "[default]\n1001 =>\n"}, BUSY, start=False)
        self.box = folder + "/state/spool/voicemail/default/1001"
        self.store = folder + "/state/ringdown.db"

    def once(self):
        self.exchange.start()
        self.exchange.wait_ready()
        for _ in range(CALLS):
            self.exchange.ask("channel originate Local/leave@office extension talk@office")
        time.sleep(self.random.uniform(0, 0.2))
        self.exchange.process.send_signal(signal.SIGKILL)
        self.exchange.process.wait()

    def run(self):
        for _ in range(KILLS):
            self.once()

    def names(self, folder):
        return sorted(os.path.basename(path)
                      for path in glob.glob(os.path.join(self.box, folder, "*")))

    def rows(self):
        with sqlite3.connect(self.store) as store:
            return store.execute("SELECT count(*) FROM voicemail_message "
                                 "WHERE box = '1001@default' AND folder = 'INBOX'").fetchone()[0]

    def wait_indexed(self, count):
        end = time.monotonic() + 8
        while self.rows() != count:
            if time.monotonic() > end:
                raise AssertionError("%d rows for %d messages" % (self.rows(), count))
            time.sleep(0.1)


class Kills(unittest.TestCase):
    def look_at(self, killed):
        killed.exchange.start()
        killed.exchange.wait_ready()
        end = time.monotonic() + 8
        while killed.names("tmp") and time.monotonic() < end:
            time.sleep(0.1)
        self.assertEqual(killed.names("tmp"), [])
        names = killed.names("INBOX")
        count = len([name for name in names if name.endswith(".txt")])
        self.assertEqual(names, sorted("msg%04d.%s" % (n, end) for n in range(count)
                                       for end in ("txt", "wav")))
        killed.wait_indexed(count)
        killed.exchange.stop()
        acknowledged = len(re.findall(r"(?<!,)acknowledged SUCCESS", killed.exchange.log()))
        self.assertGreaterEqual(count, acknowledged)
        self.assertGreater(acknowledged, KILLS // 5)
        for n in range(count):
            self.look_at_message(killed, n)
        return count

    def look_at_message(self, killed, n):
        path = os.path.join(killed.box, "INBOX", "msg%04d" % n)
        with open(path + ".txt") as f:
            self.assertRegex(f.read(), r"^\[message\]\n(\w+=.*\n)+duration=\d+\n$")
        samples, rate = sound.read(path + ".wav")
        self.assertGreaterEqual(len(samples) / rate, 0.1)

    def test_a_hundred_kills_lose_nothing_and_leave_nothing_half(self):
        folder = scratch_folder(self)
        daemons = [Killed("%s/%d" % (folder, n), n) for n in range(DAEMONS)]
        threads = [threading.Thread(target=daemon.run) for daemon in daemons]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        counts = [self.look_at(daemon) for daemon in daemons]
        print("# messages stored: %s" % counts)


MANY = 200
TOGETHER = """\
[office]
exten => _2XXX,1,Answer()
 same => n,VoiceMail(${EXTEN},st)
 same => n,Verbose(1,acknowledged ${VMSTATUS})
exten => talk,1,Milliwatt()
"""


class Together(unittest.TestCase):
    def test_two_hundred_callers_at_once_are_all_understood(self):
        folder = scratch_folder(self)
        boxes = range(2000, 2000 + MANY)
        exchange = Ringdown(folder, {
            "ringdown.conf": "[directories]\nsounds = %s/sounds\n" % folder,
            "modules.conf": MODULES,
            "voicemail.conf": "[general]\nmaxsecs = 3s\n[default]\n" +
                              "".join("%d =>\n" % box for box in boxes)}, TOGETHER)
        self.addCleanup(exchange.stop)
        subprocess.run(exchange.arguments("-r"), stdout=subprocess.DEVNULL, timeout=30, input="".join(
            "channel originate Local/%d@office extension talk@office\n" % box
            for box in boxes).encode())
        end = time.monotonic() + 20
        while len(re.findall(r"(?<!,)acknowledged SUCCESS", exchange.log())) < MANY:
            self.assertLess(time.monotonic(), end, exchange.log()[-2000:])
            time.sleep(0.2)
        for box in boxes:
            samples, rate = sound.read(
                "%s/state/spool/voicemail/default/%d/INBOX/msg0000.wav" % (folder, box))
            self.assertAlmostEqual(len(samples) / rate, 3, delta=0.1)


class SmallDisk:
    """A machine whose spool has so much room; its files are seen by the process that has it."""

    def __init__(self, spool, size):
        self.command = "mount -t tmpfs -o size=%s tmpfs %s && exec \"$@\"" % (size, spool)

    def prefix(self):
        return ["unshare", "-m", "sh", "-c", self.command, "sh"]


class Full(unittest.TestCase):
    CALLERS = 20

    def setUp(self):
        self.folder = scratch_folder(self)
        self.spool = os.path.join(self.folder, "spool")
        os.mkdir(self.spool)
        disk = SmallDisk(self.spool, "600k")
        if subprocess.run(disk.prefix() + ["true"], stderr=subprocess.DEVNULL).returncode:
            self.skipTest("mounting is not allowed")
        boxes = range(2000, 2000 + self.CALLERS)
        self.exchange = Ringdown(self.folder, {
            "ringdown.conf": "[directories]\nsounds = %s/sounds\nspool = %s\n" %
                             (self.folder, self.spool),
            "modules.conf": MODULES,
            "voicemail.conf": "[general]\nmaxsecs = 3s\n[default]\n" +
                              "".join("%d =>\n" % box for box in boxes)},
            TOGETHER.replace("acknowledged ", "acknowledged ${EXTEN} "), machine=disk)
        self.addCleanup(self.exchange.stop)
        for box in boxes:
            self.exchange.ask("channel originate Local/%d@office extension talk@office" % box)

    def test_a_disk_that_is_full_has_whole_messages_and_no_others(self):
        told, end = {}, time.monotonic() + 20
        while len(told) < self.CALLERS:
            self.assertLess(time.monotonic(), end, self.exchange.log()[-2000:])
            time.sleep(0.2)
            told = dict(re.findall(r"(?<!,)acknowledged (\d+) (\w+)", self.exchange.log()))
        there = "/proc/%d/root%s/voicemail/default" % (self.exchange.process.pid, self.spool)
        stored = sorted(box for box in told if told[box] == "SUCCESS")
        self.assertTrue(0 < len(stored) < self.CALLERS, told)
        files = sorted(os.path.relpath(os.path.join(path, name), there)
                       for path, _, names in os.walk(there) for name in names)
        self.assertEqual(files, ["%s/INBOX/msg0000.%s" % (box, kind)
                                 for box in stored for kind in ("txt", "wav")])
        for box in stored:
            samples, rate = sound.read("%s/%s/INBOX/msg0000.wav" % (there, box))
            self.assertAlmostEqual(len(samples) / rate, 3, delta=0.1)


ONCE = """\
[office]
exten => leave,1,Answer()
 same => n,VoiceMail(${MAILBOX},st)
 same => n,Hangup()
exten => anna,1,Set(CALLERID(all)="Bob" <1002>)
 same => n,Set(MAILBOX=1001)
 same => n,Goto(leave,1)
exten => carol,1,Set(MAILBOX=1003)
 same => n,Goto(leave,1)
exten => talk,1,Milliwatt()
"""
MAIL_CONF = """\
[general]
maxsecs = 1s
mail_retry = 1s
serveremail = pbx@example.org
fromstring = The office
emailsubject = ${VM_MSGNUM} for ${VM_NAME} from ${VM_CIDNUM}
emailbody = It lasts ${VM_DUR}.\\n${VM_CIDNAME}\\n
%s
[default]
1001 => ,Ännä,anna@example.org,pager@example.org
1003 => ,Carol,refused@example.org,,delete=yes
"""
PORT = 2525


logging.getLogger("mail.log").setLevel(logging.ERROR)
warnings.filterwarnings("ignore", "Requiring AUTH")  # without TLS: on loopback


class Server:
    """An SMTP server that knows one user, and does not take the first mail at once."""

    def __init__(self, tls=None):
        self.mails, self.refused, self.times, self.tls = [], [], 0, 0
        self.controller = Controller(
            self, hostname="127.0.0.1", port=PORT, auth_required=not tls, tls_context=tls,
            auth_require_tls=False, authenticator=self.authenticate)

    @staticmethod
    def authenticate(server, session, envelope, mechanism, data):
        return AuthResult(success=(data.login, data.password) == (b"pbx", b"secret"))

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("refused"):
            self.refused.append(address)
            return "550 nobody of that name"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        self.times += 1
        self.tls += session.ssl is not None
        if self.times == 1:
            return "451 later"
        mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
        self.mails.append((envelope.mail_from, envelope.rcpt_tos, mail))
        return "250 OK"


class Mail(unittest.TestCase):
    def start(self, how):
        self.folder = scratch_folder(self)
        self.exchange = Ringdown(self.folder, {
            "ringdown.conf": "[directories]\nsounds = %s/sounds\n" % self.folder,
            "modules.conf": MODULES.replace("app_goto", "app_goto, app_set, func_callerid"),
            "voicemail.conf": MAIL_CONF % how}, ONCE)
        self.addCleanup(self.exchange.stop)

    def spool(self, pattern):
        return glob.glob(os.path.join(self.folder, "state/spool", pattern))

    def leave(self, exten):
        self.exchange.ask("channel originate Local/%s@office extension talk@office" % exten)

    def wait_for(self, what, seconds=15):
        end = time.monotonic() + seconds
        while not what():
            self.assertLess(time.monotonic(), end, self.exchange.log()[-2000:])
            time.sleep(0.1)

    def assert_mailed(self, mail, message):
        self.assertEqual(mail["Subject"], "1 for Ännä from 1002")
        self.assertEqual(mail["From"], "The office <pbx@example.org>")
        self.assertEqual(mail["To"], "Ännä <anna@example.org>")
        self.assertEqual(mail.get_body().get_content().split(), ["It", "lasts", "0:01.", "Bob"])
        sounds = list(mail.iter_attachments())
        self.assertEqual([part.get_filename() for part in sounds], ["msg0000.wav"])
        with open(message, "rb") as f:
            self.assertEqual(sounds[0].get_content(), f.read())

    def test_mails_wait_until_a_server_takes_them_also_over_a_kill(self):
        self.start("smtp_server = 127.0.0.1:%d\nsmtp_username = pbx\nsmtp_password = secret"
                   % PORT)
        self.leave("anna")
        self.wait_for(lambda: len(self.spool("voicemail_outbox/*.eml")) == 2)
        self.exchange.process.send_signal(signal.SIGKILL)
        self.exchange.process.wait()
        server = Server()
        server.controller.start()
        self.addCleanup(server.controller.stop)
        self.exchange.start()
        self.exchange.wait_ready()
        self.wait_for(lambda: len(server.mails) == 2)
        mails = {to[0]: (sender, mail) for sender, to, mail in server.mails}
        sender, mail = mails["anna@example.org"]
        self.assertEqual(sender, "pbx@example.org")
        self.assert_mailed(mail, self.spool("voicemail/default/1001/INBOX/msg0000.wav")[0])
        self.assertEqual(mails["pager@example.org"][1].get_content_type(), "text/plain")
        self.assertEqual(server.times, 3)
        self.leave("carol")
        self.wait_for(lambda: self.spool("voicemail_outbox/*.failed"))
        self.assertEqual(server.refused, ["refused@example.org"])
        self.assertEqual(self.spool("voicemail_outbox/*.eml"), [])
        self.assertEqual(self.spool("voicemail/default/1003/INBOX/*"), [])

    def certificate(self):
        """One that nobody has signed but itself, for another name."""
        folder = scratch_folder(self)
        key, cert = (os.path.join(folder, name) for name in ("key", "cert"))
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1",
                        "-subj", "/CN=house", "-keyout", key, "-out", cert],
                       check=True, capture_output=True)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(cert, key)
        return context

    def test_a_server_of_the_house_has_a_certificate_of_its_own(self):
        server = Server(self.certificate())
        server.controller.start()
        self.addCleanup(server.controller.stop)
        self.start("smtp_server = 127.0.0.1:%d" % PORT)
        self.leave("anna")
        self.wait_for(lambda: len(server.mails) == 2)
        self.assertEqual(server.tls, server.times)

    def test_a_program_takes_mails_and_one_is_told_of_messages(self):
        target = os.path.join(scratch_folder(self), "mail")
        self.start("mailcmd = test -e %s.up && cat >> %s\nexternnotify = echo > %s.told"
                   % (target, target, target))
        self.leave("anna")
        self.exchange.wait_log(r"ended with 1", timeout=8)
        self.assertEqual(len(self.spool("voicemail_outbox/*.eml")), 2)
        open(target + ".up", "w").close()
        self.wait_for(lambda: not self.spool("voicemail_outbox/*.eml"))
        with open(target + ".told") as f:
            self.assertEqual(f.read(), "default 1001 1 0 0\n")
        with open(target) as f:
            text = f.read()
        self.assertIn("To: =?utf-8?B?w4RubsOk?= <anna@example.org>", text)
        self.assertIn("<pager@example.org>", text)


if __name__ == "__main__":
    tap.main()
