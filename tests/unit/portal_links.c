#include "portal/links.h"

#include <stdlib.h>
#include <string.h>

#include "../tap.h"

static char said[2048];

static void
tell(void *arg, const struct link *l)
{
	size_t len = strlen(said);

	(void)arg;
	snprintf(said + len, sizeof(said) - len, "%s%s|%s|%s|%s\n",
	    l->more ? "+" : "", l->label, l->url, l->description, l->button);
}

static const char *
read_yaml(const char *text, size_t len)
{
	char *copy = exact(text, len);
	const char *why;

	*said = '\0';
	why = links_read_yaml(copy, len, tell, NULL);
	free(copy);
	return why;
}

static void
test_variable(void)
{
	*said = '\0';
	links_read_variable(
	    "A & B|https://a/?x=1|What, x ,C|http://c/,,D|javascript:1,"
	    "|https://e/, F | /f |",
	    tell, NULL);
	ok(strcmp(said,
	       "A & B|https://a/?x=1|What|\nC|http://c/||\nF|/f||\n") == 0,
	    "labels, URLs, descriptions; no scripts");
	*said = '\0';
	links_read_variable("", tell, NULL);
	ok(!*said, "nothing");
}

static const char whole[] =
    "- label: A\n  url: https://a/\n  description: x\n  button_text: Go\n"
    "  links: [{label: B, url: /b}, {label: Bad, url: 'data:x'}, y]\n"
    "- {label: Bad, url: 'javascript:1', links: [{label: C, url: /c}]}\n"
    "- {url: /d}\n- {label: E, url: /e, links: [{label: F, url: /f,\n"
    "    links: [{label: G, url: /g}]}]}\n";

static void
test_yaml(void)
{
	ok(!read_yaml(whole, sizeof(whole) - 1) &&
		strcmp(said, "A|https://a/|x|Go\n+B|/b||\nE|/e||\n+F|/f||\n") ==
		    0,
	    "a list, with more beside, and no scripts");
	ok(!read_yaml("", 0) && !*said, "nothing");
	ok(read_yaml("a: b", 4) && !*said, "no list");
	ok(read_yaml("[", 1) && !*said, "no YAML");
	for (size_t len = 0; len < sizeof(whole) - 1; len++)
		read_yaml(whole, len);
	ok(true, "every prefix is read or refused");
}

int
main(void)
{
	test_variable();
	test_yaml();
	return done_testing();
}
