#include "mdns/mdns.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"

enum {
	HEADER = 12,
	TYPE_A = 1,
	TYPE_AAAA = 28,
	CLASS_IN = 1,
	CLASS_MASK = 0x7fff, /* the bit above: flush the cache */
	UNICAST = 0x8000,    /* RFC 6762 section 5.4: answer only us */
	RESPONSE = 0x8000,
	UUID = 36,
	LABEL = 63, /* bytes: RFC 1035 section 2.3.4, */
	NAME = 255, /* likewise; */
	JUMPS = 16, /* of a name, which it does not limit */
};

static const char local[] = ".local";

bool
mdns_is_hidden(const char *name)
{
	for (int i = 0; i < UUID; i++) {
		bool dash = i == 8 || i == 13 || i == 18 || i == 23;

		if (dash ? name[i] != '-' : !isxdigit((unsigned char)name[i]))
			return false;
	}
	return strcasecmp(name + UUID, local) == 0;
}

static void
ask(struct wbuf *w, const char *name, uint16_t type)
{
	wbuf_u8(w, UUID);
	wbuf_put(w, name, UUID);
	wbuf_u8(w, sizeof(local) - 2);
	wbuf_put(w, local + 1, sizeof(local) - 2);
	wbuf_u8(w, 0);
	wbuf_u16(w, type);
	wbuf_u16(w, UNICAST | CLASS_IN);
}

void
mdns_query(uint8_t out[MDNS_QUERY], const char *name)
{
	struct wbuf w = wbuf_of(out, MDNS_QUERY);

	wbuf_u16(&w, 0); /* id */
	wbuf_u16(&w, 0); /* flags */
	wbuf_u16(&w, 2); /* questions */
	wbuf_u16(&w, 0);
	wbuf_u16(&w, 0);
	wbuf_u16(&w, 0);
	ask(&w, name, TYPE_A);
	ask(&w, name, TYPE_AAAA);
}

/*
 * The name at r as text; one that is longer than ours comes out cut.  Those
 * after a pointer are elsewhere in the message.
 */
static void
read_name(
    struct rbuf *r, const uint8_t *message, size_t len, char out[MDNS_NAME + 2])
{
	struct rbuf at = *r;
	size_t n = 0, all = 0;

	for (int jumps = 0; jumps <= JUMPS && all < NAME && !at.bad;) {
		uint8_t size = rbuf_u8(&at);
		const uint8_t *label;

		if (size >= 0xc0) {
			size_t to = (size_t)(size & 0x3f) << 8 | rbuf_u8(&at);

			if (!jumps++)
				*r = at;
			at = to < len ? rbuf_of(message + to, len - to)
				      : (struct rbuf){ .bad = true };
			continue;
		}
		all += size + 1u;
		label = rbuf_take(&at, size);
		at.bad |= size > LABEL;
		if (!size) {
			out[n] = '\0';
			if (!jumps)
				*r = at;
			r->bad |= at.bad;
			return;
		}
		for (int i = n ? -1 : 0; label && i < size; i++)
			if (n < MDNS_NAME + 1)
				out[n++] = i < 0 ? '.' : (char)label[i];
	}
	r->bad = true;
}

/* Read a record; true when it is an address of name. */
static bool
read_record(struct rbuf *r, const uint8_t *message, size_t len,
    const char *name, char address[INET6_ADDRSTRLEN])
{
	char of[MDNS_NAME + 2];
	uint16_t type, class;
	size_t size;
	const uint8_t *data;

	read_name(r, message, len, of);
	type = rbuf_u16(r);
	class = rbuf_u16(r) & CLASS_MASK;
	rbuf_u32(r); /* time to live */
	size = rbuf_u16(r);
	data = rbuf_take(r, size);
	if (r->bad || class != CLASS_IN || strcasecmp(of, name) != 0)
		return false;
	if (type == TYPE_A && size == sizeof(struct in_addr))
		return inet_ntop(AF_INET, data, address, INET6_ADDRSTRLEN);
	if (type == TYPE_AAAA && size == sizeof(struct in6_addr))
		return inet_ntop(AF_INET6, data, address, INET6_ADDRSTRLEN);
	return false;
}

int
mdns_answer(const void *message, size_t len, const char *name,
    char address[INET6_ADDRSTRLEN])
{
	struct rbuf r = rbuf_of(message, len);
	char question[MDNS_NAME + 2];
	uint16_t flags, questions;
	unsigned int records;

	rbuf_u16(&r); /* id */
	flags = rbuf_u16(&r);
	questions = rbuf_u16(&r);
	records = rbuf_u16(&r);
	records += rbuf_u16(&r);
	records += rbuf_u16(&r);
	if (r.bad || !(flags & RESPONSE))
		return -EBADMSG;
	while (questions-- && !r.bad) {
		read_name(&r, message, len, question);
		rbuf_u32(&r); /* type and class */
	}
	while (records-- && !r.bad)
		if (read_record(&r, message, len, name, address))
			return 0;
	return r.bad ? -EBADMSG : -ENOENT;
}
