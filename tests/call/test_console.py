#!/usr/bin/python3
"""The console: every command is there, tells the truth, and says what is
wrong in words."""

import contextlib
import os
import re
import signal
import socket
import subprocess
import time

from lib import tap
from lib.case import CallTest
from lib.daemon import SIP_CONF, Ringdown

OFFICE = """\
[globals]
GREETING = hello

[office]
exten => 600,1,Answer()
 same => n,Echo()
exten => 601,1,Answer()
 same => n,Wait(30)
exten => 602,1,Answer()
 same => n,Milliwatt()
exten => 1002,hint,SIP/1002
exten => 1002,1,Dial(SIP/1002,10)
"""


class Console(CallTest):
    extensions = OFFICE

    def test_what_core_show_tells(self):
        for command, expected in (
                ("core show version", r"Ringdown \d"),
                ("core show uptime", r"(?i)up"),
                ("core show settings", r"(?i)state"),
                ("core show channels", r"0 active channels"),
                ("core show calls", r"0"),
                ("core show fibers", r"(?i)fiber"),
                ("core show threads", r"(?i)media"),
                ("core show applications", r"Dial"),
                ("core show application Dial", r"timeout"),
                ("core show functions", r"CALLERID"),
                ("core show function CALLERID", r"CALLERID"),
                ("core show codecs", r"ulaw"),
                ("core show hints", r"1002@office"),
                ("core show events", r"ChannelNew"),
                ("module show", r"app_dial"),
                ("module show app_dial", r"Dial"),
                ("dialplan show", r"Echo"),
                ("dialplan show 1002@office", r"Dial"),
                ("config show", r"extensions\.conf"),
                ("sip show phones", r"1001"),
                ("sip show contacts", r"(?i)contact"),
                ("sip show calls", r"0 calls"),
                ("sip show transports", r"127\.0\.0\.1:5060"),
                ("sip show transactions", r"\d+ transactions"),
                ("database show", r"\d+ results found"),
                ("log level", r"verbose"),
                ("help", r"core show channels")):
            with self.subTest(command):
                self.assertRegex(self.exchange.ask(command), expected)

    def test_what_other_commands_tell(self):
        for command, expected in (
                ("rtp show settings", r"(?i)port"),
                ("moh reload", r"Reloaded"),
                ("logger reload", r"(?i)reload"),
                ("cdr show status", r"(?i)record"),
                ("cel show status", r"(?i)event"),
                ("sip show proxy", r"(?i)prox|request"),
                ("core show channeltypes", r"SIP"),
                ("core show channeltype SIP", r"SIP"),
                ("module show like dial", r"app_dial")):
            with self.subTest(command):
                self.assertRegex(self.exchange.ask(command), expected)

    def test_a_tree_of_the_database_goes(self):
        for key in ("a/1", "a/2", "b/1"):
            self.exchange.ask("database put tree %s x" % key)
        self.assertRegex(self.exchange.ask("database deltree tree a"), r"^2 database entries")
        self.assertRegex(self.exchange.ask("database show tree"), r"(?s)b/1.*\b1 results found")
        status, output = self.exchange.run("database deltree tree a")
        self.assertEqual((status, output.strip()), (1, "Database entries do not exist."))

    def test_a_wrong_command_fails_and_says_the_nearest(self):
        status, output = self.exchange.run("core show chanels")
        self.assertNotEqual(status, 0)
        self.assertIn("core show channels", output)

    def test_the_level_of_an_unknown_module_is_refused(self):
        status, output = self.exchange.run("log level nope debug")
        self.assertNotEqual(status, 0)
        self.assertIn("nope", output)
        self.exchange.ask("log level chan_sip debug")

    def test_an_unknown_application_is_not_registered(self):
        _, output = self.exchange.run("core show application Nonsense")
        self.assertIn("Your application(s) is (are) not registered", output)
        _, output = self.exchange.run("core show function NONSENSE")
        self.assertIn("No function by that name registered", output)

    def test_the_database_survives_a_restart(self):
        self.assertIn("success", self.exchange.ask(
            "database put cidname 4711 Smith"))
        time.sleep(0.5)
        self.exchange.stop()
        self.exchange.start()
        self.exchange.wait_ready()
        self.assertIn("Value: Smith",
                      self.exchange.ask("database get cidname 4711"))
        self.assertIn("removed", self.exchange.ask(
            "database del cidname 4711"))

    def test_a_call_is_shown_and_hung_up_from_the_console(self):
        alice = self.phone("1001")
        alice.dial("601")
        alice.wait_for("CALL_ESTABLISHED")
        name = self.exchange.wait_output(
            "core show channels", r"SIP/1001-[0-9a-f]{8}").group(0)
        shown = self.exchange.ask("core show channel " + name)
        self.assertRegex(shown, r"Wait")
        self.exchange.ask("channel hangup " + name)
        alice.wait_for("CALL_CLOSED")
        self.exchange.wait_idle()

    def test_a_call_is_redirected_from_the_console(self):
        alice = self.phone("1001")
        alice.dial("601")
        alice.wait_for("CALL_ESTABLISHED")
        name = self.exchange.wait_output(
            "core show channels", r"SIP/1001-[0-9a-f]{8}").group(0)
        self.exchange.ask("channel redirect %s office,602,1" % name)
        self.exchange.wait_output("core show channels", "Milliwatt")
        time.sleep(2)
        alice.hangup()
        self.exchange.wait_idle()
        self.assert_heard(alice, 1004, 1.5)

    def test_a_call_is_originated_from_the_console(self):
        alice = self.phone("1001")
        self.exchange.ask("channel originate SIP/1001 extension 602@office")
        alice.wait_for("CALL_ESTABLISHED")
        time.sleep(2)
        alice.hangup()
        self.exchange.wait_idle()
        self.assert_heard(alice, 1004, 1.5)

    def test_sip_trace_shows_both_directions(self):
        trace = subprocess.Popen(
            self.exchange.arguments("-x", "sip trace on"),
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        time.sleep(0.5)
        alice = self.phone("1001")
        alice.dial("600")
        alice.wait_for("CALL_ESTABLISHED")
        alice.hangup()
        self.exchange.wait_idle()
        self.exchange.run("sip trace off")
        try:
            output, _ = trace.communicate(timeout=3)
        except subprocess.TimeoutExpired:
            trace.terminate()
            output, _ = trace.communicate()
        shown = output.decode() + self.exchange.log()
        self.assertIn("INVITE sip:600@", shown)
        self.assertRegex(shown, r"SIP/2\.0 200")

    def test_core_stop_ends_the_daemon(self):
        self.exchange.run("core stop now")
        self.exchange.process.wait(10)
        self.assertEqual(self.exchange.process.returncode, 0)

    def test_being_asked_to_stop_again_does_not_disturb_the_stop(self):
        self.exchange.run("channel originate Local/600@office "
                          "application Wait 60")
        self.exchange.wait_output("core show channels", "Local/600")
        self.exchange.run("core stop gracefully")
        self.exchange.run("core stop gracefully")
        self.exchange.run("core stop now")
        self.exchange.process.wait(10)
        self.assertEqual(self.exchange.process.returncode, 0)
        self.assertNotIn("did not end", self.exchange.log())

    def test_the_control_socket_is_private(self):
        run = self.exchange.wait_output("core show settings",
                                        r"(?m)^Run +(\S+)$").group(1)
        made = os.stat(os.path.join(run, "ringdown.ctl"))
        self.assertEqual(made.st_mode, 0o140600)
        self.assertEqual(os.stat(run).st_mode & 0o777, 0o700)

    def test_one_console_too_many_is_told_so(self):
        run = self.exchange.wait_output("core show settings",
                                        r"(?m)^Run +(\S+)$").group(1)
        with contextlib.ExitStack() as consoles:
            for _ in range(64):
                console = consoles.enter_context(socket.socket(socket.AF_UNIX))
                console.settimeout(5)
                console.connect(os.path.join(run, "ringdown.ctl"))
                self.assertEqual(console.recv(1), b"h")
            status, said = self.exchange.run("core show uptime")
        self.assertEqual(status, 1)
        self.assertIn("there are too many consoles", said)
        self.exchange.wait_output("core show uptime", r"\d")


class Reload(CallTest):
    extensions = OFFICE

    def test_a_reload_brings_the_new_dialplan_and_keeps_the_call(self):
        alice = self.phone("1001", 700)
        alice.dial("600")
        alice.wait_for("CALL_ESTABLISHED")
        self.exchange.write("extensions.conf",
                            OFFICE + "exten => 699,1,Busy(1)\n")
        self.exchange.ask("core reload")
        self.assertIn("699", self.exchange.ask("dialplan show office"))
        self.exchange.wait_output("core show events", r"Reload +1\b")
        time.sleep(2)
        alice.hangup()
        self.exchange.wait_idle()
        self.assert_heard(alice, 700, 1.8)

    def test_a_broken_file_changes_nothing_and_is_named(self):
        self.exchange.write("extensions.conf",
                            OFFICE.replace("600", "666") +
                            "exten => 700,1\n")
        status, output = self.exchange.run("core reload")
        self.assertNotEqual(status, 0)
        self.assertRegex(output, r"extensions\.conf:\d+")
        shown = self.exchange.ask("dialplan show office")
        self.assertIn("600", shown)
        self.assertNotIn("666", shown)

    def test_signals_that_come_during_a_reload_are_heeded(self):
        self.exchange.write("extensions.conf", OFFICE + "[large]\n" + "".join(
            "exten => %d,1,NoOp()\n" % n for n in range(100000, 140000)))
        self.exchange.process.send_signal(signal.SIGHUP)
        time.sleep(0.02)
        self.exchange.write("extensions.conf",
                            OFFICE + "exten => 699,1,Busy(1)\n")
        for _ in range(3):
            self.exchange.process.send_signal(signal.SIGHUP)
            time.sleep(0.005)
        self.exchange.wait_output("dialplan show office", "699")
        self.assertNotIn("nothing was changed", self.exchange.log())

    def test_an_unknown_option_names_the_nearest(self):
        self.exchange.write("sip.conf", SIP_CONF + "\n[1009](phone)\n"
                            "secret = x\ncontxt = office\n")
        status, output = self.exchange.run("core reload")
        self.assertNotEqual(status, 0)
        self.assertRegex(output, r"sip\.conf:\d+.*contxt.*context")
        self.assertNotIn("1009", self.exchange.ask("sip show phones"))

    def test_a_new_phone_is_there_after_sighup(self):
        self.exchange.write("sip.conf", SIP_CONF +
                            "\n[1009](phone)\nsecret = secret-1009\n")
        self.exchange.process.send_signal(1)
        self.exchange.wait_output("sip show phones", "1009")
        self.phone("1009")


class Check(CallTest):
    extensions = OFFICE

    def check(self, name, text):
        self.exchange.write(name, text)
        done = subprocess.run(self.exchange.arguments("--check"), timeout=20,
                              stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT)
        return done.returncode, done.stdout.decode()

    def test_a_good_configuration_passes(self):
        status, output = self.check("extensions.conf", OFFICE)
        self.assertEqual(status, 0, output)

    def test_only_files_that_nothing_reads_are_named_so(self):
        self.exchange.write("cdr.conf", "[general]\n")
        status, output = self.check("dundi.conf", "[general]\n")
        self.assertEqual(status, 0, output)
        self.assertIn("dundi.conf: warning: is not read", output)
        self.assertNotIn("cdr.conf", output)

    def test_names_that_another_file_lacks_are_told(self):
        self.exchange.write("extensions.conf", OFFICE + "\n[more]\n"
                            "exten => 1,1,Dial(SIP/1001&SIP/1099)\n"
                            " same => n,Dial(SIP/1009)\n")
        status, output = self.check(
            "sip.conf", SIP_CONF + "\n[lost](!,phone)\ncontext = nowhere\n"
            "secret = x\n[1009](lost)\n[1010](lost)\ncontext = more\n"
            "[1011](lost)\n")
        self.assertEqual(status, 0, output)
        for said in output, self.exchange.ask("core reload"):
            self.assertRegex(said, r'sip.conf:\d+: warning: 1009: context: '
                                   r'there is no context "nowhere"')
            self.assertEqual(said.count("there is no context"), 1, said)
            self.assertIn('more,1,1: Dial: there is no phone or peer "1099"', said)
            self.assertEqual(said.count("there is no phone"), 1, said)

    def test_applications_and_hints_name_phones_that_there_are(self):
        steps = {"1": "Originate(SIP/1099,app,Wait,1)", "2": "ChanSpy(SIP/10)",
                 "3": "ChanSpy(PJSIP/1001-,q)", "4": "ChanSpy(SIP/9)",
                 "5": "ChanSpy(SIP/100-)", "6": "SoftHangup(SIP/1098,a)",
                 "7": "RetryDial(beep,5,2,SIP/1097,20)", "8": "MessageSend(pjsip:1096)",
                 "9": "ExecIf(${x}?Dial(SIP/1095,5))", "10": "Originate(SIP/1001,app,Wait,1)",
                 "11": "MessageSend(pjsip:1001,1002)", "12": "MessageSend(pjsip:a@192.0.2.7)",
                 "13": "ChanSpy(SIP)", "14": "Originate(${who},app,Wait,1)"}
        status, said = self.check("extensions.conf", "[office]\n" + "".join(
            "exten => %s,1,%s\n" % step for step in steps.items()) +
            "exten => 20,hint,SIP/1001&PJSIP/1094\nexten => 21,hint,SIP/1001\n")
        self.assertEqual(status, 0, said)
        wrong = re.findall(r"office,(\d+),(?:1|hint): .*no phone or peer.* \"?(\w+-?)\"",
                           said)
        self.assertEqual(sorted(wrong, key=lambda one: int(one[0])), [
            ("1", "1099"), ("4", "9"), ("5", "100-"), ("6", "1098"), ("7", "1097"),
            ("8", "1096"), ("9", "1095"), ("20", "1094")], said)

    def test_a_format_that_nothing_writes_is_an_error(self):
        status, output = self.check("voicemail.conf", "[general]\nformat = nonsense\n")
        self.assertEqual(status, 1, output)
        self.assertIn('voicemail.conf:2: format: no loaded module writes files of the format '
                      '"nonsense"', output)

    def test_every_error_is_reported_at_once(self):
        status, output = self.check(
            "sip.conf", SIP_CONF.replace("type = phone", "type = fone") +
            "\n[1009]\ntype = phone\nsecret = x\nqualify_frequncy = 3\n")
        self.assertNotEqual(status, 0)
        self.assertIn("fone", output)
        self.assertIn("qualify_frequncy", output)


class Start(CallTest):
    """A daemon that cannot start says why and leaves."""

    extensions = OFFICE

    def second(self, files):
        folder = os.path.join(self.folder, "second")
        other = Ringdown(folder, files, OFFICE, start=False)
        done = subprocess.run(other.arguments("-f"), timeout=20,
                              stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT)
        return done.returncode, done.stdout.decode()

    def test_an_occupied_port(self):
        status, output = self.second({"sip.conf": SIP_CONF})
        self.assertNotEqual(status, 0)
        self.assertRegex(output, r"127\.0\.0\.1:5060")
        self.assertRegex(output, r"(?i)in use")

    def test_a_missing_module(self):
        status, output = self.second({
            "sip.conf": SIP_CONF.replace(":5060", ":5062"),
            "modules.conf": "[modules]\nautoload = yes\n"
                            "load = app_nonsense\n"})
        self.assertNotEqual(status, 0)
        self.assertIn("app_nonsense", output)

    def test_a_wrong_line(self):
        status, output = self.second({
            "sip.conf": SIP_CONF + "\n[1005](phone)\nsecrett = x\n"})
        self.assertNotEqual(status, 0)
        self.assertRegex(output, r"sip\.conf:\d+.*secrett.*secret")


if __name__ == "__main__":
    tap.main()
