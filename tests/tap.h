/*
 * tap.h - unit tests in the Test Anything Protocol, for prove(1)
 *
 * ok(), is_int() and is_mem() print one line each; return done_testing()
 * from main().  The tested code's own asserts stay active.
 */
#ifndef TESTS_TAP_H
#define TESTS_TAP_H

#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LEN(array) (sizeof(array) / sizeof(*(array)))

static int tap_count, tap_failed;

__attribute__((format(printf, 2, 3), unused)) static bool
ok(bool good, const char *fmt, ...)
{
	va_list ap;

	printf("%sok %d - ", good ? "" : "not ", ++tap_count);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	printf("\n");
	tap_failed += !good;
	return good;
}

#define is_int(got, want, ...)                                                 \
	do {                                                                   \
		intmax_t tap_got = (intmax_t)(got);                            \
		intmax_t tap_want = (intmax_t)(want);                          \
		if (!ok(tap_got == tap_want, __VA_ARGS__))                     \
			printf("# %s:%d: got %jd, want %jd\n", __FILE__,       \
			    __LINE__, tap_got, tap_want);                      \
	} while (0)

#define is_mem(got, want, len, ...)                                            \
	do {                                                                   \
		if (!ok(memcmp(got, want, len) == 0, __VA_ARGS__))             \
			printf("# %s:%d: bytes differ\n", __FILE__, __LINE__); \
	} while (0)

/* A heap copy of exactly len bytes, so that ASan sees any step over it. */
__attribute__((unused)) static void *
exact(const void *data, size_t len)
{
	void *copy = malloc(len ? len : 1);

	if (!copy)
		abort();
	memcpy(copy, data, len);
	return copy;
}

__attribute__((unused)) static int
done_testing(void)
{
	printf("1..%d\n", tap_count);
	fflush(stdout);
	return tap_failed != 0;
}

#endif
