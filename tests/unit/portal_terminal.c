#include "portal/terminal.h"

#include "../tap.h"

/* What a reader shows who does as it is told. */
static char *shown[512];
static size_t nshown;
static unsigned tells;

static void
tell(void *arg, size_t old, char *const *lines, size_t n)
{
	(void)arg;
	tells++;
	if (old > nshown)
		abort();
	while (old--)
		free(shown[--nshown]);
	for (size_t i = 0; i < n; i++) {
		if (nshown == LEN(shown)) {
			free(shown[0]);
			memmove(shown, shown + 1, --nshown * sizeof(*shown));
		}
		shown[nshown++] = strdup(lines[i]);
	}
}

static void
forget(struct terminal *t)
{
	terminal_clear(t);
	while (nshown)
		free(shown[--nshown]);
	tells = 0;
}

static bool
shows(const char *want)
{
	char all[8192] = "";

	for (size_t i = 0; i < nshown; i++)
		snprintf(all + strlen(all), sizeof(all) - strlen(all), "%s|",
		    shown[i]);
	if (strcmp(all, want) == 0)
		return true;
	printf("# got %s want %s\n", all, want);
	return false;
}

static const struct {
	const char *log, *want;
} rows[] = {
	{ "one\ntwo\n", "one|two|" },
	{ "one\r\ntwo", "one|two|" },
	{ "\n\none\n\n\ntwo\n", "one|two|" },
	{ "10%\r20%\r30%\ndone\n", "30%|done|" },
	{ "10%\r\n20%\r\n", "10%|20%|" },
	{ "a\tb\x01\x7f\n", "a\tb|" },
	{ "a\nb\n\x1b[2A\rA\nB\nc\n", "A|B|c|" },
	{ "a\nb\nc\x1b[A\rB", "a|B|c|" },
	{ "a\nb\nc\x1b[1F\x1b[2KB\x1b[E\rC", "a|B|C|" },
	{ "a\nb\nc\x1b[9A\x1b[J!", "!|" },
	{ "abc\x1b[Gd", "d|" },
	{ "\x1b[31mred\x1b[0m\n", "\x1b[31mred\x1b[0m|" },
	{ "a\x1b[?25lb\x1b[Kc\x1b]0;title\ad\x1b]x\x1b\\e\x1b(Bf\n",
	    "abcdeBf|" },
	{ "\xc3\xa9\xff\n", "\xc3\xa9\xef\xbf\xbd|" },
	{ "a\x1b[99999999999A\rb", "b|" },
};

static void
test_rows(void)
{
	struct terminal t = { 0 };

	for (size_t i = 0; i < LEN(rows); i++) {
		size_t len = strlen(rows[i].log);
		char *log = exact(rows[i].log, len);

		terminal_feed(&t, log, len, tell, NULL);
		ok(shows(rows[i].want) && tells == 1, "log %zu at once", i);
		forget(&t);
		for (size_t j = 0; j < len; j++)
			terminal_feed(&t, log + j, 1, tell, NULL);
		/* A character in pieces is none. */
		ok(strchr(rows[i].want, '\xc3') || shows(rows[i].want),
		    "and byte by byte");
		forget(&t);
		free(log);
	}
}

static void
test_many(void)
{
	struct terminal t = { 0 };
	static char log[4 * TERMINAL_LINE_MAX], *p = log;
	bool good = true;

	for (int i = 0; i < 400; i++)
		p += sprintf(p, "line %d\n", i);
	terminal_feed(&t, log, (size_t)(p - log), tell, NULL);
	is_int(nshown, 400, "more lines than are kept");
	for (size_t i = 0; i < nshown; i++)
		good = good && atoi(shown[i] + 5) == (int)i;
	ok(good, "none of them is lost");
	terminal_feed(&t, "\x1b[500A\rx", 8, tell, NULL);
	ok(nshown == 400 && strcmp(shown[400 - TERMINAL_LINES], "x") == 0,
	    "up to the first that is kept");
	forget(&t);
	memset(log, 'x', sizeof(log));
	terminal_feed(&t, log, sizeof(log), tell, NULL);
	ok(nshown == 1 && strlen(shown[0]) == TERMINAL_LINE_MAX - 1,
	    "a line that is too long");
	forget(&t);
}

static void
test_html(void)
{
	static const struct {
		const char *line, *want;
	} lines[] = {
		{ "a<b>&\"'", "a&#60;b&#62;&#38;&#34;&#39;" },
		{ "\x1b[31mr\x1b[0m.",
		    "<span style=\"color:#c00;\">r</span>." },
		{ "\x1b[1;92mx",
		    "<span "
		    "style=\"color:#8ae234;font-weight:bold;\">x</span>" },
		{ "\x1b[38;5;31mx\x1b[m", "x" },
		{ "\x1b[41mx\x1b[49my",
		    "<span style=\"background-color:#c00;\">x</span>y" },
		{ "\x1b[", "" },
		{ "\x1bx", "&#27;x" },
	};
	char out[128];

	for (size_t i = 0; i < LEN(lines); i++) {
		char *line = exact(lines[i].line, strlen(lines[i].line) + 1);

		ok(terminal_html(line, out, sizeof(out)) ==
			    strlen(lines[i].want) &&
			strcmp(out, lines[i].want) == 0,
		    "HTML %zu", i);
		free(line);
	}
	ok(terminal_html("<<<<", out, 8) == 20 && strlen(out) < 8,
	    "no more than there is room for");
}

int
main(void)
{
	test_rows();
	test_many();
	test_html();
	return done_testing();
}
