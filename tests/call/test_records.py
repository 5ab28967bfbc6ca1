#!/usr/bin/python3
"""What is written about calls: in the store, as CSV, and what the reports say;
also when the daemon is killed."""

import csv
import glob
import io
import json
import os
import signal
import sqlite3
import subprocess
import time

from lib import tap
from lib.case import CallTest
from lib.daemon import BINARY

PLAN = """\
[office]
exten => _10XX,1,Set(CDR(project)=blue)
 same => n,Dial(SIP/${EXTEN},10)
exten => 600,1,Answer()
 same => n,Echo()
exten => 601,1,Set(CHANNEL(accountcode)=%s)
 same => n,Answer()
 same => n,Wait(1)
exten => _*72X.,1,Set(FORWARD(,always)=${EXTEN:3})
 same => n,Answer()
exten => 606,1,Dial(SIP/1002&SIP/1003,10)
exten => 607,1,Dial(Local/1002@office,10)
exten => 602,1,Set(CHANNEL(accountcode)=Master)
 same => n,Answer()
 same => n,Wait(1)
""" % ("long \"" * 50)

COLUMNS = ("accountcode src dst dcontext clid channel dstchannel lastapp lastdata start answer "
           "end duration billsec disposition amaflags uniqueid userfield").split()


class RecordTest(CallTest):
    extensions = PLAN

    def talk(self, seconds):
        alice, bob = self.phone("1001"), self.phone("1002")
        alice.dial("1002")
        alice.wait_for("CALL_ESTABLISHED")
        time.sleep(seconds)
        alice.hangup()
        bob.wait_for("CALL_CLOSED")
        self.exchange.wait_idle()

    def talk_of(self, caller, number, called, seconds):
        super().talk(caller, number, called, seconds)
        time.sleep(1)

    def file(self, name):
        [path] = glob.glob(os.path.join(self.folder, "**", name), recursive=True)
        return path


class Records(RecordTest):
    def report(self, *words):
        done = subprocess.run([BINARY, "-C", self.exchange.config, "report", "calls", *words],
                              capture_output=True, text=True, timeout=10)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout

    def master(self):
        with open(self.file("cdr-csv/Master.csv"), newline="") as f:
            return [dict(zip(COLUMNS, row)) for row in csv.reader(f)]

    def test_a_call_is_written_down_everywhere(self):
        self.talk(3)
        time.sleep(1)
        [row] = json.loads(self.report("--json"))
        self.assertEqual((row["src"], row["dst"], row["disposition"]),
                         ("1001", "1002", "ANSWERED"))
        self.assertIn(row["billsec"], (3, 4))
        self.assertGreater(row["mos"], 4.0)
        self.assertTrue(row["dstchannel"].startswith("SIP/1002-"))
        [line] = self.master()
        self.assertEqual((line["src"], line["dst"], line["disposition"], line["lastapp"]),
                         ("1001", "1002", "ANSWERED", "Dial"))
        self.assertEqual(line["uniqueid"], row["uniqueid"])
        table = self.report("--today", "--number", "1002")
        self.assertRegex(table, r"1001 +1002 +ANSWERED +0:0[34] +0:0[34]")
        self.assertIn("1 call, 1 answered", table)
        [csv_row] = csv.DictReader(io.StringIO(self.report("--csv")))
        self.assertEqual(csv_row["linkedid"], row["linkedid"])
        self.assertIn("0 calls", self.report("--yesterday"))
        self.assertIn("0 calls", self.report("--number", "555"))
        with sqlite3.connect(self.file("ringdown.db")) as store:
            self.assertEqual(
                store.execute("SELECT typeof(start), typeof(answer), typeof(duration), "
                              "typeof(sequence), typeof(src) FROM cdr").fetchall(),
                [("real", "real", "integer", "integer", "text")])
            self.assertEqual(
                set(store.execute("SELECT typeof(rxmos), typeof(rxcount) "
                                  "FROM call_quality").fetchall()), {("real", "integer")})
            self.assertEqual(
                store.execute("SELECT abs(start - ?) < 60 FROM cdr", [time.time()]).fetchall(),
                [(1,)])

    def forward(self, phone, to):
        phone.dial("*72" + to)
        phone.wait_for("CALL_CLOSED")
        self.exchange.wait_idle()

    def calls(self, *words):
        return [(row["src"], row["dst"], row["disposition"], row["dstchannel"].partition("-")[0])
                for row in json.loads(self.report("--json", *words))]

    def test_a_forwarded_call_is_one_call_of_who_answered(self):
        caller, owner, called = [self.phone(number) for number in ("1001", "1002", "1003")]
        self.forward(owner, "1003")
        self.talk_of(caller, "607", called, 2)
        call = ("1001", "607", "ANSWERED", "SIP/1003")
        self.assertEqual(self.calls("--number", "1001"), [call])
        self.assertEqual(self.calls("--number", "1003"), [call])
        self.assertRegex(self.report("--number", "1001"), "1 call, 1 answered, 0:00:0[23] of talk")
        [row] = json.loads(self.report("--json", "--number", "1001"))
        self.assertGreater(row["mos"], 4.0)
        with sqlite3.connect(self.file("ringdown.db")) as store:
            linked = store.execute("SELECT dst FROM cdr WHERE linkedid = ?",
                                   [row["linkedid"]]).fetchall()
        self.assertEqual(sorted(linked), [("1002",), ("1003",), ("607",)])

    def test_a_call_that_rings_at_several_phones_is_one_and_not_missed(self):
        caller, called = self.phone("1001"), self.phone("1002")
        self.phone("1003", answer="manual")
        self.talk_of(caller, "606", called, 1)
        self.assertEqual(self.calls("--missed"), [])
        self.assertIn("1 call, 1 answered", self.report())

    def test_odd_accounts_harm_no_file(self):
        phone = self.phone("1001")
        for number in ("601", "602"):
            phone.dial(number)
            phone.wait_for("CALL_ESTABLISHED")
            phone.wait_for("CALL_CLOSED")
            self.exchange.wait_idle()
        time.sleep(1.5)
        accounts = [line["accountcode"] for line in self.master()]
        self.assertEqual(accounts, ["long \"" * 50, "Master"])
        self.assertEqual([row["accountcode"] for row in json.loads(self.report("--json"))],
                         accounts)
        self.assertEqual([row["accountcode"] for row in
                          csv.DictReader(io.StringIO(self.report("--csv")))], accounts)

    def test_what_ended_a_second_ago_survives_a_kill(self):
        self.talk(1)
        time.sleep(1)
        self.exchange.process.send_signal(signal.SIGKILL)
        self.exchange.process.wait()
        self.exchange.start()
        self.exchange.wait_ready()
        self.assertIn("1 call, 1 answered", self.report())

    def test_a_report_says_what_it_does_not_understand(self):
        status, output = self.exchange.run("report calls --form yesterday")
        self.assertNotEqual(status, 0)
        self.assertIn('"--form"', output)
        self.assertIn("--from TIME", output)


class ChannelEvents(RecordTest):
    files = {"cel.conf": "[general]\nenable = yes\nevents = ALL\napps = dial\n"}

    def rows(self, columns):
        end = time.monotonic() + 5
        with sqlite3.connect(self.file("ringdown.db")) as store:
            while True:
                rows = store.execute("SELECT %s FROM cel ORDER BY id" % columns).fetchall()
                if ("LINKEDID_END" in [row[0] for row in rows]) or time.monotonic() > end:
                    return rows
                time.sleep(0.1)

    def test_a_call_is_logged_event_by_event(self):
        self.talk(1)
        time.sleep(0.5)
        rows = self.rows("eventtype, substr(channame, 5, 4), appname, uniqueid, linkedid")
        caller = [row[0] for row in rows if row[1] == "1001"]
        callee = [row[0] for row in rows if row[1] == "1002"]
        self.assertEqual(caller, ["CHAN_START", "APP_START", "ANSWER", "BRIDGE_ENTER", "APP_END",
                                  "HANGUP", "BRIDGE_EXIT", "CHAN_END"])
        self.assertEqual(callee[:3], ["CHAN_START", "ANSWER", "BRIDGE_ENTER"])
        self.assertEqual([row[0] for row in rows].count("LINKEDID_END"), 1)
        self.assertEqual(len({row[4] for row in rows}), 1)
        self.assertEqual({row[2] for row in rows if row[0].startswith("APP_")}, {"Dial"})
        time.sleep(1)
        with open(self.file("cel-custom/Master.csv"), newline="") as f:
            self.assertEqual([line[0] for line in csv.reader(f)], [row[0] for row in rows])


if __name__ == "__main__":
    tap.main()
