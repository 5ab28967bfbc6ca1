#!/usr/bin/python3
"""The services of RFC 5359 read as its figures do; see lib/drawn.py. The exchange is what the
others' calls go through: whoever takes one over calls it and not Alice, who is not touched and
has no column of her own for that. An attended transfer joins the two calls where they are: who
is transferred calls nobody, and the exchange hangs up on who transferred. A REFER with Replaces
outside of a call is declined, so a music server (2.3) is written to, as in 2.6, and who parks
(2.15) refers within the call. A call is screened in the same way whoever is on the list
(2.13, 2.14). Whom one watches (2.17) is the exchange itself."""

from lib import tap
from lib.figures import (
    Figures, ALICE, BOB, BOSS, CALLS, IS_BUSY, IS_CALLED, IS_PUT_THROUGH, KNOWN, LAST,
    OTHER, PHONE, answers_with, becomes_a_focus, calls_again, clicks, clicks_and_is_told,
    consults, fetches, has_music_played, has_taken_over, holds, is_screened, joins,
    listens, parks, picks_up_for_him, rings_and_answers, rings_and_hangs_up,
    rings_and_is_cancelled, stays, takes_over, transfers, transfers_with_a_word_before)


FLOWS = [
    ("5359 2.1", "Bob holds and resumes", {
        ALICE: (lambda: stays(), CALLS),
        BOB: (holds, "<INVITE 180> 200> <ACK INVITE> <200 ACK> INVITE> <200 ACK> "
                     "<BYE 200>")}),
    ("5359 2.2", "Bob asks somebody else meanwhile", {
        ALICE: (lambda: stays("802", 700), CALLS),
        BOSS: (consults, "<INVITE 180> 200> <ACK INVITE> <200 ACK> "
                         "INVITE> <100 <180 <200 ACK> BYE> <200 INVITE> <200 ACK> <BYE 200>"),
        OTHER: (rings_and_answers, IS_CALLED)}, [
            (BOSS, "INVITE>"), (BOSS, "INVITE>"), (OTHER, "<INVITE"), (OTHER, "180>"),
            (BOSS, "<180"), (OTHER, "200>"), (BOSS, "<200"), (BOSS, "BYE>"),
            (OTHER, "<BYE"), (BOSS, "INVITE>"), (ALICE, "BYE>"), (BOSS, "<BYE")]),
    ("5359 2.3", "music while Bob holds", {
        ALICE: (lambda: stays("802", 900), CALLS),
        BOSS: (has_music_played,
               "<INVITE 180> 200> <ACK INVITE> <200 ACK> MESSAGE> <200 <BYE 200> "
               "SUBSCRIBE> <200 <NOTIFY 200> INVITE> <100 <200 ACK> <BYE 200>"),
        LAST: (takes_over, "<MESSAGE 200> INVITE> <100 <200 ACK> <BYE 200>")}, [
            (BOSS, "MESSAGE>"), (LAST, "<MESSAGE"), (LAST, "INVITE>"), (LAST, "<200"),
            (BOSS, "<BYE"), (BOSS, "INVITE>"), (BOSS, "<200"), (LAST, "<BYE"),
            (ALICE, "BYE>"), (BOSS, "<BYE")]),
    ("5359 2.4", "a transfer without a word", {
        ALICE: (lambda: stays("802", 700), CALLS),
        BOSS: (transfers, "<INVITE 180> 200> <ACK REFER> <202 <NOTIFY 200> BYE> <200 "
                          "<NOTIFY 200>"),
        OTHER: (rings_and_answers, IS_CALLED)}, [
            (BOSS, "REFER>"), (OTHER, "<INVITE"), (OTHER, "180>"), (OTHER, "200>"),
            (OTHER, "<ACK"), (BOSS, "<NOTIFY"), (ALICE, "BYE>"), (OTHER, "<BYE")]),
    ("5359 2.5", "a transfer with a word before", {
        ALICE: (lambda: stays("802", 1500), CALLS),
        BOSS: (transfers_with_a_word_before,
               "<INVITE 180> 200> <ACK INVITE> <200 ACK> "
               "INVITE> <100 <180 <200 ACK> INVITE> <200 ACK> "
               "REFER> <202 <BYE <NOTIFY <BYE 200> 200> 200>"),
        OTHER: (rings_and_answers, IS_CALLED)}),
    ("5359 2.6", "a transfer by a text", {
        ALICE: (lambda: stays("802", 700), CALLS),
        BOSS: (has_taken_over, "<INVITE 180> 200> <ACK MESSAGE> <200 <BYE 200>"),
        LAST: (takes_over, "<MESSAGE 200> INVITE> <100 <200 ACK> <BYE 200>")}, [
            (BOSS, "MESSAGE>"), (LAST, "<MESSAGE"), (LAST, "INVITE>"), (LAST, "<200"),
            (BOSS, "<BYE"), (ALICE, "BYE>"), (LAST, "<BYE")]),
    ("5359 2.7", "all calls are forwarded", {
        ALICE: (lambda: stays(), CALLS), BOB: (rings_and_answers, IS_CALLED)}),
    ("5359 2.8", "forwarded when busy", {
        ALICE: (lambda: stays("801"), CALLS),
        BOB: (lambda: answers_with("486 Busy Here"), IS_BUSY),
        OTHER: (rings_and_answers, IS_CALLED)}, [
            (BOB, "486>"), (OTHER, "<INVITE"), (OTHER, "180>"), (ALICE, "<180"),
            (OTHER, "200>"), (ALICE, "<200")]),
    ("5359 2.9", "forwarded when nobody answers", {
        ALICE: (lambda: stays("801"), "INVITE> <100 <180 <180 <200 ACK> BYE> <200"),
        BOB: (rings_and_is_cancelled, "<INVITE 180> <CANCEL 200> 487> <ACK"),
        OTHER: (rings_and_answers, IS_CALLED)}, [
            (BOB, "180>"), (ALICE, "<180"), (BOB, "<CANCEL"), (OTHER, "<INVITE"),
            (OTHER, "200>"), (ALICE, "<200")]),
    ("5359 2.10", "a third is added", {
        ALICE: (lambda: stays("802", 700), CALLS),
        BOSS: (becomes_a_focus,
               "<INVITE 180> 200> <ACK INVITE> <200 ACK> INVITE> <100 <180 <200 ACK> "
               "<BYE 200> BYE> <200"),
        OTHER: (rings_and_answers, IS_CALLED)}, [
            (BOSS, "INVITE>"), (BOSS, "INVITE>"), (OTHER, "<INVITE"), (OTHER, "180>"),
            (BOSS, "<180"), (OTHER, "200>"), (BOSS, "<200")]),
    ("5359 2.11", "a third joins", {
        ALICE: (lambda: stays("802", 700), CALLS),
        BOSS: (rings_and_answers, IS_CALLED),
        LAST: (joins, "SUBSCRIBE> <200 <NOTIFY 200> INVITE> <100 <200 ACK> BYE> <200")}, [
            (LAST, "INVITE>"), (LAST, "<200"), (LAST, "BYE>"), (ALICE, "BYE>"),
            (BOSS, "<BYE")]),
    ("5359 2.12", "Bob is looked for at four places", {
        ALICE: (lambda: listens("804"), "INVITE> <100 <180 <180 <200 ACK> <BYE 200>"),
        BOB: (rings_and_is_cancelled, "<INVITE 180> <CANCEL 200> 487> <ACK"),
        OTHER: (lambda: answers_with("480 Not Logged In"), "<INVITE 480> <ACK"),
        BOSS: (lambda: answers_with("486 Busy Here"), IS_BUSY),
        LAST: (rings_and_hangs_up, "<INVITE 180> 200> <ACK BYE> <200")}, [
            *IS_PUT_THROUGH[:4], (BOB, "<CANCEL"), (OTHER, "<INVITE"), (OTHER, "480>"),
            (BOSS, "<INVITE"), (BOSS, "486>"), (LAST, "<INVITE"), (LAST, "180>"),
            (ALICE, "<180"), (LAST, "200>"), (ALICE, "<200"), (LAST, "BYE>"),
            (ALICE, "<BYE")]),
    ("5359 2.13", "a call is screened", {
        KNOWN: (is_screened, "INVITE> <401 ACK> INVITE> <100 <403 ACK>")}),
    ("5359 2.15", "Bob parks the call", {
        ALICE: (lambda: stays("802", 1500), CALLS),
        BOSS: (parks, "<INVITE 180> 200> <ACK REFER> <202 <NOTIFY 200> <NOTIFY 200> <BYE 200>"),
        LAST: (fetches, "SUBSCRIBE> <200 <NOTIFY 200> INVITE> <100 <200 ACK> <BYE 200>")}, [
            (BOSS, "REFER>"), (BOSS, "<NOTIFY"), (BOSS, "<NOTIFY"), (LAST, "SUBSCRIBE>"),
            (LAST, "INVITE>"), (LAST, "<200"), (ALICE, "BYE>"), (LAST, "<BYE")]),
    ("5359 2.16", "a call is picked up", {
        ALICE: (lambda: stays(), CALLS),
        BOB: (rings_and_is_cancelled, "<INVITE 180> <CANCEL 200> 487> <ACK"),
        LAST: (picks_up_for_him,
               "SUBSCRIBE> <200 <NOTIFY 200> INVITE> <100 <200 ACK> <BYE 200>")}, [
            (BOB, "180>"), (LAST, "SUBSCRIBE>"), (LAST, "INVITE>"), (LAST, "<200"),
            (BOB, "<CANCEL"), (BOB, "487>"), (ALICE, "BYE>"), (LAST, "<BYE")]),
    ("5359 2.17", "Alice calls again when Bob has time", {
        PHONE: (lambda: listens("806"), "INVITE> <100 <180 <200 ACK> <BYE 200>"),
        ALICE: (calls_again,
                "INVITE> <100 <486 ACK> SUBSCRIBE> <200 <NOTIFY 200> <NOTIFY 200> "
                "INVITE> <100 <180 <200 ACK> <NOTIFY 200> SUBSCRIBE> <200 <NOTIFY 200> "
                "<BYE 200>")}, [
            (PHONE, "ACK>"), (ALICE, "<486"), (ALICE, "SUBSCRIBE>"), (PHONE, "<BYE"),
            (ALICE, "<NOTIFY"), (ALICE, "INVITE>")]),
    ("5359 2.18", "click to dial", {
        ALICE: (lambda: clicks(["Refer-Sub: false"]), "REFER> <202"),
        BOB: (rings_and_hangs_up, "<INVITE 180> 200> <ACK BYE> <200")}, [
            (ALICE, "<202"), (BOB, "<INVITE")]),
    ("5359 2.18", "click to dial, and what became of it", {
        ALICE: (clicks_and_is_told, "REFER> <202 <NOTIFY 200> <NOTIFY 200>"),
        BOB: (rings_and_hangs_up, "<INVITE 180> 200> <ACK BYE> <200")}, [
            (BOB, "200>"), (ALICE, "<NOTIFY")]),
]


Figures.add_drawn(FLOWS)


if __name__ == "__main__":
    tap.main()
