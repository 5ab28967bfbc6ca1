"""Twinkle without a screen: it registers, publishes its presence, and subscribes to
its waiting messages."""

import os
import subprocess

PROFILE = """\
user_name={user}
user_domain=127.0.0.1
auth_name={user}
auth_pass={password}
register_at_startup=yes
registration_time=600
use_registrar=yes
mwi_sollicited=yes
mwi_user={user}
mwi_server=127.0.0.1
mwi_via_proxy=no
mwi_subscription_time=600
pres_publish_startup=yes
"""

SYSTEM = "sip_udp_port={port}\nrtp_port=8000\nvalidate_audio_dev=no\n"


class Twinkle:
    def __init__(self, folder, user, password, port=5070):
        home = os.path.join(folder, "twinkle-" + user)
        os.makedirs(os.path.join(home, ".twinkle"))
        for name, text in (("twinkle.cfg", PROFILE), ("twinkle.sys", SYSTEM)):
            with open(os.path.join(home, ".twinkle", name), "w") as f:
                f.write(text.format(user=user, password=password, port=port))
        self.log = open(os.path.join(home, "out"), "w")
        self.process = subprocess.Popen(
            ["timeout", "-k", "1", "30", "twinkle-console"],
            env={**os.environ, "HOME": home}, stdin=subprocess.PIPE,
            stdout=self.log, stderr=self.log)

    def quit(self):
        """As a person would: it unsubscribes and unregisters."""
        self.process.stdin.write(b"quit\n")
        self.process.stdin.flush()
        return self.process.wait(10)

    def stop(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait(5)
        self.process.stdin.close()
        self.log.close()
