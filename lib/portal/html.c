#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "portal/terminal.h"

static const char *const colours[] = { "#000", "#c00", "#4e9a06", "#c4a000",
	"#3465a4", "#75507b", "#06989a", "#d3d7cf", "#555753", "#ef2929",
	"#8ae234", "#fce94f", "#729fcf", "#ad7fa8", "#34e2e2", "#eeeeec" };

struct html {
	char *out;
	size_t len, size;
	const char *colour, *back;
	bool bold, faint, open;
};

static void
add(struct html *h, const char *text, size_t len)
{
	if (h->len < h->size && len < h->size - h->len) {
		memcpy(h->out + h->len, text, len);
		h->out[h->len + len] = '\0';
	}
	h->len += len;
}

static void
say(struct html *h, const char *text)
{
	add(h, text, strlen(text));
}

static void
end_span(struct html *h)
{
	if (h->open)
		say(h, "</span>");
	h->open = false;
}

static void
begin_span(struct html *h)
{
	char span[160];

	if (!h->colour && !h->back && !h->bold && !h->faint)
		return;
	snprintf(span, sizeof(span), "<span style=\"%s%s%s%s%s%s%s%s\">",
	    h->colour ? "color:" : "", h->colour ? h->colour : "",
	    h->colour ? ";" : "", h->back ? "background-color:" : "",
	    h->back ? h->back : "", h->back ? ";" : "",
	    h->bold ? "font-weight:bold;" : "", h->faint ? "opacity:.7;" : "");
	say(h, span);
	h->open = true;
}

static void
apply(struct html *h, long code)
{
	if (code == 0)
		h->colour = h->back = NULL;
	if (code == 0 || code == 22)
		h->bold = h->faint = false;
	if (code == 1)
		h->bold = true;
	if (code == 2)
		h->faint = true;
	if (code >= 30 && code <= 37)
		h->colour = colours[code - 30];
	if (code >= 90 && code <= 97)
		h->colour = colours[code - 90 + 8];
	if (code == 39)
		h->colour = NULL;
	if (code >= 40 && code <= 47)
		h->back = colours[code - 40];
	if (code >= 100 && code <= 107)
		h->back = colours[code - 100 + 8];
	if (code == 49)
		h->back = NULL;
}

/* The parameters of "ESC [ ... m"; the length of all of it. */
static size_t
select_graphics(struct html *h, const char *p)
{
	const char *start = p;
	char *end;

	p += 2;
	for (;; p = end + 1) {
		long code = strtol(p, &end, 10);

		if (code == 38 || code == 48) /* one of 256, or of all */
			end += strcspn(end, "m");
		else
			apply(h, code);
		end += strcspn(end, ";m");
		if (*end != ';')
			break;
	}
	return (size_t)(end - start) + (*end == 'm');
}

size_t
terminal_html(const char *line, char *out, size_t size)
{
	struct html h = { .out = out, .size = size };

	if (size)
		*out = '\0';
	while (*line) {
		size_t n = strcspn(line, "\x1b&<>\"'");
		char code[8];

		add(&h, line, n);
		line += n;
		if (!*line)
			break;
		if (*line == 0x1b && line[1] == '[') {
			end_span(&h);
			line += select_graphics(&h, line);
			begin_span(&h);
			continue;
		}
		snprintf(code, sizeof(code), "&#%d;", *line++);
		say(&h, code);
	}
	end_span(&h);
	return h.len;
}
