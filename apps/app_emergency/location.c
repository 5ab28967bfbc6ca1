/* Where a phone is, for whoever is called: a civic address as a PIDF-LO, which goes with the INVITE
 * beside its SDP, and the header Geolocation that points at it (RFC 6442 §4). */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <ringdown/clock.h>
#include <ringdown/log.h>
#include <ringdown/xml.h>

#include "apps/app_emergency/emergency.h"

/* In the order of the schemas: RFC 4119 §2.2.1, RFC 5139 §3. */
static const char *const elements[] = {
	"country", "A1",   "A2",   "A3",  "A4",  "A5",    "A6",      "PRM",
	"PRD",     "RD",   "STS",  "POD", "POM", "RDSEC", "RDBR",    "RDSUBBR",
	"HNO",     "HNS",  "LMK",  "LOC", "FLR", "NAM",   "PC",      "BLD",
	"UNIT",    "ROOM", "SEAT", "PLC", "PCN", "POBOX", "ADDCODE",
};

#define CIVIC "urn:ietf:params:xml:ns:pidf:geopriv10:civicAddr"

bool em_location_fits(const char *element, struct rd_str *name, const char **value)
{
	struct rd_str rest = rd_str_of(element);

	if (!rd_str_cut(&rest, '=', name))
		return false;
	*name = rd_str_trim(*name);
	rest = rd_str_trim(rest);
	*value = rest.p;
	for (size_t i = 0; i < RD_ARRAY_SIZE(elements); i++)
		if (rd_str_ieq(*name, rd_str_of(elements[i])))
			return rest.n > 0;
	return false;
}

static void print_address(struct rd_xml_writer *writer, const struct em_site *site)
{
	struct rd_str name;
	const char *value;

	rd_xml_begin(writer, "ca:civicAddress");
	for (size_t i = 0; i < RD_ARRAY_SIZE(elements); i++)
		for (const char *const *it = site->location; *it; it++) {
			char tag[16];

			if (!em_location_fits(*it, &name, &value) ||
			    !rd_str_ieq(name, rd_str_of(elements[i])))
				continue;
			snprintf(tag, sizeof(tag), "ca:%s", elements[i]);
			rd_xml_element(writer, tag, value);
		}
	rd_xml_end(writer);
}

static void print_device(struct rd_xml_writer *writer, const struct em_site *site, const char *id)
{
	time_t now = rd_wall();
	char when[40];
	struct tm tm;

	rd_xml_begin(writer, "dm:device");
	rd_xml_put(writer, "id", "phone");
	rd_xml_begin(writer, "gp:geopriv");
	rd_xml_begin(writer, "gp:location-info");
	print_address(writer, site);
	rd_xml_end(writer);
	rd_xml_element(writer, "gp:usage-rules", "");
	rd_xml_element(writer, "gp:method", "Manual");
	rd_xml_end(writer);
	rd_xml_element(writer, "dm:deviceID", id);
	strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &tm));
	rd_xml_element(writer, "dm:timestamp", when);
	rd_xml_end(writer);
}

int em_location_print(const struct em_site *site, const char *id, struct rd_buf *out)
{
	struct rd_xml_writer *writer;
	char entity[128];
	int rc = rd_xml_writer_new(&writer, out);

	if (rc)
		return rc;
	snprintf(entity, sizeof(entity), "pres:%s", id);
	rd_xml_begin(writer, "presence");
	rd_xml_put(writer, "xmlns", "urn:ietf:params:xml:ns:pidf");
	rd_xml_put(writer, "xmlns:dm", "urn:ietf:params:xml:ns:pidf:data-model");
	rd_xml_put(writer, "xmlns:gp", "urn:ietf:params:xml:ns:pidf:geopriv10");
	rd_xml_put(writer, "xmlns:ca", CIVIC);
	rd_xml_put(writer, "entity", entity);
	print_device(writer, site, id);
	return rd_xml_writer_close(writer);
}

/* ---- with the INVITE ---- */

/* Nobody's name: whoever reads it learns of the place, and no more. */
static void name_call(const struct em_call *call, char id[80])
{
	snprintf(id, 80, "%.40s@ringdown.invalid", rd_channel_uniqueid(call->caller));
}

static int set(const struct em_call *call, const char *args, const char *value,
	       const char *function)
{
	return rd_function_write(call->caller, function, args, value);
}

int em_location_tell(const struct em_call *call)
{
	char id[80], reference[96], part[112];
	struct rd_buf document;
	int rc;

	if (!call->site || !call->site->location)
		return 0;
	name_call(call, id);
	snprintf(reference, sizeof(reference), "<cid:%s>", id);
	snprintf(part, sizeof(part), "application/pidf+xml,%s", id);
	rd_buf_init(&document);
	rc = em_location_print(call->site, id, &document);
	if (!rc)
		rc = set(call, part, rd_buf_text(&document), "SIP_BODY_PART");
	if (!rc)
		rc = set(call, "update,Geolocation", reference, "SIP_HEADER");
	if (!rc)
		rc = set(call, "update,Geolocation-Routing", "yes", "SIP_HEADER");
	rd_buf_fini(&document);
	if (rc)
		rd_error("emergency: %s: its location is not told: %s", call->phone,
			 rd_strerror(rc));
	return rc;
}

void em_location_forget(const struct em_call *call)
{
	if (!call->site || !call->site->location || rd_channel_gone(call->caller))
		return;
	set(call, "", "", "SIP_BODY_PART");
	set(call, "remove,Geolocation", "", "SIP_HEADER");
	set(call, "remove,Geolocation-Routing", "", "SIP_HEADER");
}
