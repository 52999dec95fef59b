/* What a viewer's messages become, clipboards in pieces above all. */
#include "viewer/channels.h"

#include "../tap.h"

static struct channels c;
/* From an exact-size copy, so that a sanitizer sees what is read behind it. */
static void
say(const void *msg, size_t len)
{
	char *copy = exact(msg, len);

	channels_message(&c, CHANNEL_EVENTS, (uint8_t *)copy, len);
	free(copy);
}

static unsigned int led;

static void
on_leads(void *arg)
{
	(void)arg;
	led++;
}

static void
reset(void)
{
	c = (struct channels){ .events = "nowhere", .leads = on_leads };
}

/* The event that was passed on last. */
static bool
passed(const char *text)
{
	size_t len = strlen(text);
	bool same = memcmp(c.out, text, len) == 0 && c.out[len] == '\n';

	memset(c.out, 0, 256);
	return same;
}

static void
test_pieces(void)
{
	static const char whole[] = "clipboard text/plain 6\nabcdef";

	for (size_t cut = 23; cut < sizeof(whole) - 1; cut++) {
		char more[64];
		int n = snprintf(
		    more, sizeof(more), "more %zu\n%s", cut, whole + cut);

		reset();
		say(whole, cut);
		ok(!c.out[0], "cut at %zu: not yet", cut);
		say("key a", 5);
		ok(passed("key a"), "another message between");
		say(more, (size_t)n);
		ok(passed(whole), "and whole");
	}
	is_int(c.dropped, 0, "nothing was dropped");
}

static void
test_wrong_pieces(void)
{
	static const char front[] = "clipboard text/plain 6\nabc";
	static const char *const wrong[] = { "more 25\ndef", "more 27\ndef",
		"more 26\ndefg", "more -1\ndef", "more x\ndef",
		"more 99999999999999999999\ndef", "more 26 1\ndef" };

	for (size_t i = 0; i < LEN(wrong); i++) {
		reset();
		say(front, sizeof(front) - 1);
		say(wrong[i], strlen(wrong[i]));
		say("more 26\ndef", 11);
		ok(!c.out[0], "ended by piece %zu", i);
		is_int(c.in_len, 0, "and forgotten");
	}
	reset();
	say("more 0\nabc", 10);
	ok(!c.out[0], "a piece of nothing");
	say(front, sizeof(front) - 1);
	say(front, sizeof(front) - 1);
	say("more 26\ndef", 11);
	ok(passed("clipboard text/plain 6\nabcdef"), "one that begins again");
	say("file x", 6);
	say("clipboard-rule both 5", 21);
	is_int(c.dropped, 2, "what comes from the display only is dropped");
}

static char answer[512];

static void
keep(void *arg, const void *p, size_t len)
{
	(void)arg;
	snprintf(answer, sizeof(answer), "%.*s", (int)len, (const char *)p);
}

static size_t
some(void *arg, char *out, size_t size)
{
	(void)arg;
	return (size_t)snprintf(out, size, "frames=3");
}

static void
test_stats(void)
{
	static const char *const rows[][2] = {
		{ "stats", "stats frames=3 freezes=0 frozen_ms=0" },
		{ "stats 2 345", "stats frames=3 freezes=2 frozen_ms=345" },
		{ "stats 2", "" },
		{ "stats 2 345 1", "" },
		{ "stats -1 0", "" },
		{ "stats 99999999999 0", "" },
		{ "statistics", "" },
	};

	for (size_t i = 0; i < LEN(rows); i++) {
		reset();
		c.send = keep;
		c.stats = some;
		answer[0] = 0;
		say(rows[i][0], strlen(rows[i][0]));
		ok(strcmp(answer, rows[i][1]) == 0, "'%s' is answered",
		    rows[i][0]);
		is_int(c.dropped, !*rows[i][1], "or dropped");
	}
}

static void
test_lead(void)
{
	static const char *const own[] = { "alive", "release",
		"size 1024 768 96", "clipboard text/plain 1\nx" };

	reset();
	led = 0;
	for (size_t i = 0; i < LEN(own); i++)
		say(own[i], strlen(own[i]));
	is_int(c.dropped, 0, "what a page says by itself");
	is_int(led, 0, "is no input");
	say("key a down", 10);
	is_int(led, 1, "a key is");
	say("key a up", 8);
	is_int(led, 1, "once in a while");
}

int
main(void)
{
	test_lead();
	test_stats();
	test_pieces();
	test_wrong_pieces();
	return done_testing();
}
