/* STIR_SHAKEN(): what became of the signatures that a call came with. */
#include <stdio.h>
#include <strings.h>

#include <ringdown/log.h>

#include "modules/sip_trunk/stir.h"

struct told {
	size_t count;
	struct stir_outcome outcomes[];
};

static const char told_key;

/* A call's record has them where there are records. */
static void record(struct rd_channel *ch, const char *name, const char *value)
{
	int rc = rd_function_write(ch, "CDR", name, value);

	if (rc && rc != -ENOENT)
		rd_warning("%s: the record of the call does not tell of %s: %s",
			   rd_channel_name(ch), name, rd_strerror(rc));
}

static void say(struct rd_channel *ch, enum stir_result result, char attest)
{
	const char letter[2] = { attest };

	rd_var_set(ch, "STIR_VERIFY_RESULT", stir_result_name(result));
	rd_var_set(ch, "STIR_ATTESTATION", letter);
	record(ch, "stir_verify_result", stir_result_name(result));
	record(ch, "stir_attestation", letter);
}

void stir_tell(struct rd_channel *ch, const struct stir_outcome *outcomes, size_t count,
	       enum stir_result result)
{
	struct told *told = rd_zalloc(sizeof(*told) + count * sizeof(*outcomes));
	char attest = '\0';

	for (size_t i = 0; i < count; i++)
		if (outcomes[i].result == STIR_SUCCESS && outcomes[i].attest && !attest)
			attest = outcomes[i].attest;
	say(ch, result, attest);
	if (!told)
		return;
	told->count = count;
	if (count)
		memcpy(told->outcomes, outcomes, count * sizeof(*outcomes));
	if (rd_channel_attach(ch, &told_key, told, rd_free))
		rd_free(told);
}

static int print(const struct stir_outcome *outcome, struct rd_str item, struct rd_buf *out)
{
	if (rd_str_ieq(item, RD_STR("identity")))
		rd_buf_adds(out, outcome->identity);
	else if (rd_str_ieq(item, RD_STR("attestation")))
		rd_buf_add(out, &outcome->attest, outcome->attest ? 1 : 0);
	else if (rd_str_ieq(item, RD_STR("verify_result")))
		rd_buf_adds(out, stir_result_name(outcome->result));
	else
		return -EINVAL;
	return 0;
}

/* Count, or the item of an outcome. 0 or -EINVAL. */
static int read_question(const char *args, bool *count, uint64_t *number, struct rd_str *item)
{
	struct rd_str index;
	bool has_item;

	*item = rd_str_of(args);
	has_item = rd_str_cut(item, ',', &index);
	index = rd_str_trim(index);
	*item = rd_str_trim(*item);
	*count = !has_item && rd_str_ieq(index, RD_STR("count"));
	if (*count)
		return 0;
	return has_item ? rd_str_to_u64(index, UINT32_MAX, number) : -EINVAL;
}

const char *stir_shaken_check(const char *args, char *buf, size_t size)
{
	const struct stir_outcome any = { 0 };
	struct rd_str item;
	struct rd_buf out;
	uint64_t number;
	bool count;
	int rc;

	if (read_question(args, &count, &number, &item))
		return "expected count, or index,identity|attestation|verify_result";
	rd_buf_init(&out);
	rc = count ? 0 : print(&any, item, &out);
	rd_buf_fini(&out);
	if (rc != -EINVAL)
		return NULL;
	snprintf(buf, size, "there is no \"%.*s\"", RD_STR_ARG(item));
	return buf;
}

int stir_shaken_read(struct rd_channel *ch, const char *args, struct rd_buf *out)
{
	const struct told *told = ch ? rd_channel_attached(ch, &told_key) : NULL;
	struct rd_str item;
	uint64_t number;
	bool count;
	int rc = read_question(args, &count, &number, &item);

	if (rc)
		return rc;
	if (count) {
		rd_buf_printf(out, "%zu", told ? told->count : 0);
		return 0;
	}
	if (!told || number >= told->count)
		return -ENOENT;
	return print(&told->outcomes[number], item, out);
}
