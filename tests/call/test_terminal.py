#!/usr/bin/python3
"""The console as a person at a terminal sees it, and the log as files."""

import json
import os
import pty
import re
import select
import signal
import subprocess
import time

from lib import PATIENCE, tap
from lib.case import CallTest

LOGGER = """\
[logfiles]
console => error,warning,notice,verbose
messages => error,warning,notice,verbose
messages.json => json,error,warning,notice,verbose
"""


class Terminal:
    """`ringdown -r`, or another of its programs, on a pseudo-terminal."""

    def __init__(self, exchange, home, program="-r", kind="xterm"):
        argv = exchange.arguments(program)
        # libedit never frees the names of its bindings.
        environment = dict(os.environ, HOME=home, TERM=kind, LC_ALL="",
                           LC_CTYPE="", LANG="",
                           ASAN_OPTIONS="detect_leaks=0")
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.execve(argv[0], argv, environment)
        self.seen = b""

    def type(self, keys):
        os.write(self.fd, keys)

    def wait_for(self, pattern, timeout=PATIENCE):
        """Until the pattern is on the screen; forgets what is before it."""
        end = time.monotonic() + timeout
        while time.monotonic() < end:
            found = re.search(pattern, self.seen)
            if found:
                self.seen = self.seen[found.end():]
                return found
            if select.select([self.fd], [], [], 0.1)[0]:
                try:
                    self.seen += os.read(self.fd, 65536)
                except OSError:
                    break
        raise AssertionError("never saw %r in %r" % (pattern, self.seen))

    def leave(self):
        """The exit status after the screen has closed."""
        end = time.monotonic() + PATIENCE
        while True:
            if not select.select([self.fd], [], [], max(end - time.monotonic(), 0))[0]:
                os.kill(self.pid, signal.SIGKILL)
            try:
                if not os.read(self.fd, 65536):
                    break
            except OSError:
                break
        os.close(self.fd)
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])


class Bare(CallTest):
    """No module is needed for any of this."""

    files = {"modules.conf": "[modules]\nautoload = no\n",
             "logger.conf": LOGGER}

    def log_file(self, name):
        return os.path.join(self.state, "log", name)

    def read_log(self, name):
        with open(self.log_file(name)) as f:
            return f.read()

    def setUp(self):
        super().setUp()
        self.state = self.exchange.state

    def wait_log(self, name, text):
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            if os.path.exists(self.log_file(name)) and \
                    text in self.read_log(name):
                return
            time.sleep(0.05)
        self.fail("%s never said %r" % (name, text))


class ConsoleOnATerminal(Bare):
    def test_tab_completes_and_the_history_remembers(self):
        terminal = Terminal(self.exchange, self.folder)
        terminal.wait_for(rb"ringdown> ")
        terminal.type(b"core sh\t")
        terminal.wait_for(rb"ow ")
        terminal.type(b"\t")
        terminal.wait_for(rb"fibers.*uptime.*version")
        terminal.type(b"vers\t\r")
        terminal.wait_for(rb"Ringdown \d")
        terminal.wait_for(rb"ringdown> ")
        terminal.type(b"\x1b[A\r")
        terminal.wait_for(rb"Ringdown \d+\.\d+\.\d+ on ")
        terminal.wait_for(rb"ringdown> ")
        terminal.type(b"quit\r")
        self.assertEqual(terminal.leave(), 0)
        history = os.path.join(self.folder, ".ringdown_history")
        self.assertEqual(os.stat(history).st_mode & 0o777, 0o600)

        again = Terminal(self.exchange, self.folder)
        again.wait_for(rb"ringdown> ")
        again.type(b"\x1b[A\x1b[A\r")
        again.wait_for(rb"Ringdown \d+\.\d+\.\d+ on ")
        again.wait_for(rb"ringdown> ")  # before it the terminal takes the key for itself
        again.type(b"\x04")
        self.assertEqual(again.leave(), 0)

    def test_what_is_typed_before_the_prompt_is_not_lost(self):
        terminal = Terminal(self.exchange, self.folder)
        terminal.type(b"core show version\ncore show up\x04time\n\x04")
        terminal.wait_for(rb"Ringdown \d+\.\d+\.\d+ on ")
        terminal.wait_for(rb"System uptime")
        self.assertEqual(terminal.leave(), 0)

        terminal = Terminal(self.exchange, self.folder)
        terminal.type(b"\x04")
        self.assertEqual(terminal.leave(), 0)

    def test_letters_beyond_ascii_arrive(self):
        terminal = Terminal(self.exchange, self.folder)
        terminal.wait_for(rb"ringdown> ")
        terminal.type("database put cid b Müller\r".encode())
        terminal.wait_for(rb"success")
        self.assertIn("Value: Müller", self.exchange.ask("database get cid b"))
        terminal.type(b"\x04")
        self.assertEqual(terminal.leave(), 0)

    def test_control_c_ends_the_command_and_not_the_console(self):
        terminal = Terminal(self.exchange, self.folder)
        terminal.wait_for(rb"ringdown> ")
        terminal.type(b"log tail\r")
        self.exchange.wait_output("core show fibers", r"(?m)^console +read")
        self.exchange.ask("core reload")
        terminal.wait_for(rb"everything reloaded")
        terminal.type(b"\x03")
        terminal.wait_for(rb"ringdown> ")
        terminal.type(b"half a line\x03core show version\r")
        terminal.wait_for(rb"Ringdown \d")
        terminal.type(b"exit\r")
        self.assertEqual(terminal.leave(), 0)

    def test_the_end_of_the_daemon_is_told(self):
        terminal = Terminal(self.exchange, self.folder)
        terminal.wait_for(rb"ringdown> ")
        self.exchange.run("core stop now")
        self.exchange.process.wait(10)
        terminal.type(b"core show version\r")
        terminal.wait_for(rb"hung up")
        self.assertEqual(terminal.leave(), 1)

    def test_commands_may_come_from_a_pipe(self):
        done = subprocess.run(self.exchange.arguments("-r"), timeout=PATIENCE,
                              input=b"core show version\nlog level\n",
                              stdout=subprocess.PIPE)
        self.assertEqual(done.returncode, 0)
        self.assertRegex(done.stdout, rb"Ringdown \d[^\0]*verbose")

    def test_the_last_failure_of_a_pipe_is_the_status(self):
        for lines, status in ((b"nonsense\ncore show version\n", 1),
                              (b"nonsense\n", 1), (b"\nquit\nnonsense\n", 0)):
            done = subprocess.run(self.exchange.arguments("-r"), timeout=PATIENCE, input=lines,
                                  stdout=subprocess.PIPE)
            self.assertEqual(done.returncode, status, lines)

    def test_a_client_that_goes_takes_its_command_along(self):
        tail = subprocess.Popen(self.exchange.arguments("-x", "log tail"),
                                stdout=subprocess.PIPE)
        self.exchange.wait_output("core show fibers", r"console .*read")
        tail.kill()
        tail.communicate()
        end = time.monotonic() + PATIENCE
        while len(re.findall(r"(?m)^console ", self.exchange.ask(
                "core show fibers"))) > 1:
            self.assertLess(time.monotonic(), end)
            time.sleep(0.05)


class Nonsense(CallTest):
    """Every command of the whole house, given what nobody should type."""

    arguments = ("", "x", "x y z", '"" ""', "-1 99999999999999999999",
                 "SIP/9 extension x@y", "%s%n%s", "../../etc/passwd",
                 "A" * 5000, "\u00e9 \x01")

    def test_no_command_minds_nonsense(self):
        listed = self.exchange.ask("help").splitlines()
        names = [re.match(r"(?:[a-z]+ ?)+", line[:30]).group().strip()
                 for line in listed]
        self.assertGreater(len(names), 50)
        for name in names:
            if name in ("core stop", "log tail", "sip trace on"):
                continue
            for arguments in self.arguments:
                _, said = self.exchange.run(name + " " + arguments)
                self.assertNotRegex(said, "hung up|no daemon",
                                    name + " " + arguments)
        self.exchange.ask("core show uptime")


class LogFiles(Bare):
    def test_each_line_is_written_as_text_and_as_json(self):
        self.exchange.ask("core reload")
        self.wait_log("messages", "everything reloaded")
        self.wait_log("messages.json", "everything reloaded")
        self.assertRegex(self.read_log("messages"),
                         r"(?m)^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} "
                         r"NOTICE\[\d+\] core\[console\]: config: everything")
        lines = [json.loads(line) for line in
                 self.read_log("messages.json").splitlines()]
        line = [x for x in lines if "everything" in x["message"]][0]
        self.assertEqual(line["level"], "notice")
        self.assertEqual(line["fiber"], "console")

    def test_rotation_starts_new_files(self):
        self.exchange.ask("core reload")
        self.wait_log("messages", "everything reloaded")
        self.exchange.ask("log rotate")
        self.assertIn("everything reloaded", self.read_log("messages.1"))
        self.assertNotIn("everything reloaded", self.read_log("messages"))

    def test_sighup_opens_files_again_in_spite_of_errors(self):
        self.exchange.ask("core reload")
        self.wait_log("messages", "everything reloaded")
        self.exchange.write("rtp.conf", "[general]\nrtpstrat = 1\n")
        os.rename(self.log_file("messages"), self.log_file("moved"))
        self.exchange.process.send_signal(signal.SIGHUP)
        self.wait_log("messages", "did you mean")

    def test_a_level_holds_for_one_module(self):
        self.assertIn("core: error", self.exchange.ask("log level core error"))
        self.exchange.run("config reload logger")
        self.assertNotIn("core ", self.exchange.ask("log level"))


class WrongConfiguration(Bare):
    def test_a_reload_tells_every_error_and_changes_nothing(self):
        self.exchange.write("logger.conf", "[general]\nlevl = debug\n"
                            "[logfiles]\nconsole => notise\n")
        status, said = self.exchange.run("core reload")
        self.assertEqual(status, 1)
        self.assertIn('logger.conf:2: [general] unknown option "levl"; did '
                      'you mean "level"?', said)
        self.assertIn('logger.conf:4: console: unknown level "notise"; did '
                      'you mean "notice"?', said)
        self.assertIn("2 errors: nothing was changed", said)
        self.assertIn("verbose", self.exchange.ask("log level"))

    def test_check_tells_the_same_and_starts_nothing(self):
        self.exchange.write("logger.conf", "[logfiles]\nconsole notice\n")
        done = subprocess.run(self.exchange.arguments("--check"), timeout=20,
                              stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT)
        self.assertEqual(done.returncode, 1)
        self.assertIn(b'logger.conf:2: "console notice": expected '
                      b'"name = value"', done.stdout)


if __name__ == "__main__":
    tap.main()
