#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/die.h"
#include "watch.h"

enum { AHEAD = 256 << 10 };

static int from;
static uint8_t *buffer;
static size_t size, at, end;
static uint64_t taken;

void
input_open(int fd)
{
	from = fd;
}

static void
make_room(size_t len)
{
	if (at) {
		memmove(buffer, buffer + at, end - at);
		end -= at;
		at = 0;
	}
	if (size >= len)
		return;
	size = len + AHEAD;
	buffer = realloc(buffer, size);
	if (!buffer)
		die(EXIT_TEMP, ENOMEM, "no room for %zu bytes", len);
}

const uint8_t *
input_take(size_t len)
{
	if (end - at < len)
		make_room(len);
	while (end - at < len) {
		ssize_t n = read(from, buffer + end, size - end);

		if (n <= 0)
			die(EXIT_TEMP, n ? errno : 0, "the server is gone");
		end += (size_t)n;
	}
	at += len;
	taken += len;
	return buffer + at - len;
}

uint8_t
input_u8(void)
{
	return *input_take(1);
}

uint16_t
input_u16(void)
{
	const uint8_t *p = input_take(2);

	return (uint16_t)(p[0] << 8 | p[1]);
}

uint32_t
input_u32(void)
{
	uint32_t high = input_u16();

	return high << 16 | input_u16();
}

uint64_t
input_count(void)
{
	return taken;
}
