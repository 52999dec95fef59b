/*
 * web.h - an HTTP and WebSocket server: libwebsockets in the loop of base
 *
 * One thread.  What a request means is the program's, in the callback that
 * it gives; here is what goes around that: connections, at most so many in
 * all and from one source, TLS, reading requests, sending responses and
 * files.  RFC 9110, RFC 9112, RFC 6455.
 */
#ifndef WEB_WEB_H
#define WEB_WEB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <libwebsockets.h>

#include "base/loop.h"
#include "http/origin.h"
#include "http/throttle.h"

struct web {
	struct loop loop;
	struct lws_context *context;
	struct lws_vhost *vhost;
	struct loop_watch listener;
	unsigned connections, connections_max;
	unsigned from[THROTTLE_SLOTS]; /* of them, by the place of the source */
	struct site site;
	struct throttle throttle;
	void *user; /* the program's */
};

enum {
	WEB_FDS = 2048, /* enough for all connections and commands */
	PATH_SIZE = 1024,
	REPLY_MAX = 262144,
	SEND_S = 30, /* to take a piece of a file */
};

/* What a server is opened with. */
struct web_config {
	lws_callback_function *callback; /* of every connection */
	size_t piece;                    /* most it writes at a time */
	const char *cert, *key;          /* PEM files, or NULL: no TLS */
	struct site site;                /* tls as well */
	void *user;
};

/*
 * Open all but the listener.  Negative errno on failure; -EBADMSG when the
 * certificate and key are of no use.
 */
int web_open(struct web *w, const struct web_config *c);
/* Serve until the loop is stopped. */
void web_run(struct web *w);
/* Ends all connections, for which the callback is called. */
void web_close(struct web *w);
struct web *web_of(struct lws *wsi);

/*
 * listen.c: bind a socket to "[HOST:]PORT", then accept connections.
 * -EINVAL when address is not that, -ENOENT when HOST is not known.
 */
int web_bind(struct web *w, const char *address);
/* Is it bound to more than the loopback? */
bool web_is_public(const struct web *w);
/* Accept connections, and say on stdout where.  Negative errno. */
int web_listen(struct web *w);
/*
 * From the callback: a connection has begun (memory of that size is made
 * its user data, -1 when there is none) or ended (it is freed).
 */
int web_begin(struct lws *wsi, size_t size);
void web_end(struct lws *wsi);
/* What the other end of fd is counted by: an address, of IPv6 the network. */
size_t web_source(int fd, struct sockaddr_storage *ss, const void **source);

enum method {
	METHOD_GET,
	METHOD_HEAD,
	METHOD_POST,
	METHOD_PUT,
	METHOD_PATCH,
	METHOD_DELETE,
	METHOD_OPTIONS,
	METHOD_OTHER,
};

/* The fields of a request that decide about it; NULL when absent. */
struct request {
	enum method method;
	bool upgrade;       /* to a WebSocket */
	struct origin self; /* the caller's: which origin it is for */
	const char *path, *host, *origin, *cookie, *authorization;
	char path_buf[PATH_SIZE], host_buf[300], origin_buf[300];
	char cookie_buf[8192], authorization_buf[256];
};

/* request.c */
/* False when a field is longer than we take. */
bool request_read(struct request *r, struct lws *wsi);
/* RFC 9112 section 6: a body we do not take must not look like a request. */
bool request_has_body(struct lws *wsi);
/* One field's value in buf, or NULL when absent or not below size. */
const char *request_field(
    struct lws *wsi, enum lws_token_indexes field, char *buf, size_t size);
/* The same by name, lower case with its colon. */
const char *request_named(
    struct lws *wsi, const char *name, char *buf, size_t size);

/*
 * reply.c: each sends a response and returns what the callback returns: the
 * connection goes on after a success and is closed after an error.  extra is
 * whole header lines or "".
 */
int reply(struct lws *wsi, unsigned status, const char *extra, const char *type,
    const char *body, size_t len);
int reply_text(struct lws *wsi, unsigned status, const char *text);
int reply_status(struct lws *wsi, unsigned status, const char *extra);
/* Only the head, of a body of len bytes. */
int reply_head(struct lws *wsi, unsigned status, const char *extra,
    const char *type, size_t len);
/* The header lines that every response carries. */
extern const struct lws_protocol_vhost_options *const reply_headers;

/* A file on its way to a browser; all zero when there is none. */
struct sending {
	int fd; /* valid while left */
	size_t left;
};

/*
 * files.c: the file below dir of a path, which begins with a slash or is
 * empty; base is where dir is served.  Hidden files, and links that lead out
 * of dir, are not.
 */
int files_serve(struct sending *f, struct lws *wsi, const struct request *r,
    int dir, const char *base, const char *path);
/*
 * Send the open regular file, or the range that is asked for; takes fd over.
 * extra is whole header lines or "".
 */
int files_send(struct sending *f, struct lws *wsi, const struct request *r,
    int fd, const struct stat *st, const char *type, const char *extra);
/* The connection takes more of it. */
int files_writable(struct sending *f, struct lws *wsi);
/* Has another megabyte of it begun? */
bool files_at_mark(const struct sending *f);
void files_close(struct sending *f);

/* gzip.c */
bool gzip_pays(const char *type, off_t size);
/*
 * What is in fd, gzipped, as a file without a name of that size; -1 when it
 * cannot be done.
 */
int gzip_file(int fd, off_t *size);

#endif
