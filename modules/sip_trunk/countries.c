/* What is known of countries: tables. The rules of those that the presets are for, and the
 * codes of all (ITU-T E.164 and its list of assigned codes; +1 by area codes). */
#include <strings.h>

#include "modules/sip_trunk/countries.h"

/* ---- how one dials ---- */

#define EMERGENCY(...) ((const char *const[]){ __VA_ARGS__, NULL })

static const struct country countries[] = {
	{ "AT", "43", "0", "00", 0, 0, "", "",
	  EMERGENCY("112", "122", "128", "133", "140", "141", "142", "144", "147") },
	{ "AU", "61", "0", "0011", 0, 0, "", "1", EMERGENCY("000", "106", "112") },
	{ "BE", "32", "0", "00", 0, 0, "", "1", EMERGENCY("112", "100", "101") },
	{ "CA", "1", "1", "011", 10, 10, "23456789", "0 1", EMERGENCY("911", "988") },
	{ "CH", "41", "0", "00", 0, 0, "", "1",
	  EMERGENCY("112", "117", "118", "143", "144", "145", "147", "1414") },
	{ "CZ", "420", "", "00", 9, 9, "23456789", "1",
	  EMERGENCY("112", "150", "155", "156", "158") },
	{ "DE", "49", "0", "00", 0, 0, "", "11", EMERGENCY("112", "110") },
	{ "DK", "45", "", "00", 8, 8, "23456789", "1", EMERGENCY("112") },
	{ "ES", "34", "", "00", 9, 9, "6789", "0 1",
	  EMERGENCY("112", "061", "062", "080", "085", "091", "092") },
	{ "FI", "358", "0", "00", 0, 0, "", "1", EMERGENCY("112") },
	{ "FR", "33", "0", "00", 0, 0, "", "1 3",
	  EMERGENCY("112", "15", "17", "18", "114", "115", "116000", "119", "191", "196", "197") },
	{ "GB", "44", "0", "00", 0, 0, "", "1", EMERGENCY("999", "112", "18000") },
	{ "IE", "353", "0", "00", 0, 0, "", "1", EMERGENCY("112", "999") },
	/* The 0 of a town belongs to its numbers, from abroad too. */
	{ "IT", "39", "", "00", 6, 12, "0389", "1 4",
	  EMERGENCY("112", "113", "114", "115", "117", "118", "1515", "1522", "1530") },
	{ "NL", "31", "0", "00", 0, 0, "", "1", EMERGENCY("112", "113") },
	{ "NO", "47", "", "00", 8, 8, "23456789", "1", EMERGENCY("112", "110", "113") },
	{ "NZ", "64", "0", "00", 0, 0, "", "1", EMERGENCY("111", "112") },
	{ "PL", "48", "", "00", 9, 9, "23456789", "1",
	  EMERGENCY("112", "984", "985", "986", "991", "992", "993", "994", "997", "998", "999") },
	{ "PT", "351", "", "00", 9, 9, "236789", "1", EMERGENCY("112") },
	{ "SE", "46", "0", "00", 0, 0, "", "1", EMERGENCY("112") },
	{ "US", "1", "1", "011", 10, 10, "23456789", "0 1", EMERGENCY("911", "988") },
};

/* What people write, beside the names of ISO 3166. */
static const char *of_usage(const char *name)
{
	if (strcasecmp(name, "UK") == 0)
		return "GB";
	return strcasecmp(name, "NANP") == 0 ? "US" : name;
}

const struct country *country_find(const char *name)
{
	name = of_usage(name);
	for (size_t i = 0; i < RD_ARRAY_SIZE(countries); i++)
		if (strcasecmp(countries[i].name, name) == 0)
			return &countries[i];
	return NULL;
}

bool country_is_emergency(const struct country *country, struct rd_str number)
{
	static const char *const anywhere[] = { "112", "911", NULL };
	const char *const *it = country ? country->emergency : anywhere;

	while (*it && !rd_str_eq(number, rd_str_of(*it)))
		it++;
	return *it;
}

/* ---- where a number is ---- */

#define NOWHERE "001"

/* A name, and what its numbers begin with. */
static const struct zone {
	char name[4];
	const char *codes;
} zones[] = {
	{ "US", "1" },
	{ "CA", "1204 1226 1236 1249 1250 1257 1263 1289 1306 1343 1354 1365 1367 1368 1382 1387 "
		"1403 1416 1418 1428 1431 1437 1438 1450 1460 1468 1474 1506 1514 1519 1537 1548 "
		"1568 1579 1581 1584 1587 1600 1604 1613 1622 1639 1647 1672 1683 1705 1709 1742 "
		"1753 1778 1780 1782 1807 1819 1825 1867 1873 1879 1902 1905 1942" },
	{ "BS", "1242" },
	{ "BB", "1246" },
	{ "AI", "1264" },
	{ "AG", "1268" },
	{ "VG", "1284" },
	{ "VI", "1340" },
	{ "KY", "1345" },
	{ "BM", "1441" },
	{ "GD", "1473" },
	{ "TC", "1649" },
	{ "JM", "1658 1876" },
	{ "MS", "1664" },
	{ "MP", "1670" },
	{ "GU", "1671" },
	{ "AS", "1684" },
	{ "SX", "1721" },
	{ "LC", "1758" },
	{ "DM", "1767" },
	{ "VC", "1784" },
	{ "PR", "1787 1939" },
	{ "DO", "1809 1829 1849" },
	{ "TT", "1868" },
	{ "KN", "1869" },
	{ "EG", "20" },
	{ "SS", "211" },
	{ "MA", "212" },
	{ "DZ", "213" },
	{ "TN", "216" },
	{ "LY", "218" },
	{ "GM", "220" },
	{ "SN", "221" },
	{ "MR", "222" },
	{ "ML", "223" },
	{ "GN", "224" },
	{ "CI", "225" },
	{ "BF", "226" },
	{ "NE", "227" },
	{ "TG", "228" },
	{ "BJ", "229" },
	{ "MU", "230" },
	{ "LR", "231" },
	{ "SL", "232" },
	{ "GH", "233" },
	{ "NG", "234" },
	{ "TD", "235" },
	{ "CF", "236" },
	{ "CM", "237" },
	{ "CV", "238" },
	{ "ST", "239" },
	{ "GQ", "240" },
	{ "GA", "241" },
	{ "CG", "242" },
	{ "CD", "243" },
	{ "AO", "244" },
	{ "GW", "245" },
	{ "IO", "246" },
	{ "AC", "247" },
	{ "SC", "248" },
	{ "SD", "249" },
	{ "RW", "250" },
	{ "ET", "251" },
	{ "SO", "252" },
	{ "DJ", "253" },
	{ "KE", "254" },
	{ "TZ", "255" },
	{ "UG", "256" },
	{ "BI", "257" },
	{ "MZ", "258" },
	{ "ZM", "260" },
	{ "MG", "261" },
	{ "RE", "262" },
	{ "ZW", "263" },
	{ "NA", "264" },
	{ "MW", "265" },
	{ "LS", "266" },
	{ "BW", "267" },
	{ "SZ", "268" },
	{ "KM", "269" },
	{ "ZA", "27" },
	{ "SH", "290" },
	{ "ER", "291" },
	{ "AW", "297" },
	{ "FO", "298" },
	{ "GL", "299" },
	{ "GR", "30" },
	{ "NL", "31" },
	{ "BE", "32" },
	{ "FR", "33" },
	{ "ES", "34" },
	{ "GI", "350" },
	{ "PT", "351" },
	{ "LU", "352" },
	{ "IE", "353" },
	{ "IS", "354" },
	{ "AL", "355" },
	{ "MT", "356" },
	{ "CY", "357" },
	{ "FI", "358" },
	{ "BG", "359" },
	{ "HU", "36" },
	{ "LT", "370" },
	{ "LV", "371" },
	{ "EE", "372" },
	{ "MD", "373" },
	{ "AM", "374" },
	{ "BY", "375" },
	{ "AD", "376" },
	{ "MC", "377" },
	{ "SM", "378" },
	{ "VA", "379 3906698" },
	{ "UA", "380" },
	{ "RS", "381" },
	{ "ME", "382" },
	{ "XK", "383" },
	{ "HR", "385" },
	{ "SI", "386" },
	{ "BA", "387" },
	{ "MK", "389" },
	{ "IT", "39" },
	{ "RO", "40" },
	{ "CH", "41" },
	{ "CZ", "420" },
	{ "SK", "421" },
	{ "LI", "423" },
	{ "AT", "43" },
	{ "GB", "44" },
	{ "GG", "441481" },
	{ "JE", "441534" },
	{ "IM", "441624" },
	{ "DK", "45" },
	{ "SE", "46" },
	{ "NO", "47" },
	{ "PL", "48" },
	{ "DE", "49" },
	{ "FK", "500" },
	{ "BZ", "501" },
	{ "GT", "502" },
	{ "SV", "503" },
	{ "HN", "504" },
	{ "NI", "505" },
	{ "CR", "506" },
	{ "PA", "507" },
	{ "PM", "508" },
	{ "HT", "509" },
	{ "PE", "51" },
	{ "MX", "52" },
	{ "CU", "53" },
	{ "AR", "54" },
	{ "BR", "55" },
	{ "CL", "56" },
	{ "CO", "57" },
	{ "VE", "58" },
	{ "GP", "590" },
	{ "BO", "591" },
	{ "GY", "592" },
	{ "EC", "593" },
	{ "GF", "594" },
	{ "PY", "595" },
	{ "MQ", "596" },
	{ "SR", "597" },
	{ "UY", "598" },
	{ "CW", "599" },
	{ "BQ", "5993 5994 5997" },
	{ "MY", "60" },
	{ "AU", "61" },
	{ "ID", "62" },
	{ "PH", "63" },
	{ "NZ", "64" },
	{ "SG", "65" },
	{ "TH", "66" },
	{ "TL", "670" },
	{ "NF", "672" },
	{ "BN", "673" },
	{ "NR", "674" },
	{ "PG", "675" },
	{ "TO", "676" },
	{ "SB", "677" },
	{ "VU", "678" },
	{ "FJ", "679" },
	{ "PW", "680" },
	{ "WF", "681" },
	{ "CK", "682" },
	{ "NU", "683" },
	{ "WS", "685" },
	{ "KI", "686" },
	{ "NC", "687" },
	{ "TV", "688" },
	{ "PF", "689" },
	{ "TK", "690" },
	{ "FM", "691" },
	{ "MH", "692" },
	{ "RU", "7" },
	{ "KZ", "76 77" },
	{ NOWHERE, "800 808 870 878 881 882 883 888 979" },
	{ "JP", "81" },
	{ "KR", "82" },
	{ "VN", "84" },
	{ "KP", "850" },
	{ "HK", "852" },
	{ "MO", "853" },
	{ "KH", "855" },
	{ "LA", "856" },
	{ "CN", "86" },
	{ "BD", "880" },
	{ "TW", "886" },
	{ "TR", "90" },
	{ "IN", "91" },
	{ "PK", "92" },
	{ "AF", "93" },
	{ "LK", "94" },
	{ "MM", "95" },
	{ "MV", "960" },
	{ "LB", "961" },
	{ "JO", "962" },
	{ "SY", "963" },
	{ "IQ", "964" },
	{ "KW", "965" },
	{ "SA", "966" },
	{ "YE", "967" },
	{ "OM", "968" },
	{ "PS", "970" },
	{ "AE", "971" },
	{ "IL", "972" },
	{ "BH", "973" },
	{ "QA", "974" },
	{ "BT", "975" },
	{ "MN", "976" },
	{ "NP", "977" },
	{ "IR", "98" },
	{ "TJ", "992" },
	{ "TM", "993" },
	{ "AZ", "994" },
	{ "GE", "995" },
	{ "KG", "996" },
	{ "UZ", "998" },
};

/* How many digits of the number the longest code of the zone has that it begins with. */
static size_t depth(const struct zone *zone, struct rd_str e164)
{
	struct rd_str codes = rd_str_of(zone->codes), code;
	size_t most = 0;

	while (codes.n) {
		rd_str_cut(&codes, ' ', &code);
		if (rd_str_starts(e164, code))
			most = RD_MAX(most, code.n);
	}
	return most;
}

const char *country_of_number(struct rd_str e164)
{
	const char *found = NULL;
	size_t most = 0;

	for (size_t i = 0; i < RD_ARRAY_SIZE(zones); i++) {
		size_t n = depth(&zones[i], e164);

		if (n > most) {
			most = n;
			found = zones[i].name;
		}
	}
	return found;
}

/* The digits that NANP stands for, or the word itself. */
static struct rd_str beginning(const char *word)
{
	return strcasecmp(word, "NANP") == 0 ? RD_STR("1") : rd_str_of(word);
}

bool country_has(const char *word, struct rd_str e164)
{
	const char *country = country_of_number(e164);

	return country && (strcasecmp(of_usage(word), country) == 0 ||
			   rd_str_starts(e164, beginning(word)));
}

static bool is_a_beginning(struct rd_str word)
{
	for (size_t i = 0; i < word.n; i++)
		if (word.p[i] < '0' || word.p[i] > '9')
			return false;
	return word.n && word.p[0] != '0';
}

bool country_is_known(const char *word)
{
	if (is_a_beginning(beginning(word)))
		return true;
	for (size_t i = 0; i < RD_ARRAY_SIZE(zones); i++)
		if (strcasecmp(zones[i].name, of_usage(word)) == 0)
			return true;
	return false;
}
