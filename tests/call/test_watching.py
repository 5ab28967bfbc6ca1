#!/usr/bin/python3
"""Presence and waiting messages as other makers' phones see them: baresip, and
Linphone by its library. (Twinkle and SIPp: test_sip_events.py.)"""

import os
import subprocess
import time

from lib import tap
from lib.case import CallTest
from lib.daemon import SIP_CONF
from lib.linphone import give_network

HERE = os.path.dirname(os.path.abspath(__file__))


class Watching(CallTest):
    extensions = "[office]\nexten => _10XX,1,Dial(SIP/${EXTEN},20)\n"
    files = {"sip.conf": SIP_CONF.replace("[phone](!)", "[phone](!)\nmailbox = 7@default")}

    def linphone_watches(self, event):
        """The lines that it says: the event, and the body that it was told."""
        give_network()
        folder = os.path.join(self.folder, "linphone")
        os.makedirs(folder)
        said = open(os.path.join(folder, "said"), "w+")
        self.addCleanup(said.close)
        process = subprocess.Popen(
            ["timeout", "-k", "1", "60", "/usr/bin/python3",
             os.path.join(HERE, "lib/linphone_watch.py"), folder, "1003",
             "secret-1003", "127.0.0.1:5060", event], stdout=said,
            stderr=subprocess.DEVNULL)
        self.addCleanup(process.wait)
        self.addCleanup(process.terminate)
        return said.name

    def wait_said(self, path, text):
        """Until the file holds it."""
        end = time.monotonic() + 10
        while True:
            with open(path, errors="replace") as f:
                so_far = f.read()
            if text in so_far:
                return
            self.assertLess(time.monotonic(), end, "no %r in\n%s" % (text, so_far))
            time.sleep(0.05)

    def wait_told(self, phone, count, text):
        self.assertIn(text, phone.wait_for("MWI_NOTIFY", count=count)["param"])

    def test_baresip_is_told_of_waiting_messages(self):
        self.exchange.ask("mwi update 7@default 2 5")
        phone = self.phone("1001", config="module_app mwi.so\n", extra=";mwi=yes")
        self.wait_told(phone, 1, "Voice-Message: 2/5")
        self.exchange.wait_output("sip show subscriptions 1001",
                                  "message-summary +1001 +active")
        self.exchange.ask("mwi update 7@default 0 6")
        self.wait_told(phone, 2, "Messages-Waiting: no")

    def test_linphone_is_told_of_waiting_messages(self):
        self.exchange.ask("mwi update 7@default 2 5")
        said = self.linphone_watches("message-summary")
        self.wait_said(said, "message-summary Messages-Waiting: yes Voice-Message: 2/5")
        self.exchange.ask("mwi update 7@default 3 5")
        self.wait_said(said, "Voice-Message: 3/5")

    def test_baresip_is_told_of_presence(self):
        watcher = self.phone(
            "1001", config="module_app contact.so\nmodule_app presence.so\n",
            contacts='"Bob" <sip:1002@127.0.0.1:5060>;presence=p2p\n')
        self.exchange.wait_output("sip show subscriptions 1001", "presence +1002 +active")
        bob, carol = self.phone("1002"), self.phone("1003")
        self.wait_said(watcher.log.name, "to \033[32mOnline")
        bob.dial("1003")
        carol.wait_for("CALL_ESTABLISHED")
        self.wait_said(watcher.log.name, "to \033[31mBusy")
        bob.hangup()
        self.exchange.wait_idle()


if __name__ == "__main__":
    tap.main()
