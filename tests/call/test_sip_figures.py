#!/usr/bin/python3
"""The basic calls of RFC 3665 read as its figures do; see lib/drawn.py. A figure's 181 is left
out (the RFC has it in parentheses), what a proxy asks with 407 the exchange asks with 401, a wrong
password gets 403 and not the challenge once more, it says 100 before a 302, too, and 408 where
nobody has said a word (cause 18 of RFC 3398; 480 in section 3.10). Alice, who has two proxies in
section 3.4, is a dialplan that dials one after the other."""

from lib import drawn, tap
from lib.figures import (
    Figures, ALICE, BOB, CALLS, IS_BUSY, IS_CALLED, IS_PUT_THROUGH, KNOWN, OTHER, PHONE,
    answers_with, asks_for_passwords_of_two_proxies, cancels, changes_its_address,
    listens, refused, says_nothing, stands_in, registers, registers_with_a_password,
    rings_and_answers,
    rings_and_gives_up, rings_and_hangs_up, rings_and_is_cancelled, stays, unregisters)
from lib.table import call


FLOWS = [
    ("3665 2.1", "a new registration", {
        KNOWN: (registers_with_a_password, "REGISTER> <401 REGISTER> <200")}),
    ("3665 2.2", "an update of the contacts", {
        PHONE: (lambda: registers().receive(200), "REGISTER> <200")}),
    ("3665 2.3", "which contacts there are", {
        PHONE: (lambda: registers(contact=False).receive(200), "REGISTER> <200")}),
    ("3665 2.4", "a registration is cancelled", {
        PHONE: (unregisters, "REGISTER> <200")}),
    ("3665 2.5", "a wrong password", {
        KNOWN: (lambda: registers_with_a_password("guess", 403),
                "REGISTER> <401 REGISTER> <403")}),
    ("3665 3.1", "Alice calls the exchange", {
        ALICE: (lambda: call("601").answered().ack().receive("BYE").reply(),
                "INVITE> <100 <200 ACK> <BYE 200>")}),
    ("3665 3.2", "Alice calls Bob, who hangs up", {
        ALICE: (listens, "INVITE> <100 <180 <200 ACK> <BYE 200>"),
        BOB: (rings_and_hangs_up, "<INVITE 180> 200> <ACK BYE> <200")}, IS_PUT_THROUGH + [
             (BOB, "BYE>"), (ALICE, "<BYE")]),
    ("3665 3.2", "Proxy 1 asks for a password", {
        KNOWN: (lambda: call("600", user="known").receive(401).ack_failure(),
                "INVITE> <401 ACK>")}),
    ("3665 3.3", "two proxies ask for passwords", {
        ALICE: (listens, "INVITE> <100 <200 ACK> <BYE 200>"),
        BOB: (asks_for_passwords_of_two_proxies,
              "<INVITE 407> <ACK <INVITE 100> 407> <ACK <INVITE 100> 200> <ACK BYE> <200")}),
    ("3665 3.5", "Alice calls Bob through a gateway that ends both streams", {
        ALICE: (stays, CALLS),
        BOB: (rings_and_answers, IS_CALLED)},
        IS_PUT_THROUGH + [(ALICE, "BYE>"), (BOB, "<BYE"), (BOB, "200>")]),
    ("3665 3.6", "a redirect server", {
        ALICE: (lambda: refused("607", 302, 100), "INVITE> <100 <302 ACK>")}),
    ("3665 3.6", "the exchange is redirected", {
        ALICE: (lambda: stays(), CALLS),
        BOB: (lambda: answers_with("302 Moved Temporarily",
                                   ["Contact: <sip:bob@127.0.0.7:5070>"]),
              "<INVITE 302> <ACK"),
        OTHER: (rings_and_answers, IS_CALLED)}, [
            (ALICE, "INVITE>"), (BOB, "<INVITE"), (BOB, "302>"), (OTHER, "<INVITE"),
            (OTHER, "180>"), (ALICE, "<180"), (OTHER, "200>"), (ALICE, "<200")]),
    ("3665 3.7", "Bob changes his address", {
        ALICE: (lambda: stays(), CALLS),
        BOB: (changes_its_address,
              "<INVITE 180> 200> <ACK INVITE> <200 ACK> <BYE 200>")}),
    ("3665 3.8", "nobody answers", {
        ALICE: (cancels, "INVITE> <100 <180 CANCEL> <200 <487 ACK>"),
        BOB: (rings_and_is_cancelled, "<INVITE 180> <CANCEL 200> 487> <ACK")}, [
            *IS_PUT_THROUGH[:4], (ALICE, "CANCEL>"), (BOB, "<CANCEL"), (BOB, "487>")]),
    ("3665 3.9", "Bob is busy", {
        ALICE: (lambda: refused("800", 486, 100), "INVITE> <100 <486 ACK>"),
        BOB: (lambda: answers_with("486 Busy Here"), IS_BUSY)}, [
            (ALICE, "INVITE>"), (BOB, "<INVITE"), (BOB, "486>"), (ALICE, "<486")]),
    ("3665 3.11", "Bob is away", {
        ALICE: (lambda: refused("800", 480, 100, 180), "INVITE> <100 <180 <480 ACK>"),
        BOB: (rings_and_gives_up, "<INVITE 180> 480> <ACK")}),
]


# Whoever says nothing is sent the INVITE six times; the seventh is due a T1 before the
# end, which with a T1 as short as this one may come first.
UNANSWERED = "<INVITE " * 6
SLOW_FLOWS = [
    ("3665 3.4", "the first proxy has failed", {
        ALICE: (lambda: listens("809"), "INVITE> <100 <180 <200 ACK> <BYE 200>"),
        BOB: (says_nothing, UNANSWERED),
        OTHER: (stands_in, "<INVITE 407> <ACK <INVITE 100> 180> 200> <ACK BYE> <200")}, [
            (ALICE, "INVITE>"), *[(BOB, "<INVITE")] * 6, (OTHER, "<INVITE"), (OTHER, "180>"),
            (ALICE, "<180"), (OTHER, "200>"), (ALICE, "<200"), (OTHER, "BYE>"),
            (ALICE, "<BYE")]),
    ("3665 3.10", "Bob does not say a word", {
        ALICE: (lambda: refused("800", 408, 100), "INVITE> <100 <408 ACK>"),
        BOB: (says_nothing, UNANSWERED)}, [
            (ALICE, "INVITE>"), *[(BOB, "<INVITE")] * 6, (ALICE, "<408")]),
]


class Slow(drawn.Drawn):
    """What takes half a minute, with timers that are 25 times as fast."""

    files = {"sip.conf": Figures.files["sip.conf"] + "[global]\ntimer_t1 = 20ms\n"}
    extensions = Figures.extensions


Figures.add_drawn(FLOWS)
Slow.add_drawn(SLOW_FLOWS)


if __name__ == "__main__":
    tap.main()
