/* Sessions that servers gave us, to come back with less work. The latest few;
 * an older one makes room. */
#include "channels/sip/transport/tls_private.h"

#define ENTRIES 64

struct entry {
	union sip_sockaddr peer;
	char name[128];
	SSL_SESSION *session;
};

struct sip_tls_sessions {
	struct entry entries[ENTRIES];
	unsigned next;
};

int sip_tls_sessions_new(struct sip_tls_sessions **sp)
{
	*sp = rd_zalloc(sizeof(**sp));
	return *sp ? 0 : -ENOMEM;
}

void sip_tls_sessions_free(struct sip_tls_sessions *sessions)
{
	if (!sessions)
		return;
	for (unsigned i = 0; i < ENTRIES; i++)
		SSL_SESSION_free(sessions->entries[i].session);
	rd_free(sessions);
}

static struct entry *find(struct sip_tls_sessions *sessions,
			  const union sip_sockaddr *peer, struct rd_str name)
{
	for (unsigned i = 0; i < ENTRIES; i++) {
		struct entry *entry = &sessions->entries[i];

		if (entry->session && sip_sockaddr_equal(&entry->peer, peer) &&
		    rd_str_eq(rd_str_of(entry->name), name))
			return entry;
	}
	return NULL;
}

void sip_tls_resume(struct sip_tls_sessions *sessions, struct sip_tls_pipe *pipe,
		    const union sip_sockaddr *peer, struct rd_str name)
{
	struct entry *entry = find(sessions, peer, name);

	if (entry)
		SSL_set_session(pipe->ssl, entry->session);
}

void sip_tls_remember(struct sip_tls_sessions *sessions, struct sip_tls_pipe *pipe,
		      const union sip_sockaddr *peer, struct rd_str name)
{
	SSL_SESSION *session = SSL_get1_session(pipe->ssl);
	struct entry *entry = find(sessions, peer, name);

	if (!session || !SSL_SESSION_is_resumable(session) ||
	    name.n >= sizeof(entry->name)) {
		SSL_SESSION_free(session);
		return;
	}
	if (!entry)
		entry = &sessions->entries[sessions->next++ % ENTRIES];
	SSL_SESSION_free(entry->session);
	entry->session = session;
	entry->peer = *peer;
	rd_strcpyn(entry->name, sizeof(entry->name), name);
}
