/* The figures of RFC 5407 and of RFC 3665 as the exchange sees them, in each role that it can
 * have, with and without loss: see sip_figure.h. What is said and heard in them is in
 * test_sip_rfc5407.c and test_sip_rfc3665.c. */
#include "tests/unit/test.h"

#include "tests/sim/sip_figure.h"

/* The far end calls a number: the exchange is Bob. */
#define BOB(section, number, messages) \
	{ .title = section ", called", .calls = number, .drawn = messages }
/* It calls a device: it is Alice. */
#define ALICE_TO(device, section, messages) \
	{ .title = section ", calling", .called = "SIP/42@" device, .drawn = messages }
#define ALICE(section, messages) ALICE_TO("peer", section, messages)

#define UP	"INVITE+> <100 <200+ ACK> " /* at 600; 605 hangs up then */
#define RINGS	"INVITE+> <100 <180 <200+ " /* at 610 */
#define LATE	"INVITE> <100 <180 <200+ "  /* likewise */
#define BYE	"BYE> <200(BYE)"
#define IS_UP	"<INVITE+ 180> 200+> <ACK "
#define IS_LATE "<INVITE 180> 200+> <ACK+ "
#define OUR_BYE "hangup <BYE 200(BYE)>"

static const struct sip_figure figures[] = {
	BOB("5407 3.1.1", "600", "INVITE+> <100 <200+ =INVITE> ACK> " BYE),
	ALICE("5407 3.1.1", "<INVITE+ <=INVITE 200+> <ACK " OUR_BYE),
	BOB("5407 3.1.2", "610", RINGS "CANCEL> <200(CANCEL) ACK> " BYE),
	ALICE("5407 3.1.2",
	      "<INVITE+ 180> hangup <CANCEL 200+> <ACK <BYE 200(CANCEL)> 200(BYE)>"),
	ALICE("5407 3.1.2, 481 to the CANCEL",
	      "<INVITE+ 180> hangup <CANCEL 200+> <ACK <BYE 481(CANCEL)> 200(BYE)>"),
	BOB("5407 3.1.3", "610", RINGS "BYE> <200(BYE) ACK>"),
	BOB("5407 3.1.4", "610",
	    RINGS "<=200+ reINVITE+> <491(reINVITE) ACK> ACK(reINVITE)> " BYE),
	ALICE("5407 3.1.4", IS_UP "party <reINVITE+ =200+> <ACK 200+(reINVITE)> <ACK(reINVITE) "
	      OUR_BYE),
	ALICE("5407 3.1.4, 491", IS_UP "party <reINVITE+ =200+> <ACK 491(reINVITE)> "
	      "<ACK(reINVITE) <reINVITE+ 200+(reINVITE)> <ACK(reINVITE) " OUR_BYE),
	BOB("5407 3.1.5", "610",
	    LATE "<=200+ reINVITE+> <491(reINVITE) ACK+> ACK(reINVITE)> " BYE),
	BOB("5407 3.1.5, UPDATE", "610", LATE "<=200+ UPDATE+> <491(UPDATE) ACK+> " BYE),
	ALICE_TO("unsaid", "5407 3.1.5", IS_LATE "party <reINVITE+ =200+> <ACK+ 491(reINVITE)> "
		 "<ACK(reINVITE) <reINVITE+ 200+(reINVITE)> <ACK(reINVITE) " OUR_BYE),
	BOB("5407 3.1.6", "610", RINGS "<=200+ BYE> <200(BYE) ACK>"),
	BOB("5407 3.1.6, late offer", "610", LATE "<=200+ BYE> <200(BYE) ACK+>"),
	ALICE("5407 3.1.6", IS_UP "hangup <BYE =200+> <ACK 200(BYE)>"),
	ALICE_TO("unsaid", "5407 3.1.6, late offer", IS_LATE "hangup <BYE =200+> <ACK+ 200(BYE)>"),

	BOB("5407 3.2.1", "605", UP "<BYE BYE> <200(BYE) 200(BYE)>"),
	ALICE("5407 3.2.1", IS_UP "hangup <BYE BYE> <200(BYE) 200(BYE)>"),
	BOB("5407 3.2.2", "605", UP "<BYE reINVITE+> <481(reINVITE) ACK(reINVITE)> 200(BYE)>"),
	ALICE("5407 3.2.2",
	      IS_UP "hangup <BYE reINVITE+> <481(reINVITE) ACK(reINVITE)> 200(BYE)>"),
	BOB("5407 3.2.2, our re-INVITE", "600",
	    UP "party <reINVITE+ BYE> <200(BYE) 481(reINVITE)> <ACK(reINVITE)"),
	ALICE("5407 3.2.2, our re-INVITE",
	      IS_UP "party <reINVITE+ BYE> <200(BYE) 481(reINVITE)> <ACK(reINVITE)"),
	BOB("5407 3.2.3", "600",
	    UP "party <reINVITE+ hangup <BYE 200+(reINVITE)> <ACK(reINVITE) 200(BYE)>"),
	ALICE("5407 3.2.3",
	      IS_UP "party <reINVITE+ hangup <BYE 200+(reINVITE)> <ACK(reINVITE) 200(BYE)>"),
	BOB("5407 3.2.3, our 200", "600",
	    UP "reINVITE+> <200+(reINVITE) BYE> <200(BYE) ACK(reINVITE)>"),
	ALICE("5407 3.2.3, our 200",
	      IS_UP "reINVITE+> <200+(reINVITE) BYE> <200(BYE) ACK(reINVITE)>"),
	BOB("5407 3.2.4", "605", "INVITE> <100 <200+ ACK+> <BYE 200(BYE)>"),
	ALICE("5407 3.2.4", "<INVITE+ 180> 200+> BYE> <ACK <200(BYE)"),
	ALICE_TO("unsaid", "5407 3.2.4", "<INVITE 180> 200+> BYE> <ACK+ <200(BYE)"),

	BOB("5407 3.3.1", "600", UP "party <reINVITE+ reINVITE+> <491(reINVITE) "
	    "ACK(reINVITE)> 491(reINVITE)> <ACK(reINVITE) <reINVITE+ 200+(reINVITE)> "
	    "<ACK(reINVITE) reINVITE+> <200+(reINVITE) ACK(reINVITE)> " BYE),
	ALICE("5407 3.3.1", IS_UP "party <reINVITE+ reINVITE+> <491(reINVITE) "
	      "ACK(reINVITE)> 491(reINVITE)> <ACK(reINVITE) reINVITE+> <200+(reINVITE) "
	      "ACK(reINVITE)> <reINVITE+ 200+(reINVITE)> <ACK(reINVITE) " OUR_BYE),
	BOB("5407 3.3.2", "600", UP "party <reINVITE+ UPDATE+> <491(UPDATE) 491(reINVITE)> "
	    "<ACK(reINVITE) <reINVITE+ 200+(reINVITE)> <ACK(reINVITE) UPDATE+> "
	    "<200+(UPDATE) " BYE),
	ALICE("5407 3.3.2", IS_UP "party <reINVITE+ UPDATE+> <491(UPDATE) 491(reINVITE)> "
	      "<ACK(reINVITE) UPDATE+> <200+(UPDATE) <reINVITE+ 200+(reINVITE)> "
	      "<ACK(reINVITE) " OUR_BYE),
	BOB("5407 3.3.2, a refresh", "600", UP "party <reINVITE+ UPDATE> <200(UPDATE) "
	    "200+(reINVITE)> <ACK(reINVITE) " BYE),
	ALICE("5407 3.3.2, a refresh", IS_UP "party <reINVITE+ UPDATE> <200(UPDATE) "
	      "200+(reINVITE)> <ACK(reINVITE) " OUR_BYE),
	BOB("5407 3.3.3", "605", UP "<BYE REFER> <481(REFER) 200(BYE)>"),
	ALICE("5407 3.3.3", IS_UP "hangup <BYE REFER> <481(REFER) 200(BYE)>"),

	BOB("5407 A", "602", "INVITE+> <100 <180 BYE> <200(BYE) <487 ACK>"),
	BOB("5407 B", "600", UP "~reINVITE+> BYE> <200(BYE) =reINVITE> <481(reINVITE) "
	    "ACK(reINVITE)>"),
	ALICE("5407 B", IS_UP "party <reINVITE+ hangup <BYE 200(BYE)> <=reINVITE+ 481(reINVITE)> "
	      "<ACK(reINVITE)"),
	BOB("5407 C", "602", "INVITE+> <100 <180 CANCEL> <200(CANCEL) <487 ACK>"),
	ALICE("5407 C", "<INVITE+ hangup 180> <CANCEL 200(CANCEL)> 487> <ACK"),
	ALICE("5407 D", IS_UP "hangup <BYE 407(BYE)> <BYE 200(BYE)>"),
	ALICE("5407 E, figure 4", "<INVITE+ 180@A> 180@B> 200+@A> <ACK@A hangup <BYE@A 200(BYE)>"),
	ALICE("5407 E, figure 5", "<INVITE+ 180@A> 180@B> 200+@A> <ACK@A 200+@B> <ACK@B <BYE@B "
	      "200(BYE)> hangup <BYE@A 200(BYE)>"),
	ALICE("5407 E, figure 6", "<INVITE+ 180@A> 200+@A> <ACK@A 200+@B> <ACK@B <BYE@B "
	      "200(BYE)> hangup <BYE@A 200(BYE)>"),
	ALICE("5407 E, figure 7", "<INVITE+ 180@A> 200+@A> <ACK@A 180!@B> <PRACK@B 200(PRACK)> "
	      "hangup <BYE@A 200(BYE)>"),

	BOB("3665 3.1", "610", RINGS "ACK> " BYE),
	ALICE("3665 3.1", IS_UP OUR_BYE),
	ALICE("3665 3.2", IS_UP BYE),
	ALICE("3665 3.3", "<INVITE+ 407> <ACK <INVITE+ 180> 200+> <ACK " OUR_BYE),
	ALICE("3665 3.6", "<INVITE+ 302> <ACK <INVITE+ 180> 200+> <ACK " OUR_BYE),
	BOB("3665 3.6, late offer", "610", LATE "ACK+> " BYE),
	ALICE_TO("unsaid", "3665 3.6, late offer", IS_LATE OUR_BYE),
	BOB("3665 3.7", "600", UP "reINVITE+> <200+(reINVITE) ACK(reINVITE)> " BYE),
	ALICE("3665 3.7", IS_UP "reINVITE+> <200+(reINVITE) ACK(reINVITE)> " OUR_BYE),
	BOB("3665 3.8", "602", "INVITE+> <100 <180 wait CANCEL> <200(CANCEL) <487 ACK>"),
	ALICE("3665 3.8", "<INVITE+ 180> wait hangup <CANCEL 200(CANCEL)> 487> <ACK"),
	BOB("3665 3.9", "604", "INVITE+> <100 <486 ACK>"),
	ALICE("3665 3.9", "<INVITE+ 486> <ACK"),
	BOB("3665 3.11", "701", "INVITE+> <100 <480 ACK>"),
	ALICE("3665 3.11", "<INVITE+ 180> 480> <ACK"),
};

int main(void)
{
	struct CMUnitTest tests[RD_ARRAY_SIZE(figures)];

	for (size_t i = 0; i < RD_ARRAY_SIZE(figures); i++)
		tests[i] = (struct CMUnitTest)FIGURE(&figures[i]);
	return RUN_GROUP(tests);
}
