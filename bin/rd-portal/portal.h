/*
 * portal.h - what the parts of rd-portal share: one server, its connections
 */
#ifndef PORTAL_H
#define PORTAL_H

#include <stdbool.h>
#include <stddef.h>

#include <cjson/cJSON.h>

#include "command.h"
#include "http/authority.h"
#include "logs.h"
#include "metrics.h"
#include "portal/apps.h"
#include "web/web.h"

enum {
	FORM_MAX = 4096,     /* the body of a form, */
	ORDER_MAX = 1 << 18, /* and of an order to provision */
	TARGET_SIZE = 300,
};

struct portal {
	struct web web;
	struct auth auth;
	struct authority authority;
	struct apps apps;
	struct logs logs;
	struct metrics metrics;
	const char *supervisor; /* its socket */
	const char *tunnels;    /* rd-tunnel's folder, or NULL: its own */
	const char *links;      /* a file of them for the page of tools */
	const char *log_file;   /* of the provisioner */
	int state;              /* the folder of sessions and orders */
	char address[64];       /* by which browsers have come here, or "" */
	int client;             /* the folder of the page */
	char *login;            /* the page to log in */
};

/* What becomes of a request whose body is there. */
typedef int body_taker(struct portal *p, struct lws *wsi, const char *body);

/* One connection, from its being accepted to its end; all zero at first. */
struct conn {
	struct sending file;
	body_taker *taker; /* of a body on the way, */
	char *body;        /* which has so many bytes of so many */
	size_t body_len, body_size;
	struct rpc *rpc;          /* whose answer it waits for */
	cJSON *answer;            /* which is here */
	cJSON *draft;             /* of it, until then */
	unsigned status;          /* of it */
	char action[128];         /* on a process: START, STOP; and its name */
	struct command *command;  /* whose end it waits for */
	char target[TARGET_SIZE]; /* of a tunnel */
	struct log_reader reader;
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

/* manifest.c: print a manifest's items as commands of sh; dies. */
void manifest_print(const char *file);

/*
 * gate.c: what the edge asks about the visitors of its ports, and the forms
 * that they fill in; rest is what follows "/.rd".
 */
/* Who may enter, by the environment; dies when it is wrong or dir is. */
void gate_open(struct portal *p, const char *dir);
int gate_request(struct portal *p, struct lws *wsi, const struct request *r,
    const char *rest);
body_taker gate_form;

/*
 * answer.c: JSON, which is taken over, and the problem that REST clients
 * know; NULL is out of memory.  A string alone is sent as text without quotes.
 */
int answer(struct lws *wsi, unsigned status, cJSON *json);
int answer_detail(struct lws *wsi, unsigned status, const char *detail);
/* Not now: when lws says that it can. */
void answer_later(
    struct conn *c, struct lws *wsi, unsigned status, cJSON *json);
cJSON *answer_problem(const char *detail);

/* links.c: where applications are */
int links_list(struct portal *p, struct lws *wsi, const struct request *r);
int links_direct(struct portal *p, struct lws *wsi, const char *port);
/* Lead a browser there, with a token for the edge's port. */
int links_launch(struct portal *p, struct lws *wsi, const char *name);
/* Is the edge reached by https? */
bool links_secure(void);
/* By which host those outside reach it; false when none is known. */
bool links_host(struct portal *p, struct lws *wsi, char *host, size_t size);
/* "scheme://host:mapped"; false when it is not reached from outside. */
bool links_url(
    struct portal *p, struct lws *wsi, uint16_t port, char *out, size_t size);

/* capabilities.c: what scripts want to know of the instance */
int capabilities(struct portal *p, struct lws *wsi);
int capabilities_services(struct portal *p, struct conn *c, struct lws *wsi);

/* tools.c: the links of the owner's file and of PORTAL_LINKS */
int tools_list(struct portal *p, struct lws *wsi);

/*
 * provision.c: hand what is to be installed, as JSON, to rd-instance, which
 * has made a FIFO for it in the folder of p->state.
 */
body_taker provision_order;

/* tunnels.c: is it about tunnels?  Then *result is what to return. */
bool tunnels_request(struct portal *p, struct conn *c, struct lws *wsi,
    const struct request *r, int *result);

/* services.c: the processes of Supervisor */
int services_list(struct portal *p, struct conn *c, struct lws *wsi);
/* rest is "NAME/start", stop or restart. */
int services_act(
    struct portal *p, struct conn *c, struct lws *wsi, const char *rest);
/*
 * Add to each object of the array its "state": that of the process that goes
 * by its "name", or null.  Takes it over.
 */
int services_states(
    struct portal *p, struct conn *c, struct lws *wsi, cJSON *all);
/* The connection is gone, or has its answer. */
void services_abandon(struct conn *c);

/* zip.c: all of a folder's files, as a file without a name; -1 it cannot. */
int zip_folder(int dir, off_t *size);

#endif
