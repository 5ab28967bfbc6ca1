"""Runs a program with the system calls alone that the unit of systemd lets it have; any other
kills it: sandbox.py UNIT PROGRAM ARGUMENTS..."""

import ctypes
import os
import re
import shutil
import struct
import subprocess
import sys

ALLOW, KILL = 0x7fff0000, 0x80000000
LOAD, IS_EQUAL, RETURN = 0x20, 0x15, 0x06  # of BPF
PR_SET_SECCOMP, PR_SET_NO_NEW_PRIVS, FILTER = 22, 38, 2


def possible():
    return shutil.which("systemd-analyze") and shutil.which("cc")


def members(group):
    """The names of the calls of a group, "@system-service"; groups hold groups."""
    shown = subprocess.run(["systemd-analyze", "syscall-filter", group], check=True,
                           stdout=subprocess.PIPE).stdout.decode()
    return names(re.findall(r"(?m)^    ([@\w-]+)$", shown))


def names(words):
    found = set()
    for word in words:
        found |= members(word) if word.startswith("@") else {word}
    return found


def numbers():
    """Of all calls of this machine, by name."""
    shown = subprocess.run(["cc", "-E", "-dM", "-include", "sys/syscall.h", "-xc", "/dev/null"],
                           check=True, stdout=subprocess.PIPE).stdout.decode()
    return {name: int(number)
            for name, number in re.findall(r"(?m)^#define __NR_(\w+) (\d+)$", shown)}


def allowed(unit):
    with open(unit) as file:
        lines = re.findall(r"(?m)^SystemCallFilter=([^~\n].*)$", file.read())
    known = numbers()
    return sorted(known[name] for name in names(" ".join(lines).split()) if name in known)


def shut(calls):
    """From now on, for whatever this process becomes, too."""
    steps = [(LOAD, 0, 0, 0)]
    for call in calls:
        steps += [(IS_EQUAL, 0, 1, call), (RETURN, 0, 0, ALLOW)]
    steps.append((RETURN, 0, 0, KILL))
    code = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *step) for step in steps))
    program = struct.pack("@HP", len(steps), ctypes.addressof(code))
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    if prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) or prctl(PR_SET_SECCOMP, FILTER, program, 0, 0):
        raise OSError(ctypes.get_errno(), "seccomp")


class Sandbox:
    """Takes the place of a machine (network.py)."""

    def __init__(self, unit):
        self.unit = unit

    def prefix(self):
        return [sys.executable, os.path.abspath(__file__), self.unit]


if __name__ == "__main__":
    shut(allowed(sys.argv[1]))
    os.execv(sys.argv[2], sys.argv[2:])
