/* server.h - the sockets around lib/turn, and what they share */
#ifndef RD_TURN_SERVER_H
#define RD_TURN_SERVER_H

#include <netinet/in.h>
#include <openssl/ssl.h>

#include "base/loop.h"
#include "batch.h"
#include "files.h"
#include "gather.h"
#include "turn/turn.h"
#include "turn/waiting.h"

enum {
	LISTENERS = 16,
	STREAMS = 4096, /* TCP connections at a time */
	WAITERS = 1024, /* of them without an allocation */
	UDP_BUFFER = 4 << 20,
	WORKERS = 64,
};

struct server;

struct listener {
	struct loop_watch watch;
	struct server *server;
	enum { LISTEN_UDP, LISTEN_TCP, LISTEN_TLS } kind;
	int fds[WORKERS]; /* each worker's; the watch has that of this one */
};

struct relay_socket {
	struct loop_watch watch;
	struct turn_relay *relay;
	bool dont_fragment; /* as it is set now */
};

/* What one worker tells of itself, for all to read. */
struct report {
	struct turn_stats turn;
	uint64_t connections, streams, waiting;
};

struct server {
	size_t nworkers, worker; /* this one's number */
	struct report *reports;  /* of all workers, in memory of all */
	struct loop loop;
	struct turn turn;
	struct loop_timer expiry;
	struct loop_watch hangup, stats;
	struct listener listeners[LISTENERS];
	size_t nlisteners;
	struct relay_socket *relays; /* two for each allocation */
	struct stream **streams;     /* by place; NULL: free */
	size_t nstreams;
	struct waiting waiting;
	struct loop_timer impatience; /* of the oldest that waits */
	int spare_fd;
	SSL_CTX *tls;
	struct batch batch;
	struct gather gather;
	struct files files;
	const char *stats_path;
};

/* udp.c: relays */
void udp_open(struct server *s);
void udp_ready(struct loop_watch *w, uint32_t events);
/*
 * A socket there, or negative errno; shared: where one listens already (RFC
 * 6062 section 5.2).
 */
int relay_bind(const struct address *a, int type, bool shared);
/* What is to be forwarded, to its peer, at the next flush. */
void relay_send(struct server *s, const struct turn_result *r);

/* accept.c: connections by TCP and TLS */
void streams_open(struct server *s);
void stream_accept(struct loop_watch *w, uint32_t events);
/* accept() failed and set errno: if no descriptor was left one is now. */
void stream_shortage(struct server *s, int listener);
/* Some allocations have ended: their connections are idle now. */
void streams_expire(struct server *s);
void streams_close(struct server *s);

/* stream.c */
void stream_send(
    struct server *s, uint32_t link, const uint8_t *data, size_t len);

/* listen.c: options that name addresses; they end the program */
void listen_at(struct server *s, const char *text, bool tls);
void relay_at(struct server *s, const char *text);
void other_at(struct server *s, const char *text);
/* The addresses that were not named. */
void find_addresses(struct server *s);
/* Those of this machine as it is now.  Negative errno; -ENOSPC: too many. */
int find_own_addresses(struct server *s);

/* secrets.c: what files say, at first and after SIGHUP */
void secrets_load(struct server *s);
/* For an id, by the file of secrets; ends the program if that is not so. */
void secrets_print(const struct files *f, const char *id, long lifetime_s);

/* stats.c */
void stats_share(struct server *s);
void stats_report(struct server *s);
void stats_open(struct server *s);

/* Of an administrator. */
void drop_capabilities(void);
/* The time, of which names that end are told too. */
int64_t server_now(struct server *s);
void server_set_expiry(struct server *s);

#endif
