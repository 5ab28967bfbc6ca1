#!/usr/bin/python3
"""The SDK as somebody has it who never saw the sources: installed below a prefix, the
examples built with nothing but what pkg-config says, loaded into the installed daemon, used
in a call, and unloaded."""

import atexit
import functools
import glob
import os
import re
import shutil
import subprocess
import tempfile
import time
import unittest
from unittest import mock

from lib import daemon, sound, tap
from lib.case import CallTest
from lib.daemon import BUILD, SIP_CONF, TOP, Ringdown
from lib.wire import Wire, reply

OLDER = os.path.join(TOP, "tests/modules/sdk-1.0")
EXAMPLES = os.path.join(TOP, "tests/modules/examples")

OFFICE = """\
[office]
exten => 700,1,Morse(TTTT)
 same => n,Set(DB(sdk/morse)=${MORSESTATUS})
exten => 701,1,Set(DB(sdk/luhn)=${LUHN(7992739871)}${LUHN(79927398713,check)})
exten => 702,1,Dial(SIP/600@far)
exten => 703,1,Answer()
 same => n,Record(%(recording)s.ub,,2)
 same => n,Playback(%(recording)s)
 same => n,Wait(1)
exten => 704,1,Dial(Mirror/300)
exten => 709,1,Welcome()
exten => 705,1,Set(LIMITER()=1000)
 same => n,Dial(SIP/1002)
exten => h,1,Set(DB(sdk/limited)=${LIMITER()})
exten => 706,1,Dial(SIP/1003,1)
 same => n,Set(DB(sdk/missed)=${MISSED(SIP/1003)})
exten => 708,1,Dial(SIP/600@far)
 same => n,Set(DB(sdk/ticket)=${TICKET()})
exten => 707,1,Set(DB(phonebook/1001)=Anna 100%%)
 same => n,Set(DB(sdk/found)=${DB(phonebook/1002)})
"""

FAR = """\
[far]
type = peer
host = 127.0.0.2
context = office
allow = %s
"""

# The other side of the codec, which no phone has.
FAR_SIP_CONF = """\
[global]
type = global

[udp]
type = transport
bind = 127.0.0.2:5060

[near]
type = phone
match = 127.0.0.1
context = far
allow = %s
"""

FAR_OFFICE = """\
[far]
exten => 600,1,Answer()
 same => n,Echo()
"""


def run(*command, cwd=None, **more):
    """What it printed, or an AssertionError with that."""
    environment = {k: v for k, v in os.environ.items()
                   if k not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "DESTDIR",
                                "CMOCKA_MESSAGE_OUTPUT")}
    environment.update(more)
    done = subprocess.run(command, env=environment, cwd=cwd, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT)
    output = done.stdout.decode(errors="replace")
    if done.returncode:
        raise AssertionError("%r: %d\n%s" % (command, done.returncode, output[-4000:]))
    return output


class Prefix:
    """Where it is installed, and what was built against that."""

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="ringdown-sdk-")
        atexit.register(shutil.rmtree, self.folder)
        run("make", "-C", BUILD, "-s", "install", "DESTDIR=" + self.folder)
        self.modules = self.find("lib/ringdown/modules")
        self.ringdown = self.find("sbin/ringdown")
        self.built = os.path.join(self.folder, "built")
        os.mkdir(self.built)
        self.make(EXAMPLES, self.built)

    def make(self, source, folder, *targets):
        """What it printed."""
        return run("make", "-C", folder, "-f", os.path.join(source, "Makefile"), *targets,
                   PKG_CONFIG_PATH=self.find("lib/pkgconfig"),
                   PKG_CONFIG_SYSROOT_DIR=self.folder, RD_MODULES=self.modules)

    def find(self, part):
        """Below whatever prefix it was configured with."""
        found = glob.glob(os.path.join(self.folder, "**", part), recursive=True)
        if len(found) != 1:
            raise AssertionError("%s was installed as %r" % (part, found))
        return found[0]


@functools.cache
def prefix():
    return Prefix()


class Sdk(CallTest):
    def setUp(self):
        patch = mock.patch.object(daemon, "BINARY", prefix().ringdown)
        patch.start()
        self.addCleanup(patch.stop)
        self.built = prefix().built
        self.recording = os.path.join(self.built, "message")
        self.extensions = OFFICE % {"recording": self.recording}
        self.files = {"ringdown.conf": "[directories]\nmodules = %s\n" % prefix().modules}
        super().setUp()

    def load(self, name, exchange=None):
        (exchange or self.exchange).ask("module load %s/%s.so" % (self.built, name))

    def unload(self, name):
        """Also while what it lent comes back."""
        self.exchange.wait_idle()
        self.exchange.wait_output("module show " + name, r"(?s)^((?!in use).)*$")
        self.exchange.ask("module unload " + name)
        self.assertNotIn(name, self.exchange.ask("module show"))

    def noted(self, key):
        return self.exchange.ask("database get sdk " + key)

    def call(self, phone, number):
        """One that ends by itself."""
        phone.dial(number)
        phone.wait_for("CALL_CLOSED", timeout=15)
        self.exchange.wait_idle()

    def test_every_example_is_built(self):
        sources = [name[:-2] for name in os.listdir(EXAMPLES)
                   if name.endswith(".c") and not name.startswith("test_")]
        self.assertEqual(sorted(sources),
                         sorted(name[:-3] for name in os.listdir(self.built)
                                if name.endswith(".so")))
        self.assertGreaterEqual(len(sources), 12)

    def test_the_tests_of_the_examples_pass(self):
        output = prefix().make(EXAMPLES, self.built, "check")
        self.assertEqual(output.count("[  PASSED  ]"),
                         len(glob.glob(os.path.join(EXAMPLES, "test_*.c"))))
        self.assertNotIn("left over", output)

    def test_the_first_module_of_the_documents_works(self):
        with open(os.path.join(TOP, "docs/modules.md")) as f:
            blocks = re.findall(r"^```c\n(.*?)^```$", f.read(), re.M | re.S)
        for name, text in zip(("app_hello.c", "test_app_hello.c"), blocks):
            with open(os.path.join(self.folder, name), "w") as f:
                f.write(text)
        shutil.copy(os.path.join(EXAMPLES, "Makefile"), self.folder)
        self.assertIn("[  PASSED  ]", prefix().make(self.folder, self.folder, "check"))
        self.exchange.ask("module load %s/app_hello.so" % self.folder)
        self.exchange.ask("module unload app_hello")

    def test_the_settings_of_the_documents_work(self):
        with open(os.path.join(TOP, "docs/modules.md")) as f:
            blocks = re.findall(r"^```c\n(.*?)^```$", f.read(), re.M | re.S)
        with open(os.path.join(self.folder, "app_welcome.c"), "w") as f:
            f.write(next(block for block in blocks if '"app_welcome"' in block))
        shutil.copy(os.path.join(EXAMPLES, "Makefile"), self.folder)
        prefix().make(self.folder, self.folder, "app_welcome.so")
        self.exchange.ask("module load %s/app_welcome.so" % self.folder)
        alice, bob = self.phone("1001"), self.phone("1002")
        alice.dial("709")
        alice.wait_for("CALL_CLOSED")
        self.exchange.write("welcome.conf", "[general]\nhz = high\n")
        status, said = self.exchange.run("core reload")
        self.assertEqual(status, 1, said)
        self.assertRegex(said, r"welcome\.conf:2: \[general\] hz = \"high\": ")
        self.exchange.write("welcome.conf", "[general]\nhz = 1000\nlength = 3s\n")
        self.exchange.ask("core reload")
        bob.dial("709")
        bob.wait_for("CALL_CLOSED")
        self.assert_heard(alice, 440, 1.8)
        self.assert_heard(bob, 1000, 2.8)
        self.exchange.wait_idle()
        self.exchange.ask("module unload app_welcome")

    def compile(self, include, name):
        """An example against these headers; the module's path."""
        module = os.path.join(self.folder, name + ".so")
        run("cc", "-shared", "-fPIC", "-fvisibility=hidden", "-Wall", "-Werror",
            "-I" + include, "-o", module, os.path.join(EXAMPLES, name + ".c"))
        return module

    def test_modules_that_were_built_for_an_older_sdk_work(self):
        names = ["app_morse", "func_luhn", "codec_l8", "format_ub", "chan_mirror",
                 "hook_limiter", "event_missed", "cdr_brief", "cli_longest"]
        for name in names:
            self.exchange.ask("module load " + self.compile(OLDER, name))
        alice, bob = self.phone("1001", 440), self.phone("1002", 1000)
        self.call(alice, "700")
        self.assertIn("PLAYED", self.noted("morse"))
        self.call(alice, "703")
        alice.dial("704")
        alice.wait_for("CALL_ESTABLISHED", count=3)
        time.sleep(1)
        self.assertIn("Mirror/300", self.exchange.ask("longest calls"))
        alice.hangup()
        self.exchange.wait_idle()
        self.talk(alice, "705", bob, 2)
        self.assert_heard(bob, 440, 1.2)
        for name in names:
            self.unload(name)

    def test_one_that_was_built_for_a_newer_sdk_is_refused_in_words(self):
        for version, words in (("MINOR", "it needs a newer one"),
                               ("MAJOR", "another version of the SDK, 99.")):
            include = os.path.join(self.folder, version)
            shutil.copytree(os.path.join(TOP, "include"), include)
            header = os.path.join(include, "ringdown/module.h")
            with open(header) as f:
                text = re.sub(r"(define RD_SDK_%s\s+)\d+" % version, r"\g<1>99", f.read())
            with open(header, "w") as f:
                f.write(text)
            status, output = self.exchange.run(
                "module load " + self.compile(include, "func_luhn"))
            self.assertNotEqual(status, 0)
            self.assertIn(words, output)

    def test_a_module_of_each_kind_begins_with_all_its_tests_passed(self):
        tool = prefix().find("share/ringdown/new-module")
        usage = subprocess.run([tool], stderr=subprocess.PIPE, text=True).stderr
        kinds = re.findall(r"^  (\w+) +(\w+_) ", usage, re.M)
        self.assertGreaterEqual(len(kinds), 12)
        for kind, begin in kinds:
            run(tool, kind, "of_ours", cwd=self.folder)
            folder = os.path.join(self.folder, begin + "of_ours")
            self.assertIn("[  PASSED  ]", prefix().make(folder, folder, "check"))
        self.exchange.ask("module load %s/app_of_ours/app_of_ours.so" % self.folder)
        self.assertIn("Of_ours", self.exchange.ask("core show applications"))

    def test_a_module_that_cannot_be_begun_is_refused_in_words(self):
        for arguments, words in ((("pigeon", "x"), "no kind pigeon"),
                                 (("codec", "X-1"), "X-1: a name is small letters"),
                                 (("hook", "count"), "count: the module would have something"),
                                 (("hook", "volatile"), "volatile: the module would have"),
                                 (("hook", "linux"), "linux: the module would have"),
                                 (("channel", "errno"), "errno: the module would have"),
                                 (("application", "echo"), "app_echo is a module of /"),
                                 (("codec", "etc"), "codec_etc is there already")):
            os.makedirs(os.path.join(self.folder, "codec_etc"), exist_ok=True)
            with self.assertRaisesRegex(AssertionError, words):
                run(os.path.join(TOP, "tools/new-module"), *arguments, cwd=self.folder,
                    PKG_CONFIG_PATH=BUILD)

    def test_what_would_hold_up_every_call_is_found(self):
        for tool in (os.path.join(TOP, "tools/check-blocking"),
                     prefix().find("share/ringdown/check-blocking")):
            self.check_with(tool)

    def check_with(self, tool):
        run(tool, *glob.glob(os.path.join(self.built, "*.so")))
        sleepy = os.path.join(self.folder, "good_sleepy.so")
        run("cc", "-shared", "-fPIC", "-I" + os.path.join(TOP, "include"), "-o", sleepy,
            os.path.join(TOP, "tests/modules/good_sleepy.c"))
        with self.assertRaisesRegex(AssertionError, r"calls sleep\(\), .*; rd_sleep\(\) does not"):
            run(tool, sleepy)
        hardened = os.path.join(self.folder, "hardened.so")
        source = "#include <poll.h>\nint f(int n) { struct pollfd p[2]; return poll(p, n, 9); }"
        subprocess.run(["cc", "-O2", "-U_FORTIFY_SOURCE", "-D_FORTIFY_SOURCE=2", "-shared", "-fPIC",
                        "-x", "c", "-", "-o", hardened], input=source.encode(), check=True)
        with self.assertRaisesRegex(AssertionError, r"calls __poll_chk\(\), .*; rd_fd_wait\(\)"):
            run(tool, hardened)
        for call in "exit(n)", "_exit(n)", "_Exit(n)", "quick_exit(n)", "abort()":
            ending = os.path.join(self.folder, "ending.so")
            source = "#include <stdlib.h>\n#include <unistd.h>\nvoid f(int n) { (void)n; %s; }" % call
            subprocess.run(["cc", "-shared", "-fPIC", "-x", "c", "-", "-o", ending],
                           input=source.encode(), check=True)
            with self.assertRaisesRegex(AssertionError, r"calls %s\(\), which would end every call" %
                                        call.split("(")[0]):
                run(tool, ending)

    def test_the_page_for_authors_of_modules_is_installed(self):
        folder = os.path.dirname(prefix().find("share/doc/ringdown/modules.md"))
        with open(os.path.join(folder, "modules.md")) as page:
            for name in re.findall(r"\]\(([a-z]+\.md)[)#]", page.read()):
                self.assertTrue(os.path.exists(os.path.join(folder, name)), name)

    def test_an_application(self):
        self.load("app_morse")
        alice = self.phone("1001")
        self.call(alice, "700")
        self.assert_heard(alice, 800, 0.7, gap_ms=400)
        self.assertIn("PLAYED", self.noted("morse"))
        self.unload("app_morse")

    def test_a_dialplan_function(self):
        self.load("func_luhn")
        self.call(self.phone("1001"), "701")
        self.assertIn("31", self.noted("luhn"))
        self.unload("func_luhn")

    def test_a_codec(self):
        folder = os.path.join(self.folder, "far")
        os.mkdir(folder)
        far = Ringdown(folder, {"sip.conf": FAR_SIP_CONF % "ulaw",
                                "ringdown.conf": self.files["ringdown.conf"]}, FAR_OFFICE)
        self.addCleanup(far.stop)
        for exchange, conf in (self.exchange, SIP_CONF + FAR), (far, FAR_SIP_CONF):
            self.load("codec_l8", exchange)
            exchange.write("sip.conf", conf % "l8")
            exchange.ask("core reload")
        alice = self.phone("1001")
        alice.dial("702")
        alice.wait_for("CALL_ESTABLISHED")
        self.assertIn("l8", far.ask("rtp show streams"))
        time.sleep(2)
        alice.hangup()
        self.exchange.wait_idle()
        self.assert_heard(alice, 440, 1.5)
        self.exchange.write("sip.conf", SIP_CONF)
        self.exchange.ask("core reload")
        self.unload("codec_l8")

    def test_a_file_format(self):
        self.load("format_ub")
        alice = self.phone("1001")
        self.call(alice, "703")
        self.assert_heard(alice, 440, 1.5)
        with open(self.recording + ".ub", "rb") as f:
            samples = [(byte - 128) * 256 for byte in f.read()]
        self.assertGreater(sound.Heard(samples, 8000, 440).seconds(), 1.5)
        self.unload("format_ub")

    def test_a_channel_driver(self):
        self.load("chan_mirror")
        alice = self.phone("1001")
        alice.dial("704")
        alice.wait_for("CALL_ESTABLISHED")
        status, output = self.exchange.run("module unload chan_mirror")
        self.assertNotEqual(status, 0)
        self.assertRegex(output, r"in use: .*1 channel")
        time.sleep(2)
        alice.hangup()
        self.exchange.wait_idle()
        self.assert_heard(alice, 440, 1.2)
        self.unload("chan_mirror")

    def test_a_hook(self):
        self.load("hook_limiter")
        alice, bob = self.phone("1001", 440), self.phone("1002", 1000)
        self.talk(alice, "705", bob, 2)
        self.assert_heard(bob, 440, 1.2)
        self.assert_heard(alice, 1000, 1.2)
        self.assertLess(self.heard(bob, 440)[0].level() + 10,
                        self.heard(alice, 1000)[0].level())
        self.assertGreater(int(re.search(r"\d+$", self.noted("limited").strip())[0]), 1000)
        self.unload("hook_limiter")

    def test_a_subscriber_to_events(self):
        self.load("event_missed")
        alice = self.phone("1001")
        self.phone("1003", answer="manual")
        self.call(alice, "706")
        self.call(alice, "706")
        self.assertIn("2", self.noted("missed"))
        self.unload("event_missed")

    def test_a_back_end_of_call_records(self):
        self.load("cdr_brief")
        alice, bob = self.phone("1001"), self.phone("1002")
        self.load("hook_limiter")
        self.talk(alice, "705", bob, 2)
        path = os.path.join(self.exchange.state, "log/brief.txt")
        for _ in range(30):
            if os.path.exists(path):
                break
            time.sleep(0.1)
        with open(path) as f:
            self.assertRegex(f.read(), r"^1001 -> 705, [12] s, ANSWERED\n$")
        self.unload("cdr_brief")

    def test_a_console_command(self):
        self.load("cli_longest")
        self.load("chan_mirror")
        self.assertIn("0 channels", self.exchange.ask("longest calls"))
        alice = self.phone("1001")
        alice.dial("704")
        alice.wait_for("CALL_ESTABLISHED")
        self.assertRegex(self.exchange.ask("longest calls 1"),
                         r"(SIP/1001|Mirror/300)-\S+ +[01]\n1 channel that is up")
        alice.hangup()
        self.exchange.wait_idle()
        self.unload("cli_longest")

    def test_a_header_of_sip(self):
        self.load("header_ticket")
        self.exchange.write("sip.conf", SIP_CONF + "\n[far]\ntype = peer\n"
                            "host = 127.0.0.7:5555\ncontext = office\n")
        self.exchange.ask("core reload")
        far = Wire("127.0.0.7")
        self.addCleanup(far.close)
        alice = self.phone("1001")
        alice.dial("708")
        invite = far.receive()
        self.assertRegex(invite, r"^INVITE sip:600@127\.0\.0\.7")
        ticket = re.search(r"\nX-Ticket: ([0-9a-z]{12})\n", invite)[1]
        status, output = self.exchange.run("module unload header_ticket")
        self.assertNotEqual(status, 0)
        self.assertRegex(output, r"in use: 1 holder by SIP/1001-")
        far.send(reply(invite, "486 Busy Here"))
        alice.wait_for("CALL_CLOSED")
        self.exchange.wait_idle()
        self.assertIn(ticket, self.noted("ticket"))
        self.unload("header_ticket")

    def test_an_event_package(self):
        self.load("chan_mirror")
        self.load("sip_busyness")
        self.exchange.write("sip.conf", SIP_CONF + "\n[wall]\ntype = phone\n"
                            "match = 127.0.0.7\ncontext = office\n")
        self.exchange.ask("core reload")
        wall = Wire("127.0.0.7")
        self.addCleanup(wall.close)
        wall.send("SUBSCRIBE sip:busyness@127.0.0.1 SIP/2.0\n"
                  "Via: SIP/2.0/UDP 127.0.0.7:5555;branch=z9hG4bKwall\n"
                  "Max-Forwards: 70\nFrom: <sip:wall@127.0.0.1>;tag=wall\n"
                  "To: <sip:busyness@127.0.0.1>\nCall-ID: wall\nCSeq: 1 SUBSCRIBE\n"
                  "Contact: <sip:wall@127.0.0.7:5555>\nEvent: x-busyness\nExpires: 60\n"
                  "Accept: text/plain\nContent-Length: 0\n\n")
        self.told(wall, 0)
        alice = self.phone("1001")
        alice.dial("704")
        alice.wait_for("CALL_ESTABLISHED")
        self.told(wall, 2)
        alice.hangup()
        self.told(wall, 0)
        self.unload("sip_busyness")

    def test_a_storage_back_end(self):
        path = os.path.join(self.exchange.state, "phonebook.txt")
        with open(path, "w") as f:
            f.write("1002\tOld%0AMan\n")
        self.exchange.ask("database put phonebook 1003 hidden")
        self.load("storage_file")
        self.assertNotIn("hidden", self.exchange.ask("database show phonebook"))
        self.call(self.phone("1001"), "707")
        self.assertIn("Old\nMan", self.noted("found"))
        self.unload("storage_file")
        with open(path) as f:
            self.assertEqual(f.read(), "1002\tOld%0AMan\n1001\tAnna 100%25\n")
        self.assertRegex(self.exchange.ask("database show phonebook"),
                         r"^/phonebook/1003 +: hidden\s+1 result")
        self.load("storage_file")
        self.assertIn("Anna 100%", self.exchange.ask("database get phonebook 1001"))
        self.unload("storage_file")

    def told(self, wall, channels):
        """It gets a NOTIFY that says so, sooner or later."""
        seen = []
        for _ in range(20):
            text = wall.receive()
            if text is None:
                break
            seen.append(text)
            if text.startswith("NOTIFY"):
                wall.send(reply(text, "200 OK"))
                if "\nchannels: %d\n" % channels in text:
                    return
        self.fail("never %d:\n%s" % (channels, "\n".join(seen)))


@unittest.skipUnless(shutil.which("abidiff"), "abidiff is in abigail-tools")
class BinaryInterface(unittest.TestCase):
    """tools/abi.sh, where the headers are others than those on record."""

    def compare(self, header, old, new, **env):
        """What it says with one line of a header changed."""
        with tempfile.TemporaryDirectory() as top:
            for folder in "include", "tools/abi":
                shutil.copytree(os.path.join(TOP, folder), os.path.join(top, folder))
            shutil.copy(os.path.join(TOP, "tools/abi.sh"), os.path.join(top, "tools"))
            path = os.path.join(top, "include/ringdown", header)
            with open(path) as f:
                text = f.read()
            self.assertIn(old, text)
            with open(path, "w") as f:
                f.write(text.replace(old, new, 1))
            done = subprocess.run([os.path.join(top, "tools/abi.sh")], capture_output=True,
                                  env=dict(os.environ, BUILD=BUILD, **env))
            return done.returncode, done.stdout.decode()

    def test_it_is_no_good_sign_when_nobody_can_look(self):
        with tempfile.TemporaryDirectory() as path:
            for tool in "bash", "dirname", "env", "mktemp", "readlink", "rm", "uname":
                os.symlink(shutil.which(tool), os.path.join(path, tool))
            status, output = self.compare("mail.h", "struct rd_mail {", "struct rd_mail {",
                                          PATH=path)
        self.assertEqual(status, 1)
        self.assertIn("without abidiff nobody sees the binary interface change", output)

    def test_what_breaks_modules_that_exist_is_seen(self):
        for header, old, new, said in (
                ("sip_event.h", "const char *resource;", "int more;\n\tconst char *resource;",
                 "rd_sip_watch"),
                ("sip_trunk.h", "bool outgoing, answered;", "bool answered, outgoing;",
                 "rd_sip_peer_call"),
                ("voicemail.h", "int duration_s;", "", "rd_voicemail_letter"),
                ("cause.h", "RD_CAUSE_BUSY = 17", "RD_CAUSE_BUSY = 15", "rd_cause"),
                ("hook.h", "void (*gone)(void *arg);", "void (*gone)(int arg);", "rd_hook_ops"),
                ("app.h", "RD_APP_JUMP\t  1", "RD_APP_JUMP\t  3", "RD_APP_JUMP"),
                ("xml.h", "RD_XML_DEPTH_MAX = 32", "RD_XML_DEPTH_MAX = 33", "RD_XML_DEPTH_MAX"),
                ("event.h", "(UINT64_C(1) << (type))", "(UINT64_C(1) << ((type) - 1))",
                 "RD_EVENT_BIT"),
                ("channel.h", "(1u << (type))", "(1ull << (type))", "RD_SIGNAL_BIT"),
                ("sip_event.h", '"sip_events"', '"sip_event"', "RD_SIP_EVENTS"),
                ("channel_item.h", '"channel_items." tech', '"channel_items_" tech',
                 "RD_CHANNEL_ITEMS"),
                ("mail.h", "RD_MAIL_VERSION 1", "RD_MAIL_VERSION 2", "RD_MAIL_VERSION"),
                ("module.h", "0x524d4f44u", "0x524d4f45u", "RD_MODULE_MAGIC")):
            status, output = self.compare(header, old, new)
            self.assertNotEqual(status, 0, header)
            self.assertIn(said, output)

    def test_a_remark_and_a_new_struct_may_be(self):
        for new in "/* another */\nstruct rd_mail {", "struct rd_new { int a; };\nstruct rd_mail {":
            self.assertEqual(self.compare("mail.h", "struct rd_mail {", new), (0, ""))


if __name__ == "__main__":
    tap.main()
