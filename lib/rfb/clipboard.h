/*
 * clipboard.h - text both ways: Latin-1, and the extended clipboard
 *
 * RFC 6143 sections 7.5.6 and 7.6.4; Extended Clipboard of the RFB protocol's
 * community edition, of which the form text is known.  No I/O; zlib allocates
 * for as long as a call takes.
 */
#ifndef RFB_CLIPBOARD_H
#define RFB_CLIPBOARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buf.h"

enum rfb_clip {
	RFB_CLIP_TEXT = 1 << 0,
	RFB_CLIP_CAPS = 1 << 24,
	RFB_CLIP_REQUEST = 1 << 25,
	RFB_CLIP_PEEK = 1 << 26,
	RFB_CLIP_NOTIFY = 1 << 27,
	RFB_CLIP_PROVIDE = 1 << 28,
	RFB_CLIP_FORMS = 0xffff,
};

enum {
	RFB_CLIP_HEAD = 16, /* bytes of what is said without text */
	RFB_CLIP_CAPS_SIZE = 16,
};

/* A message of flags alone; or of what we can. */
void rfb_clip_say(struct wbuf *w, uint32_t flags);
void rfb_clip_caps(struct wbuf *w);

/* The flags of an extended text of a client, which is at least 4 bytes. */
uint32_t rfb_clip_flags(const uint8_t *p, size_t len);

/*
 * The text of a PROVIDE, as UTF-8 with newlines, in out.  Its length, 0 when
 * there is none; -EBADMSG when it is not whole, -EFBIG when longer than size.
 */
ssize_t rfb_clip_text(const uint8_t *p, size_t len, char *out, size_t size);

/*
 * The bytes a text of len, UTF-8, is provided in at most; and to do so.
 * False when there is no memory for it.
 */
size_t rfb_clip_bound(size_t len);
bool rfb_clip_provide(struct wbuf *w, const char *text, size_t len);

/* ServerCutText of UTF-8; what Latin-1 does not have becomes '?'. */
void rfb_cut_text(struct wbuf *w, const char *text, size_t len);

/* Latin-1 as UTF-8, which takes at most twice as much; its length. */
size_t rfb_latin1_to_utf8(char *out, const uint8_t *p, size_t len);

#endif
