#!/usr/bin/python3
"""The page that Prometheus reads: figures beside what really happened, and who may read it."""

import base64
import http.client
import os
import re
import socket
import threading
import time

from lib import tap
from lib.case import CallTest
from lib.daemon import SIP_CONF
from lib.scenario import Caller
from lib.sipp import Sipp

CONF = "[general]\nenabled = yes\nbind = 127.0.0.1:%d\n%s"

EXTENSIONS = """\
[office]
exten => 600,1,Answer()
 same => n,Echo()
exten => 608,1,Queue(help)
exten => _10XX,1,Dial(SIP/${EXTEN},20)
"""

# Nobody answers there.
PEER = """
[silent]
type = peer
host = 127.0.0.6:5070
match = 127.0.0.5
context = office
qualify = 0
"""

SAMPLE = re.compile(r'(ringdown_\w+)(?:\{((?:\w+="(?:[^"\\]|\\.)*",?)+)\})? (-?[0-9.e+-]+)$')


def get(port, path="/metrics", method="GET", user=None, body=None):
    """(status, headers, body) as text."""
    headers = {}
    if user:
        headers["Authorization"] = "Basic " + base64.b64encode(user.encode()).decode()
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        line.request(method, path, body=body, headers=headers)
        answer = line.getresponse()
        return answer.status, answer.headers, answer.read().decode()
    finally:
        line.close()


class Page(dict):
    """Every sample by its name and labels; each must be of a metric told before, once."""

    def __init__(self, text):
        super().__init__()
        seen = set()
        metric = None
        for line in text.splitlines():
            if line.startswith("# TYPE "):
                metric = line.split()[2]
                assert metric not in seen, "%s stands twice" % metric
                seen.add(metric)
            if line.startswith("#"):
                continue
            found = SAMPLE.match(line)
            assert found, "no sample: %r" % line
            assert re.sub("_(bucket|sum|count)$", "", found[1]) == metric or \
                found[1] == metric, line
            key = found[1].replace("ringdown_", "") + ("{%s}" % found[2] if found[2] else "")
            assert key not in self, "%s stands twice" % key
            self[key] = float(found[3])


class Metrics(CallTest):
    extensions = EXTENSIONS
    files = {"prometheus.conf": CONF % (9560, ""), "sip.conf": SIP_CONF + PEER,
             "queues.conf": "[help]\nmember => SIP/1001\n"}

    def page(self):
        status, headers, text = get(9560)
        self.assertEqual(status, 200)
        self.assertRegex(headers["Content-Type"], r"^text/plain; version=0\.0\.4")
        return Page(text)

    def wait_page(self, wanted, timeout=8):
        """Until all of these are as wanted."""
        end = time.monotonic() + timeout
        while True:
            page = self.page()
            wrong = {key: page.get(key) for key in wanted if page.get(key) != wanted[key]}
            if not wrong:
                return page
            self.assertLess(time.monotonic(), end, wrong)
            time.sleep(0.1)

    def test_a_call_is_seen_while_it_is_and_after(self):
        alice, bob = self.phone("1001", 440), self.phone("1002", 1000)
        before = self.wait_page({"calls": 0, "sip_registered_phones": 2,
                                 "sip_registered_devices": 2})
        alice.dial("1002")
        bob.wait_for("CALL_ESTABLISHED")
        alice.wait_for("CALL_ESTABLISHED")
        page = self.wait_page({'channels{state="Up"}': 2, "calls": 1, "rtp_streams": 2,
                               "sip_calls": 2})
        time.sleep(2)
        alice.hangup()
        bob.wait_for("CALL_CLOSED")
        page = self.wait_page({'channels{state="Up"}': 0, "calls": 0, "rtp_streams": 0})

        def grown(key):
            return page.get(key, 0) - before.get(key, 0)
        self.assertEqual(grown("calls_started_total"), 1)
        self.assertEqual(grown('sip_requests_total{method="INVITE",direction="out"}'), 1)
        self.assertGreaterEqual(grown('sip_requests_total{method="INVITE",direction="in"}'), 1)
        self.assertEqual(grown('sip_requests_total{method="ACK",direction="out"}'), 1)
        self.assertEqual(grown('sip_requests_total{method="BYE",direction="in"}'), 1)
        self.assertEqual(grown('sip_requests_total{method="BYE",direction="out"}'), 1)
        self.assertGreaterEqual(grown('sip_answers_total{code="200",direction="out"}'), 2)
        self.assertGreaterEqual(grown('sip_answers_total{code="180",direction="in"}'), 1)
        self.assertEqual(page['rtp_mos_count{direction="received"}'], 2)
        self.assertEqual(page['rtp_mos_bucket{direction="received",le="3"}'], 0)
        self.assertEqual(page['rtp_loss_ratio_bucket{direction="received",le="0.05"}'], 2)
        self.assertGreater(page['rtp_packets_total{direction="received"}'], 150)

    def test_every_wait_for_an_answer_in_vain_counts(self):
        silent = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.addCleanup(silent.close)
        silent.bind(("127.0.0.6", 5070))
        self.exchange.write("sip.conf", (SIP_CONF + PEER).replace(
            "type = global\n", "type = global\ntimer_t1 = 100ms\n"))
        self.exchange.stop()
        self.exchange.start()
        self.exchange.wait_ready()
        self.exchange.ask("channel originate SIP/5@silent application Wait 1")
        page = self.wait_page({'sip_timeouts_total{side="client"}': 1}, timeout=15)
        self.assertGreaterEqual(page["sip_repetitions_total"], 3)
        self.assertEqual(page['sip_requests_total{method="INVITE",direction="out"}'], 1)

    def test_refusals_count_by_code(self):
        flow = Caller("999").invite().receive(100, optional=True).receive(404).ack_failure()
        Sipp(self.folder, flow, 5090, "127.0.0.5").finish()
        page = self.wait_page({'sip_answers_total{code="404",direction="out"}': 1})
        self.assertEqual(page['sip_datagrams_lost_total{transport="udp"}'], 0)
        self.assertEqual(page['sip_requests_total{method="ACK",direction="in"}'], 1)

    def test_trunks_and_queues_are_there(self):
        alice = self.phone("1002", 440)
        alice.dial("608")
        page = self.wait_page({'queue_waiting{queue="help"}': 1,
                               'queue_members{queue="help"}': 1,
                               'trunk_calls{trunk="silent",direction="out"}': 0})
        self.assertEqual(page['trunk_state{trunk="silent",state="unmonitored"}'], 1)
        alice.hangup()
        self.wait_page({'queue_waiting{queue="help"}': 0,
                        'queue_abandoned_total{queue="help"}': 1})

    def test_the_house_itself(self):
        page = self.page()
        self.assertGreater(page["fibers"], 0)
        self.assertGreater(page["fibers_max"], page["fibers"])
        self.assertGreater(page['loop_turn_seconds_count'], 0)
        self.assertGreater(page["process_resident_bytes"], 1 << 20)
        fds = os.listdir("/proc/%d/fd" % self.exchange.process.pid)
        self.assertAlmostEqual(page["process_descriptors"], len(fds), delta=2)
        self.assertGreater(page['heap_bytes{state="used"}'], 1 << 16)
        self.exchange.ask("channel originate Local/600@office application Wait 5")
        page = self.page()
        for part in "channels", "fibers", "dialplan", "sip_settings", "database", "tls":
            least = 1000 if page['memory_bytes{part="core"}'] else 0  # sanitizers do not count
            self.assertGreaterEqual(page['memory_bytes{part="%s"}' % part], least, part)
        kinds = [page['process_memory_bytes{kind="%s"}' % kind]
                 for kind in ("files", "fiber_stacks", "anonymous")]
        self.assertGreater(min(kinds), 4096)
        self.assertAlmostEqual(sum(kinds) / page["process_resident_bytes"], 1, delta=0.1)

    def test_the_page_has_a_whole_address_as_well(self):
        status, _, text = get(9560, "HTTP://pbx.example:9560/metrics?x=http://y/z")
        self.assertEqual(status, 200)
        self.assertIn("ringdown_calls", text)
        for other in "http://pbx.example", "http://pbx.example/", "http:/metrics", "x:/metrics":
            self.assertEqual(get(9560, other)[0], 404, other)

    def test_other_requests_are_refused(self):
        self.assertEqual(get(9560, "/")[0], 404)
        self.assertEqual(get(9560, "/metricsx")[0], 404)
        status, headers, _ = get(9560, method="POST", body="x" * 100000)
        self.assertEqual(status, 405)
        self.assertEqual(headers["Allow"], "GET, HEAD")
        status, headers, text = get(9560, method="HEAD")
        self.assertEqual((status, text), (200, ""))

    def test_strangers_who_ask_nothing_keep_nobody_waiting(self):
        strangers = [socket.create_connection(("127.0.0.1", 9560)) for _ in range(40)]
        for stranger in strangers:
            self.addCleanup(stranger.close)
        begin = time.monotonic()
        self.page()
        self.assertLess(time.monotonic() - begin, 3)
        # The oldest ones gave way. Who is slow with his request, and not that old, is served.
        strangers[0].settimeout(3)
        self.assertEqual(strangers[0].recv(1), b"")
        strangers[-1].sendall(b"GET /metrics HTTP/1.0\r\n\r\n")
        self.assertIn(b" 200 ", strangers[-1].recv(100))

    def test_reloads_change_it_and_mistakes_do_not(self):
        self.exchange.write("prometheus.conf", CONF % (9561, "uri = /m\n"))
        self.exchange.ask("core reload")
        self.assertEqual(get(9561, "/m")[0], 200)
        self.assertRaises(ConnectionError, get, 9560)
        # One to whom it matters only who may ask keeps the socket.
        self.exchange.write("prometheus.conf", CONF % (
            9561, "uri = m\nauth_username = eve\nauth_password = se:cret\n"))
        self.exchange.ask("core reload")
        status, headers, _ = get(9561, "/m")
        self.assertEqual(status, 401)
        self.assertIn("Basic", headers["WWW-Authenticate"])
        self.assertEqual(get(9561, "/m", user="eve:secret")[0], 401)
        self.assertEqual(get(9561, "/m", user="eve:se:cret")[0], 200)
        # Where somebody listens already; and what protects nothing.
        with_port = CONF % (9562, "")
        taken = socket.create_server(("127.0.0.1", 9562))
        self.addCleanup(taken.close)
        self.exchange.write("prometheus.conf", with_port)
        status, said = self.exchange.run("core reload")
        self.assertEqual(status, 1)
        self.assertIn("prometheus.conf: [general] bind: ", said)
        self.exchange.write("prometheus.conf", CONF % (9563, "auth_username = eve\n"))
        status, said = self.exchange.run("core reload")
        self.assertEqual(status, 1)
        self.assertIn("protects nothing", said)
        self.assertEqual(get(9561, "/m", user="eve:se:cret")[0], 200)
        self.exchange.write("prometheus.conf", "[general]\nenabled = no\n")
        self.exchange.ask("core reload")
        self.assertRaises(ConnectionError, get, 9561)

    def test_it_goes_and_comes_back_while_it_is_asked(self):
        answered, ends = [], threading.Event()

        def ask():
            while not ends.is_set():
                try:
                    answered.append(get(9560)[0])
                except (OSError, http.client.HTTPException):
                    time.sleep(0.01)
        askers = [threading.Thread(target=ask) for _ in range(4)]
        for asker in askers:
            asker.start()
        for _ in range(15):
            self.exchange.ask("module unload metrics")
            self.exchange.ask("module load metrics")
        ends.set()
        for asker in askers:
            asker.join()
        self.assertEqual(set(answered), {200})
        self.page()


class MetricsOff(CallTest):
    def test_without_a_file_nobody_listens(self):
        self.assertRaises(ConnectionError, get, 9560)


if __name__ == "__main__":
    tap.main()
