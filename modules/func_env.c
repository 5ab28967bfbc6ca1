/* ENV() and STAT(): the daemon's environment, and files. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <ringdown/env.h>
#include <ringdown/fiber.h>
#include <ringdown/module.h>

#include "modules/func.h"

static int env_read(struct rd_channel *ch, const char *args, struct rd_buf *out)
{
	const char *value = rd_env_get(args);

	(void)ch;
	if (value)
		rd_buf_adds(out, value);
	return 0;
}

static int env_write(struct rd_channel *ch, const char *args, const char *value)
{
	(void)ch;
	return rd_env_set(args, value);
}

struct file_look {
	const char *path;
	struct stat st;
};

static int look(void *arg)
{
	struct file_look *file = arg;

	return stat(file->path, &file->st) ? -errno : 0;
}

/* d a folder, e exists, f a plain file, m mode, s size, A C M times. */
static int tell(char flag, const struct stat *st, struct rd_buf *out)
{
	switch (flag) {
	case 'd':
		rd_buf_addc(out, S_ISDIR(st->st_mode) ? '1' : '0');
		break;
	case 'e':
		rd_buf_addc(out, '1');
		break;
	case 'f':
		rd_buf_addc(out, S_ISREG(st->st_mode) ? '1' : '0');
		break;
	case 'm':
		rd_buf_printf(out, "%o", st->st_mode);
		break;
	case 's':
		rd_buf_printf(out, "%lld", (long long)st->st_size);
		break;
	case 'A':
		rd_buf_printf(out, "%lld", (long long)st->st_atime);
		break;
	case 'C':
		rd_buf_printf(out, "%lld", (long long)st->st_ctime);
		break;
	case 'M':
		rd_buf_printf(out, "%lld", (long long)st->st_mtime);
		break;
	default:
		return -EINVAL;
	}
	return 0;
}

static bool is_flag(const char *word)
{
	return strlen(word) == 1 && strchr("defmsACM", word[0]);
}

static const char *check_stat(struct rd_pool *pool, const char *const *argv, char *buf, size_t size)
{
	(void)pool;
	if (is_flag(argv[0]))
		return NULL;
	snprintf(buf, size, "there is no flag \"%s\"", argv[0]);
	return buf;
}

static const char *stat_check(const char *args, char *buf, size_t size)
{
	return rd_app_check_args(args, 2, check_stat, buf, size);
}

static int stat_read(struct rd_channel *ch, const char *args, struct rd_buf *out)
{
	struct func_args a;
	struct file_look file = { 0 };
	int rc = func_args_read(&a, args, 2);

	(void)ch;
	if (rc)
		return rc;
	file.path = a.argv[1];
	if (!is_flag(a.argv[0]))
		rc = -EINVAL;
	else
		rc = rd_offload(look, &file);
	if (rc == -ENOENT || rc == -ENOTDIR) {
		rd_buf_addc(out, '0');
		rc = 0;
	} else if (rc == 0) {
		rc = tell(a.argv[0][0], &file.st, out);
	}
	func_args_free(&a);
	return rc;
}

static const struct rd_function functions[] = {
	{ .name = "ENV",
	  .read = env_read,
	  .write = env_write,
	  .synopsis = "A variable of the daemon's environment",
	  .syntax = "ENV(name)",
	  .description = "What is set here is seen by ENV() and by the commands of System()." },
	{ .name = "STAT",
	  .read = stat_read,
	  .check = stat_check,
	  .yields = true,
	  .synopsis = "What is known about a file",
	  .syntax = "STAT(flag,path)",
	  .description = "d: is it a folder? e: is it there? f: is it a plain file? m: "
			 "mode, s: size, A, C, M: seconds of access, change and "
			 "modification. 0 when there is no such file." },
	{ 0 }
};

RD_MODULE(.name = "func_env", .synopsis = "Environment and files",
	  .functions = functions);
