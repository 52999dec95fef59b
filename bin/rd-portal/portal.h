/*
 * portal.h - what the parts of rd-portal share: one server, its connections
 */
#ifndef PORTAL_H
#define PORTAL_H

#include <stdbool.h>
#include <stddef.h>

#include "http/authority.h"
#include "portal/apps.h"
#include "web/web.h"

enum { BODY_MAX = 4096 };

struct portal {
	struct web web;
	struct auth auth;
	struct authority authority;
	struct apps apps;
	int client;  /* the folder of the page */
	char *login; /* the page to log in, before and behind its parts */
};

/* One connection, from its being accepted to its end; all zero at first. */
struct conn {
	struct sending file;
	char body[BODY_MAX + 1];
	size_t body_len;
};

/* server.c: the callback of every connection, with lws' own signature. */
int server_callback(struct lws *wsi, enum lws_callback_reasons reason,
    void *user, void *in, size_t len);

/*
 * list.c: read the applications of file or of PORTAL_CONFIG, with warnings
 * about what is wrong.  False when neither names any.
 */
bool list_load(struct apps *as, const char *file);
/* One per line on stdout; dies when that fails. */
void list_print(const struct apps *as);

/*
 * gate.c: what the edge asks about the visitors of its ports, and the forms
 * that they fill in; rest is what follows "/.rd".
 */
/* Who may enter, by the environment; dies when it is wrong or dir is. */
void gate_open(struct portal *p, const char *dir);
int gate_request(struct portal *p, struct lws *wsi, const struct request *r,
    const char *rest);
/* The body of a form is there. */
int gate_form(struct portal *p, struct lws *wsi, const char *body);

#endif
