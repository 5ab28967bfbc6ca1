#!/usr/bin/python3
"""What a message costs when CALLERS (200) leave one at once: each speaks for three seconds into a
mailbox of its own, and is told that it is stored. Beside it: how long that took from the first to
the last. Both legs of each call are in it, the one that speaks too."""

import os
import re
import shutil
import subprocess
import tempfile
import time

from load import Ringdown, cpu_us, row

CALLERS = int(os.environ.get("CALLERS", "200"))
SPOKEN = 3  # seconds
FIRST = 2000

EXTENSIONS = """\
[office]
exten => _2XXX,1,Answer()
 same => n,VoiceMail(${EXTEN},st)
 same => n,Verbose(1,acknowledged ${VMSTATUS})
exten => talk,1,Milliwatt()
"""


def leave_messages(daemon, boxes):
    """CPU in microseconds, seconds."""
    before, begun = cpu_us(daemon), time.monotonic()
    subprocess.run(daemon.arguments("-r"), stdout=subprocess.DEVNULL, timeout=60,
                   input="".join("channel originate Local/%d@office extension talk@office\n" % box
                                 for box in boxes).encode())
    while len(re.findall(r"(?<!,)acknowledged SUCCESS", daemon.log())) < len(boxes):
        if time.monotonic() > begun + 60:
            raise AssertionError("not all messages were stored:\n" + daemon.log()[-2000:])
        time.sleep(0.1)
    return cpu_us(daemon) - before, time.monotonic() - begun


def main():
    folder = tempfile.mkdtemp(prefix="ringdown-bench-")
    boxes = range(FIRST, FIRST + CALLERS)
    try:
        daemon = Ringdown(os.path.join(folder, "voicemail"), {
            "voicemail.conf": "[general]\nmaxsecs = %ds\n[default]\n" % SPOKEN +
                              "".join("%d =>\n" % box for box in boxes)}, EXTENSIONS)
        used, took = leave_messages(daemon, boxes)
        daemon.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    row("a message of %d s, %d callers at once" % (SPOKEN, CALLERS), used / CALLERS / 1000, "ms", 6)
    row("until the last one is stored", took, "s", SPOKEN + 3)


if __name__ == "__main__":
    main()
