/*
 * wants.h - what a client's SetEncodings asks for
 *
 * RFC 6143 sections 7.5.2, 7.7 and 7.8, and the RFB protocol's community
 * edition.  Pure.
 */
#ifndef RFB_WANTS_H
#define RFB_WANTS_H

#include "rfb/encoder.h"

enum rfb_pseudo {
	RFB_CURSOR = -239,
	RFB_XCURSOR = -240,
	RFB_ALPHA_CURSOR = -314,
	RFB_VMWARE_CURSOR = 0x574d5664,
	RFB_POINTER_POS = -232,
	RFB_VMWARE_POS = 0x574d5666,
	RFB_DESKTOP_SIZE = -223,
	RFB_EXTENDED_SIZE = -308,
	RFB_DESKTOP_NAME = -307,
	RFB_LAST_RECT = -224,
	RFB_FENCES = -312,
	RFB_CONTINUOUS_UPDATES = -313,
	RFB_EXTENDED_CLIPBOARD = -0x3f5e1a32, /* 0xc0a1e5ce */
	RFB_QEMU_KEYS = -258,
	RFB_QEMU_AUDIO = -259,
	RFB_QEMU_LEDS = -261,
	RFB_VMWARE_LEDS = 0x574d5668,
	RFB_MORE_BUTTONS = -316,
	RFB_COMPRESS = -256,     /* and nine above it */
	RFB_QUALITY = -32,       /* likewise */
	RFB_FINE_QUALITY = -512, /* and a hundred above it */
	RFB_HUES = -768,         /* and five */
};

/* One bit each, of what is asked for beside a way to encode. */
enum rfb_want {
	RFB_WANTS_COPYRECT = 1 << 0,
	RFB_WANTS_CURSOR = 1 << 1,
	RFB_WANTS_XCURSOR = 1 << 2,
	RFB_WANTS_ALPHA_CURSOR = 1 << 3,
	RFB_WANTS_VMWARE_CURSOR = 1 << 4,
	RFB_WANTS_POINTER_POS = 1 << 5,
	RFB_WANTS_VMWARE_POS = 1 << 6,
	RFB_WANTS_SIZE = 1 << 7,
	RFB_WANTS_EXTENDED_SIZE = 1 << 8,
	RFB_WANTS_NAME = 1 << 9,
	RFB_WANTS_LAST_RECT = 1 << 10,
	RFB_WANTS_FENCES = 1 << 11,
	RFB_WANTS_CONTINUOUS = 1 << 12,
	RFB_WANTS_CLIPBOARD = 1 << 13,
	RFB_WANTS_QEMU_KEYS = 1 << 14,
	RFB_WANTS_QEMU_LEDS = 1 << 15,
	RFB_WANTS_VMWARE_LEDS = 1 << 16,
	RFB_WANTS_BUTTONS = 1 << 17,
	RFB_WANTS_QEMU_AUDIO = 1 << 18,
};

struct rfb_wants {
	unsigned int features; /* set of enum rfb_want */
	/* The first in its list that is known; Raw if none is. */
	const struct rfb_encoder *encoder;
	const struct rfb_encoder *exact; /* of those that need not lose */
	bool video;                      /* it comes before them */
	int compress, quality;           /* as in struct rfb_wish */
	enum rfb_hues hues;
};

/* n numbers of 4 bytes each. */
void rfb_wants_read(struct rfb_wants *w, const uint8_t *list, size_t n);

#endif
