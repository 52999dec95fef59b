#include "guest/hands.h"

#include <sys/socket.h>
#include <unistd.h>

#include "../tap.h"

static struct loop loop;
static struct hands hands;
static unsigned int leds;
static bool gone;

static void
said(struct hands *h, const struct event *e)
{
	(void)h;
	if (e->type == EVENT_LEDS)
		leds = e->leds;
}

static void
left(struct hands *h)
{
	(void)h;
	gone = true;
}

static const struct hands_ops ops = { said, left };

static const struct event key = {
	.type = EVENT_KEY, .action = EVENT_TAP, .keysym = 'a'
};

int
main(void)
{
	static const char line[] = "key 0x61\n";
	char text[64] = "";
	int pair[2];

	if (loop_init(&loop) ||
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair))
		abort();
	hands_tell(&hands, &key);
	ok(!hands.attached, "before there is a link nothing is said");
	is_int(hands_attach(&hands, &loop, pair[0], &ops, NULL), 0, "attach");
	hands_tell(&hands, &key);
	is_int(read(pair[1], text, sizeof(text)), strlen(line),
	    "an event is said");
	ok(!strcmp(text, line), "as a line");
	if (write(pair[1], "leds caps\n", 10) != 10)
		abort();
	while (!leds && !loop.stopped)
		loop_turn(&loop, -1);
	is_int(leds, EVENT_LED_CAPS, "what rd-input says is heard");
	close(pair[1]);
	while (!gone && !loop.stopped)
		loop_turn(&loop, -1);
	ok(!hands.attached, "its end, too");
	hands_tell(&hands, &key);
	hands_close(&hands);
	loop_clear(&loop);
	return done_testing();
}
