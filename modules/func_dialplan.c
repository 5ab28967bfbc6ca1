/* DIALPLAN_EXISTS and VALID_EXTEN: is there such a place? */
#include <stdlib.h>

#include <ringdown/dialplan.h>
#include <ringdown/module.h>

#include "modules/func.h"

static const char *caller_of(const struct rd_channel *ch)
{
	return ch ? rd_channel_party(ch, RD_PARTY_CALLER)->number : NULL;
}

static bool place_exists(struct rd_channel *ch, const char *context, const char *exten,
			 const char *priority)
{
	char *end;
	long n = strtol(priority, &end, 10);

	if (!*priority)
		n = 1;
	else if (*end)
		return rd_dialplan_label(context, exten, priority, caller_of(ch)) > 0;
	return rd_dialplan_exists(context, exten, (int)n, caller_of(ch));
}

static int exists_read(struct rd_channel *ch, const char *args, struct rd_buf *out)
{
	struct func_args a;
	int rc = func_args_read(&a, args, 3);
	bool exists = false;

	if (rc == 0 && a.argc == 0)
		rc = -EINVAL;
	if (rc == 0)
		exists = *a.argv[1] ? place_exists(ch, a.argv[0], a.argv[1], a.argv[2]) :
				      rd_dialplan_context_exists(a.argv[0]);
	if (rc == 0)
		rd_buf_addc(out, exists ? '1' : '0');
	func_args_free(&a);
	return rc;
}

static int valid_read(struct rd_channel *ch, const char *args, struct rd_buf *out)
{
	struct func_args a;
	const char *context, *exten, *priority;
	int rc = func_args_read(&a, args, 3);

	if (rc == 0 && a.argc == 0)
		rc = -EINVAL;
	if (rc == 0) {
		bool alone = a.argc == 1;

		context = !alone && *a.argv[0] ? a.argv[0] : ch ? rd_channel_context(ch) : "";
		exten = alone ? a.argv[0] : a.argv[1];
		priority = alone ? "" : a.argv[2];
		rd_buf_addc(out, place_exists(ch, context, exten, priority) ? '1' : '0');
	}
	func_args_free(&a);
	return rc;
}

static const struct rd_function functions[] = {
	{ .name = "DIALPLAN_EXISTS",
	  .read = exists_read,
	  .synopsis = "1 when there is such a place",
	  .syntax = "DIALPLAN_EXISTS(context[,extension[,priority]])" },
	{ .name = "VALID_EXTEN",
	  .read = valid_read,
	  .synopsis = "1 when an extension can be dialled",
	  .syntax = "VALID_EXTEN([context,]extension[,priority])" },
	{ 0 }
};

RD_MODULE(.name = "func_dialplan", .synopsis = "Places in the dialplan", .functions = functions);
