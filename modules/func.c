/* Arguments of dialplan functions. */
#include "modules/func.h"

int func_args_read(struct func_args *args, const char *text, int max)
{
	rd_assert(max <= FUNC_ARGS);
	if (rd_pool_new(&args->pool, 256))
		return -ENOMEM;
	args->argc = rd_app_args(args->pool, text, args->argv, max);
	if (args->argc >= 0)
		return 0;
	rd_pool_free(args->pool);
	return -ENOMEM;
}

void func_args_free(struct func_args *args)
{
	rd_pool_free(args->pool);
}
