/*
 * clipboard.h - copies both ways: Latin-1, and the extended clipboard
 *
 * RFC 6143 sections 7.5.6 and 7.6.4; Extended Clipboard of the RFB protocol's
 * community edition, of which the forms text and HTML are known.  No I/O; zlib
 * allocates for as long as a call takes.
 */
#ifndef RFB_CLIPBOARD_H
#define RFB_CLIPBOARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buf.h"
#include "events/events.h"

enum rfb_clip {
	RFB_CLIP_TEXT = 1 << 0,
	RFB_CLIP_RTF = 1 << 1,
	RFB_CLIP_HTML = 1 << 2,
	RFB_CLIP_KNOWN = RFB_CLIP_TEXT | RFB_CLIP_HTML,
	RFB_CLIP_CAPS = 1 << 24,
	RFB_CLIP_REQUEST = 1 << 25,
	RFB_CLIP_PEEK = 1 << 26,
	RFB_CLIP_NOTIFY = 1 << 27,
	RFB_CLIP_PROVIDE = 1 << 28,
};

enum {
	RFB_CLIP_HEAD = 16, /* bytes of what is said without text */
	RFB_CLIP_CAPS_SIZE = 20,
};

/* What was copied, in UTF-8 and borrowed; data NULL: not in this form. */
struct rfb_copy {
	struct event_bytes text, html;
};

/* A message of flags alone; or of what we can. */
void rfb_clip_say(struct wbuf *w, uint32_t flags);
void rfb_clip_caps(struct wbuf *w);

/* The flags of an extended text of a client, which is at least 4 bytes. */
uint32_t rfb_clip_flags(const uint8_t *p, size_t len);

/* Which forms c has: a set of RFB_CLIP_KNOWN. */
uint32_t rfb_clip_forms(const struct rfb_copy *c);

/*
 * The known forms of a PROVIDE, text with newlines and HTML by itself, in
 * room.  -EBADMSG when it is not whole, -EFBIG when all is longer than size,
 * -ENOMEM; then c has what came before.
 */
int rfb_clip_read(
    struct rfb_copy *c, const uint8_t *p, size_t len, char *room, size_t size);

/*
 * The bytes c is provided in at most; and to do so, with those of its forms
 * that are asked for.  False when there is no memory for it.
 */
size_t rfb_clip_bound(const struct rfb_copy *c);
bool rfb_clip_provide(struct wbuf *w, const struct rfb_copy *c, uint32_t forms);

/* ServerCutText of UTF-8; what Latin-1 does not have becomes '?'. */
void rfb_cut_text(struct wbuf *w, const char *text, size_t len);

/* Latin-1 as UTF-8, which takes at most twice as much; its length. */
size_t rfb_latin1_to_utf8(char *out, const uint8_t *p, size_t len);

#endif
