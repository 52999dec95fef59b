#include "../../bin/rd-web/answer.h"

#include "../tap.h"

static const struct {
	const char *name, *line, *text; /* NULL: refused */
	int kind;
} rows[] = {
	{ "an answer", "{\"type\":\"answer\",\"sdp\":\"v=0\\r\\n\"}", "v=0\r\n",
	    ANSWER_SDP },
	{ "the other way round", "{ \"sdp\" : \"v=0\", \"type\" : \"answer\" }",
	    "v=0", ANSWER_SDP },
	{ "escapes", "{\"type\":\"answer\",\"sdp\":\"\\\"\\\\\\/\\u00e4\\t\"}",
	    "\"\\/\xc3\xa4\t", ANSWER_SDP },
	{ "an error", "{\"type\":\"error\",\"message\":\"no video\"}",
	    "no video", ANSWER_ERROR },
	{ "a candidate",
	    "{\"type\":\"candidate\",\"candidate\":\"x\","
	    "\"sdpMid\":\"0\",\"sdpMLineIndex\":0}",
	    "", ANSWER_OTHER },
	{ "an unknown type", "{\"type\":\"answers\"}", "", ANSWER_OTHER },
	{ "a type within", "{\"a\":{\"type\":\"answer\"}}", "", ANSWER_OTHER },
	{ "no JSON", "v=0", NULL, 0 },
	{ "nothing", "", NULL, 0 },
	{ "a text above its room",
	    "{\"type\":\"answer\",\"sdp\":\"123456789\"}", NULL, 0 },
};

int
main(void)
{
	char text[8];

	for (size_t i = 0; i < LEN(rows); i++) {
		size_t len = strlen(rows[i].line);
		struct answer a = { .text = text, .size = sizeof(text) };
		bool good = answer_read(&a, rows[i].line, len);

		ok(rows[i].text ? good && (int)a.kind == rows[i].kind &&
			    a.len == strlen(rows[i].text) &&
			    memcmp(text, rows[i].text, a.len) == 0
				: !good,
		    "%s", rows[i].name);
		for (size_t cut = 0; cut < len; cut++) {
			char *copy = exact(rows[i].line, cut);

			if (answer_read(&a, copy, cut))
				ok(false, "%s cut to %zu", rows[i].name, cut);
			free(copy);
		}
	}
	return done_testing();
}
