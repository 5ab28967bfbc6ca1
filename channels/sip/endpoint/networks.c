/* Lists of addresses and networks: the one reader that all options share. */
#include "channels/sip/endpoint/networks.h"

static int add_one(struct sip_networks *networks, const char *text, bool permit)
{
	bool negated = networks->negates && *text == '!';
	struct sip_network read = { .permit = permit != negated }, *network;

	text += negated;
	if (sip_network_parse(&read, text))
		return -EINVAL;
	network = rd_pool_alloc(networks->pool, sizeof(*network));
	if (!network)
		return -ENOMEM;
	*network = read;
	*networks->tail = network;
	networks->tail = &network->next;
	return 0;
}

int sip_networks_add(struct sip_networks *networks, const char *text, bool permit)
{
	struct rd_str rest = rd_str_of(text), item;
	int rc = 0;

	while (!rc && rest.n) {
		char element[256];

		rd_str_cut(&rest, ',', &item);
		rc = rd_strcpyn(element, sizeof(element), rd_str_trim(item))
			     ? add_one(networks, element, permit)
			     : -EINVAL;
		if (rc == -EINVAL && networks->other)
			rc = networks->other(networks->arg, element);
	}
	return rc;
}

bool sip_networks_permit(const struct sip_network *first, const union sip_sockaddr *address)
{
	bool permit = true;

	for (; first; first = first->next)
		if (sip_network_has(first, address))
			permit = first->permit;
	return permit;
}

bool sip_networks_have(const struct sip_network *first, const union sip_sockaddr *address)
{
	while (first && !sip_network_has(first, address))
		first = first->next;
	return first;
}
