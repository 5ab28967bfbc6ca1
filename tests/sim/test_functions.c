/* Every function of the dialplan, family by family: what it gives for what. */
#include "tests/sim/sim_dialplan.h"

#include <stdlib.h>

#include <ringdown/log.h>

#include "tests/unit/log_catch.h"

struct row {
	const char *text, *result;
};

static const char variables[] = "X=abc-def-ghi\n"
				"LIST=one,two,three\n"
				"N=5\n"
				"NAME=N\n"
				"EMPTY=\n"
				"DIGITS=0123456789\n"
				"CODE=${N}+1\n"
				"JSON={\"a\":{\"b\":[1,\"two\",true]},\"n\":null}\n";

static void check(const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const char *result = sim_expand(variables, rows[i].text);

		if (strcmp(result, rows[i].result) != 0)
			fail_msg("%s: '%s', expected '%s'", rows[i].text, result, rows[i].result);
	}
}

#define CHECK(...)                                            \
	do {                                                  \
		static const struct row rows[] = { __VA_ARGS__ }; \
		check(rows, RD_ARRAY_SIZE(rows));             \
	} while (0)

static void variables_are_put_in(void **state)
{
	(void)state;
	CHECK({ "plain", "plain" }, { "", "" }, { "${N}", "5" }, { "a${N}b", "a5b" },
	      { "${NOSUCH}", "" }, { "${${NAME}}", "5" }, { "$N", "$N" }, { "100$", "100$" },
	      { "\\${N}", "${N}" }, { "\\$[1+1]", "$[1+1]" }, { "c:\\dir", "c:\\dir" },
	      { "${CODE}", "${N}+1" }, { "$[${N} + 1]", "6" }, { "$[${N} * $[1 + 1]]", "10" },
	      { "${EXTEN} ${CONTEXT} ${PRIORITY}", "100 sim 1" }, { "${n}", "" });
}

static void slices_are_cut_out_of_values(void **state)
{
	(void)state;
	CHECK({ "${DIGITS:1}", "123456789" }, { "${DIGITS:1:3}", "123" }, { "${DIGITS:-3}", "789" },
	      { "${DIGITS:-3:2}", "78" }, { "${DIGITS:0:-4}", "012345" },
	      { "${DIGITS:2:-4}", "2345" },
	      { "${DIGITS:0:0}", "" }, { "${DIGITS:99}", "" }, { "${DIGITS:-99}", "0123456789" },
	      { "${DIGITS:8:-8}", "" }, { "${DIGITS:${N}}", "56789" },
	      { "${DIGITS:${N}:$[1 + 1]}", "56" }, { "x${EMPTY:1}y", "xy" },
	      { "${TOUPPER(${X}):4:3}", "DEF" }, { "${${NAME}:0:1}", "5" });
}

static void texts_are_changed_and_measured(void **state)
{
	(void)state;
	CHECK({ "${LEN(${X})}", "11" }, { "${LEN()}", "0" }, { "${TOUPPER(aBc1)}", "ABC1" },
	      { "${TOLOWER(aBc1)}", "abc1" }, { "${TRIM(  a b )}", "a b" },
	      { "${QUOTE(a\"b\\c)}", "\"a\\\"b\\\\c\"" }, { "${EVAL(${CODE})}", "5+1" },
	      { "${FILTER(0-9,a1b2c3)}", "123" }, { "${FILTER(a-c\\-,a-b_d)}", "a-b" },
	      { "${FILTER(\\x41-\\x43,ABCDE)}", "ABC" }, { "${REPLACE(X,-,_)}", "abc_def_ghi" },
	      { "${REPLACE(X,ae)}", "bc-df-ghi" }, { "${STRREPLACE(X,-d,+)}", "abc+ef-ghi" },
	      { "${STRREPLACE(X,-,,1)}", "abcdef-ghi" }, { "${REGEX(\"^a.*i$\" ${X})}", "1" },
	      { "${REGEX(\"^[0-9]+$\" ${X})}", "0" }, { "${REGEX(\"(\" x)}", "" });
}

static void lists_are_cut_and_searched(void **state)
{
	(void)state;
	CHECK({ "${CUT(X,-,2)}", "def" }, { "${CUT(X,,3)}", "ghi" },
	      { "${CUT(X,-,1-2)}", "abc-def" },
	      { "${CUT(X,-,2-)}", "def-ghi" }, { "${CUT(X,-,1&3)}", "abc-ghi" },
	      { "${CUT(LIST,\\,,2)}", "two" }, { "${CUT(X,-,9)}", "" },
	      { "${FIELDQTY(X,-)}", "3" }, { "${FIELDQTY(EMPTY,-)}", "0" },
	      { "${FIELDQTY(LIST,\\,)}", "3" }, { "${FIELDNUM(X,-,ghi)}", "3" },
	      { "${FIELDNUM(X,-,zzz)}", "0" }, { "${LISTFILTER(X,-,def)}", "abc-ghi" },
	      { "${POP(X,-)} ${X}", "ghi abc-def" }, { "${SHIFT(X,-)} ${X}", "abc def-ghi" },
	      { "${SHIFT(N)}${N}", "5" }, { "${POP(LIST)} ${LIST}", "three one,two" });
}

static void numbers_are_worked_out(void **state)
{
	(void)state;
	CHECK({ "${MATH(7+3,int)}", "10" }, { "${MATH(7/2)}", "3.500000" },
	      { "${MATH(2**10,i)}", "1024" },
	      { "${MATH(255+0,hex)}", "ff" }, { "${MATH(60+5,char)}", "A" },
	      { "${MATH(7%4,int)}", "3" },
	      { "${MATH(1<<4,int)}", "16" }, { "${MATH(6AND3,int)}", "2" },
	      { "${MATH(3>2)}", "TRUE" },
	      { "${MATH(3==2)}", "FALSE" }, { "${MATH(1/0)}", "" }, { "${MATH(-3 - -5,int)}", "2" },
	      { "${INC(N)}${N}", "66" }, { "${DEC(N)}${N}", "44" }, { "${INC(UNSET)}", "1" },
	      { "${MIN(3,1.5,2)}", "1.5" }, { "${MAX(3,-7,12)}", "12" },
	      { "${ABS(-4.25)}", "4.25" },
	      { "${RAND(7,7)}", "7" }, { "$[${RAND(1,6)} < 7]", "1" },
	      { "${SPRINTF(%05.1f|%3d|%-3s|%x|%%,3.14159,7,a,255)}", "003.1|  7|a  |ff|%" },
	      { "${SPRINTF(%c|%3c|%-2c.|%c,65,59,0x,7x)}", "A|  ;|0 .|7" },
	      { "${SPRINTF(%c,0)}${SPRINTF(%c,256)}${SPRINTF(%c,)}", "" },
	      { "${SPRINTF(%n,1)}", "" });
}

static void choices_are_made(void **state)
{
	(void)state;
	CHECK({ "${IF($[1 < 2]?yes:no)}", "yes" }, { "${IF(0?yes:no)}", "no" },
	      { "${IF(0?yes)}", "" },
	      { "${IF(1?\"a:b\":c)}", "a:b" }, { "${ISNULL(${EMPTY})}", "1" },
	      { "${ISNULL(x)}", "0" },
	      { "${EXISTS(${N})}", "1" }, { "${EXISTS(${EMPTY})}", "0" },
	      { "${IFTIME(*,*,*,*?open:closed)}", "open" }, { "${IFTIME(bad?a:b)}", "" },
	      { "${SET(Q=new)}${Q}", "newnew" });
}

static void identities_are_read_field_by_field(void **state)
{
	(void)state;
	CHECK({ "${CALLERID(num)}", "alice" }, { "${CALLERID(name)}", "alice" },
	      { "${CALLERID(all)}", "\"alice\" <alice>" }, { "${CALLERID(dnid)}", "100" },
	      { "${CALLERID(num-pres)}", "allowed_not_screened" }, { "${CALLERID(bad)}", "" },
	      { "${CONNECTEDLINE(num)}", "" }, { "${REDIRECTING(count)}", "0" });
}

static void channels_tell_about_themselves(void **state)
{
	(void)state;
	CHECK({ "${CHANNEL(channeltype)}", "Sim" }, { "${CHANNEL(language)}", "en" },
	      { "${CHANNEL(appname)}", "Expand" }, { "${CHANNEL(peer)}", "" },
	      { "${CHANNEL(checkhangup)}", "0" }, { "${CHANNEL(onhold)}", "0" },
	      { "${CHANNEL(priority)}", "1" }, { "${CHANNEL(nothing)}", "" },
	      { "${TIMEOUT(digit)}", "5.000" }, { "${TIMEOUT(absolute)}", "0.000" },
	      { "${CHANNEL_EXISTS(${CHANNEL})}", "1" }, { "${CHANNEL_EXISTS(Sim/nobody-1)}", "0" },
	      { "${CUT(CHANNEL,/,1)}", "Sim" }, { "${CHANNELS(^Sim/bob)}", "" },
	      { "${CUT(CHANNELS(^Sim/al),-,1)}", "Sim/alice" },
	      { "${CUT(CHANNELS(^Simulated/al),-,1)}", "Sim/alice" },
	      { "${CHANNELS(^Simulated/bob)}", "" });
}

static void places_in_the_dialplan_are_found(void **state)
{
	(void)state;
	CHECK({ "${DIALPLAN_EXISTS(sim)}", "1" }, { "${DIALPLAN_EXISTS(nowhere)}", "0" },
	      { "${DIALPLAN_EXISTS(sim,555,1)}", "1" }, { "${DIALPLAN_EXISTS(sim,555,five)}", "1" },
	      { "${DIALPLAN_EXISTS(sim,555,2)}", "0" }, { "${VALID_EXTEN(555)}", "1" },
	      { "${VALID_EXTEN(sim,556)}", "0" }, { "${HINT(555)}", "Sim/alice" },
	      { "${HINT(555@sim,n)}", "Alice" }, { "${HINT(999)}", "" },
	      { "${EXTENSION_STATE(999@sim)}", "UNKNOWN" }, { "${EXTENSION_STATE(555)}", "INUSE" },
	      { "${DEVICE_STATE(Sim/nobody)}", "INVALID" });
}

static void moments_become_texts_and_back(void **state)
{
	(void)state;
	CHECK({ "${STRFTIME(0,UTC,%Y-%m-%d %H:%M:%S)}", "1970-01-01 00:00:00" },
	      { "${STRFTIME(1700000000,Europe/Berlin,%H:%M)}", "23:13" },
	      { "${STRFTIME(1700000000.25,UTC,%S.%3q)}", "20.250" },
	      { "${STRFTIME(1690000000,America/New_York,%d %H:%M %z)}", "22 00:26 -0400" },
	      { "${STRPTIME(2023-11-14 23:13:20,Europe/Berlin,%Y-%m-%d %H:%M:%S)}", "1700000000" },
	      { "${STRPTIME(nonsense,UTC,%Y)}", "" }, { "${STRFTIME(0,Mars/Base,%Y)}", "" },
	      { "${STRFTIME(253402300799,UTC,%Y)}", "9999" },
	      { "${STRFTIME(99999999999999999,UTC,%Y)}", "" }, { "${STRFTIME(abc,UTC,%Y)}", "" },
	      { "${STRFTIME(nan,UTC,%Y)}", "" });
}

static void hashes_keep_values_by_key(void **state)
{
	(void)state;
	sim_plan("[sim]\n"
		 "exten => 100,1,Set(HASH(h,a)=1)\n"
		 " same => n,Set(HASH(h,b)=2)\n"
		 " same => n,Note(${HASH(h,a)}${HASH(h,b)}${HASH(h,c)} ${HASHKEYS(h)} ${HASH(h)})\n"
		 " same => n,Set(HASH_CLEAR(h)=)\n"
		 " same => n,Note(-${HASHKEYS(h)}-)\n"
		 " same => n,Set(ARRAY(p,q)=x,y)\n"
		 " same => n,Note(${p}${q})\n"
		 " same => n,Set(PUSH(L)=a)\n"
		 " same => n,Set(PUSH(L)=b)\n"
		 " same => n,Set(UNSHIFT(L)=z)\n"
		 " same => n,Note(${L})\n");
	assert_string_equal(sim_dial("100"), "12 a,b 1,2 -- xy z,a,b");
}

static void identities_can_be_set(void **state)
{
	(void)state;
	sim_plan("[sim]\n"
		 "exten => 100,1,Set(CALLERID(all)=\"Al B\" <123>)\n"
		 " same => n,Note(${CALLERID(name)}/${CALLERID(num)})\n"
		 " same => n,Set(CALLERID(num-pres)=prohib)\n"
		 " same => n,Note(${CALLERID(num-pres)} ${CALLERID(name-pres)})\n"
		 " same => n,Set(REDIRECTING(from-num)=77)\n"
		 " same => n,Note(${REDIRECTING(from-num)} ${CALLERID(rdnis)})\n"
		 " same => n,Set(REDIRECTING(reason)=cfb)\n"
		 " same => n,Note(${REDIRECTING(reason)} ${REDIRECTING(orig-reason)})\n"
		 " same => n,Set(CHANNEL(language)=de)\n"
		 " same => n,Set(TIMEOUT(response)=2.5)\n"
		 " same => n,Note(${CHANNEL(language)} ${TIMEOUT(response)})\n");
	assert_string_equal(sim_dial("100"),
			    "Al B/123 prohib allowed_not_screened 77 77 cfb cfb de 2.500");
}

static void facts_of_former_lines_are_kept(void **state)
{
	(void)state;
	sim_plan("[sim]\n"
		 "exten => 100,1,Note(${CALLERID(dnid)} ${CALLERID(ani2)} ${CALLERID(ton)})\n"
		 " same => n,Set(CALLERID(dnid)=5)\n"
		 " same => n,Set(CALLERID(ani2)=6)\n"
		 " same => n,Set(CALLERID(subaddr)=7)\n"
		 " same => n,Set(CALLERID(priv-num)=8)\n"
		 " same => n,Set(CONNECTEDLINE(source)=transfer)\n"
		 " same => n,Note(${CALLERID(dnid)}${CALLERID(ani2)}${CALLERID(subaddr)})\n"
		 " same => n,Note(${CALLERID(priv-num)} ${CONNECTEDLINE(source)})\n"
		 " same => n,Set(ENV(RD_SIM)=here)\n"
		 " same => n,Note(${ENV(RD_SIM)} ${MATH(2^10,int)})\n"
		 " same => n,Set(ENV(RD_SIM)=)\n"
		 " same => n,Note(-${ENV(RD_SIM)}-)\n");
	assert_string_equal(sim_dial("100"), "100 0 0 567 8 transfer here 1024 --");
}

static void SET_sets_functions_as_Set_does(void **state)
{
	(void)state;
	CHECK({ "${SET(V=7)}${V}", "77" }, { "${SET(GLOBAL(Z)=7)}${GLOBAL(Z)}", "77" },
	      { "${SET(HASH(h,k)=a=b)}${HASH(h,k)}", "a=ba=b" },
	      { "${SET( CALLERID(num) =5)}${CALLERID(num)}", "55" },
	      { "${SET(LEN(x)=7)}", "7" }, { "${SET(=7)}", "" });
}

static void a_caller_id_may_be_given_as_text(void **state)
{
	(void)state;
	CHECK({ "${CALLERID(num,\"Foo\" <44>)}", "44" },
	      { "${CALLERID(name,\"Foo\" <44>)}", "Foo" },
	      { "${CALLERID(all,\"Foo\" <44>)}", "\"Foo\" <44>" },
	      { "${CALLERID(ani,\"Foo\" <44>)}", "" });
}

static void what_is_not_valid_is_not_shown(void **state)
{
	(void)state;
	sim_plan("[sim]\n"
		 "exten => 100,1,Set(CALLERID(all)=\"Foo\" <44>)\n"
		 " same => n,Set(CALLERID(num-valid)=1)\n"
		 " same => n,Set(CALLERID(name-valid)=maybe)\n"
		 " same => n,Note(${CALLERID(num)}${CALLERID(name)})\n"
		 " same => n,Set(CALLERID(num-valid)=0)\n"
		 " same => n,Note(-${CALLERID(num)}-${CALLERID(num-valid)}${CALLERID(name)})\n"
		 " same => n,Set(CALLERID(name-valid)=0)\n"
		 " same => n,Note(-${CALLERID(name)}-)\n");
	assert_string_equal(sim_dial("100"), "44Foo --0Foo --");
}

static void what_cannot_be_set_stays_as_it_was(void **state)
{
	(void)state;
	sim_plan("[sim]\n"
		 "exten => 100,1,Set(TIMEOUT(response)=2.5)\n"
		 " same => n,Set(TIMEOUT(response)=abc)\n"
		 " same => n,Set(TIMEOUT(response)=-1)\n"
		 " same => n,Set(TIMEOUT(response)=4s)\n"
		 " same => n,Set(CHANNEL(tonezone)=us)\n"
		 " same => n,Set(CHANNEL(tonezone)=xx)\n"
		 " same => n,Note(${TIMEOUT(response)} ${CHANNEL(tonezone)})\n"
		 " same => n,Set(CHANNEL(tonezone)=)\n"
		 " same => n,Note(-${CHANNEL(tonezone)}-)\n");
	assert_string_equal(sim_dial("100"), "2.500 us --");
}

static void what_is_shared_is_seen_by_others(void **state)
{
	(void)state;
	sim_plan("[sim]\n"
		 "exten => 100,1,Set(GLOBAL(G)=1)\n"
		 " same => n,Set(GLOBAL()=8)\n"
		 " same => n,Set(GLOBAL(__)=8)\n"
		 " same => n,Set(_=7)\n"
		 " same => n,MSet(__=6,x=1)\n"
		 " same => n,Set(SHARED()=9)\n"
		 " same => n,Set(SHARED(S)=2)\n"
		 " same => "
		 "n,Note(${G}${GLOBAL(G)}${SHARED(S)}${SHARED(S,${CHANNEL})}-${S}${}${SHARED()})\n"
		 " same => n,Set(GROUP()=sales)\n"
		 " same => n,Set(GROUP(kind)=vip)\n"
		 " same => n,Note(${GROUP()} ${GROUP_COUNT(sales)} ${GROUP_COUNT(vip@kind)})\n"
		 " same => n,Note(${GROUP_MATCH_COUNT(s.*)} ${GROUP_COUNT(none)})\n"
		 " same => n,Note(in:${GROUP_LIST()})\n"
		 " same => n,Note(${LOCK(l)}${TRYLOCK(l)}${UNLOCK(l)}${UNLOCK(l)}${UNLOCK(l)})\n"
		 " same => n,Set(WAITS=\\${LOCK(m)})\n" /* one that waits within another */
		 " same => n,Note(${EVAL(${WAITS})}${CUT(LOCK(n),-,1)})\n"
		 " same => n,Set(GROUP()=trunk@out)\n"
		 " same => n,Note(${GROUP(out)} ${GROUP_COUNT(trunk@out)})\n"
		 " same => n,Note(any:${GROUP_COUNT(VIP)}${GROUP_MATCH_COUNT(vip)}"
		 "${GROUP_MATCH_COUNT(.*@^k)}${GROUP_COUNT(vip@other)})\n");
	assert_string_equal(sim_dial("100"),
			    "1122- sales 1 1 1 0 in:sales vip@kind 11110 11 trunk 1 any:1110");
}

static void whoever_is_dialled_is_in_the_group_that_is_named(void **state)
{
	static struct sim_phone pair[2];

	(void)state;
	pair[0] = (struct sim_phone){ .name = "alice" };
	pair[1] = (struct sim_phone){ .name = "bob", .answer_ms = 60000 };
	sim_phones(pair, 2);
	sim_load("app_dial");
	sim_plan("[sim]\n"
		 "exten => 100,1,Set(OUTBOUND_GROUP=trunk@out)\n"
		 " same => n,Set(OUTBOUND_GROUP_ONCE=first)\n"
		 " same => n,RetryDial(,1,1,Sim/bob&Sim/bob,1,b(leg^s^1))\n"
		 " same => n,Note(${OUTBOUND_GROUP_ONCE}.)\n"
		 " same => n,Dial(Sim/bob,1,b(leg^s^1))\n"
		 " same => n,Set(OUTBOUND_GROUP=)\n"
		 " same => n,Dial(Sim/bob,1,b(leg^s^1))\n"
		 "[leg]\n"
		 "exten => s,1,Note(${GROUP()}-${GROUP(out)})\n"
		 " same => n,Return()\n");
	sim_call(&pair[0], "100");
	sim_pass(10000);
	assert_string_equal(sim_notes(), "first- first- first- first- . -trunk -");
}

/* Once each, whichever way it is said. */
static void a_value_without_a_name_is_warned_of(void **state)
{
	static const struct {
		const char *step, *warning;
	} cases[] = {
		{ "Set(_=9)", "Set: expected a name before '=', not '_'" },
		{ "Set(__ =8)", "Set: expected a name before '=', not '__'" },
		{ "MSet(_=6,x=1)", "MSet: expected a name before '=', not '_'" },
		{ "Set(GLOBAL(_)=7)", "Set: GLOBAL(_)=7: invalid argument" },
		{ "NoOp(${SET(_=5)})", "sim,100,1: expected a name before '=', not '_'" },
		{ "NoOp(${SET(LEN(x)=5)})", "sim,100,1: LEN(x) cannot be set" },
		{ "Set(NOSUCH(x)=5)", "Set: there is no function NOSUCH" },
		{ "Set(GLOBAL(x=5)", "Set: expected name=value, not 'GLOBAL(x=5'" },
		{ "Set(ARRAY(a,,_)=1,2,3)", "Set: ARRAY: expected a name, not '_'" },
		{ "Read(a&_,,4,n,1,1)", "Read: expected a name before '=', not '_'" },
	};

	(void)state;
	sim_load("app_read");
	rd_log_max = RD_LOG_WARNING;
	for (size_t i = 0; i < RD_ARRAY_SIZE(cases); i++) {
		char plan[200];
		struct log_catch caught;
		const char *said, *found;

		snprintf(plan, sizeof(plan), "[sim]\nexten => 100,1,%s\n same => n,Note(${x}on)\n",
			 cases[i].step);
		sim_plan(plan);
		log_catch(&caught);
		assert_string_equal(sim_dial("100"), i == 2 ? "1on" : "on");
		said = log_caught(&caught);
		found = strstr(said, cases[i].warning);
		if (!found || strstr(found + 1, cases[i].warning))
			fail_msg("\"%s\" is not said once in:\n%s", cases[i].warning, said);
	}
	rd_log_max = RD_LOG_ERROR;
	/* Those with a name are set all the same. */
	sim_plan("[sim]\nexten => 100,1,Set(ARRAY(a,,c)=1,2,3)\n same => n,Note(${a}${c})\n");
	assert_string_equal(sim_dial("100"), "13");
}

static void causes_of_dialled_legs(void **state)
{
	static struct sim_phone phones[3];

	(void)state;
	phones[2] = (struct sim_phone){ .name = "carol", .ring_ms = 10 };
	phones[0] = (struct sim_phone){ .name = "alice" };
	phones[1] = (struct sim_phone){ .name = "bob", .ring_ms = 10, .refuse_ms = 100,
					.refuse_cause = RD_CAUSE_BUSY };
	sim_load("app_dial");
	sim_load("func_hangupcause");
	sim_phones(phones, 3);
	sim_plan("[sim]\n"
		 "exten => 100,1,Dial(Sim/bob)\n"
		 " same => n,Note(${DIALSTATUS} ${HANGUPCAUSE})\n"
		 " same => n,Set(leg=${HANGUPCAUSE_KEYS()})\n"
		 " same => n,Note(${CUT(leg,-,1)} ${HANGUPCAUSE(${leg},ast)})\n"
		 " same => n,Set(HANGUPCAUSE_CLEAR()=)\n"
		 " same => n,Dial(Sim/carol,1)\n"
		 " same => n,Note(${HANGUPCAUSE(${HANGUPCAUSE_KEYS()},ast)})\n"
		 " same => n,Set(HANGUPCAUSE_CLEAR()=)\n"
		 " same => n,Note(-${HANGUPCAUSE_KEYS()}-)\n");
	sim_call(&phones[0], "100");
	sim_finish();
	assert_string_equal(sim_notes(), "BUSY 17 Sim/bob 17 19 --");
}

static void files_are_looked_at(void **state)
{
	(void)state;
	CHECK({ "${STAT(d,/tmp)}", "1" }, { "a${STAT(f,/tmp)}", "a0" },
	      { "${STAT(e,/no/such)}", "0" }, { "a${STAT(e,/no/such)}b", "a0b" });
}

static void codings_are_done_and_undone(void **state)
{
	(void)state;
	CHECK({ "${BASE64_ENCODE(hello)}", "aGVsbG8=" }, { "${BASE64_DECODE(aGVsbG8=)}", "hello" },
	      { "${MD5(hello)}", "5d41402abc4b2a76b9719d911017c592" },
	      { "${SHA1(hello)}", "aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d" },
	      { "${URIENCODE(a b&c)}", "a%20b%26c" }, { "${URIDECODE(a%20b)}", "a b" },
	      { "${LEN(${UUID()})}", "36" }, { "${JSON_DECODE(JSON,a.b.1)}", "two" },
	      { "${JSON_DECODE(JSON,a.b.2)}", "1" }, { "${JSON_DECODE(JSON,zzz)}", "" });
}

/* Asterisk gives its version for every word that it does not know. */
static void the_version_is_told_for_every_word(void **state)
{
	char expected[32], number[32];
	unsigned part[3] = { 0 };

	(void)state;
	assert_int_equal(sscanf(RD_VERSION, "%u.%u.%u", &part[0], &part[1], &part[2]), 3);
	snprintf(expected, sizeof(expected), "%s", RD_VERSION);
	snprintf(number, sizeof(number), "%u", part[0] * 10000 + part[1] * 100 + part[2]);
	assert_string_equal(sim_expand("", "${VERSION()}"), expected);
	assert_string_equal(sim_expand("", "${VERSION(BUILD_USER)}"), expected);
	assert_string_equal(sim_expand("", "${VERSION(ASTERISK_VERSION_NUM)}"), number);
}

static const char *const modules[] = {
	"func_list", "func_sprintf", "func_math", "func_logic", "func_hash", "func_time",
	"func_dialplan", "func_devstate", "func_global", "func_groupcount", "func_lock",
	"func_base64", "func_digest", "func_uri", "func_uuid", "func_json",
	"func_env", "func_version"
};
static const struct rd_module *loaded[RD_ARRAY_SIZE(modules)];

static int begin(void **state)
{
	sim_dialplan_begin(state);
	for (size_t i = 0; i < RD_ARRAY_SIZE(modules); i++) {
		loaded[i] = sim_load(modules[i]);
		if (loaded[i]->load)
			assert_int_equal(loaded[i]->load(), 0);
	}
	rd_log_max = RD_LOG_ERROR;
	return 0;
}

static int end(void **state)
{
	sim_finish();
	for (size_t i = 0; i < RD_ARRAY_SIZE(modules); i++)
		if (loaded[i]->unload)
			loaded[i]->unload();
	return sim_dialplan_end(state);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(variables_are_put_in),
		TEST(slices_are_cut_out_of_values),
		TEST(texts_are_changed_and_measured),
		TEST(lists_are_cut_and_searched),
		TEST(numbers_are_worked_out),
		TEST(choices_are_made),
		TEST(identities_are_read_field_by_field),
		TEST(channels_tell_about_themselves),
		TEST(places_in_the_dialplan_are_found),
		TEST(moments_become_texts_and_back),
		TEST(hashes_keep_values_by_key),
		TEST(identities_can_be_set),
		TEST(facts_of_former_lines_are_kept),
		TEST(SET_sets_functions_as_Set_does),
		TEST(a_caller_id_may_be_given_as_text),
		TEST(what_is_not_valid_is_not_shown),
		TEST(what_cannot_be_set_stays_as_it_was),
		TEST(what_is_shared_is_seen_by_others),
		TEST(whoever_is_dialled_is_in_the_group_that_is_named),
		TEST(a_value_without_a_name_is_warned_of),
		TEST(causes_of_dialled_legs),
		TEST(files_are_looked_at),
		TEST(codings_are_done_and_undone),
		TEST(the_version_is_told_for_every_word),
	};

	return RUN_GROUP(tests);
}
