/*
 * vncwatch - takes what an RFB server sends, as viewers do, and says so
 *
 * A line for each update, "update TIME_US BYTES RECTS MOVED", of which BYTES
 * are of all so far, MOVED the pixels that were copied; and "seen NUMBER
 * TIME_US" when the barcode of workload's flash shows another number.
 */
#include <errno.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/die.h"
#include "base/loop.h"
#include "rfb/vncauth.h"
#include "vncwatch/watch.h"

static const char usage[] =
    "vncwatch [-d] [-e tight|zrle|raw] [-p password] [-q quality] [-R fd] "
    "port\n"
    "-d: discard, and look at nothing\n";

enum {
	NONE = 1,
	VNCAUTH = 2,
	VERSION = 12,
	TIMEOUT_S = 30,
};

struct watch {
	int fd;
	enum watch_encoding encoding;
	int quality; /* -1: lossless */
	const char *password;
	int width, height;
	bool continuous;
	int number; /* of the barcode, at the last look */
};

static void
say(const struct watch *w, const void *p, size_t len)
{
	if (write(w->fd, p, len) != (ssize_t)len)
		die(EXIT_TEMP, errno, "cannot send");
}

static void
connect_to(struct watch *w, const char *port)
{
	struct addrinfo *ai, hints = { .ai_socktype = SOCK_STREAM };
	struct timeval limit = { .tv_sec = TIMEOUT_S };
	int on = 1;

	if (getaddrinfo("127.0.0.1", port, &hints, &ai))
		die(EXIT_PERM, 0, "'%s' is not a port", port);
	w->fd = socket(ai->ai_family, ai->ai_socktype, 0);
	if (w->fd == -1 || connect(w->fd, ai->ai_addr, ai->ai_addrlen))
		die(EXIT_TEMP, errno, "cannot connect to %s", port);
	freeaddrinfo(ai);
	setsockopt(w->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	setsockopt(w->fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	input_open(w->fd);
}

static void
prove(struct watch *w)
{
	uint8_t challenge[RFB_CHALLENGE], response[RFB_CHALLENGE];

	memcpy(challenge, input_take(RFB_CHALLENGE), RFB_CHALLENGE);
	if (!w->password || !vncauth_response(response, challenge, w->password))
		die(EXIT_PERM, 0, "a password is needed");
	say(w, response, sizeof(response));
}

static void
enter(struct watch *w)
{
	static const char version[] = "RFB 003.008\n";
	uint8_t n, way = 0, shared = 1;
	const uint8_t *ways;

	input_take(VERSION);
	say(w, version, VERSION);
	n = input_u8();
	ways = input_take(n);
	for (int i = 0; i < n && way != NONE; i++)
		if (ways[i] == NONE || ways[i] == VNCAUTH)
			way = ways[i];
	say(w, &way, 1);
	if (way == VNCAUTH)
		prove(w);
	if (!way || input_u32())
		die(EXIT_TEMP, 0, "the server does not let us in");
	say(w, &shared, 1);
	w->width = input_u16();
	w->height = input_u16();
	input_take(16);
	input_take(input_u32());
}

/* Words of red, green and blue; and what we can. */
static void
set_up(const struct watch *w)
{
	uint8_t bytes[256];
	struct wbuf b = wbuf_of(bytes, sizeof(bytes));
	int32_t encodings[] = { (int32_t)w->encoding, ENC_COPYRECT, ENC_RAW,
		ENC_LAST_RECT, ENC_FENCES, ENC_CONTINUOUS, ENC_COMPRESS + 1,
		ENC_QUALITY + w->quality };
	uint16_t n = sizeof(encodings) / sizeof(*encodings);

	n = (uint16_t)(n - (w->quality < 0));
	wbuf_put(
	    &b, "\0\0\0\0\x20\x18\0\1\0\xff\0\xff\0\xff\x10\x8\0\0\0\0", 20);
	wbuf_u8(&b, 2);
	wbuf_u8(&b, 0);
	wbuf_u16(&b, n);
	for (uint16_t i = 0; i < n; i++)
		wbuf_u32(&b, (uint32_t)encodings[i]);
	say(w, bytes, wbuf_len(&b));
}

/* Everything: what is new of it, or also what is not. */
static void
ask(const struct watch *w, uint8_t type, uint8_t how)
{
	uint8_t bytes[10];
	struct wbuf b = wbuf_of(bytes, sizeof(bytes));

	wbuf_u8(&b, type);
	wbuf_u8(&b, how);
	wbuf_u32(&b, 0);
	wbuf_u16(&b, (uint16_t)w->width);
	wbuf_u16(&b, (uint16_t)w->height);
	say(w, bytes, sizeof(bytes));
}

/* How many pixels of it were moved only; -1: it is the last one. */
static int
take_rect(const struct watch *w)
{
	struct area a = { input_u16(), input_u16(), 0, 0 };
	int32_t encoding;

	a.w = input_u16();
	a.h = input_u16();
	encoding = (int32_t)input_u32();
	if (encoding == ENC_LAST_RECT)
		return -1;
	if (a.x + a.w > w->width || a.y + a.h > w->height)
		die(EXIT_TEMP, 0, "a rectangle is not in the picture");
	switch (encoding) {
	case ENC_RAW:
		raw_read(a);
		return 0;
	case ENC_COPYRECT:
		input_u32();
		return a.w * a.h;
	case ENC_TIGHT:
		tight_read(a);
		return 0;
	case ENC_ZRLE:
		zrle_read(a);
		return 0;
	default:
		die(EXIT_TEMP, 0, "encoding %d is not known", (int)encoding);
	}
}

static void
take_update(struct watch *w)
{
	int rects, taken = 0, moved = 0, number;

	input_u8();
	rects = input_u16();
	if (!w->continuous)
		ask(w, 3, 1);
	for (; taken < rects; taken++) {
		int n = take_rect(w);

		if (n < 0)
			break;
		moved += n;
	}
	number = part_number();
	if (number >= 0 && number != w->number) {
		printf("seen %d %lld\n", number, (long long)clock_us());
		w->number = number;
	}
	printf("update %lld %llu %d %d\n", (long long)clock_us(),
	    (unsigned long long)input_count(), taken, moved);
	fflush(stdout);
}

static void
take_fence(const struct watch *w)
{
	uint8_t bytes[9 + 255] = { 248 };
	const uint8_t *head = input_take(8);
	uint8_t len = head[7];

	if (!(head[3] & 0x80)) { /* it is no question */
		input_take(len);
		return;
	}
	memcpy(bytes + 1, head, 8);
	bytes[4] = 0;
	bytes[7] &= 7;
	bytes[8] = len;
	memcpy(bytes + 9, input_take(len), len);
	say(w, bytes, 9u + len);
}

static void
take_message(struct watch *w)
{
	uint8_t type = input_u8();

	switch (type) {
	case 0:
		take_update(w);
		break;
	case 2: /* a bell */
		break;
	case 3:
		input_take(3);
		input_take(input_u32());
		break;
	case 150: /* it can go on by itself */
		if (!w->continuous)
			ask(w, 150, 1);
		w->continuous = true;
		break;
	case 248:
		take_fence(w);
		break;
	default:
		die(EXIT_TEMP, 0, "message %d is not known", type);
	}
}

static enum watch_encoding
encoding_of(const char *name)
{
	if (strcmp(name, "tight") == 0)
		return ENC_TIGHT;
	if (strcmp(name, "zrle") == 0)
		return ENC_ZRLE;
	if (strcmp(name, "raw") == 0)
		return ENC_RAW;
	die(EXIT_PERM, 0, "option -e: '%s' is not tight, zrle or raw", name);
}

int
main(int argc, char **argv)
{
	struct watch w = { .encoding = ENC_TIGHT, .quality = -1, .number = -1 };
	int ch;

	prog_init(argv[0]);
	while ((ch = opt_next(argc, argv, ":de:hp:q:R:", usage)) != -1)
		switch (ch) {
		case 'd':
			part_discard = true;
			break;
		case 'e':
			w.encoding = encoding_of(optarg);
			break;
		case 'p':
			w.password = optarg;
			break;
		case 'q':
			w.quality = (int)opt_num(ch, optarg, 0, 9);
			break;
		}
	if (argc - optind != 1)
		die(EXIT_PERM, 0, "a port is needed (see %s -h)", prog_name);
	connect_to(&w, argv[optind]);
	enter(&w);
	set_up(&w);
	ask(&w, 3, 0);
	take_message(&w);
	ready_tell(ready_fd);
	for (;;)
		take_message(&w);
}
