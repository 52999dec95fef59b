/*
 * bridge.h - a WebSocket and a stream: a Unix socket or a command
 *
 * Nothing is read that cannot be passed on at once, so that each end waits
 * for the other and no more than one piece is ever kept here.
 */
#ifndef BRIDGE_H
#define BRIDGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <libwebsockets.h>

#include "base/loop.h"

enum {
	BRIDGE_PIECE = 16384,     /* most passed on at a time */
	BRIDGE_MESSAGE = 1 << 20, /* longest text message taken */
};

struct bridge {
	struct lws *wsi;
	struct loop *loop;
	struct child *child;        /* or NULL */
	bool lines;                 /* text: a line is a message */
	bool in_message;            /* to the viewer: begun, not ended */
	size_t message_len;         /* from the viewer, so far */
	struct loop_watch from, to; /* to.fd is -1 once nobody reads */
	struct loop_watch viewer;   /* while it has to wait */
	uint8_t *rest; /* what the stream did not take of a piece */
	size_t rest_len;
	bool open;
};

/*
 * Connect the WebSocket to the Unix socket path, or to command run with that
 * role, by lines or by bytes.  Negative errno on failure.
 */
int bridge_socket(
    struct bridge *b, struct lws *wsi, struct loop *loop, const char *path);
int bridge_exec(struct bridge *b, struct lws *wsi, struct loop *loop,
    const char *command, const char *role, bool lines);

/* A piece of a message came.  -1: close the WebSocket, the reason is set. */
int bridge_receive(struct bridge *b, const void *p, size_t len);

/* The WebSocket takes more.  -1: the stream has ended, close it likewise. */
int bridge_writable(struct bridge *b);

/*
 * Let to, with another WebSocket or with none (NULL), have the stream of
 * from, which is closed then.  False, and nothing done, when it is closed or
 * in the middle of a message.
 */
bool bridge_move(struct bridge *to, struct bridge *from, struct lws *wsi);
/* Write a line of our own, unless the stream takes no more now. */
void bridge_tell(struct bridge *b, const char *line, size_t len);

/* Let go of the stream.  Nothing when it is closed or all zero. */
void bridge_close(struct bridge *b);

#endif
