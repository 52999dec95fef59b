#include "link/line.h"

#include "../tap.h"

static struct words
words(const char *text)
{
	return words_of(text, strlen(text));
}

static bool
is_word(const char *got, size_t len, const char *want)
{
	return len == strlen(want) && memcmp(got, want, len) == 0;
}

static void
test_find(void)
{
	char *cut = exact("ab", 2);

	is_int(line_find("ab\ncd\n", 6), 2, "the first line");
	is_int(line_find("\n", 1), 0, "an empty line");
	is_int(line_find(cut, 2), -1, "no end yet");
	is_int(line_find(cut, 0), -1, "nothing yet");
	free(cut);
}

static void
test_words(void)
{
	char *copy = exact("frame 12 -3 x", 13);
	struct words w = words_of(copy, 13);
	const char *word;
	size_t len;

	word = words_next(&w, &len);
	ok(is_word(word, len, "frame"), "a word");
	is_int(words_int(&w, 0, 99), 12, "a number");
	ok(!words_end(&w), "not the end");
	is_int(words_int(&w, -9, 0), -3, "a negative number");
	word = words_next(&w, &len);
	ok(is_word(word, len, "x") && words_end(&w), "the last word");
	word = words_next(&w, &len);
	ok(w.bad && len == 0 && !words_end(&w), "none after it");
	free(copy);
}

static void
test_spaces(void)
{
	static const char *const bad[] = { "", " ", " a", "a ", "a  b", "a b ",
		" a b" };
	struct words w;
	size_t len;

	for (size_t i = 0; i < LEN(bad); i++) {
		w = words(bad[i]);
		while (!w.bad && !words_end(&w))
			words_next(&w, &len);
		if (!bad[i][0])
			words_next(&w, &len);
		ok(w.bad && !words_end(&w), "bad: '%s'", bad[i]);
		words_next(&w, &len);
		is_int(len, 0, "no word after it");
	}
}

static const struct {
	const char *text;
	int64_t min, max, want;
	bool good;
} numbers[] = {
	{ "0", 0, 0, 0, true },
	{ "-0", 0, 0, 0, true },
	{ "007", 0, 9, 7, true },
	{ "9223372036854775807", INT64_MIN, INT64_MAX, INT64_MAX, true },
	{ "-9223372036854775808", INT64_MIN, INT64_MAX, INT64_MIN, true },
	{ "9223372036854775808", INT64_MIN, INT64_MAX, INT64_MIN, false },
	{ "-9223372036854775809", INT64_MIN, INT64_MAX, INT64_MIN, false },
	{ "99999999999999999999999", 0, INT64_MAX, 0, false },
	{ "5", 6, 9, 6, false },
	{ "10", 6, 9, 6, false },
	{ "-", 0, 9, 0, false },
	{ "--1", -9, 9, -9, false },
	{ "+1", 0, 9, 0, false },
	{ "1a", 0, 999, 0, false },
	{ "0x1", 0, 999, 0, false },
	{ "1\t", 0, 9, 0, false },
	{ "", 0, 9, 0, false },
};

static void
test_numbers(void)
{
	for (size_t i = 0; i < LEN(numbers); i++) {
		char *copy = exact(numbers[i].text, strlen(numbers[i].text));
		struct words w = words_of(copy, strlen(numbers[i].text));

		is_int(words_int(&w, numbers[i].min, numbers[i].max),
		    numbers[i].want, "number '%.*s'",
		    (int)strcspn(numbers[i].text, "\t"), numbers[i].text);
		is_int(!w.bad, numbers[i].good, "good or bad");
		free(copy);
	}
}

static void
test_is(void)
{
	struct words w = words("key keys");

	ok(!words_is(&w, "keys"), "not the word, though its beginning");
	ok(!words_is(&w, "ke"), "nor a beginning of the word");
	ok(words_is(&w, "key"), "the word");
	ok(words_is(&w, "keys") && words_end(&w), "the next");
	ok(!words_is(&w, "keys") && !w.bad, "asking does no harm");
	w = words("key ");
	words_is(&w, "key");
	ok(w.bad && !words_is(&w, ""), "a space and nothing after it");
}

static void
test_rest(void)
{
	struct words w = words("text  two  spaces ");
	const char *rest;
	size_t len;

	words_is(&w, "text");
	rest = words_rest(&w, &len);
	ok(is_word(rest, len, " two  spaces ") && words_end(&w),
	    "the rest, spaces included");
	w = words("text");
	words_is(&w, "text");
	words_rest(&w, &len);
	ok(len == 0 && words_end(&w), "an empty rest");
	words_int(&w, 0, 1);
	words_rest(&w, &len);
	ok(len == 0 && !words_end(&w), "no rest at the end");
	w = words("x rest");
	words_int(&w, 0, 1);
	words_rest(&w, &len);
	ok(len == 0 && !words_end(&w), "no rest once it is bad");
}

int
main(void)
{
	test_find();
	test_words();
	test_spaces();
	test_numbers();
	test_is();
	test_rest();
	return done_testing();
}
