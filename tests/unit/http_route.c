#include "http/route.h"

#include "../tap.h"
#include "http/throttle.h"

static void
test_parse(void)
{
	static const struct {
		const char *operand, *path, *target; /* NULL: refused */
		enum route_kind kind;
	} rows[] = {
		{ "/=files:www", "", "www", ROUTE_FILES },
		{ "/files=store:s", "/files", "s", ROUTE_STORE },
		{ "/app/=files:/srv/a:b=c", "/app", "/srv/a:b=c", ROUTE_FILES },
		{ "/ws/a=socket:video", "/ws/a", "video", ROUTE_SOCKET },
		{ "/ws/b=exec:rd-rtc -e 'a b' x:y", "/ws/b",
		    "rd-rtc -e 'a b' x:y", ROUTE_EXEC },
		{ "/ws/p=pipe:cat", "/ws/p", "cat", ROUTE_PIPE },
		{ "/whep=whep:cat", "/whep", "cat", ROUTE_WHEP },
		{ "/", NULL, NULL, 0 },
		{ "", NULL, NULL, 0 },
		{ "/=", NULL, NULL, 0 },
		{ "/=files", NULL, NULL, 0 },
		{ "/=files:", NULL, NULL, 0 },
		{ "/=:www", NULL, NULL, 0 },
		{ "/=http:www", NULL, NULL, 0 },
		{ "/:files=www", NULL, NULL, 0 },
		{ "app=files:www", NULL, NULL, 0 },
		{ "/a//b=files:www", NULL, NULL, 0 },
		{ "/../b=files:www", NULL, NULL, 0 },
		{ "/a b=files:www", NULL, NULL, 0 },
		{ "/a%20b=files:www", NULL, NULL, 0 },
	};

	for (size_t i = 0; i < LEN(rows); i++) {
		char *operand =
		    exact(rows[i].operand, strlen(rows[i].operand) + 1);
		struct route r;
		const char *wrong = route_parse(&r, operand);

		ok(rows[i].path ? !wrong && r.kind == rows[i].kind &&
			    strcmp(r.path, rows[i].path) == 0 &&
			    strcmp(r.target, rows[i].target) == 0
				: wrong != NULL,
		    "operand '%s'", rows[i].operand);
		free(operand);
	}
}

static void
test_find(void)
{
	static const struct route routes[] = {
		{ ROUTE_FILES, "", "a", -1 },
		{ ROUTE_FILES, "/app", "b", -1 },
		{ ROUTE_EXEC, "/ws/signal", "c", -1 },
		{ ROUTE_WHEP, "/whep", "d", -1 },
	};
	static const struct {
		const char *path, *target, *rest;
	} rows[] = {
		{ "/", "a", "/" },
		{ "/index.html", "a", "/index.html" },
		{ "/apple", "a", "/apple" },
		{ "/app", "b", "" },
		{ "/app/x/y", "b", "/x/y" },
		{ "/ws/signal", "c", "" },
		{ "/ws/signal/", "a", "/ws/signal/" },
		{ "/ws/signals", "a", "/ws/signals" },
		{ "/whep", "d", "" },
		{ "/whep/abc", "d", "/abc" },
		{ "/whep/", "a", "/whep/" },
		{ "/whep/a/b", "a", "/whep/a/b" },
	};

	for (size_t i = 0; i < LEN(rows); i++) {
		const char *rest = NULL;
		const struct route *r =
		    route_find(routes, LEN(routes), rows[i].path, &rest);

		ok(r && strcmp(r->target, rows[i].target) == 0 &&
			strcmp(rest, rows[i].rest) == 0,
		    "path '%s'", rows[i].path);
	}
	ok(!route_find(routes + 2, 2, "/", &(const char *){ NULL }),
	    "a path without a route");
}

static void
test_throttle(void)
{
	struct throttle t = { .seed = 1 };
	int64_t now = 1000000;

	for (int i = 0; i < THROTTLE_BURST; i++) {
		is_int(throttle_wait(&t, "a", 1, now), 0, "try %d", i + 1);
		throttle_fail(&t, "a", 1, now);
	}
	is_int(throttle_wait(&t, "a", 1, now), 6, "then wait");
	is_int(throttle_wait(&t, "b", 1, now), 0, "another source does not");
	now += THROTTLE_US - 1;
	is_int(throttle_wait(&t, "a", 1, now), 1, "until the time has come");
	now++;
	is_int(throttle_wait(&t, "a", 1, now), 0, "for one try");
	throttle_fail(&t, "a", 1, now);
	is_int(throttle_wait(&t, "a", 1, now), 6, "which failed");
	now += (int64_t)THROTTLE_US * 1000;
	is_int(throttle_wait(&t, "a", 1, now), 0, "all is forgiven");
	for (int i = 0; i < THROTTLE_BURST - 1; i++)
		throttle_fail(&t, "a", 1, now);
	is_int(throttle_wait(&t, "a", 1, now), 0, "but not more than all");
	throttle_fail(&t, "a", 1, now);
	is_int(throttle_wait(&t, "a", 1, now), 6, "of it");
}

int
main(void)
{
	test_parse();
	test_find();
	test_throttle();
	return done_testing();
}
