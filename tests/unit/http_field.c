#include "http/field.h"

#include <errno.h>

#include "../tap.h"

static void
test_cookie(void)
{
	static const struct {
		const char *field, *want; /* of the cookie "id" */
	} rows[] = {
		{ "id=abc", "abc" },
		{ "a=1; id=abc; b=2", "abc" },
		{ "a=1;id=abc;b=2", "abc" },
		{ "  id=abc\t", "abc" },
		{ "id=first; id=second", "first" },
		{ "id=a=b", "a=b" },
		{ "id=1234567", "1234567" },
		{ "id=12345678", NULL }, /* no room */
		{ "xid=abc", NULL },
		{ "id2=abc", NULL },
		{ "ID=abc", NULL },
		{ "a=id=abc", NULL },
		{ "id", NULL },
		{ "; ;", NULL },
		{ "", NULL },
		{ NULL, NULL },
	};

	for (size_t i = 0; i < LEN(rows); i++) {
		char out[8];
		bool found =
		    field_cookie(rows[i].field, "id", out, sizeof(out));

		ok(rows[i].want ? found && strcmp(out, rows[i].want) == 0
				: !found,
		    "cookie in '%s'", rows[i].field ? rows[i].field : "-");
	}
}

static void
test_bearer(void)
{
	static const struct {
		const char *field, *want;
	} rows[] = {
		{ "Bearer abc", "abc" },
		{ "bearer a-._~+/=", "a-._~+/=" },
		{ "Bearer 123456789", NULL }, /* no room */
		{ "Bearer ", NULL },
		{ "Bearer  abc", NULL },
		{ "Bearer abc ", NULL },
		{ "Bearer a,b", NULL },
		{ "Basic abc", NULL },
		{ "Bearerabc", NULL },
		{ "", NULL },
		{ NULL, NULL },
	};

	for (size_t i = 0; i < LEN(rows); i++) {
		char out[9];
		bool found = field_bearer(rows[i].field, out, sizeof(out));

		ok(rows[i].want ? found && strcmp(out, rows[i].want) == 0
				: !found,
		    "token of '%s'", rows[i].field ? rows[i].field : "-");
	}
}

static void
test_types(void)
{
	static const struct {
		const char *field;
		bool is, accepts; /* application/sdp */
	} rows[] = {
		{ "application/sdp", true, true },
		{ "Application/SDP ; charset=utf-8", true, true },
		{ "application/sdp;q=0.5", true, true },
		{ "text/html, application/sdp", false, true },
		{ "application/sdp, text/html", false, true },
		{ "text/html, */*;q=0.1", false, true },
		{ "application/*", false, true },
		{ "application/sdpx", false, false },
		{ "application/sd", false, false },
		{ "xapplication/*", false, false },
		{ "text/*", false, false },
		{ "*", false, false },
		{ "", false, false },
		{ NULL, false, true },
	};

	for (size_t i = 0; i < LEN(rows); i++) {
		const char *field = rows[i].field;

		is_int(field_is_type(field, "application/sdp"), rows[i].is,
		    "content-type '%s'", field ? field : "-");
		is_int(field_accepts(field, "application/sdp"), rows[i].accepts,
		    "accept '%s'", field ? field : "-");
	}
}

static void
test_codings(void)
{
	static const struct {
		const char *field;
		bool has; /* gzip */
	} rows[] = {
		{ "gzip", true },
		{ "gzip, deflate, br, zstd", true },
		{ "br;q=1.0, GZIP ;q=0.001", true },
		{ "gzip;q=0", false },
		{ "gzip; q=0.000, br", false },
		{ "gzipx", false },
		{ "x-gzip", false },
		{ "", false },
		{ NULL, false },
	};

	for (size_t i = 0; i < LEN(rows); i++)
		is_int(field_has_coding(rows[i].field, "gzip"), rows[i].has,
		    "accept-encoding '%s'",
		    rows[i].field ? rows[i].field : "-");
}

static void
test_etag(void)
{
	ok(field_has_etag("\"a\"", "\"a\""), "the entity tag");
	ok(field_has_etag("\"b\", W/\"a\"", "\"a\""), "a weak one in a list");
	ok(field_has_etag("*", "\"a\""), "any");
	ok(!field_has_etag("\"ab\"", "\"a\""), "another");
	ok(!field_has_etag("a", "\"a\""), "without quotes");
	ok(!field_has_etag("", "\"a\""), "an empty field");
	ok(!field_has_etag(NULL, "\"a\""), "no field");
}

static void
test_length(void)
{
	is_int(field_length("0", 9), 0, "length 0");
	is_int(field_length("65536", 65536), 65536, "the most");
	is_int(field_length("65537", 65536), -1, "one more");
	is_int(field_length("99999999999999999999999", 65536), -1, "overflow");
	is_int(field_length("-1", 9), -1, "a sign");
	is_int(field_length("+1", 9), -1, "a plus");
	is_int(field_length("1 ", 9), -1, "a blank");
	is_int(field_length("1, 1", 9), -1, "two");
	is_int(field_length("0x1", 99), -1, "hex");
	is_int(field_length("", 9), -1, "nothing");
	is_int(field_length(NULL, 9), -1, "no field");
}

static void
test_range(void)
{
	/* RFC 9110 section 14.1.2, of a body of 10000 bytes. */
	static const struct {
		const char *field;
		int64_t from, to; /* from -1: nothing in it */
	} rows[] = { { "bytes=0-499", 0, 500 }, { "bytes=500-999", 500, 1000 },
		{ "bytes=-500", 9500, 10000 }, { "bytes=9500-", 9500, 10000 },
		{ "bytes=9999-20000", 9999, 10000 },
		{ "bytes=-20000", 0, 10000 }, { "BYTES=1-1", 1, 2 },
		{ "bytes=10000-", -1, 0 }, { "bytes=-0", -1, 0 },
		{ "bytes=2-1", 0, 10000 }, { "bytes=0-0,-1", 0, 10000 },
		{ "bytes=-", 0, 10000 }, { "bytes=1", 0, 10000 },
		{ "bytes=1-2 ", 0, 10000 },
		{ "bytes=99999999999999999999-", 0, 10000 },
		{ "lines=1-2", 0, 10000 }, { "", 0, 10000 } };
	int64_t from, to;

	for (size_t i = 0; i < LEN(rows); i++) {
		int err = field_range(rows[i].field, 10000, &from, &to);

		ok(rows[i].from < 0
			? err == -ERANGE
			: !err && from == rows[i].from && to == rows[i].to,
		    "Range: %s", rows[i].field);
	}
	ok(!field_range(NULL, 5, &from, &to) && from == 0 && to == 5,
	    "no Range");
	is_int(field_range("bytes=-1", 0, &from, &to), -ERANGE,
	    "of an empty file");
}

static void
test_content_range(void)
{
	static const char *const bad[] = { "bytes 0-9", "bytes 0-9/*",
		"bytes 9-0/10", "bytes 0-10/10", "bytes -5/10", "bytes 5-/10",
		"bytes */", "bytes */-1", "bytes 0-0/1 ", "lines 0-0/1", "",
		"bytes 0-9/9007199254740992" };
	int64_t from, to, total;

	ok(field_content_range("bytes 0-0/1", &from, &to, &total) &&
		from == 0 && to == 1 && total == 1,
	    "Content-Range of one byte");
	ok(field_content_range(
	       "bytes 5-9/9007199254740991", &from, &to, &total) &&
		from == 5 && to == 10 && total == 9007199254740991,
	    "the largest");
	ok(field_content_range("bytes */7", &from, &to, &total) && from == -1 &&
		total == 7,
	    "unsatisfied");
	for (size_t i = 0; i < LEN(bad); i++)
		ok(!field_content_range(bad[i], &from, &to, &total),
		    "refused: '%s'", bad[i]);
	ok(!field_content_range(NULL, &from, &to, &total), "no field");
}

int
main(void)
{
	test_cookie();
	test_bearer();
	test_types();
	test_codings();
	test_etag();
	test_length();
	test_range();
	test_content_range();
	return done_testing();
}
