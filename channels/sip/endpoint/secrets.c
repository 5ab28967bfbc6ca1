/* Reading files of passwords. They are refused when others than their owner
 * may read them. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <ringdown/map.h>
#include <ringdown/str.h>

#include "channels/sip/endpoint/secrets.h"

/* A line each for some ten thousand phones. */
#define FILE_MAX (1 << 20)

struct sip_secrets {
	struct sip_secrets *next;
	const char *path;
	const char *text; /* "user:password\n" as read */
	const char *why;  /* the file was refused */
};

const char *sip_path_expand(struct rd_pool *pool, const char *path)
{
	static const struct {
		const char *name, *directory;
	} words[] = { { "${STATEDIR}", "state" }, { "${ETCDIR}", "etc" } };

	for (size_t i = 0; i < RD_ARRAY_SIZE(words); i++) {
		const char *at = strstr(path, words[i].name);
		const char *directory = rd_directory(words[i].directory);

		if (at && directory)
			return rd_pool_printf(pool, "%.*s%s%s", (int)(at - path), path,
					      directory, at + strlen(words[i].name));
	}
	if (path[0] == '/')
		return rd_pool_strdup(pool, path);
	return rd_pool_printf(pool, "%s/%s", rd_directory("etc"), path);
}

static const char *read_all(int fd, struct rd_pool *pool, size_t size, const char **why)
{
	char *text = rd_pool_alloc(pool, size + 1);
	size_t have = 0;
	ssize_t n = 1;

	while (text && have < size && (n = read(fd, text + have, size - have)) > 0)
		have += (size_t)n;
	if (!text || n < 0) {
		*why = text ? rd_pool_strdup(pool, rd_strerror(errno)) : "out of memory";
		return "";
	}
	text[have] = '\0';
	return text;
}

static const char *read_file(struct rd_pool *pool, const char *path, const char **why)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	const char *text = "";
	struct stat st;

	if (fd < 0) {
		*why = rd_pool_printf(pool, "%s: %s", path, rd_strerror(errno));
		return text;
	}
	if (fstat(fd, &st) || !S_ISREG(st.st_mode))
		*why = rd_pool_printf(pool, "%s: a plain file was expected", path);
	else if (st.st_mode & 077)
		*why = rd_pool_printf(pool, "%s: others may read it; chmod 600", path);
	else if (st.st_size > FILE_MAX)
		*why = rd_pool_printf(pool, "%s: it is too large", path);
	else
		text = read_all(fd, pool, (size_t)st.st_size, why);
	close(fd);
	return text;
}

static struct sip_secrets *file_of(struct sip_secrets **secrets, struct rd_pool *pool,
				   const char *path)
{
	struct sip_secrets *file = *secrets;

	while (file && strcmp(file->path, path) != 0)
		file = file->next;
	if (file)
		return file;
	file = rd_pool_zalloc(pool, sizeof(*file));
	if (!file)
		return NULL;
	file->path = path;
	file->text = read_file(pool, path, &file->why);
	file->next = *secrets;
	*secrets = file;
	return file;
}

int sip_secrets_find(struct sip_secrets **secrets, struct rd_pool *pool,
		     const char *path, const char *user, const char **secret,
		     const char **why)
{
	struct sip_secrets *file;
	struct rd_str rest, line, name;

	path = sip_path_expand(pool, path);
	file = path ? file_of(secrets, pool, path) : NULL;
	if (!file)
		return -ENOMEM;
	*why = file->why;
	if (file->why)
		return -EINVAL;
	for (rest = rd_str_of(file->text); rest.n;) {
		rd_str_cut(&rest, '\n', &line);
		if (!rd_str_cut(&line, ':', &name) ||
		    !rd_str_eq(rd_str_trim(name), rd_str_of(user)))
			continue;
		line = rd_str_trim(line);
		*secret = rd_pool_strndup(pool, line.p, line.n);
		return *secret ? 0 : -ENOMEM;
	}
	*why = rd_pool_printf(pool, "%s: it has no line \"%s:...\"", path, user);
	return -ENOENT;
}
