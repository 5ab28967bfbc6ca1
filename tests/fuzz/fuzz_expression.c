/* $[...] and ${...}, fed with whatever comes. */
#include <stdint.h>

#include <ringdown/log.h>

#include "dialplan/expression.h"
#include "dialplan/template.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rd_str text = { size ? (const char *)data : "", size };
	struct dp_template *template;
	struct dp_fault fault;
	struct rd_pool *pool;
	struct rd_buf out;
	const char *name, *args;
	size_t pos = 0;

	if (memchr(text.p, '\0', text.n))
		return 0; /* lines of a file hold none */
	rd_log_max = RD_LOG_ERROR;
	rd_buf_init(&out);
	if (dp_expression(text, &out, &fault) == -EINVAL)
		rd_assert(fault.text[0] && fault.at <= size && out.n == 0);
	rd_buf_reset(&out);
	if (rd_pool_new(&pool, 0) == 0) {
		int rc = dp_template_new(&template, pool, text, &fault);

		rd_assert(rc != -EINVAL || fault.at <= size);
		if (rc != -ENOMEM) {
			while (dp_template_next_function(template, &pos, &name, &args))
				rd_assert(name);
			dp_template_expand(template, NULL, &out);
		}
		rd_pool_free(pool);
	}
	rd_buf_fini(&out);
	return 0;
}
