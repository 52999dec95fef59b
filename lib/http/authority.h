/*
 * authority.h - who may enter an instance, at each of its ports
 *
 * There are two secrets, the password and the token, and sessions (auth.h)
 * begun by them: a session's cookie is a random secret of its own, good at
 * one port only, whose name on disk is that of the secret and its port.
 * Whoever shows a secret that is wrong ten times waits (throttle.h).
 *
 * Decides; sends nothing.  Reads and writes the files of auth.h.
 */
#ifndef HTTP_AUTHORITY_H
#define HTTP_AUTHORITY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "http/auth.h"
#include "http/origin.h"
#include "http/throttle.h"

enum {
	AUTHORITY_PORTS = 64,
	AUTHORITY_USER = 64,
	AUTHORITY_COOKIE = 320,
	AUTHORITY_URI = 4096,
	AUTHORITY_PASSWORD = 256,
};

struct authority {
	bool on;
	uint16_t excluded[AUTHORITY_PORTS]; /* ports that ask nobody */
	size_t nexcluded;
	char user[AUTHORITY_USER];
	char password[AUTH_NAME_SIZE], token[AUTH_NAME_SIZE]; /* their names */
	char label[64]; /* what cookies are called by */
	struct auth *auth;
	struct throttle *throttle;
	int64_t swept_s;
};

/* A request that somebody makes at a port; what is not there is NULL. */
struct visit {
	uint16_t port;
	const char *method, *uri;                  /* as sent: path and query */
	struct origin self;                        /* that it is made for */
	const char *origin, *accept, *dest, *site; /* Sec-Fetch-* */
	const char *cookie, *authorization;
	bool websocket;
	const void *source; /* who: an address */
	size_t source_len;
};

struct verdict {
	unsigned status; /* 200, 302, 401, 403, 429 or 500 */
	unsigned wait_s; /* with 429 */
	const char *user;
	char cookie[AUTHORITY_COOKIE]; /* Set-Cookie, or "" */
	char uri[AUTHORITY_URI];       /* without our token */
};

/*
 * Set what the two secrets are, of which CR, LF and ";" do not count: one
 * that is NULL or empty is the other.  False when both are.
 */
bool authority_secrets(
    struct authority *a, const char *password, const char *token);
/*
 * Whose they are; NULL or "" is vastai.  False when it is too long, or holds
 * more than letters, digits and "-._@+".
 */
bool authority_user(struct authority *a, const char *user);
/* What is before "_auth_token" in cookies; NULL or "" is rd. */
void authority_label(struct authority *a, const char *label);
/* Let everybody in at a port.  False when there are too many. */
bool authority_exclude(struct authority *a, uint16_t port);

/* May it pass?  Times are of the wall clock and of clock_us(). */
void authority_judge(struct authority *a, const struct visit *v,
    struct verdict *out, int64_t now_s, int64_t now_us);

/* Somebody fills in the form: 302 to go on, 401, 403, 429 or 500. */
void authority_login(struct authority *a, const struct visit *v,
    const char *user, const char *password, struct verdict *out, int64_t now_s,
    int64_t now_us);

/* End the visitor's session, or with others all but that: 302, 403. */
void authority_logout(struct authority *a, const struct visit *v, bool others,
    struct verdict *out, int64_t now_s);

/*
 * A secret good for one login at that port, within AUTH_TOKEN_S, as
 * "?token=".  Negative errno.
 */
int authority_invite(
    const struct authority *a, uint16_t port, char secret[AUTH_SECRET_SIZE]);

/* Is it a browser that shows what it gets as a page? */
bool visit_navigates(const struct visit *v);

#endif
