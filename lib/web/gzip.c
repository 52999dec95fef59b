#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zlib.h>

#include "web/web.h"

enum { LEAST = 512, MOST = 1 << 20, GZIP = 16 + MAX_WBITS };

bool
gzip_pays(const char *type, off_t size)
{
	return size >= LEAST && size <= MOST &&
	    (strncmp(type, "text/", 5) == 0 || strstr(type, "json") ||
		strstr(type, "xml"));
}

/* All of from into to; z says how long it became. */
static bool
pack(z_stream *z, int from, int to)
{
	static unsigned char in[MOST], out[MOST + MOST / 64];
	ssize_t n = read(from, in, sizeof(in));

	if (n < 0)
		return false;
	*z = (z_stream){ .next_in = in, .avail_in = (uInt)n };
	if (deflateInit2(z, 6, Z_DEFLATED, GZIP, MAX_MEM_LEVEL,
		Z_DEFAULT_STRATEGY) != Z_OK)
		return false;
	z->next_out = out;
	z->avail_out = sizeof(out);
	n = deflate(z, Z_FINISH) == Z_STREAM_END ? (ssize_t)z->total_out : -1;
	deflateEnd(z);
	return n > 0 && write(to, out, (size_t)n) == n;
}

int
gzip_file(int fd, off_t *size)
{
	z_stream z;
	int packed = memfd_create("gzip", MFD_CLOEXEC);

	if (packed == -1)
		return -1;
	if (!pack(&z, fd, packed)) {
		close(packed);
		return -1;
	}
	*size = (off_t)z.total_out;
	return packed;
}
