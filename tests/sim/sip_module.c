/* The module under test. */
#include "tests/unit/test.h"

#include <ringdown/module.h>

#include "channels/sip/call/trunk.h"
#include "channels/sip/event/interface.h"
#include "channels/sip/proxy/proxy.h"
#include "core/call/call.h"
#include "core/module/loader.h"
#include "tests/sim/sip_module.h"

extern const struct rd_module rd_module;

static const struct rd_interface interface = { .name = RD_SIP_EVENTS,
					       .version = RD_SIP_EVENTS_VERSION,
					       .functions = &sip_events_interface };
static const struct rd_interface proxy_interface = { .name = RD_SIP_PROXY,
						     .version = RD_SIP_PROXY_VERSION,
						     .functions = &sip_proxy_interface };
static const struct rd_interface trunks_interface = { .name = RD_SIP_TRUNKS,
						      .version = RD_SIP_TRUNKS_VERSION,
						      .functions = &sip_trunks_interface };
static struct rd_pool *pool;

void module_open(void)
{
	assert_int_equal(rd_pool_new(&pool, 0), 0);
	assert_int_equal(rd__interface_add(&interface, "chan_sip"), 0);
	assert_int_equal(rd__interface_add(&proxy_interface, "chan_sip"), 0);
	assert_int_equal(rd__interface_add(&trunks_interface, "chan_sip"), 0);
	for (const struct rd_tech *tech = rd_module.techs; tech && tech->name; tech++)
		assert_int_equal(rd__tech_add(tech, rd_module.name), 0);
	for (const struct rd_subscriber *s = rd_module.subscribers; s && s->name; s++)
		assert_int_equal(rd_subscribe(s), 0);
	assert_int_equal(rd_module.load(), 0);
}

void module_close(void)
{
	rd_module.unload();
	for (const struct rd_subscriber *s = rd_module.subscribers; s && s->name; s++)
		rd_unsubscribe(s);
	for (const struct rd_tech *tech = rd_module.techs; tech && tech->name; tech++)
		rd__tech_remove(tech);
	assert_int_equal(rd__interfaces_used("chan_sip"), 0);
	rd__interface_remove(&trunks_interface);
	rd__interface_remove(&proxy_interface);
	rd__interface_remove(&interface);
	rd_pool_free(pool);
}

const struct rd_xml *document(const char *body)
{
	const struct rd_xml *root = NULL;

	rd_pool_reset(pool);
	if (rd_xml_read(&root, pool, rd_str_of(body)))
		fail_msg("this is no XML: %s", body);
	return root;
}

const char *attribute(const struct rd_xml *node, const char *name)
{
	const char *value = rd_xml_attribute(node, name);

	return value ? value : "";
}

const char *text_at(const struct rd_xml *node, const char *a, const char *b)
{
	node = rd_xml_child(node, NULL, a);
	if (b)
		node = rd_xml_child(node, NULL, b);
	return node ? node->text : "";
}

unsigned count_of(const struct rd_xml *node, const char *name)
{
	unsigned count = 0;

	for (node = rd_xml_child(node, NULL, name); node; node = rd_xml_next(node, NULL, name))
		count++;
	return count;
}
