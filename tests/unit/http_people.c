#include "http/people.h"

#include <stdlib.h>

#include "../tap.h"

static struct people ps;
static char text[PEOPLE_TEXT_SIZE];

static const struct auth_pass owner = { AUTH_CONTROL, "", INT64_MAX },
			      guest = { AUTH_CONTROL, "c0ffee00rest", 99 },
			      viewer = { AUTH_VIEW, "facade00rest", 99 };

static bool
says(const char *session, const char *line)
{
	/* An exact copy, for the sanitizer to guard. */
	size_t len = strlen(line);
	char *copy = malloc(len + 1);
	bool good;

	if (!copy)
		abort();
	memcpy(copy, line, len);
	copy = realloc(copy, len ? len : 1);
	good = people_command(&ps, session, copy, len);
	free(copy);
	return good;
}

/* The whole list, and that it is news or not. */
static void
list_is(bool news, const char *want, const char *name)
{
	people_print(&ps, NULL, text, sizeof(text));
	if (!ok(strcmp(text, want) == 0, "%s", name))
		printf("# got %s# want %s", text, want);
	is_int(ps.changed, news, "%s: which is %s", name, news ? "new" : "old");
	ps.changed = false;
}

static void
test_come_and_leave(void)
{
	ps = (struct people){ 0 };
	is_int(people_role_of_next(&ps, "o", AUTH_CONTROL), AUTH_CONTROL,
	    "an empty house is for the first");
	is_int(people_role_of_next(&ps, "v", AUTH_VIEW), AUTH_VIEW,
	    "who may control");
	ok(people_come(&ps, "v", &viewer), "a viewer comes");
	list_is(true, "person 1 view here facade00\n", "and does not control");
	ok(people_come(&ps, "o", &owner), "the owner comes");
	ok(people_come(&ps, "c", &guest), "and a guest");
	list_is(true,
	    "person 1 view here facade00\n"
	    "person 2 control controls o\n"
	    "person 3 control here c0ffee00\n",
	    "the first who may is in control");
	is_int(people_role(&ps, "o"), AUTH_CONTROL, "that is a role");
	is_int(people_role(&ps, "c"), AUTH_VIEW, "the others view");
	is_int(people_role_of_next(&ps, "x", AUTH_CONTROL), AUTH_VIEW,
	    "whoever they are");
	people_come(&ps, "o", &owner);
	people_leave(&ps, "o", 1000);
	list_is(false,
	    "person 1 view here facade00\n"
	    "person 2 control controls o\n"
	    "person 3 control here c0ffee00\n",
	    "a second window comes and goes");
	people_leave(&ps, "o", 2000);
	is_int(people_sweep(&ps, 2000 + PEOPLE_AWAY_US - 1),
	    2000 + PEOPLE_AWAY_US, "when to look again");
	list_is(true,
	    "person 1 view here facade00\n"
	    "person 2 control away o\n"
	    "person 3 control here c0ffee00\n",
	    "a page that is loaded again");
	is_int(people_role_of_next(&ps, "x", AUTH_CONTROL), AUTH_VIEW,
	    "keeps what it has");
	people_come(&ps, "o", &owner);
	is_int(people_sweep(&ps, INT64_MAX - 1), INT64_MAX, "nobody is away");
	people_leave(&ps, "o", 3000);
	is_int(people_sweep(&ps, 3000 + PEOPLE_AWAY_US), INT64_MAX, "in time");
	list_is(true,
	    "person 1 view here facade00\n"
	    "person 3 control controls c0ffee00\n",
	    "who stays away is forgotten, and the only one who may controls");
	people_come(&ps, "d", &guest);
	people_come(&ps, "e", &guest);
	people_leave(&ps, "c", 4000);
	people_sweep(&ps, 4000 + PEOPLE_AWAY_US);
	list_is(true,
	    "person 1 view here facade00\n"
	    "person 4 control here c0ffee00\n"
	    "person 5 control here c0ffee00\n",
	    "but none of several");
	people_come(&ps, "e", &guest);
	is_int(people_role(&ps, "e"), AUTH_CONTROL, "until one acts");
	people_leave(&ps, "d", 4000);
	people_sweep(&ps, 4000 + PEOPLE_AWAY_US);
	people_welcome(&ps, "o2", &owner, 5000);
	list_is(true,
	    "person 1 view here facade00\n"
	    "person 5 control here c0ffee00\n"
	    "person 6 control away o2\n",
	    "a login takes control before its page is there");
	is_int(people_role(&ps, "e"), AUTH_VIEW, "from whoever has it");
	is_int(people_role_of_next(&ps, "o2", AUTH_CONTROL), AUTH_CONTROL,
	    "and has it then");
}

static void
test_control(void)
{
	ps = (struct people){ 0 };
	people_come(&ps, "o", &owner);
	people_come(&ps, "c", &guest);
	people_come(&ps, "v", &viewer);
	people_come(&ps, "w", &viewer);
	ps.changed = false;

	ok(says("c", "ask"), "who may control asks");
	is_int(people_role(&ps, "c"), AUTH_CONTROL, "and gets it");
	is_int(people_role(&ps, "o"), AUTH_VIEW, "from who had it");
	ok(ps.changed, "which all are told");
	ok(says("v", "ask"), "a viewer asks");
	is_int(people_role(&ps, "v"), AUTH_VIEW, "and gets nothing");
	people_print(&ps, "v", text, sizeof(text));
	ok(strstr(text, "you 3\nperson 1 control here o\n") == text &&
		strstr(text, "person 3 view asks facade00\n"),
	    "but it is seen");
	ok(says("v", "give 3") && says("w", "give 3") && says("v", "refuse 3"),
	    "nor by saying it");
	is_int(people_role(&ps, "v"), AUTH_VIEW, "to oneself or for others");
	people_print(&ps, NULL, text, sizeof(text));
	ok(strstr(text, "asks"), "or an answer of a viewer");
	ok(says("o", "refuse 3"), "one who may control refuses");
	people_print(&ps, NULL, text, sizeof(text));
	ok(!strstr(text, "asks"), "and nobody asks");
	says("v", "ask");
	ok(says("o", "give 3"), "or gives, also without having it");
	is_int(people_role(&ps, "v"), AUTH_CONTROL, "which counts");
	is_int(people_role(&ps, "c"), AUTH_VIEW, "for one only");
	people_print(&ps, NULL, text, sizeof(text));
	ok(strstr(text, "person 3 view controls facade00\n"), "and is seen");
	ok(says("v", "give 4"), "a viewer in control");
	is_int(people_role(&ps, "w"), AUTH_VIEW, "lets no other in");
	ok(says("v", "give 2"), "but gives it");
	is_int(people_role(&ps, "c"), AUTH_CONTROL, "back");
	ok(says("v", "give 2") && says("v", "give 1"), "once");
	is_int(people_role(&ps, "c"), AUTH_CONTROL, "no more");
	ps.changed = false;
	ok(says("c", "ask") && says("c", "give 99") && says("c", "refuse 1"),
	    "what changes nothing");
	ok(!ps.changed, "is no news");
	says("w", "ask");
	ok(says("w", "drop") && says("c", "drop"), "it can be dropped");
	people_print(&ps, NULL, text, sizeof(text));
	ok(!strstr(text, "asks") && !strstr(text, "controls"), "by both");
	is_int(people_role(&ps, "c"), AUTH_VIEW, "and then nobody controls");
	ps.changed = false;
	says("w", "drop");
	ok(!ps.changed, "again is no news");
}

static void
test_words(void)
{
	static const char *const bad[] = { "", " ", "ask ", " ask", "asks",
		"ask 1", "give", "give ", "give x", "give 0", "give -1",
		"give 1 2", "give 4294967296", "refuse", "name\tx",
		"name a\x1b[2J", "name \x7f", "name a\xc2\x9b", "stats" };
	char name[PEOPLE_NAME_SIZE + 8] = "name ";

	ps = (struct people){ 0 };
	people_come(&ps, "o", &owner);
	for (size_t i = 0; i < LEN(bad); i++)
		ok(!says("o", bad[i]), "not '%zu'", i);
	is_int(people_role(&ps, "o"), AUTH_CONTROL, "nothing came of it");
	ok(says("o", "name Zoë \xc2\xa0 Ørsted"), "a name with spaces");
	list_is(true, "person 1 control controls o Zoë \xc2\xa0 Ørsted\n",
	    "is printed");
	says("o", "name Zoë \xc2\xa0 Ørsted");
	ok(!ps.changed, "the same again is no news");
	memset(name + 5, 'x', PEOPLE_NAME_SIZE - 1);
	ok(says("o", name), "the longest");
	name[5 + PEOPLE_NAME_SIZE - 1] = 'x';
	ok(!says("o", name), "and no longer");
	ok(says("o", "name"), "and none");
	list_is(true, "person 1 control controls o\n", "is none");
}

static void
test_many(void)
{
	char session[AUTH_NAME_SIZE];
	char line[] = "name "
		      "0123456789012345678901234567890123456789012345678901234"
		      "567890123";

	ps = (struct people){ .numbers = UINT32_MAX - PEOPLE_MAX };
	for (unsigned i = 0; i < PEOPLE_MAX; i++) {
		snprintf(session, sizeof(session), "%064u", i);
		people_come(&ps, session, &guest);
		says(session, line);
	}
	is_int(people_come(&ps, "x", &owner), false, "one too many");
	people_welcome(&ps, "x", &owner, 0);
	is_int((long)ps.n, PEOPLE_MAX, "also when it logs in");
	ok(people_come(&ps, session, &guest), "who is here may open more");
	ok(people_print(&ps, session, text, sizeof(text)) < sizeof(text) &&
		strstr(text, "you 4294967295\n") == text,
	    "all fit into the text");
}

int
main(void)
{
	test_come_and_leave();
	test_control();
	test_words();
	test_many();
	return done_testing();
}
