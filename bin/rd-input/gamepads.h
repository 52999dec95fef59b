/*
 * gamepads.h - gamepads that programs find, by uinput or by rd-gamepad.so
 *
 * Without /dev/uinput each pad is a pair of sockets event0, js0, ... in a
 * directory, which give whoever connects first where everything is and then
 * what changes, as the devices of these names would; rd-gamepad.so makes
 * programs take them for /dev/input.
 */
#ifndef RD_INPUT_GAMEPADS_H
#define RD_INPUT_GAMEPADS_H

#include "base/loop.h"
#include "events/events.h"
#include "pad/pad.h"

enum {
	GAMEPAD_READERS = 32,
	GAMEPAD_KINDS = 2, /* event, js */
};

struct gamepads;

struct gamepad {
	struct gamepads *all;
	bool used;
	int values[PAD_CONTROLS];
	int device;                              /* of uinput, or -1 */
	struct loop_watch listen[GAMEPAD_KINDS]; /* fd -1: not there */
};

struct gamepad_reader {
	struct gamepad *pad; /* NULL: not in use */
	int kind;
	bool behind; /* it missed something */
	struct loop_watch watch;
};

struct gamepads {
	const char *dir; /* NULL: there are none; "uinput" is no directory */
	struct loop *loop;
	bool uinput;
	struct gamepad pads[PADS];
	struct gamepad_reader readers[GAMEPAD_READERS];
};

/* What one source has connected: by its number, 1 + which of ours; or 0. */
struct gamepads_held {
	unsigned int mine[EVENT_PADS];
};

void gamepads_open(struct gamepads *g, struct loop *loop);
void gamepads_close(struct gamepads *g);

/* Do what e says; what it cannot is ignored. */
void gamepads_event(
    struct gamepads *g, struct gamepads_held *h, const struct event *e);

/* Let go of every button and stick, but keep the pads. */
void gamepads_release(struct gamepads *g, struct gamepads_held *h);
/* Unplug them. */
void gamepads_drop(struct gamepads *g, struct gamepads_held *h);

/* The two ways; negative errno from those that plug. */
int uinput_plug(struct gamepad *p);
void uinput_unplug(struct gamepad *p);
void uinput_send(struct gamepad *p, const int before[PAD_CONTROLS]);
int socket_plug(struct gamepad *p);
void socket_unplug(struct gamepad *p);
void socket_send(struct gamepad *p, const int before[PAD_CONTROLS]);

#endif
