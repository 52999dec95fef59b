/* lib/packets: rd-packets(5)'s header */
#include "packets/packets.h"

#include <errno.h>

#include "../tap.h"

/* The header as the manual describes it, with a payload of three bytes. */
static const uint8_t vector[] = { 'R', 'd', 1, PACKET_VIDEO, CODEC_H264,
	PACKET_KEY | PACKET_CONFIG, 0x01, 0x02, 0, 0, 0, 3, 0x01, 0x02, 0x03,
	0x04, 0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17, 0x18, 0x21, 0x22, 0x23,
	0x24, 0x25, 0x26, 0x27, 0x28, 'a', 'b', 'c' };

static const struct packet said = { .kind = PACKET_VIDEO,
	.codec = CODEC_H264,
	.flags = PACKET_KEY | PACKET_CONFIG,
	.seq = 0x01020304,
	.capture_us = 0x1112131415161718,
	.done_us = 0x2122232425262728,
	.wait_us = 2589,
	.len = 3 };

static ssize_t
decode(struct packet *p, const uint8_t *data, size_t len)
{
	uint8_t *copy = exact(data, len);
	ssize_t n = packet_decode(p, copy, len);

	if (n > 0)
		p->payload = data + (p->payload - copy);
	free(copy);
	return n;
}

static void
test_vector(void)
{
	uint8_t header[PACKET_HEADER];
	struct packet p;

	packet_encode(&said, header);
	is_mem(header, vector, PACKET_HEADER,
	    "the header is written as described");
	is_int(
	    decode(&p, vector, sizeof(vector)), sizeof(vector), "whole length");
	is_int(p.kind, said.kind, "kind");
	is_int(p.codec, said.codec, "codec");
	is_int(p.flags, said.flags, "flags");
	is_int(p.seq, said.seq, "sequence");
	is_int(p.capture_us, said.capture_us, "capture time");
	is_int(p.done_us, said.done_us, "done time");
	is_int(p.wait_us, 2580, "wait, in steps of 10 us");
	is_int(p.len, 3, "payload length");
	ok(p.payload == vector + PACKET_HEADER, "payload is borrowed");
	for (size_t cut = 0; cut < sizeof(vector); cut++)
		is_int(
		    decode(&p, vector, cut), 0, "%zu bytes: more needed", cut);
}

static void
test_limits(void)
{
	static const struct {
		const char *name;
		size_t at;
		uint8_t value;
		ssize_t want;
	} rows[] = {
		{ "magic, first byte", 0, 'r', -EBADMSG },
		{ "magic, second byte", 1, 'D', -EBADMSG },
		{ "version 0", 2, 0, -EBADMSG },
		{ "version 2", 2, 2, -EBADMSG },
		{ "unknown kind is for the reader to skip", 3, 99, 35 },
		{ "unknown codec is for the reader to skip", 4, 99, 35 },
		{ "8 MiB and 3 bytes are too many", 9, 0x80, -EMSGSIZE },
		{ "2 GiB are too many", 8, 0x80, -EMSGSIZE },
	};
	uint8_t data[sizeof(vector)];
	struct packet p;

	for (size_t i = 0; i < LEN(rows); i++) {
		memcpy(data, vector, sizeof(data));
		data[rows[i].at] = rows[i].value;
		is_int(decode(&p, data, sizeof(data)), rows[i].want, "%s",
		    rows[i].name);
		if (rows[i].want == -EBADMSG)
			is_int(decode(&p, data, rows[i].at + 1), -EBADMSG,
			    "at once");
	}
	memcpy(data, vector, sizeof(data));
	data[9] = 0x80;
	data[11] = 0;
	is_int(decode(&p, data, sizeof(data)), 0, "8 MiB are waited for");
	data[9] = 0;
	is_int(
	    decode(&p, data, sizeof(data)), PACKET_HEADER, "an empty packet");
}

static void
test_long_wait(void)
{
	struct packet p = said;
	uint8_t header[PACKET_HEADER];

	p.len = 0;
	p.wait_us = UINT32_MAX;
	packet_encode(&p, header);
	is_int(decode(&p, header, sizeof(header)), PACKET_HEADER, "read");
	is_int(p.wait_us, 655350, "as long as can be said");
}

int
main(void)
{
	test_vector();
	test_limits();
	test_long_wait();
	return done_testing();
}
