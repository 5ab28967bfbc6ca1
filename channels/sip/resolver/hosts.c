/* /etc/hosts: names that need no DNS. Read with the settings, looked up like an
 * answer. */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "channels/sip/resolver/private.h"

#define FILE_MAX (1 << 20)

struct sip_hosts {
	struct rd_map *answers; /* "A localhost" to struct dns_answer */
};

#define KEY_SIZE (DNS_NAME + 8)

static int grow(struct sip_hosts *hosts, const char *key, const union sip_sockaddr *address)
{
	struct dns_answer *old = rd_map_get(hosts->answers, key), *wide;
	unsigned count = old ? old->count : 0;
	int rc;

	if (count == DNS_RECORDS_MAX)
		return 0;
	wide = rd_zalloc(sizeof(*wide) + (count + 1) * sizeof(wide->records[0]));
	if (!wide)
		return -ENOMEM;
	if (old)
		memcpy(wide->records, old->records, count * sizeof(wide->records[0]));
	wide->ttl_s = UINT32_MAX;
	wide->count = count + 1;
	wide->records[count].address = *address;
	rc = rd_map_set(hosts->answers, key, wide, NULL);
	rd_free(rc ? wide : old);
	return rc;
}

static int add(struct sip_hosts *hosts, struct rd_str host,
	       const union sip_sockaddr *address)
{
	bool is_v6 = address->sa.sa_family == AF_INET6;
	char key[KEY_SIZE], name[DNS_NAME];

	if (dns_name_normalize(name, host))
		return 0;
	snprintf(key, sizeof(key), "%s %s", is_v6 ? "AAAA" : "A", name);
	return grow(hosts, key, address);
}

/* The next word of a line; absent at its end. */
static struct rd_str word(struct rd_str *line)
{
	struct rd_str rest = rd_str_trim(*line), found = rest;

	found.n = 0;
	while (found.n < rest.n && rest.p[found.n] != ' ' && rest.p[found.n] != '\t')
		found.n++;
	*line = (struct rd_str){ rest.p + found.n, rest.n - found.n };
	return found;
}

static int add_line(struct sip_hosts *hosts, struct rd_str line)
{
	union sip_sockaddr address;
	struct rd_str text, name;
	int rc = 0;

	rd_str_cut(&line, '#', &text);
	if (sip_sockaddr_parse(&address, word(&text), 0))
		return 0;
	while (rc == 0 && (name = word(&text)).n)
		rc = add(hosts, name, &address);
	return rc;
}

int sip_hosts_parse(struct sip_hosts **hp, struct rd_str text)
{
	struct sip_hosts *hosts = rd_zalloc(sizeof(*hosts));
	int rc = hosts ? rd_map_new(&hosts->answers, 0) : -ENOMEM;

	while (rc == 0 && text.n) {
		struct rd_str line;

		rd_str_cut(&text, '\n', &line);
		rc = add_line(hosts, line);
	}
	if (rc)
		sip_hosts_free(hosts);
	else
		*hp = hosts;
	return rc;
}

static int read_file(struct rd_buf *text, int fd)
{
	char piece[2048];
	ssize_t n;

	while ((n = read(fd, piece, sizeof(piece))) > 0 && text->n < FILE_MAX)
		rd_buf_add(text, piece, (size_t)n);
	if (n < 0)
		return -errno;
	return text->failed ? -ENOMEM : 0;
}

int sip_hosts_load(struct sip_hosts **hp, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct rd_buf text;
	int rc;

	if (fd < 0 && errno != ENOENT)
		return -errno;
	rd_buf_init(&text);
	rc = fd < 0 ? 0 : read_file(&text, fd);
	if (fd >= 0)
		close(fd);
	if (rc == 0)
		rc = sip_hosts_parse(hp, (struct rd_str){ rd_buf_text(&text), text.n });
	rd_buf_fini(&text);
	return rc;
}

void sip_hosts_free(struct sip_hosts *hosts)
{
	const char *name;
	size_t pos = 0;
	void *answer;

	if (!hosts)
		return;
	while (hosts->answers && rd_map_next(hosts->answers, &pos, &name, &answer))
		rd_free(answer);
	rd_map_free(hosts->answers);
	rd_free(hosts);
}

static const struct dns_answer *find(const struct sip_hosts *hosts, enum dns_type type,
				     const char *name)
{
	char key[KEY_SIZE];

	snprintf(key, sizeof(key), "%s %s", dns_type_name(type), name);
	return rd_map_get(hosts->answers, key);
}

int dns_hosts_find(const struct sip_hosts *hosts, enum dns_type type, const char *name,
		   const struct dns_answer **answer)
{
	if (!hosts)
		return -ENODATA;
	*answer = find(hosts, type, name);
	if (*answer)
		return 0;
	return find(hosts, DNS_A, name) || find(hosts, DNS_AAAA, name) ? -ENOENT : -ENODATA;
}
