/*
 * message.h - what a client says after the handshake
 *
 * RFC 6143 section 7.5, and the messages of the pseudo-encodings it may have
 * asked for.  Works on the caller's bytes: no allocation, no I/O.
 */
#ifndef RFB_MESSAGE_H
#define RFB_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "frames/region.h"
#include "rfb/format.h"
#include "rfb/sound.h"

enum rfb_message_type {
	RFB_SET_FORMAT = 0,
	RFB_SET_ENCODINGS = 2,
	RFB_REQUEST = 3,
	RFB_KEY = 4,
	RFB_POINTER = 5,
	RFB_CUT_TEXT = 6,
	RFB_CONTINUOUS = 150,
	RFB_FENCE = 248,
	RFB_XVP = 250,
	RFB_SET_SIZE = 251,
	RFB_QEMU = 255, /* RFB_KEY it is too; else of sound */
};

enum {
	RFB_ENCODINGS_MAX = 1024,
	RFB_FENCE_MAX = 64,
	RFB_SCREENS_MAX = 16,
	/* Longer text is skipped: what rd-events(5) takes. */
	RFB_TEXT_MAX = 1 << 22,
	/* The longest message but for text. */
	RFB_MESSAGE_MAX = 4 + 4 * RFB_ENCODINGS_MAX,
	RFB_BUTTONS = 9,
	RFB_QEMU_SOUND = 1, /* behind RFB_QEMU, in both directions */
};

/* What a client says of sound. */
enum rfb_sound_want {
	RFB_SOUND_ON = 0,
	RFB_SOUND_OFF = 1,
	RFB_SOUND_FORMAT = 2,
};

struct rfb_screen {
	uint32_t id, flags;
	uint16_t x, y, w, h;
};

struct rfb_message {
	enum rfb_message_type type;
	union {
		struct rfb_format format;
		struct {
			const uint8_t *list; /* borrowed, of 4 bytes each */
			size_t n;
		} encodings;
		struct {
			bool incremental;    /* of a request */
			bool on;             /* of continuous updates */
			uint16_t x, y, w, h; /* may be anywhere */
		} area;
		struct {
			bool down, extended;
			uint32_t keysym, code; /* 0: not known */
		} key;
		struct {
			/* Bit n - 1 is button n: 4 to 7 are the wheel. */
			uint16_t buttons, x, y;
		} pointer;
		struct {
			const uint8_t *p; /* borrowed; NULL: too long */
			size_t len;
			bool extended; /* not Latin-1: clipboard.h */
		} text;
		struct {
			uint32_t flags;
			const uint8_t *p; /* borrowed */
			size_t len;
		} fence;
		struct {
			uint16_t w, h;
			size_t nscreens;
			struct rfb_screen screens[RFB_SCREENS_MAX];
		} size;
		struct {
			uint16_t what; /* enum rfb_sound_want, or unknown */
			struct rfb_sound_format format; /* as it was said */
		} sound;
	};
};

/*
 * Read the message at the front of p.  Bytes it took, 0 when more are needed,
 * or -EBADMSG.  Of a text that is longer than RFB_TEXT_MAX the head is taken,
 * with text.p NULL; text.len bytes are then to be skipped.  buttons: a pointer
 * may have a second byte of them.
 */
ssize_t rfb_message_decode(
    struct rfb_message *m, bool buttons, const void *p, size_t len);

/*
 * How many bytes the message at the front of p has in all, as far as can be
 * told yet; at most RFB_TEXT_MAX + 8.
 */
size_t rfb_message_length(const void *p, size_t len);

#endif
