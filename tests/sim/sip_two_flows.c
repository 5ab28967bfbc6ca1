/* Two flows to one peer, as its registrar and its proxies see them. */
#include "tests/unit/test.h"

#include <ringdown/str.h>

#include "tests/sim/sip_two_flows.h"

static const char *const peers[] = { FIRST, SECOND };

void flows_registrar_agrees(const char *peer)
{
	line_answer_from(peer);
	provider_answer("200 OK", "Require: outbound\nService-Route: <sip:home.example;lr>\n");
	line_answer_from(NULL);
}

void flows_expect_by(const char *peer)
{
	provider_expect("3600");
	assert_string_equal(line_peer(), peer);
	flows_registrar_agrees(peer);
}

char flows_requests[2][4096];

void flows_keep_both(void)
{
	run_for(10);
	for (int i = 0; i < 2; i++) {
		rd_strcpy(flows_requests[i], sizeof(flows_requests[i]), line_expect("REGISTER "));
		assert_string_equal(line_peer(), peers[i]);
	}
}

static void registers_by_both(void)
{
	flows_keep_both();
	for (int i = 0; i < 2; i++) {
		provider_keep(flows_requests[i]);
		flows_registrar_agrees(peers[i]);
	}
}

int flows_open(void **state)
{
	int rc = exchange_open(state);

	provider_reload(TWO_FLOWS);
	registers_by_both();
	return rc;
}

int flows_open_connected(void **state)
{
	int rc = exchange_open(state);

	line_connect(7);
	provider_reload(TWO_FLOWS);
	registers_by_both();
	return rc;
}

int flows_close(void **state)
{
	line_connect(0);
	line_break(NULL);
	line_answer_from(NULL);
	phone_source = "127.0.0.9";
	provider_reload("[gate]\ntype = phone\nmatch = 127.0.0.9\n");
	run_for(40000); /* nobody answers our farewell */
	line_clear();
	return exchange_close(state);
}

void flows_pass_signs(void)
{
	while (!line_is_empty() && !line_peek()[0])
		line_take();
}

void flows_pass(int ms)
{
	run_for(ms);
	flows_pass_signs();
}

void flows_went_by(const char *peer, const char *request)
{
	char route[80];

	assert_string_equal(line_peer(), peer);
	snprintf(route, sizeof(route), "<sip:%.9s;lr>, <sip:home.example;lr>", peer);
	assert_string_equal(line_header(request, "Route"), route);
}

void flows_send_none(const char *method, const char *peer, int ms)
{
	for (; ms > 0; ms -= 100) {
		run_for(100);
		while (!line_is_empty()) {
			const char *sent = line_take();

			if (strncmp(sent, method, strlen(method)) == 0)
				assert_string_not_equal(line_peer(), peer);
		}
	}
}
