"""SIPp as the other party: a scenario file with its own arguments."""

import os
import subprocess

SCENARIOS = os.path.join(os.path.dirname(__file__), "..", "sipp")


class Sipp:
    """Runs scenarios/NAME.xml once (or calls times) against the exchange."""

    def __init__(self, folder, name, port, address="127.0.0.1", calls=1,
                 keys=None, extra=(), server="127.0.0.1:5060", timeout=30,
                 scenario=None):
        self.log_path = os.path.join(folder, "sipp-%s-%d.log" % (name, port))
        self.name = name
        scenario = scenario or os.path.join(SCENARIOS, name + ".xml")
        command = ["timeout", "-k", "1", str(timeout + 5), "sipp", server,
                   "-sf", scenario, "-m", str(calls), "-nostdin",
                   "-i", address, "-mi", address, "-ci", address,
                   "-bind_local", "-p", str(port), "-timeout", str(timeout),
                   "-timeout_error", "-trace_err", "-error_file",
                   self.log_path + ".err", "-trace_msg", "-message_file",
                   self.log_path + ".msg"]
        for key, value in (keys or {}).items():
            command += ["-key", key, str(value)]
        command += list(extra)
        with open(self.log_path, "w") as log:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL,
                                            stdout=log, stderr=log)

    def finish(self, timeout=40):
        """Wait for the end; an AssertionError unless every call succeeded."""
        status = self.process.wait(timeout)
        if status:
            raise AssertionError("sipp %s: exit %d\n%s" % (
                self.name, status, self.explain()))

    def explain(self):
        text = ""
        for suffix in (".err", ".msg"):
            try:
                with open(self.log_path + suffix, errors="replace") as f:
                    text += f.read()[-6000:]
            except FileNotFoundError:
                pass
        return text

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(5)
