"""`sip trace ladder` read back from the log."""

import re
import time

ARROW = re.compile(r" +\|(<?)-+ (.+?) F(\d+) -+(>?)\|")
ABOVE = re.compile(r"[ |]+(\w[^|]*?) *\|")  # what the arrow has no room for


def lines(log):
    """What was drawn, without what the log puts before each line alike: no fiber, or
    the bars would not stand in line."""
    found = re.findall(r"(?m)^.{24}\w+ +\w+: ( +(?:exchange|\|).*)$", log)
    return [line.rstrip() for line in found]


def party_of(line, arrow, columns):
    """Whom it leads to: bars that an arrow crosses are hidden by it."""
    bars = [m.start() for m in re.finditer(r"\|", line)]
    crossed = line.index("|", arrow.end() - 1)
    return columns[len(columns) - len([b for b in bars if b >= crossed])]


def read(log):
    """(parties in the order of their columns, [(party, from it?, name, number)])"""
    columns, seen, above = [], [], ""
    for line in lines(log):
        if "exchange" in line:
            columns = line.split()[1:]
            continue
        arrow = ARROW.match(line)
        name = ABOVE.match(line)
        if not arrow and name:
            above += name.group(1) + " "
            continue
        if not arrow or bool(arrow.group(1)) == bool(arrow.group(4)):
            raise AssertionError("no arrow: " + line)
        seen.append((party_of(line, arrow, columns), bool(arrow.group(1)),
                     above + arrow.group(2), int(arrow.group(3))))
        above = ""
    return columns, seen


def wait(exchange, count, since=0):
    """The same, of the log from `since` on, when so many arrows are drawn, or no more
    come: the log is written a little later."""
    end = time.monotonic() + 4
    while True:
        columns, seen = read(exchange.log()[since:])
        if len(seen) >= count or time.monotonic() > end:
            return columns, seen
        time.sleep(0.1)
