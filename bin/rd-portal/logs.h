/*
 * logs.h - the logs of services, as they grow, to who watches
 *
 * All NAME.log of a folder, read from where their last 64 KiB begin; the last
 * messages are kept for who comes later.  Nothing is read while nobody
 * watches, nor polled.  A reader that is too slow misses messages.
 */
#ifndef LOGS_H
#define LOGS_H

#include <libwebsockets.h>

#include "base/loop.h"
#include "portal/terminal.h"

enum { LOGS_KEPT = 750, LOGS_FILES = 64, LOGS_NAME = 128 };

struct log_message {
	char *text; /* JSON, behind LWS_PRE bytes */
	size_t len;
	const struct log_file *file;
	bool overwrites;
};

struct log_reader {
	struct lws *wsi; /* NULL: it is none */
	uint64_t next;   /* the message it gets next */
	bool beat, pong; /* are due */
	struct log_reader *following;
};

struct logs {
	struct loop *loop;
	int dir;
	struct loop_watch changes;
	struct loop_timer beat;
	struct log_file *files; /* of LOGS_FILES */
	size_t nfiles;
	struct log_message ring[LOGS_KEPT];
	uint64_t end; /* the number of the next message */
	struct log_reader *readers;
};

/* dir may be missing: then there are no logs.  Negative errno. */
int logs_open(struct logs *l, struct loop *loop, const char *dir);
void logs_close(struct logs *l);

/* A reader comes, and goes; nothing when it never came. */
int logs_join(struct logs *l, struct log_reader *r, struct lws *wsi);
void logs_leave(struct logs *l, struct log_reader *r);
/* It says something, of which "ping" has an answer. */
void logs_receive(struct log_reader *r, const void *p, size_t len);
/* It takes more.  -1: the connection is broken. */
int logs_writable(struct logs *l, struct log_reader *r);

#endif
