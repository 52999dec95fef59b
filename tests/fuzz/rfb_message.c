/* What a client says, message after message, and the text it copies. */
#include <stdlib.h>

#include "rfb/clipboard.h"
#include "rfb/message.h"
#include "rfb/wants.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Whatever came of it lies within the room. */
static void
copy(const uint8_t *p, size_t len)
{
	static char room[1 << 16];
	struct rfb_copy c;

	rfb_clip_read(&c, p, len, room, sizeof(room));
	if (c.text.len + c.html.len > sizeof(room) ||
	    (c.html.data && c.html.data < room + c.text.len) ||
	    (c.html.data && c.html.data + c.html.len > room + sizeof(room)))
		abort();
}

static void
use(const struct rfb_message *m)
{
	static char text[1 << 16];
	struct rfb_wants w;
	uint32_t words[2];
	uint8_t pixels[8] = { 1, 2, 3, 4, 255, 254, 253, 252 };

	switch (m->type) {
	case RFB_SET_FORMAT:
		rfb_translate(&m->format, words, pixels, 2);
		break;
	case RFB_SET_ENCODINGS:
		rfb_wants_read(&w, m->encodings.list, m->encodings.n);
		if (!w.encoder)
			abort();
		break;
	case RFB_CUT_TEXT:
		if (m->text.p && m->text.extended)
			copy(m->text.p, m->text.len);
		else if (m->text.p && 2 * m->text.len <= sizeof(text))
			rfb_latin1_to_utf8(text, m->text.p, m->text.len);
		break;
	default:
		break;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rfb_message m;
	ssize_t n;

	while ((n = rfb_message_decode(&m, size & 1, data, size)) > 0) {
		if ((size_t)n > size)
			abort();
		use(&m);
		data += n;
		size -= (size_t)n;
	}
	if (!n && size && rfb_message_length(data, size) < size)
		abort();
	return 0;
}
