#include "portal/terminal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "events/utf8.h"

enum { TEXT, ESCAPE, CSI, STRING, STRING_ESCAPE };

enum { MOVE_MAX = 500 };

static void
changed(struct terminal *t)
{
	if (t->at < t->from)
		t->from = t->at;
}

static void
drop_first(struct terminal *t)
{
	free(t->lines[0]);
	t->n--;
	memmove(t->lines, t->lines + 1, t->n * sizeof(*t->lines));
	memmove(t->len, t->len + 1, t->n * sizeof(*t->len));
	t->said -= t->said > 0;
	t->from -= t->from > 0;
}

/* The line that is written to exists. */
static int
need_line(struct terminal *t)
{
	if (t->at < t->n)
		return 0;
	if (t->n == TERMINAL_LINES) {
		drop_first(t);
		t->at--;
	}
	t->lines[t->n] = calloc(1, TERMINAL_LINE_MAX);
	if (!t->lines[t->n])
		return -ENOMEM;
	t->len[t->n++] = 0;
	return 0;
}

static void
erase(struct terminal *t)
{
	if (t->at >= t->n || !t->len[t->at])
		return;
	changed(t);
	t->len[t->at] = 0;
	t->lines[t->at][0] = '\0';
}

static int
put(struct terminal *t, const char *p, size_t len)
{
	int err = need_line(t);
	size_t *at = &t->len[t->at];

	if (err)
		return err;
	if (t->cr)
		erase(t);
	t->cr = false;
	if (len < TERMINAL_LINE_MAX - *at) {
		changed(t);
		memcpy(t->lines[t->at] + *at, p, len);
		*at += len;
		t->lines[t->at][*at] = '\0';
	}
	return 0;
}

/* Forget lines from the cursor's on. */
static void
erase_below(struct terminal *t)
{
	while (t->n > t->at) {
		free(t->lines[--t->n]);
		if (t->n < t->from)
			t->from = t->n;
	}
}

static void
end_line(struct terminal *t)
{
	t->cr = t->at + 1 < t->n;
	if (t->at + 1 < t->n || (t->at < t->n && t->len[t->at]))
		t->at++;
}

static int
number(const struct terminal *t)
{
	int n = atoi(t->params);

	return n < 1 ? 1 : n > MOVE_MAX ? MOVE_MAX : n;
}

static int
sequence(struct terminal *t, char final)
{
	size_t n = (size_t)number(t);

	switch (final) {
	case 'A':
	case 'F':
		t->at -= n < t->at ? n : t->at;
		return 0;
	case 'B':
	case 'E':
		t->at = t->at + n < t->n ? t->at + n : t->n ? t->n - 1 : 0;
		return 0;
	case 'G':
		erase(t);
		return 0;
	case 'K':
		if (strcmp(t->params, "2") == 0)
			erase(t);
		return 0;
	case 'J':
		if (!*t->params || strcmp(t->params, "0") == 0 ||
		    strcmp(t->params, "2") == 0)
			erase_below(t);
		return 0;
	case 'm':
		if (put(t, "\x1b[", 2) || put(t, t->params, t->nparams))
			return -ENOMEM;
		return put(t, "m", 1);
	default:
		return 0;
	}
}

/* A byte of a CSI sequence: ECMA-48 section 5.4. */
static int
in_csi(struct terminal *t, char c)
{
	if (c >= 0x40 && c <= 0x7e) {
		t->state = TEXT;
		t->params[t->nparams] = '\0';
		return sequence(t, c);
	}
	if (c < ' ' || c > '?' || t->nparams + 1 == TERMINAL_PARAMS) {
		t->state = TEXT;
		return 0;
	}
	t->params[t->nparams++] = c;
	return 0;
}

static void
in_escape(struct terminal *t, char c)
{
	t->nparams = 0;
	t->state = c == '[' ? CSI : c && strchr("]PX^_", c) ? STRING : TEXT;
}

/* A control character or a byte of an escape sequence; false: it is text. */
static bool
control(struct terminal *t, char c, int *err)
{
	switch (t->state) {
	case ESCAPE:
		in_escape(t, c);
		return true;
	case CSI:
		*err = in_csi(t, c);
		return true;
	case STRING:
	case STRING_ESCAPE: /* ended by BEL or ESC \ */
		t->state = c == '\a' || c == '\n' ||
			(t->state == STRING_ESCAPE && c == '\\')
		    ? TEXT
		    : c == 0x1b ? STRING_ESCAPE
				: STRING;
		return true;
	default:
		break;
	}
	if (c == '\r')
		t->cr = true;
	else if (c == '\n')
		end_line(t);
	else if (c == 0x1b)
		t->state = ESCAPE;
	return ((unsigned char)c < ' ' && c != '\t') || c == 0x7f;
}

/* Text up to the next control character. */
static size_t
text_len(const char *p, size_t len)
{
	size_t n = 0;

	while (n < len && ((unsigned char)p[n] >= ' ' || p[n] == '\t') &&
	    p[n] != 0x7f)
		n++;
	return n;
}

static int
put_text(struct terminal *t, const char *p, size_t len)
{
	const char *end = p + len;
	int err = 0;

	while (p < end && !err) {
		const char *next = p;

		if (utf8_next(&next, end) >= 0) {
			err = put(t, p, (size_t)(next - p));
			p = next;
		} else {
			err = put(t, "\xef\xbf\xbd", 3);
			p++;
		}
	}
	return err;
}

static void
tell_changes(struct terminal *t, terminal_tell *tell, void *arg)
{
	size_t from = t->from < t->said ? t->from : t->said;

	if (from < t->n || from < t->said)
		tell(arg, t->said - from, t->lines + from, t->n - from);
	t->said = t->from = t->n;
}

int
terminal_feed(struct terminal *t, const char *p, size_t len,
    terminal_tell *tell, void *arg)
{
	int err = 0;

	t->from = t->n;
	while (len && !err) {
		size_t n = 1;

		if (!control(t, *p, &err)) {
			n = text_len(p, len);
			err = put_text(t, p, n);
		}
		p += n;
		len -= n;
		/* Nothing is dropped that was not told. */
		if (t->n == TERMINAL_LINES && t->said < t->n / 2)
			tell_changes(t, tell, arg);
	}
	tell_changes(t, tell, arg);
	return err;
}

void
terminal_clear(struct terminal *t)
{
	for (size_t i = 0; i < t->n; i++)
		free(t->lines[i]);
	*t = (struct terminal){ 0 };
}
