/*
 * apps.h - the applications of an instance, by PORTAL_CONFIG and portal.yaml
 *
 *	PORTAL_CONFIG = ENTRY | ENTRY ...
 *	ENTRY = HOSTNAME:EXTERNAL:INTERNAL:PATH:NAME
 *
 * Only the first four colons of an entry divide it.  The edge listens at
 * EXTERNAL for what listens at INTERNAL; where both are the same there is no
 * edge in front.  PATH is where links lead.  An application of the same name
 * replaces the one before.  What is wrong with one entry is said, and does
 * not concern the others.
 */
#ifndef PORTAL_APPS_H
#define PORTAL_APPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	APPS_MAX = 64, /* as many ports as an instance can have */
	APPS_TEXT_MAX = 65536,
	APP_NAME_SIZE = 256,
	APP_HOST_SIZE = 256,
	APP_PATH_SIZE = 1024,
};

struct app {
	char name[APP_NAME_SIZE]; /* UTF-8 without control characters, */
	char host[APP_HOST_SIZE]; /* as are these */
	char path[APP_PATH_SIZE];
	uint16_t external, internal;
};

struct apps {
	struct app list[APPS_MAX];
	size_t n;
};

/* Is called with each entry that is left out. */
struct apps_bad {
	void (*tell)(void *arg, const char *entry, const char *why);
	void *arg;
};

/* Add one.  NULL, or what is wrong with it. */
const char *apps_add(struct apps *as, const struct app *a);

/* A port of 1 to 65535, perhaps with blanks around; false otherwise. */
bool apps_port(const char *text, uint16_t *port);

/* Read a PORTAL_CONFIG; as is empty before. */
void apps_parse(struct apps *as, const char *config, struct apps_bad bad);

/* How an application is reached from outside. */
enum app_way {
	APP_EDGE,   /* the edge listens for it, */
	APP_ALIAS,  /* does so for an entry before it, */
	APP_DIRECT, /* it listens itself, */
	APP_CLOSED, /* or its port is not led here */
};

const char *app_way_name(enum app_way way);

/*
 * The port that leads from outside to this one: VAST_TCP_PORT_<external> of
 * env, itself when env has no variable of that kind, or 0.
 */
uint16_t apps_mapped(char *const *env, uint16_t external);

/* Of the i-th application. */
enum app_way apps_way(const struct apps *as, size_t i, char *const *env);

/* yaml.c: what portal.yaml holds.  NULL, or why it is of no use. */
const char *apps_read_yaml(
    struct apps *as, const char *text, size_t len, struct apps_bad bad);
/* Print it.  The length; -ENOSPC. */
long apps_print_yaml(const struct apps *as, char *out, size_t size);

/*
 * store.c: read path; when that is of no use read config (NULL: not set) and
 * write it there.  *why says what was wrong with the file, or is NULL; when
 * it could not be written, as with a config without one good entry, *err is
 * a negative errno.  False when there is neither.
 */
bool apps_load(struct apps *as, const char *path, const char *config,
    struct apps_bad bad, const char **why, int *err);

#endif
