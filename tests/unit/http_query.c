#include "http/query.h"

#include "../tap.h"
#include "http/field.h"

static void
test_value(void)
{
	static const struct {
		const char *query, *want; /* of "token" */
	} rows[] = {
		{ "token=abc", "abc" },
		{ "a=1&token=abc&b=2", "abc" },
		{ "token=a%20b+c%2B", "a b c+" },
		{ "token=%c3%A9", "\xc3\xa9" },
		{ "token=a=b", "a=b" },
		{ "token=", "" },
		{ "token", "" },
		{ "token&x", "" },
		{ "token=1&token=2", "1" },
		{ "token=abc#d", "abc" },
		{ "token=1234567", "1234567" },
		{ "token=12345678", NULL }, /* no room */
		{ "token=%", NULL },
		{ "token=%4", NULL },
		{ "token=%zz", NULL },
		{ "token=%00", NULL },
		{ "token=%4&a", NULL },
		{ "xtoken=1", NULL },
		{ "tokens=1", NULL },
		{ "a#token=1", NULL },
		{ "", NULL },
	};

	for (size_t i = 0; i < LEN(rows); i++) {
		char *query = exact(rows[i].query, strlen(rows[i].query) + 1);
		char out[8];
		bool found = query_value(query, "token", out, sizeof(out));

		ok(rows[i].want ? found && strcmp(out, rows[i].want) == 0
				: !found,
		    "token in '%s'", rows[i].query);
		free(query);
	}
}

static void
test_without(void)
{
	static const struct {
		const char *uri, *want;
	} rows[] = {
		{ "/?token=x", "/" },
		{ "/a?token=x&b=1", "/a?b=1" },
		{ "/a?b=1&token=x", "/a?b=1" },
		{ "/a?b=1&token=x&c=%2F", "/a?b=1&c=%2F" },
		{ "/a?token&token=2", "/a" },
		{ "/a?tokens=1", "/a?tokens=1" },
		{ "/a", "/a" },
		{ "/a?", "/a" },
		{ "/a?b&&c&", "/a?b&c" },
		{ "/a?b#c", "/a?b" },
		{ "", "" },
	};
	char out[16];

	for (size_t i = 0; i < LEN(rows); i++) {
		char *uri = exact(rows[i].uri, strlen(rows[i].uri) + 1);

		ok(query_without(uri, "token", out, sizeof(out)) &&
			strcmp(out, rows[i].want) == 0,
		    "'%s' without token", rows[i].uri);
		free(uri);
	}
	ok(query_without("/1234567890?bcd", "token", out, sizeof(out)),
	    "what just fits");
	ok(!query_without("/1234567890?bcde", "token", out, sizeof(out)) &&
		!query_without("/123456789012345", "token", out, sizeof(out)),
	    "what does not");
	ok(strcmp(query_of("/a?b?c"), "b?c") == 0 && !*query_of("/a#?b"),
	    "the query of a URI");
}

static void
test_basic(void)
{
	static const struct {
		const char *field, *user, *password; /* NULL: refused */
	} rows[] = {
		{ "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==", "Aladdin",
		    "open sesame" }, /* RFC 7617 section 2 */
		{ "basic YTpiOmM=", "a", "b:c" },
		{ "Basic Og==", "", "" },
		{ "Basic YTpi", "a", "b" },
		{ "Basic YQ==", NULL, NULL },
		{ "Basic YTpi=YTpi", NULL, NULL },
		{ "Basic Y", NULL, NULL },
		{ "Basic YTo*", NULL, NULL },
		{ "Basic YToA", NULL, NULL }, /* a zero byte */
		{ "Basic MTIzNDU2Nzg5MDEyMzQ1Njpi", NULL, NULL },
		{ "Bearer YTpi", NULL, NULL },
		{ "Basic", NULL, NULL },
		{ "", NULL, NULL },
		{ NULL, NULL, NULL },
	};
	char user[16], password[16];

	for (size_t i = 0; i < LEN(rows); i++) {
		bool good = field_basic(rows[i].field, user, sizeof(user),
		    password, sizeof(password));

		ok(rows[i].user ? good && strcmp(user, rows[i].user) == 0 &&
			    strcmp(password, rows[i].password) == 0
				: !good,
		    "Basic: '%s'", rows[i].field ? rows[i].field : "-");
	}
}

int
main(void)
{
	test_value();
	test_without();
	test_basic();
	return done_testing();
}
