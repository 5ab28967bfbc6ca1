#!/usr/bin/python3
"""The office of configs/office, as `./dev run` starts it; and what is said
when the daemon cannot start."""

import calendar
import glob
import os
import re
import shutil
import signal
import struct
import subprocess
import tempfile
import time
import unittest
import unittest.mock

from lib import sound, tap
from lib.daemon import BINARY, BUILD, TOP, Ringdown
from lib.phone import Phone

OFFICE = os.path.join(TOP, "configs", "office")


class Office(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="ringdown-office-")
        self.state = os.path.join(self.folder, "state")
        self.output = os.path.join(self.folder, "output")
        self.addCleanup(shutil.rmtree, self.folder, True)
        self.process = None
        self.addCleanup(self.stop)

    def start(self):
        with open(self.output, "a") as output:
            self.process = subprocess.Popen(
                [os.path.join(TOP, "tools/office.sh"), BUILD, self.state],
                stdin=subprocess.DEVNULL, stdout=output,
                stderr=subprocess.STDOUT)
        end = time.monotonic() + 20
        while self.ask("core show uptime").returncode:
            if self.process.poll() is not None or time.monotonic() > end:
                raise AssertionError("the office did not start:\n" + self.said())
            time.sleep(0.1)

    def let_it_be(self, *when):
        """The daemon's clock shows that, whatever day it is: its zone is so far away."""
        zone = os.path.join(self.folder, "zone")
        away = int(calendar.timegm(when) - time.time())
        with open(zone, "wb") as f:  # RFC 8536: one kind of time, and no change of it
            f.write(struct.pack(">4s16x6IiBB5s", b"TZif", 0, 0, 0, 0, 1, 5, away, 0, 0, b"HERE"))
        environment = unittest.mock.patch.dict(os.environ, TZ=":" + zone)
        environment.start()
        self.addCleanup(environment.stop)

    def said(self):
        with open(self.output, errors="replace") as f:
            return f.read()

    def ask(self, command):
        return subprocess.run([BINARY, "-C", OFFICE, "-x", command],
                              stdout=subprocess.PIPE, timeout=10,
                              stderr=subprocess.STDOUT)

    def wait_gone(self, channel):
        """Who hears that a call is over may be quicker than what the exchange has to clear."""
        end = time.monotonic() + 10
        while channel.encode() in self.ask("core show channels").stdout:
            self.assertLess(time.monotonic(), end)
            time.sleep(0.05)

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.assertEqual(self.process.wait(15), 0, self.said())

    def password(self, user):
        with open(os.path.join(self.state, "passwords")) as f:
            return dict(line.strip().split(":") for line in f)[user]

    def phone(self, user, port=6000, hz=440, **more):
        tone = os.path.join(self.folder, "tone-%d.wav" % port)
        sound.write_tone(tone, hz, 40)
        phone = Phone(self.folder, user, self.password(user), port=port,
                      tone=tone, **more)
        self.addCleanup(phone.stop)
        phone.wait_for("REGISTER_OK")
        return phone

    def test_first_start_tells_a_person_what_is_needed(self):
        self.start()
        said = self.said()
        path = os.path.join(self.state, "passwords")
        self.assertIn(path, said)
        self.assertRegex(said, r"server +[0-9.]+, port 5060, UDP or TCP")
        for protocol in ("udp", "tcp"):
            self.assertRegex(self.ask("sip show transports").stdout.decode(),
                             r"(?im)^\S+ +%s +\S*:5060" % protocol)
        for number in ("1001", "1010", "600", "601", "602", "603", "604"):
            self.assertIn(number, said)
        self.assertEqual(os.stat(path).st_mode & 0o777, 0o600)
        self.assertNotIn(self.password("1001"), said)

    def test_every_phone_has_a_password_of_its_own_that_stays(self):
        self.start()
        users = [str(user) for user in range(1001, 1011)]
        first = [self.password(user) for user in users]
        self.assertEqual(len(set(first)), 10)
        self.assertGreaterEqual(min(map(len, first)), 16)
        self.stop()
        self.start()
        self.assertEqual([self.password(user) for user in users], first)

    def test_who_answers_the_door_opens_it_and_nobody_else(self):
        self.start()
        door, desk = self.phone("door"), self.phone("1001", 6020)
        door.dial("620")
        desk.wait_for("CALL_ESTABLISHED", timeout=10)
        door.wait_for("CALL_ESTABLISHED")
        door.keys("5")
        time.sleep(1.5)
        self.assertEqual(door.seen("CALL_DTMF_START"), [])
        desk.keys("5")
        self.assertEqual(door.wait_for("CALL_DTMF_START")["param"], "9")
        desk.hangup()
        door.wait_for("CALL_CLOSED")
        desk.dial("621")  # the door answers by itself
        desk.wait_for("CALL_ESTABLISHED", count=2)
        desk.keys("5")
        door.wait_for("CALL_DTMF_START", count=2)
        self.assertNotIn("door,h,1", self.said())  # nor rings when it has hung up

    def test_the_door_bell_rings_who_does_not_want_to_be_disturbed(self):
        self.start()
        door, desk = self.phone("door"), self.phone("1001", 6020)
        desk.dial("*78")
        desk.wait_for("CALL_CLOSED", timeout=20)
        door.dial("620")
        desk.wait_for("CALL_ESTABLISHED", timeout=10, count=2)
        door.wait_for("CALL_ESTABLISHED")
        desk.hangup()
        door.wait_for("CALL_CLOSED")

    def test_a_call_for_help_rings_on_where_the_reception_declines(self):
        self.start()
        caller, desk = self.phone("1004"), self.phone("1001", 6020, answer="manual")
        other = self.phone("1002", 6040, answer="manual")
        caller.dial("112")
        for phone in (desk, other):
            phone.wait_for("CALL_INCOMING", timeout=10)
        desk.hangup()
        other.hangup()
        for phone in (desk, other):  # both have declined: once more
            phone.wait_for("CALL_INCOMING", timeout=10, count=2)
        desk.hangup()
        other.command("accept")
        other.wait_for("CALL_ESTABLISHED")
        caller.wait_for("CALL_ESTABLISHED")

    def test_who_calls_for_help_and_reaches_nobody_is_told(self):
        self.start()
        caller = self.phone("1004")
        caller.dial("112")
        caller.wait_for("CALL_ESTABLISHED", timeout=10)
        time.sleep(2)
        caller.hangup()
        heard, _ = sound.read(caller.recording())
        self.assertGreater(sound.mean_square(heard), 1000, "nothing is said")

    def test_phones_register_and_the_echo_test_answers(self):
        self.start()
        phone = self.phone("1001")
        phone.dial("600")
        phone.wait_for("CALL_ESTABLISHED")
        self.assertIn(b"SIP/1001-", self.ask("core show channels").stdout)
        time.sleep(1)
        phone.hangup()

    def test_a_phone_joins_the_queue_and_has_its_next_caller(self):
        self.start()
        self.assertIn(b"Front desk", self.ask("queue show support").stdout)
        caller = self.phone("1002", port=6000)
        member = self.phone("1003", port=6020)
        member.dial("609")
        member.wait_for("CALL_CLOSED", timeout=15)
        self.assertIn(b"(SIP/1003) dynamic", self.ask("queue show support").stdout)
        caller.dial("608")
        member.wait_for("CALL_ESTABLISHED", timeout=10, count=2)
        caller.hangup()
        member.wait_for("CALL_CLOSED", count=2)

    def test_a_phone_forwards_its_calls_until_it_ends_that(self):
        self.start()
        owner = self.phone("1004", port=6000)
        caller = self.phone("1001", port=6020)
        other = self.phone("1005", port=6040)
        owner.dial("*721005")
        owner.wait_for("CALL_CLOSED", timeout=15)
        self.assertIn(b"1005", self.ask("reach show 1004").stdout)
        caller.dial("1004")
        other.wait_for("CALL_ESTABLISHED", timeout=10)
        caller.hangup()
        other.wait_for("CALL_CLOSED")
        owner.dial("*73")
        owner.wait_for("CALL_CLOSED", timeout=15, count=2)
        caller.dial("1004")
        owner.wait_for("CALL_ESTABLISHED", timeout=10, count=3)

    def test_who_found_somebody_busy_is_called_back(self):
        self.start()
        busy = self.phone("1004", port=6000)
        caller = self.phone("1001", port=6020)
        busy.dial("*71")
        busy.wait_for("CALL_CLOSED", timeout=15)
        busy.dial("600")
        busy.wait_for("CALL_ESTABLISHED", count=2)
        caller.dial("1004")
        caller.wait_for("CALL_ESTABLISHED")  # the mailbox
        caller.hangup()
        caller.wait_for("CALL_CLOSED")
        self.wait_gone("SIP/1001-")
        caller.dial("*82")
        caller.wait_for("CALL_CLOSED", timeout=15, count=2)
        self.assertIn(b"1 request", self.ask("cc report status").stdout)
        busy.hangup()
        busy.wait_for("CALL_ESTABLISHED", timeout=10, count=3)
        caller.wait_for("CALL_ESTABLISHED", count=3)
        self.assertIn(b"0 requests", self.ask("cc report status").stdout)

    def test_who_screens_his_calls_accepts_them_by_a_key(self):
        self.start()
        owner = self.phone("1004", port=6000)
        caller = self.phone("1001", port=6020)
        owner.dial("*74")
        owner.wait_for("CALL_CLOSED", timeout=15)
        caller.dial("1004")
        owner.wait_for("CALL_ESTABLISHED", timeout=10, count=2)
        time.sleep(6)  # "call from one zero zero one; press one to accept ..."
        caller.poll()
        self.assertFalse(caller.seen("CALL_ESTABLISHED"))
        owner.keys("1")
        caller.wait_for("CALL_ESTABLISHED")

    def test_a_caller_who_is_not_wanted_does_not_get_through(self):
        self.start()
        owner = self.phone("1004", port=6000)
        caller = self.phone("1001", port=6020)
        owner.dial("*301001")
        owner.wait_for("CALL_CLOSED", timeout=15)
        caller.dial("1004")
        caller.wait_for("CALL_CLOSED", timeout=15)
        owner.poll()
        self.assertEqual(len(owner.seen("CALL_ESTABLISHED")), 1)  # *30

    def test_who_sits_down_at_another_phone_is_called_and_shown_there(self):
        self.start()
        desk = self.phone("1005", port=6000)
        owner = self.phone("1004", port=6020)
        other = self.phone("1001", port=6040)
        owner.dial("*97")
        owner.wait_for("CALL_ESTABLISHED")
        time.sleep(1)
        for _ in range(2):
            owner.keys("2580#")
            time.sleep(1)
        self.wait_file("spool/voicemail/default/1004/pin")
        owner.hangup()
        desk.dial("*11")
        desk.wait_for("CALL_ESTABLISHED")
        time.sleep(1)
        desk.keys("1004")
        time.sleep(1)
        desk.keys("2580#")
        desk.wait_for("CALL_CLOSED", timeout=15)
        self.assertIn(b"SIP/1005", self.ask("reach show 1004").stdout)
        other.dial("1004")
        desk.wait_for("CALL_ESTABLISHED", timeout=10, count=2)
        other.wait_for("CALL_ESTABLISHED")
        other.hangup()
        desk.wait_for("CALL_CLOSED", count=2)
        desk.dial("1001")
        incoming = other.wait_for("CALL_ESTABLISHED", count=2)
        self.assertIn("1004", incoming["peeruri"])

    def test_the_menu_leads_to_a_phone(self):
        self.start()
        caller = self.phone("1001", port=6000)
        called = self.phone("1005", port=6020)
        caller.dial("602")
        caller.wait_for("CALL_ESTABLISHED")
        time.sleep(1)
        caller.keys("1005")
        called.wait_for("CALL_ESTABLISHED", timeout=10)

    def test_who_answers_for_the_group_may_send_the_call_on(self):
        self.start()
        caller, desk, other = self.phone("1005"), self.phone("1002", 6020), self.phone("1004", 6040)
        for times, number in enumerate(("603", "608"), 1):
            if number == "608":
                self.ask("queue add member SIP/1002 to support")
            caller.dial(number)
            desk.wait_for("CALL_ESTABLISHED", timeout=10, count=times)
            caller.wait_for("CALL_ESTABLISHED", timeout=10, count=times)
            time.sleep(1)
            desk.keys("*8")
            time.sleep(2)
            recordings = glob.glob(os.path.join(self.state, "spool/monitor/*"))
            self.assertEqual(len(recordings), times, number)
            desk.keys("#")
            time.sleep(2)
            desk.keys("1004")
            other.wait_for("CALL_ESTABLISHED", timeout=10, count=times)
            desk.wait_for("CALL_CLOSED", count=times)
            caller.hangup()
            other.wait_for("CALL_CLOSED", count=times)

    def press(self, phone, number, times):
        phone.dial(number)
        phone.wait_for("CALL_CLOSED", timeout=15, count=times)

    def test_the_night_switch_closes_the_office_until_it_is_opened(self):
        self.let_it_be(2026, 6, 17, 12, 0, 0)  # a Wednesday
        self.start()
        caller, desk = self.phone("1004"), self.phone("1001", 6020, answer="manual")
        self.press(caller, "*28", 1)
        self.assertRegex(self.ask("core show hints").stdout, rb"\*28\S* .*Custom:night  *INUSE")
        self.stop()
        self.start()
        caller.wait_for("REGISTER_OK")
        self.press(caller, "604", 2)
        desk.poll()
        self.assertEqual(desk.seen("CALL_INCOMING"), [])
        self.press(caller, "*28", 3)
        self.assertRegex(self.ask("core show hints").stdout, rb"\*28\S* .*Custom:night  *NOT_INUSE")
        caller.dial("604")
        desk.wait_for("CALL_INCOMING", timeout=10)

    def test_the_menu_says_what_was_recorded_for_it(self):
        self.start()
        phone = self.phone("1001")
        phone.dial("*97")
        phone.wait_for("CALL_ESTABLISHED")
        time.sleep(1)
        for _ in range(2):
            phone.keys("2580#")
            time.sleep(1)
        self.wait_file("spool/voicemail/default/1001/pin")
        phone.hangup()
        phone.wait_for("CALL_CLOSED")
        phone.dial("622")
        phone.wait_for("CALL_ESTABLISHED", count=2)
        time.sleep(1)
        phone.keys("2580#")
        time.sleep(4)
        phone.keys("#")
        self.wait_file("spool/words/menu.wav")
        phone.wait_for("CALL_CLOSED", timeout=15, count=2)
        caller = self.phone("1002", 6020)
        caller.dial("602")
        caller.wait_for("CALL_ESTABLISHED")
        time.sleep(3)
        caller.hangup()
        heard = sound.Heard(*sound.read(caller.recording()), 440)  # what 1001 says
        self.assertGreater(heard.seconds(), 1.5)

    def test_the_clock_and_the_greeting_speak(self):
        self.start()
        for number in ("601", "604", "606"):
            phone = self.phone("1002", port=6100 + int(number) % 100 * 20)
            phone.dial(number)
            phone.wait_for("CALL_ESTABLISHED")
            time.sleep(2)
            phone.hangup()
            time.sleep(0.5)
            heard, _ = sound.read(phone.recording())
            self.assertGreater(sound.mean_square(heard), 1000,
                               number + " is silent")

    def test_a_wake_up_call_is_asked_for_comes_and_is_cancelled(self):
        self.start()
        phone = self.phone("1002")
        phone.dial("*68")
        phone.wait_for("CALL_ESTABLISHED")
        time.sleep(1)
        phone.keys("0630")
        name = os.path.join(self.state, "spool/outgoing/wakeup-1002.call")
        self.wait_file(name)
        due = time.localtime(os.stat(name).st_mtime)
        self.assertEqual((due.tm_hour, due.tm_min, due.tm_sec), (6, 30, 0))
        self.assertTrue(0 < os.stat(name).st_mtime - time.time() <= 86400 + 3600)
        self.assertIn(b"wakeup-1002.call", self.ask("spool show").stdout)
        phone.wait_for("CALL_CLOSED", timeout=15)
        os.utime(name)
        phone.wait_for("CALL_ESTABLISHED", timeout=10, count=2)
        phone.wait_for("CALL_CLOSED", timeout=20, count=2)
        heard, _ = sound.read(phone.recording())
        self.assertGreater(sound.mean_square(heard), 1000, "nothing wakes anybody")
        self.assertFalse(os.path.exists(name))
        for keys, there in (("0630", True), ("#", False)):
            phone.dial("*68")
            phone.wait_for("CALL_ESTABLISHED", count=3 if there else 4)
            time.sleep(1)
            phone.keys(keys)
            phone.wait_for("CALL_CLOSED", timeout=15, count=3 if there else 4)
            self.assertEqual(os.path.exists(name), there)

    def test_who_is_away_has_a_mailbox_and_a_new_owner_a_pin(self):
        self.start()
        caller = self.phone("1001", port=6000)
        caller.dial("1004")
        caller.wait_for("CALL_ESTABLISHED")
        self.assertIn(b"VoiceMail", self.ask("core show channels").stdout)
        time.sleep(1)
        caller.keys("#")
        time.sleep(3)
        caller.hangup()
        self.wait_shown("voicemail show users", r"(?m)1004 +Workshop +1 +0$")
        caller.dial("*97")
        caller.wait_for("CALL_ESTABLISHED", count=2)
        time.sleep(1)
        for _ in range(2):
            caller.keys("2580#")
            time.sleep(1)
        self.wait_file("spool/voicemail/default/1001/pin")

    def wait_shown(self, command, pattern):
        end = time.monotonic() + 8
        while not re.search(pattern, self.ask(command).stdout.decode()):
            self.assertLess(time.monotonic(), end, self.ask(command).stdout.decode())
            time.sleep(0.2)

    def wait_file(self, name):
        end = time.monotonic() + 8
        while not os.path.exists(os.path.join(self.state, name)):
            self.assertLess(time.monotonic(), end, self.said()[-2000:])
            time.sleep(0.2)

    def set_global(self, name, value):
        self.assertEqual(self.ask("dialplan set global %s %s" % (name, value)).returncode, 0)

    def test_who_keys_a_name_is_connected(self):
        self.start()
        caller, sales = self.phone("1004"), self.phone("1002", 6020)
        caller.dial("612")
        caller.wait_for("CALL_ESTABLISHED")
        time.sleep(2)
        caller.keys("725")
        time.sleep(4)
        caller.keys("1")
        sales.wait_for("CALL_ESTABLISHED", timeout=10)

    def test_who_is_on_the_road_dials_on_by_the_pin_and_by_no_other(self):
        self.start()
        caller, desk = self.phone("1004"), self.phone("1002", 6020)
        self.press(caller, "613", 1)  # no PIN: off
        self.assertNotIn("DISA(", self.said())
        self.set_global("DISA_PIN", "84736251")
        for times, pin in enumerate(("84736252", "84736251"), 2):
            caller.dial("613")
            caller.wait_for("CALL_ESTABLISHED", count=times)
            time.sleep(1)
            caller.keys(pin + "#")
            time.sleep(2)
            if pin == "84736251":
                caller.keys("1002")
                desk.wait_for("CALL_ESTABLISHED", timeout=10)
            else:
                caller.wait_for("CALL_CLOSED", timeout=20, count=times)
                desk.poll()
                self.assertEqual(desk.seen("CALL_INCOMING"), [])

    def test_a_supervisor_hears_both_and_nobody_else_does(self):
        self.start()
        caller, desk = self.phone("1004", hz=500), self.phone("1002", 6020, hz=700)
        boss = self.phone("1005", 6040, hz=900)
        caller.dial("1002")
        for phone in (caller, desk):
            phone.wait_for("CALL_ESTABLISHED")
        self.press(boss, "*551002", 1)
        self.set_global("SUPERVISORS", "SIP/1001&SIP/1005")
        boss.dial("*551002")
        boss.wait_for("CALL_ESTABLISHED", count=2)
        self.assertIn(b"ChanSpy", self.ask("core show channels").stdout)
        time.sleep(3)
        caller.hangup()
        boss.wait_for("CALL_CLOSED", count=2)
        heard, rate = sound.read(boss.recording())
        part = heard[rate:5 * rate // 2]
        for hz in (500, 700):
            self.assertGreater(sound.power_at(part, rate, hz), 1e5, hz)
        self.assertLess(sound.power_at(part, rate, 900), 1e4)

    def test_what_is_said_while_a_recording_is_held_is_left_out(self):
        self.start()
        caller, desk = self.phone("1004"), self.phone("1002", 6020)
        caller.dial("1002")
        for phone in (caller, desk):
            phone.wait_for("CALL_ESTABLISHED")
        begun = time.monotonic()
        for keys, rest in (("*8", 3), ("*5", 8), ("*6", 3)):
            desk.keys(keys)
            time.sleep(rest)
        caller.hangup()
        desk.wait_for("CALL_CLOSED")
        took = time.monotonic() - begun
        self.wait_gone("SIP/1004-")
        time.sleep(0.5)
        [path] = glob.glob(os.path.join(self.state, "spool/monitor/*"))
        samples, rate = sound.read(path)
        self.assertGreater(len(samples) / rate, 3)
        self.assertLess(len(samples) / rate, took - 6)

    def test_the_house_has_a_block_list(self):
        self.start()
        phone = self.phone("1004")
        self.press(phone, "*3405551234", 1)
        self.assertIn(b"05551234", self.ask("database show blacklist").stdout)
        self.press(phone, "*3505551234", 2)
        self.assertNotIn(b"05551234", self.ask("database show blacklist").stdout)

    def test_what_happens_to_channels_is_written(self):
        self.start()
        phone = self.phone("1004")
        phone.dial("600")
        phone.wait_for("CALL_ESTABLISHED")
        phone.hangup()
        phone.wait_for("CALL_CLOSED")
        self.stop()
        written = glob.glob(os.path.join(self.state, "**/cel-custom/Master.csv"), recursive=True)
        with open(written[0]) as f:
            text = f.read()
        for event in ("CHAN_START", "ANSWER", "HANGUP", "CHAN_END"):
            self.assertIn(event, text)

    def test_the_outside_line_is_off(self):
        self.start()
        phone = self.phone("1003")
        phone.dial("05551234")
        phone.wait_for("CALL_ESTABLISHED")
        phone.wait_for("CALL_CLOSED", timeout=10)

    def test_there_are_the_commands_that_its_comments_name(self):
        self.start()
        for path in glob.glob(os.path.join(OFFICE, "*.conf")):
            with open(path) as f:
                for command in re.findall(r"ringdown -x ['\"]?([a-z ]+)", f.read()):
                    said = self.ask("help " + command.strip())
                    self.assertEqual(said.returncode, 0, (path, command, said.stdout))

    def test_the_dialplan_has_no_findings(self):
        self.start()
        check = self.ask("dialplan check")
        self.assertEqual(check.returncode, 0, check.stdout.decode())


class Trouble(unittest.TestCase):
    """Each ends at once, with a message and an exit status."""

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="ringdown-trouble-")
        self.addCleanup(shutil.rmtree, self.folder, True)

    def refused(self, files, *arguments):
        exchange = Ringdown(self.folder, files, "[office]\n", start=False)
        done = subprocess.run(
            ["timeout", "-k", "1", "20",
             *exchange.arguments(*(arguments or ("-f",)))],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT)
        said = done.stdout.decode(errors="replace")
        self.assertNotIn(done.returncode, (0, 124, 137), said)
        self.assertGreater(done.returncode, 0, said)
        return said

    def test_a_wrong_line_is_named(self):
        said = self.refused({"modules.conf": "[modules]\nautolaod = yes\n"})
        self.assertRegex(said, r"modules\.conf:2: .*autolaod")
        self.assertIn("autoload", said)

    def test_a_check_finds_it_too(self):
        said = self.refused({"modules.conf": "[modules]\nautolaod = yes\n"},
                            "--check")
        self.assertRegex(said, r"modules\.conf:2: .*autolaod")

    def test_a_missing_module_is_named(self):
        said = self.refused(
            {"modules.conf": "[modules]\nautoload = yes\nload = app_ecoh\n"})
        self.assertIn("app_ecoh", said)

    def test_an_occupied_port_is_named(self):
        import socket
        occupied = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.addCleanup(occupied.close)
        occupied.bind(("127.0.0.1", 5060))
        said = self.refused({})
        self.assertRegex(said, r"5060.*(in use|occupied)")

    def test_a_missing_folder_is_named(self):
        done = subprocess.run([BINARY, "-f", "-C", "/no/such/folder"],
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              timeout=10)
        self.assertGreater(done.returncode, 0)
        self.assertIn(b"/no/such/folder", done.stdout)

    def test_a_second_daemon_of_one_configuration_is_refused(self):
        first = Ringdown(self.folder, {}, "[office]\n")
        self.addCleanup(first.stop)
        done = subprocess.run(
            ["timeout", "-k", "1", "20", *first.arguments("-f")],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        said = done.stdout.decode(errors="replace")
        self.assertIn(done.returncode, (1,), said)
        self.assertRegex(said, "already|runs|in use")
        self.assertEqual(first.run("core show uptime")[0], 0)

    def test_a_command_without_a_daemon_fails(self):
        exchange = Ringdown(self.folder, {}, "[office]\n", start=False)
        status, said = exchange.run("core show uptime")
        self.assertGreater(status, 0)
        self.assertTrue(re.search("no |not ", said), said)

    def test_the_background_returns_when_calls_are_accepted(self):
        exchange = Ringdown(self.folder, {}, "[office]\n", start=False)
        done = subprocess.run(exchange.arguments(), timeout=20,
                              stdin=subprocess.DEVNULL,
                              stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL)
        self.assertEqual(done.returncode, 0)
        self.assertEqual(exchange.run("core show uptime")[0], 0)
        exchange.run("core stop now")
        end = time.monotonic() + 10
        while exchange.run("core show uptime")[0] == 0:
            self.assertLess(time.monotonic(), end, "it did not stop")
            time.sleep(0.1)

    def test_version_and_help_need_no_configuration(self):
        for word in ("--version", "--help"):
            done = subprocess.run([BINARY, word, "-C", "/no/such/folder"],
                                  stdout=subprocess.PIPE, timeout=10)
            self.assertEqual(done.returncode, 0)
            self.assertIn(b"ringdown", done.stdout)


if __name__ == "__main__":
    tap.main()
