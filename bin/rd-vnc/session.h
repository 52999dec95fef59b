/*
 * session.h - a client that was let in: what it asks for and what it gets
 */
#ifndef RD_VNC_SESSION_H
#define RD_VNC_SESSION_H

#include "conn.h"
#include "flow/flow.h"
#include "input.h"
#include "rfb/clipboard.h"
#include "rfb/lossy.h"
#include "rfb/wants.h"
#include "screen.h"
#include "server.h"
#include "sound.h"
#include "tiles.h"
#include "video.h"

enum {
	ASIDE_MAX = 4096,        /* bytes of messages behind an update */
	PATIENCE_US = 10000000,  /* for who does not read */
	LOOK_US = 1000000,       /* how often, while it owes something */
	RESIZE_US = 10000000,    /* until a new size is there */
	OWN_POINTER_US = 500000, /* it is where the client put it */
};

/* What an update is to say beside pixels, once each. */
enum news {
	NEWS_SIZE = 1 << 0,    /* another than the client's */
	NEWS_LAYOUT = 1 << 1,  /* as it is */
	NEWS_RESIZED = 1 << 2, /* the client's wish was fulfilled, */
	NEWS_REFUSED = 1 << 3, /* or not: why is in size_status */
	NEWS_CURSOR = 1 << 4,
	NEWS_POINTER = 1 << 5,
	NEWS_NAME = 1 << 6,
	NEWS_LEDS = 1 << 7,
	NEWS_KEYS = 1 << 8,    /* QEMU's keys are understood */
	NEWS_BUTTONS = 1 << 9, /* more buttons likewise, */
	NEWS_AUDIO = 1 << 10,  /* and that sound is asked for */
};

/* A part of the client's picture. */
struct area {
	uint16_t x, y, w, h; /* w or h 0: none */
};

struct session {
	/* Set by the caller. */
	struct loop *loop;
	const struct config *config;
	struct conn *conn;
	bool controls;
	/* Open links again; and it is over, for people. */
	void (*links)(struct session *s);
	void (*listen)(struct session *s);
	void (*watch)(struct session *s);
	void (*over)(struct session *s, const char *why);

	bool begun; /* the client knows how large its picture is */
	uint16_t width, height;
	struct screen screen;
	struct input input;
	struct sound sound;
	struct video video;
	bool filmed; /* what the client has came as video */

	struct rfb_encoders encoders;
	struct rfb_wants wants;
	struct rfb_format format; /* from the next update on */
	bool format_changed;

	unsigned int news;
	enum rfb_size_status size_status;
	struct rfb_screen layout; /* with the client's number for it */
	struct loop_timer resize;

	struct area asked, continuous;

	/* The update that is being sent. */
	bool updating;
	struct rfb_wish wish;
	struct region region;
	struct rfb_pieces pieces;
	bool until_last;
	bool refining; /* what it sends was sent lossy before */
	struct lossy lossy;
	struct loop_timer quiet;
	uint64_t update_bytes;
	struct tiles tiles;
	uint8_t streams; /* of the encoder, that the client has begun */

	/* Messages that have to wait for the update's end. */
	uint8_t aside[ASIDE_MAX];
	size_t aside_len;
	bool owes_caps, owes_notify, owes_cut;
	uint32_t owes_forms;    /* of what was copied at the display, */
	struct rfb_copy copied; /* which is this, */
	char *copy;             /* in here */

	struct flow flow;
	uint32_t fence;
	struct loop_timer patience;
	int64_t moved_us; /* when it last showed that it reads */
	size_t queued;    /* of what it has not, at the last look */
	size_t skip;      /* bytes of a text that is too long */
};

/* Take the message at the front of p, as conn_ops.input does. */
ssize_t session_input(
    struct session *s, const uint8_t *p, size_t len, size_t *need);
/* Links are there, -1 those that are not. */
void session_attach(struct session *s, int frames, int events);
/* Sound is there; -1: it is not. */
void session_hear(struct session *s, int fd);
/* Video is there; -1: it is not. */
void session_see(struct session *s, int fd);
/* Somebody encodes for several, as in tiles_attach(). */
void session_share(struct session *s, int sock, int memory);
void session_close(struct session *s);

/* update.c: send what there is to send, as far as it goes now. */
void session_pump(struct session *s);
/* May an update begin? */
bool session_takes(struct session *s);
/* One that is this unit. */
void session_send(struct session *s, const struct packet *unit);
/* Something was sent: see to it that it is read. */
void session_watch(struct session *s);

/* refine.c: what is lossy does not stay so */
/* r was sent, or moved within the client's picture. */
void refine_sent(struct session *s, struct rect r, bool lossy);
void refine_copied(struct session *s, const struct screen_copy *c);
/* Is something to be sent exactly?  Then it is in s->region. */
bool refine_due(struct session *s);

/* film.c: H.264 instead of pixels */
/* Does the client get that, or will it at once? */
bool film_shows(const struct session *s);
void film_put(struct session *s, struct wbuf *w, const struct packet *unit);
/* What it wants may be another than before. */
void film_wish(struct session *s);
/* The display has another size; the client was told so. */
void film_sized(struct session *s, bool told);

/* talk.c: messages that are no updates */
/* Room for RFB_SERVER_OUT bytes; said once no update is in the way. */
struct wbuf talk_room(struct session *s);
void talk_say(struct session *s, const struct wbuf *w);
/* False when there is room for no more: then the client has to wait. */
bool talk_has_room(const struct session *s);
/* All that waits, between updates. */
void talk_flush(struct session *s);
void talk_copied(struct session *s, const struct event_bytes *forms);
/* What the client copied, or says about copying. */
void talk_text(struct session *s, const struct rfb_message *m);

#endif
