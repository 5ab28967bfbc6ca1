#!/usr/bin/python3
"""Applications of the dialplan as the caller hears them."""

import glob
import os
import time

from lib import sound, tap
from lib.case import CallTest

SOUNDS = "/usr/share/asterisk/sounds/en"


def dialplan(*lines):
    """Priorities of extension 100 in the phones' context."""
    text = "[office]\nexten => 100,1,NoOp()\n"
    return text + "".join(" same => n,%s\n" % line for line in lines)


def prompt_seconds(*names):
    total = 0
    for name in names:
        samples, rate = sound.read(os.path.join(SOUNDS, name + ".wav"))
        total += len(samples) / rate
    return total


class Apps(CallTest):
    def run_plan(self, *lines, more="", hz=440, **phone):
        """Give extension 100 these priorities; a phone calls it."""
        self.exchange.write("extensions.conf", dialplan(*lines) + more)
        self.exchange.ask("dialplan reload")
        alice = self.phone("1001", hz, **phone)
        alice.dial("100")
        return alice

    def logged(self, pattern):
        self.exchange.wait_log(pattern)

    def spoken(self, alice):
        """Seconds with sound in them."""
        samples, rate = sound.read(alice.recording())
        step = rate // 50
        loud = sum(1 for at in range(0, len(samples), step)
                   if sound.mean_square(samples[at:at + step]) > 2500)
        return loud / 50

    def test_playback_of_several_prompts(self):
        alice = self.run_plan("Answer()", "Playback(vm-goodbye&auth-thankyou)",
                              "Verbose(1,status ${PLAYBACKSTATUS})",
                              "Hangup()")
        alice.wait_for("CALL_CLOSED", 15)
        want = prompt_seconds("vm-goodbye", "auth-thankyou")
        samples, rate = sound.read(alice.recording())
        self.assertAlmostEqual(len(samples) / rate, want, delta=0.6)
        self.logged("status SUCCESS")

    def test_a_missing_prompt_is_said_and_the_call_goes_on(self):
        alice = self.run_plan("Answer()", "Playback(no-such-prompt)",
                              "Verbose(1,status ${PLAYBACKSTATUS})",
                              "Hangup()")
        alice.wait_for("CALL_CLOSED", 10)
        self.logged("status FAILED")
        self.logged("no-such-prompt")

    def test_read_takes_what_was_keyed(self):
        alice = self.run_plan("Answer()", "Read(pin,auth-thankyou,4,,1,5)",
                              "Verbose(1,keyed ${pin} ${READSTATUS})",
                              "Hangup()")
        alice.wait_for("CALL_ESTABLISHED")
        time.sleep(0.5)
        alice.keys("1234")
        alice.wait_for("CALL_CLOSED", 10)
        self.logged("keyed 1234 OK")

    def test_read_ends_at_the_hash_key(self):
        alice = self.run_plan("Answer()", "Read(pin,,8,,1,5)",
                              "Verbose(1,keyed ${pin})", "Hangup()")
        alice.wait_for("CALL_ESTABLISHED")
        time.sleep(0.5)
        alice.keys("70#")
        alice.wait_for("CALL_CLOSED", 10)
        self.logged(r"keyed 70\b")

    def test_a_recording_holds_what_was_said(self):
        path = os.path.join(self.folder, "said")
        alice = self.run_plan("Answer()", "Wait(0.5)",
                              "Record(%s.wav,0,3,q)" % path,
                              "Verbose(1,status ${RECORD_STATUS})",
                              "Hangup()", hz=620)
        alice.wait_for("CALL_CLOSED", 12)
        self.logged("status TIMEOUT")
        self.exchange.wait_output("core show events", r"Recording +2\b")
        heard = sound.Heard(*sound.read(path + ".wav"), 620)
        self.assertAlmostEqual(heard.seconds(), 3, delta=0.3)
        self.assertLessEqual(heard.longest_gap_ms(), 40)

    def test_a_key_ends_the_recording(self):
        path = os.path.join(self.folder, "said")
        alice = self.run_plan("Answer()", "Record(%s.wav,0,20,q)" % path,
                              "Verbose(1,status ${RECORD_STATUS})",
                              "Hangup()")
        alice.wait_for("CALL_ESTABLISHED")
        time.sleep(2)
        alice.keys("#")
        alice.wait_for("CALL_CLOSED", 6)
        self.logged("status DTMF")

    def test_a_recording_survives_the_hangup(self):
        path = os.path.join(self.folder, "said")
        alice = self.run_plan("Answer()", "Record(%s.wav,0,20,qk)" % path,
                              hz=620)
        alice.wait_for("CALL_ESTABLISHED")
        time.sleep(2)
        alice.hangup()
        self.exchange.wait_idle()
        self.assertGreater(sound.Heard(*sound.read(path + ".wav"), 620).seconds(), 1.5)

    def test_digits_and_numbers_are_spoken(self):
        alice = self.run_plan("Answer()", "SayDigits(12)", "SayNumber(342)",
                              "SayAlpha(ab)", "SayPhonetic(a)", "Hangup()")
        alice.wait_for("CALL_CLOSED", 20)
        self.assertGreater(self.spoken(alice), 2.5)

    def test_the_time_is_spoken(self):
        alice = self.run_plan("Answer()", "SayUnixTime(,,IMp)", "Hangup()")
        alice.wait_for("CALL_CLOSED", 20)
        self.assertGreater(self.spoken(alice), 0.8)

    def test_tones_start_and_stop(self):
        alice = self.run_plan("Answer()", "PlayTones(1200)", "Wait(2)",
                              "StopPlayTones()", "Wait(1)", "Hangup()")
        alice.wait_for("CALL_CLOSED", 10)
        self.assertAlmostEqual(
            sound.Heard(*sound.read(alice.recording()), 1200).seconds(), 2, delta=0.3)

    def test_controlplayback_skips_and_stops(self):
        alice = self.run_plan(
            "Answer()", "ControlPlayback(demo-congrats,3000,6,4,5)",
            "Verbose(1,status ${CPLAYBACKSTATUS} ${CPLAYBACKSTOPKEY})",
            "Hangup()")
        alice.wait_for("CALL_ESTABLISHED")
        time.sleep(1)
        alice.keys("65")
        alice.wait_for("CALL_CLOSED", 6)
        self.logged("status USERSTOPPED 5")

    def test_authenticate_lets_the_right_pin_pass(self):
        alice = self.run_plan("Answer()", "Authenticate(2468)",
                              "Verbose(1,let in)", "Hangup()")
        alice.wait_for("CALL_ESTABLISHED")
        time.sleep(1)
        alice.keys("2468#")
        alice.wait_for("CALL_CLOSED", 10)
        self.logged("let in")

    def test_authenticate_ends_the_call_of_a_guesser(self):
        alice = self.run_plan("Answer()", "Authenticate(2468)",
                              "Verbose(1,let in)", "Hangup()")
        alice.wait_for("CALL_ESTABLISHED")
        for _ in range(3):
            time.sleep(1.2)
            alice.keys("1#")
        alice.wait_for("CALL_CLOSED", 20)
        self.assertNotIn("let in", self.exchange.log())

    def test_system_does_not_stop_other_calls(self):
        alice = self.run_plan("Answer()", "System(sleep 2)",
                              "Verbose(1,status ${SYSTEMSTATUS})", "Hangup()")
        alice.wait_for("CALL_ESTABLISHED")
        start = time.monotonic()
        self.exchange.ask("core show uptime")
        self.assertLess(time.monotonic() - start, 1.0)
        alice.wait_for("CALL_CLOSED", 10)
        self.logged("status SUCCESS")

    def test_menu_extensions_i_and_t(self):
        alice = self.run_plan(
            "Answer()", "Set(TIMEOUT(digit)=1)", "Set(TIMEOUT(response)=2)",
            "WaitExten()",
            more="exten => i,1,Verbose(1,invalid ${INVALID_EXTEN})\n"
                 " same => n,WaitExten(1)\n"
                 "exten => t,1,Verbose(1,too late)\n same => n,Hangup()\n")
        alice.wait_for("CALL_ESTABLISHED")
        time.sleep(0.5)
        alice.keys("9")
        alice.wait_for("CALL_CLOSED", 10)
        self.logged("invalid 9")
        self.logged("too late")

    def test_the_h_extension_runs_after_the_hangup(self):
        alice = self.run_plan(
            "Answer()", "Wait(20)",
            more="exten => h,1,System(touch %s/h-ran)\n" % self.folder)
        alice.wait_for("CALL_ESTABLISHED")
        alice.hangup()
        self.exchange.wait_idle()
        self.assertTrue(glob.glob(self.folder + "/h-ran"))

    def test_an_endless_loop_is_ended_and_nobody_waits(self):
        alice = self.run_plan("Answer()", "Goto(2)")
        alice.wait_for("CALL_CLOSED", 20)
        self.exchange.ask("core show uptime")
        self.logged(r"(?i)steps")


class Dialling(CallTest):
    def plan(self, dial, after=(), more="", answer="auto"):
        self.exchange.write(
            "extensions.conf", dialplan(dial, *after) + more)
        self.exchange.ask("dialplan reload")
        alice = self.phone("1001", 440)
        bob = self.phone("1002", 1000, answer=answer)
        alice.dial("100")
        return alice, bob

    def logged(self, pattern):
        self.exchange.wait_log(pattern)

    def test_option_g_goes_on_after_the_called_hung_up(self):
        alice, bob = self.plan("Dial(SIP/1002,10,g)",
                               ["Verbose(1,status ${DIALSTATUS} "
                                "${ANSWEREDTIME})", "Milliwatt()"])
        alice.wait_for("CALL_ESTABLISHED")
        time.sleep(1.5)
        bob.hangup()
        time.sleep(2)
        alice.hangup()
        self.exchange.wait_idle()
        self.logged("status ANSWER 1")
        self.assert_heard(alice, 1004, 1.5)

    def test_option_A_announces_to_the_called(self):
        alice, bob = self.plan("Dial(SIP/1002,10,A(vm-goodbye))")
        alice.wait_for("CALL_ESTABLISHED")
        time.sleep(4)
        alice.hangup()
        self.exchange.wait_idle()
        samples, rate = sound.read(bob.recording())
        first = samples[:rate // 2]
        self.assertGreater(sound.mean_square(first), 2500)
        self.assert_heard(bob, 440, 1.5, gap_ms=100)

    def test_option_S_ends_the_call_in_time(self):
        alice, _ = self.plan("Dial(SIP/1002,10,S(2))")
        alice.wait_for("CALL_ESTABLISHED")
        start = time.monotonic()
        alice.wait_for("CALL_CLOSED", 6)
        self.assertAlmostEqual(time.monotonic() - start, 2, delta=0.8)

    def test_option_L_ends_the_call_in_time(self):
        alice, _ = self.plan("Dial(SIP/1002,10,L(2500))")
        alice.wait_for("CALL_ESTABLISHED")
        start = time.monotonic()
        alice.wait_for("CALL_CLOSED", 6)
        self.assertAlmostEqual(time.monotonic() - start, 2.5, delta=0.8)

    files = {"musiconhold.conf": "[default]\n"
                                 "directory = /usr/share/asterisk/moh\n"}

    def test_option_m_plays_music_while_it_rings(self):
        alice, _ = self.plan("Dial(SIP/1002,4,m)", answer="manual",
                             after=["Hangup()"])
        alice.wait_for("CALL_CLOSED", 12)
        samples, rate = sound.read(alice.recording())
        self.assertGreater(len(samples) / rate, 2)
        self.assertGreater(sound.mean_square(samples[rate:3 * rate]), 2500)

    def test_option_r_plays_the_ring_tone(self):
        alice, _ = self.plan("Dial(SIP/1002,4,r(1000))", answer="manual",
                             after=["Hangup()"])
        alice.wait_for("CALL_CLOSED", 12)

    def test_option_H_lets_the_caller_hang_up_by_key(self):
        alice, bob = self.plan("Dial(SIP/1002,10,gH)",
                               ["Verbose(1,went on)", "Hangup()"])
        alice.wait_for("CALL_ESTABLISHED")
        time.sleep(1)
        alice.keys("*")
        bob.wait_for("CALL_CLOSED", 6)
        alice.wait_for("CALL_CLOSED", 6)

    def test_option_T_transfers_by_key(self):
        alice, bob = self.plan(
            "Dial(SIP/1002,10,T)",
            more="exten => 200,1,Milliwatt()\n")
        alice.wait_for("CALL_ESTABLISHED")
        time.sleep(1)
        alice.keys("#")
        time.sleep(2)
        alice.keys("200")
        time.sleep(5)
        bob.hangup()
        self.exchange.wait_idle()
        self.assert_heard(bob, 1004, 1.0)

    def test_options_U_b_and_B_run_subroutines(self):
        alice, _ = self.plan(
            "Dial(SIP/1002,10,U(seen^one)b(office^pre^1)B(office^mine^1))",
            more="exten => pre,1,Verbose(1,pre ${CHANNEL})\n"
                 " same => n,Return()\n"
                 "exten => mine,1,Verbose(1,mine ${CHANNEL})\n"
                 " same => n,Return()\n"
                 "[seen]\nexten => s,1,Verbose(1,answered ${ARG1} ${CHANNEL})\n"
                 " same => n,Return()\n")
        alice.wait_for("CALL_ESTABLISHED")
        time.sleep(1)
        alice.hangup()
        self.exchange.wait_idle()
        self.logged("pre SIP/1002-")
        self.logged("mine SIP/1001-")
        self.logged("answered one SIP/1002-")

    def test_a_phone_that_is_away_is_chanunavail(self):
        self.exchange.write("extensions.conf", dialplan(
            "Dial(SIP/1003,5)", "Verbose(1,status ${DIALSTATUS})",
            "Hangup()"))
        self.exchange.ask("dialplan reload")
        alice = self.phone("1001")
        alice.dial("100")
        alice.wait_for("CALL_CLOSED")
        self.logged("status CHANUNAVAIL")

    def test_an_unknown_option_is_named(self):
        alice, _ = self.plan("Dial(SIP/1002,10,tq)", answer="manual",
                             after=["Hangup()"])
        alice.wait_for("CALL_CLOSED", 15)
        self.logged(r"extensions\.conf:\d+.*Dial.*q")


if __name__ == "__main__":
    tap.main()
