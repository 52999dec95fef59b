/*
 * input.h - the whole of rd-input: one display, many sources of events
 */
#ifndef RD_INPUT_INPUT_H
#define RD_INPUT_INPUT_H

#include "base/loop.h"
#include "clipboard.h"
#include "display.h"
#include "gamepads.h"
#include "keys.h"
#include "leds.h"
#include "link/link.h"
#include "pointer.h"
#include "size.h"

enum { SOURCES = 32 };

struct input;

/* One end of a link, and what it holds down. */
struct source {
	struct link link;
	struct input *input;
	bool used;
	bool own;     /* connected to, as we were told: no viewer */
	bool script;  /* an error ends the program */
	bool listens; /* what happens at the display is sent back */
	bool cut;     /* the last bytes were no whole event */
	struct keys_held keys;
	struct pointer_held pointer;
	struct gamepads_held gamepads;
	struct loop_timer silence; /* set by a source that says it is alive */
	unsigned long line;        /* of the script, to be read next */
	unsigned int dropped;
	int64_t warned_us;
};

struct input {
	struct loop loop;
	struct display display;
	struct keys keys;
	struct pointer pointer;
	struct clipboard clipboard;
	struct leds leds;
	struct gamepads gamepads;
	struct size size;
	unsigned int lit;
	bool leds_stale;
	struct loop_watch watch; /* the X connection */
	struct link_server server;
	struct source sources[SOURCES];
	int failed; /* exit status, when it is not 0: for the reason below */
	char reason[256];
};

/*
 * Read events from addr.  A script's first error ends the program, and so
 * does its end; without, errors are dropped and counted.
 */
int source_connect(struct input *in, const char *addr, bool retry);
/* Serve path to any number of sources. */
int source_listen(struct input *in, const char *path);
/* Release all that every source holds, and close them. */
void source_close_all(struct input *in);

/* Send what happened at the display to all sources that listen. */
void source_tell(struct input *in, const struct event *e);

/* Send X what waits, and handle what it sent; after anything that asks it. */
void input_settle(struct input *in);

#endif
