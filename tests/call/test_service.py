#!/usr/bin/python3
"""What systemd is told (sd_notify(3)), and the files that come with it."""

import os
import re
import shutil
import signal
import socket
import subprocess
import time

from lib import sandbox, tap
from lib.case import CallTest, scratch_folder
from lib.daemon import BINARY, BUILD, TOP, Ringdown


class Service(CallTest):
    extensions = "[office]\nexten => 600,1,Answer()\n same => n,Wait(60)\n"

    def setUp(self):
        folder = scratch_folder(self)
        self.told = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(self.told.close)
        path = os.path.join(folder, "notify")
        self.told.bind(path)
        self.told.settimeout(10)
        os.environ.update(NOTIFY_SOCKET=path, WATCHDOG_USEC="400000")
        self.addCleanup(os.environ.pop, "WATCHDOG_USEC")
        self.addCleanup(os.environ.pop, "NOTIFY_SOCKET")
        super().setUp()

    def next(self):
        return self.told.recv(1000).decode()

    def test_it_is_ready_alive_and_stops(self):
        self.assertEqual(self.next(), "READY=1\nSTATUS=Calls are taken.")
        began = time.monotonic()
        for _ in range(5):
            self.assertEqual(self.next(), "WATCHDOG=1")
        self.assertLess(time.monotonic() - began, 5 * 0.4)
        self.exchange.process.send_signal(signal.SIGSTOP)
        time.sleep(0.5)
        self.told.settimeout(0.6)
        while True:  # those that had been sent
            try:
                self.next()
            except socket.timeout:
                break
        self.exchange.process.send_signal(signal.SIGCONT)
        self.told.settimeout(10)
        self.exchange.process.send_signal(signal.SIGTERM)
        while True:
            said = self.next()
            if said != "WATCHDOG=1":
                break
        self.assertEqual(said, "STOPPING=1\nSTATUS=Stopping.")

    def test_a_stop_that_waits_for_calls_is_alive(self):
        self.next()
        self.exchange.ask("channel originate Local/600@office application Wait 60")
        self.exchange.ask("core stop gracefully")
        for _ in range(3):
            self.assertEqual(self.next(), "WATCHDOG=1")

    def test_whom_it_is_not_told_to_watch_it_does_not(self):
        self.exchange.stop()
        os.environ["WATCHDOG_PID"] = "1"
        self.addCleanup(os.environ.pop, "WATCHDOG_PID")
        while "STOPPING" not in self.next():
            pass
        self.exchange.start()
        self.exchange.wait_ready()
        self.assertIn("READY=1", self.next())
        self.told.settimeout(1)
        self.assertRaises(socket.timeout, self.next)


UNIT = os.path.join(BUILD, "dist", "ringdown.service")


class SystemCalls(CallTest):
    """With those alone that the unit lets it have."""

    extensions = """\
[office]
exten => 600,1,Answer()
 same => n,System(true)
 same => n,Set(GLOBAL(said)=${SYSTEMSTATUS})
 same => n,MixMonitor(mixed.wav)
 same => n,Echo()
exten => 601,1,VoiceMail(1005@default,s)
"""
    files = {"voicemail.conf": "[general]\nmailcmd = cat >/dev/null\n"
                               "[default]\n1005 => 48151,Eve,eve@example.org\n"}

    def setUp(self):
        if not sandbox.possible():
            self.skipTest("systemd or a compiler is not here")
        self.machine = sandbox.Sandbox(UNIT)
        super().setUp()

    def talk_to(self, phone, number, times):
        phone.dial(number)
        phone.wait_for("CALL_ESTABLISHED", count=times)
        time.sleep(3)
        phone.hangup()
        phone.wait_for("CALL_CLOSED", count=times)
        self.exchange.wait_idle()

    def test_those_of_the_unit_are_all_that_it_needs(self):
        alice = self.phone("1001", 440)
        self.talk_to(alice, "600", 1)
        self.talk_to(alice, "601", 2)
        self.exchange.wait_output("voicemail show users", r"(?m)1005\b.*\b1\b")
        self.assertIn("SUCCESS", self.exchange.ask("dialplan show globals"))
        for command in ("core reload", "log rotate", "module unload app_page",
                        "module load app_page", "core show health", "core show memory",
                        "core show fibers", "database put office word said"):
            self.exchange.ask(command)
        self.exchange.stop()

    def test_why_no_program_takes_a_mail_is_said(self):
        self.exchange.write("voicemail.conf", self.files["voicemail.conf"].replace("cat", "false"))
        self.exchange.ask("core reload")
        self.talk_to(self.phone("1001", 440), "601", 1)
        self.exchange.wait_log(r'"false >/dev/null" ended with 1; no program gets rights of its '
                               r"own here .*: smtp_server = localhost:25 needs none")


class ReadOnly(CallTest):
    """As the unit makes what is not named in it."""

    def test_a_spool_elsewhere_is_told_with_what_helps(self):
        if os.geteuid() != 0:
            self.skipTest("only root mounts what may not be written")
        self.exchange.stop()
        spool = scratch_folder(self)
        self.exchange.write("ringdown.conf", "[directories]\nspool = %s\n" % spool)
        done = subprocess.run(
            ["unshare", "-m", "sh", "-c", 'mount -t tmpfs -o ro tmpfs %s && exec "$@"' % spool,
             "sh", *self.exchange.arguments("-f")],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60)
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stdout.decode(), "the spool directory cannot be used: read-only file "
                         "system; .*ReadWritePaths=%s\n" % spool)


class Files(CallTest):
    def read(self, *path):
        with open(os.path.join(TOP, *path)) as file:
            return file.read()

    def test_the_manual_knows_every_option(self):
        page = self.read("docs", "man", "ringdown.8").replace("\\-", "-")
        shown = subprocess.run([BINARY, "--help"], stdout=subprocess.PIPE, check=True)
        for option in re.findall(r"--[a-z]+", shown.stdout.decode()):
            self.assertIn(option, page)
            if option != "--execute":
                self.assertIn(option, self.read("dist", "completion", "ringdown.bash"))

    def test_the_manual_knows_every_setting(self):
        page = self.read("docs", "man", "ringdown.conf.5")
        source = self.read("core", "settings.c")
        table = source[source.index("static const struct rd_option options"):]
        names = re.findall(r'\.name = "(\w+)"', table[:table.index("{ 0 }")])
        self.assertGreater(len(names), 5)
        for name in names:
            self.assertIn("\n.B %s\n" % name, page)

    def test_the_manual_is_well_formed(self):
        if not shutil.which("mandoc"):
            self.skipTest("mandoc is not here")
        for page in ("ringdown.8", "ringdown.conf.5"):
            done = subprocess.run(["mandoc", "-T", "lint", "-W", "warning",
                                   os.path.join(TOP, "docs", "man", page)],
                                  stdout=subprocess.PIPE)
            said = [line for line in done.stdout.decode().splitlines()
                    if "missing date" not in line]
            self.assertEqual(said, [])

    def unit(self):
        """As it is installed."""
        with open(UNIT) as file:
            return file.read()

    def test_the_unit_starts_what_is_installed(self):
        self.assertRegex(self.unit(), r"(?m)^ExecStart=/\S+/sbin/ringdown -f$")
        self.assertNotIn("@sbindir@", self.unit())

    def test_the_unit_is_understood(self):
        if not shutil.which("systemd-analyze"):
            self.skipTest("systemd is not here")
        path = os.path.join(self.folder, "ringdown.service")
        with open(path, "w") as file:
            file.write(re.sub("=/.*/ringdown -f", "=%s -f" % BINARY, self.unit()))
        done = subprocess.run(["systemd-analyze", "verify", "--man=no", path],
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        said = [line for line in done.stdout.decode().splitlines() if "ringdown" in line]
        self.assertEqual(said, [])
        done = subprocess.run(["systemd-analyze", "security", "--offline=yes", "--threshold=40",
                               path], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.assertEqual(done.returncode, 0, done.stdout.decode()[-600:])

    def test_phones_get_passwords_once(self):
        tool = os.path.join(TOP, "tools", "make-passwords")
        config = os.path.join(TOP, "configs", "office", "sip.conf")
        passwords = os.path.join(self.folder, "made")
        with open(config) as file:
            phones = re.findall(r"(?m)^\[([\w.-]+)\]\(phone\)", file.read())
        # As systemd starts programs.
        done = subprocess.run([tool, config, passwords], check=True, stderr=subprocess.PIPE,
                              restore_signals=False,
                              preexec_fn=lambda: signal.signal(signal.SIGPIPE, signal.SIG_IGN))
        self.assertEqual(done.stderr, b"")
        with open(passwords) as file:
            made = file.read()
        self.assertEqual(os.stat(passwords).st_mode & 0o777, 0o600)
        self.assertEqual(re.findall(r"(?m)^([\w.-]+):[a-z2-7]{20}$", made), phones)
        with open(passwords, "w") as file:
            file.write(made.split("\n", 1)[1])
        subprocess.run([tool, config, passwords], check=True)
        with open(passwords) as file:
            again = file.read()
        self.assertTrue(again.startswith(made.split("\n", 1)[1]))
        self.assertEqual(len(again), len(made))

    def test_the_container_has_the_folders_of_the_unit(self):
        with open(os.path.join(TOP, "dist", "Containerfile")) as file:
            image = file.read()
        for kind, folder in (("State", "/var/lib"), ("Logs", "/var/log"), ("Runtime", "/run")):
            name = re.search("(?m)^%sDirectory=(.*)$" % kind, self.unit())[1]
            self.assertRegex(image, r"install -d -o ringdown [^&]*%s/%s\b" % (folder, name))
        # Without the first of them the second lies where no call looks.
        self.assertRegex(image, r"asterisk-core-sounds-en \\\n\s*asterisk-core-sounds-en-wav")
        health = re.search('HEALTHCHECK CMD ringdown -x "(.*)" ', image)[1]
        self.assertNotEqual(health, "core show health")  # which remembers for an hour
        self.assertEqual(self.exchange.run(health)[0], 0)

    def completed(self, *words):
        """What is offered for the last of these words; the last but one ends what is typed."""
        script = os.path.join(TOP, "dist", "completion", "ringdown.bash")
        done = subprocess.run(
            ["bash", "-c", '. "$0"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); '
             '_ringdown 2>/dev/null; printf "%s\\n" "${COMPREPLY[@]}"', script, *words],
            stdout=subprocess.PIPE, env={**os.environ, "HOME": self.folder})
        return done.stdout.decode()

    def test_completion_asks_the_daemon_that_is_meant(self):
        config, state = self.exchange.config, self.exchange.state
        health = '"core show health"\n'
        typed = ["-x", "core show hea"]
        for where in (["-C", config, "-S", state], ["--config", "=", config, "-S" + state],
                      ["-v", "-C", "~/etc", "--state", "~/state"],
                      ["-C", '"%s"' % config, "-S", state]):
            self.assertEqual(self.completed(BINARY, *where, *typed), health, where)
        self.assertEqual(self.completed(BINARY, "-C", "/nowhere", *typed), "\n")
        program = os.path.join(self.folder, "ringdown")
        with open(program, "w") as file:
            file.write("#!/bin/sh\nexec %s \"$@\"\n" % " ".join(self.exchange.arguments()))
        os.chmod(program, 0o755)
        self.assertEqual(self.completed(program, *typed), health)

    def test_completion_knows_what_may_follow(self):
        for words, offered in ((["--ch"], "--check"), (["-C", "/etc", "t"], "top"),
                               (["report", ""], "calls"), (["report", "calls", ""], ""),
                               (["doctor", "--"], "--config\n--state")):
            self.assertEqual(self.completed(BINARY, *words), offered + "\n", words)


if __name__ == "__main__":
    tap.main()
