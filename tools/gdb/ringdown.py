"""Fibers in gdb, of a living daemon and of a core file.

    (gdb) source tools/gdb/ringdown.py
    (gdb) fibers                 all fibers: what each one waits for
    (gdb) fiber 12               its backtrace; up, down, info locals follow it
    (gdb) fiber call/1001        the same, by name
    (gdb) fiber 0                back to the thread itself
    (gdb) fibers bt              the backtraces of all parked fibers

A parked fiber's registers lie on its stack. Nothing is written to the
process: an unwinder pretends that the newest frame of the thread was called
by the fiber, which works on core files too. Take them from the kernel (kill
-ABRT): gcore stops reading at the first guard page and leaves stacks out.
"""

import time

import gdb
import gdb.unwinder

# What rd__switch() saves, upwards from the saved stack pointer (switch_*.S).
SAVED = {
    "i386:x86-64": (["r15", "r14", "r13", "r12", "rbx", "rbp", "rip"], "rip", "rsp", 56),
    "aarch64": (["x%d" % n for n in range(19, 31)], "pc", "sp", 160),
}

STATES = ["ready", "running", "parked", "ended"]


def number(value):
    """A register or stack word as gdb wants it: 64 bits, unsigned."""
    return gdb.Value(value & (2**64 - 1)).cast(gdb.lookup_type("unsigned long"))


def variable(name):
    return int(gdb.parse_and_eval(name))


def now_us():
    """Of a living process the machine's clock. A core has none: the latest
    moment that the daemon has noted, which is the crash if it noticed it."""
    noted = max(variable("'clock.c'::mono_us"), variable("'crash.c'::crashed_us"),
                variable("rd__sampler.began_us"))
    connection = gdb.selected_inferior().connection
    if variable("'clock.c'::is_virtual") or connection is None or connection.type == "core":
        return noted
    return max(noted, int(time.clock_gettime(time.CLOCK_MONOTONIC) * 1e6))


class Fibers:
    """The scheduler's list of fibers."""

    def __init__(self):
        self.sched = gdb.parse_and_eval("'fiber.c'::fibers")
        self.type = gdb.lookup_type("struct rd_fiber")
        self.now_us = now_us()

    def __iter__(self):
        head = self.sched["all"].address
        node = self.sched["all"]["next"]
        offset = next(f.bitpos // 8 for f in self.type.fields() if f.name == "all")
        while node != head:
            at = int(node) - offset
            yield gdb.Value(at).cast(self.type.pointer()).dereference()
            node = node["next"]

    def find(self, which):
        """By number in the list, by address or by name."""
        for i, fiber in enumerate(self, 1):
            if which in (str(i), hex(int(fiber.address)), fiber["name"].string()):
                return fiber
        raise gdb.GdbError("no fiber %s: see the list of 'fibers'" % which)


def text(pointer):
    return pointer.string() if int(pointer) else "-"


def describe(fiber, now_us):
    state = STATES[int(fiber["state"])]
    if state != "parked":
        return state
    waited = now_us / 1e6 - int(fiber["wait_since_ms"]) / 1e3
    return "%s for %.1f s" % (text(fiber["wait_name"]), max(waited, 0))


class Unwinder(gdb.unwinder.Unwinder):
    """While a fiber is chosen: what called the thread's newest frame."""

    def __init__(self):
        super().__init__("ringdown-fiber")
        self.chosen = None

    def choose(self, fiber):
        self.chosen = fiber
        gdb.invalidate_cached_frames()

    def __call__(self, pending):
        if self.chosen is None or pending.level() != 0:
            return None
        arch = pending.architecture().name()
        names, pc, sp, size = SAVED[arch]
        at = int(self.chosen["context"])
        words = gdb.Value(at).cast(gdb.lookup_type("unsigned long").pointer())
        # As if it lay below the fiber's frames: gdb wants stacks in order.
        info = pending.create_unwind_info(FrameId(number(at - 256),
                                                  pending.read_register(pc)))
        for i, name in enumerate(names):
            info.add_saved_register(name, number(int(words[i])))
        if arch == "aarch64":  # x30 is where it goes on
            info.add_saved_register("pc", number(int(words[11])))
        info.add_saved_register(sp, number(at + size))
        return info


class FrameId:
    def __init__(self, sp, pc):
        self.sp, self.pc = sp, pc


unwinder = Unwinder()
gdb.unwinder.register_unwinder(None, unwinder, replace=True)


def switch_thread():
    """The thread that runs fibers is the process's first. gdb numbers those of
    a core as they lie there, the one that crashed before all others."""
    threads = gdb.selected_inferior().threads()
    first = [thread for thread in threads if thread.ptid[1] == thread.ptid[0]]
    (first or [min(threads, key=lambda thread: thread.ptid[1])])[0].switch()


def check_architecture():
    arch = gdb.selected_inferior().architecture().name()
    if arch not in SAVED:
        raise gdb.GdbError("parked fibers cannot be shown on %s" % arch)
    try:
        gdb.parse_and_eval("(long)&rd__switch_start")
    except gdb.error:
        raise gdb.GdbError("parked fibers cannot be shown in a build over ucontext")


def show(fiber):
    print('fiber %s "%s", %s' % (hex(int(fiber.address)), fiber["name"].string(),
                                 describe(fiber, Fibers().now_us)))
    if STATES[int(fiber["state"])] == "running":
        unwinder.choose(None)
        gdb.execute("backtrace")
        return
    if STATES[int(fiber["state"])] == "ended":
        print("it has ended and has no stack any more")
        return
    check_architecture()
    unwinder.choose(fiber)
    # Frame 0 is the thread's own, which is not part of the story.
    gdb.newest_frame().older().select()
    lines = gdb.execute("backtrace", to_string=True).splitlines()
    start = next((i for i, line in enumerate(lines) if line.startswith("#1 ")), 0)
    print("\n".join(lines[start:]))


class FibersCommand(gdb.Command):
    """List fibers; 'fibers bt' prints the backtrace of each."""

    def __init__(self):
        super().__init__("fibers", gdb.COMMAND_STACK)

    def invoke(self, argument, from_tty):
        fibers = Fibers()
        if argument.strip() == "bt":
            switch_thread()
            for fiber in fibers:
                show(fiber)
            unwinder.choose(None)
            return
        print("%4s  %-18s %-31s %-16s %-24s %s" %
              ("", "address", "name", "module", "channel", "state"))
        for i, fiber in enumerate(fibers, 1):
            print("%4d  %-18s %-31s %-16s %-24s %s" %
                  (i, hex(int(fiber.address)), fiber["name"].string(), text(fiber["module"]),
                   text(fiber["subject"]), describe(fiber, fibers.now_us)))


class FiberCommand(gdb.Command):
    """Choose a fiber by number, address or name; 0: the thread itself."""

    def __init__(self):
        super().__init__("fiber", gdb.COMMAND_STACK)

    def invoke(self, argument, from_tty):
        which = argument.strip()
        if not which:
            raise gdb.GdbError("fiber NUMBER|ADDRESS|NAME, or 0 for the thread itself")
        switch_thread()
        if which == "0":
            unwinder.choose(None)
            return
        show(Fibers().find(which))


FibersCommand()
FiberCommand()
