/* PKWARE's APPNOTE 4.3.7 to 4.3.16, without ZIP64: sizes stay below 4 GiB. */
#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <zlib.h>

#include "portal.h"

enum {
	ENTRIES = 256,
	NAME = 256,
	PIECE = 65536,
	FILE_MAX = 64 << 20, /* of each the end */
	LOCAL = 0x04034b50,
	CENTRAL = 0x02014b50,
	END = 0x06054b50,
	UTF8 = 0x0800,
	DEFLATED = 8,
};

struct entry {
	char name[NAME];
	uint32_t crc, packed, size, at, time;
};

struct zip {
	int out;
	uint32_t len;
	bool bad;
	struct entry entries[ENTRIES];
	size_t n;
};

static void
put(struct zip *z, const void *p, size_t len)
{
	if (write(z->out, p, len) != (ssize_t)len)
		z->bad = true;
	z->len += (uint32_t)len;
}

/* Little-endian. */
static void
put_number(struct zip *z, uint32_t n, size_t bytes)
{
	unsigned char b[4];

	for (size_t i = 0; i < bytes; i++)
		b[i] = (unsigned char)(n >> 8 * i);
	put(z, b, bytes);
}

static uint32_t
dos_time(time_t at)
{
	struct tm tm;

	localtime_r(&at, &tm);
	if (tm.tm_year < 80)
		return 1 << 21 | 1 << 16;
	return (uint32_t)(tm.tm_year - 80) << 25 |
	    (uint32_t)(tm.tm_mon + 1) << 21 | (uint32_t)tm.tm_mday << 16 |
	    (uint32_t)tm.tm_hour << 11 | (uint32_t)tm.tm_min << 5 |
	    (uint32_t)tm.tm_sec / 2;
}

/* What both headers of an entry have in common. */
static void
put_common(struct zip *z, const struct entry *e)
{
	put_number(z, 20, 2);
	put_number(z, UTF8, 2);
	put_number(z, DEFLATED, 2);
	put_number(z, e->time, 4);
	put_number(z, e->crc, 4);
	put_number(z, e->packed, 4);
	put_number(z, e->size, 4);
	put_number(z, (uint32_t)strlen(e->name), 2);
	put_number(z, 0, 2);
}

static void
put_local(struct zip *z, const struct entry *e)
{
	put_number(z, LOCAL, 4);
	put_common(z, e);
	put(z, e->name, strlen(e->name));
}

static void
put_central(struct zip *z, const struct entry *e)
{
	put_number(z, CENTRAL, 4);
	put_number(z, 3 << 8 | 20, 2); /* made by Unix */
	put_common(z, e);
	put_number(z, 0, 2); /* no comment, first disk, binary */
	put_number(z, 0, 2);
	put_number(z, 0, 2);
	put_number(z, 0100644u << 16, 4);
	put_number(z, e->at, 4);
	put(z, e->name, strlen(e->name));
}

static void
pack(struct zip *z, struct entry *e, int fd)
{
	static unsigned char in[PIECE], out[PIECE];
	z_stream s = { 0 };
	int flush = Z_NO_FLUSH;

	if (deflateInit2(&s, 6, Z_DEFLATED, -MAX_WBITS, MAX_MEM_LEVEL,
		Z_DEFAULT_STRATEGY) != Z_OK) {
		z->bad = true;
		return;
	}
	while (flush != Z_FINISH && !z->bad) {
		ssize_t n = e->size < FILE_MAX ? read(fd, in, sizeof(in)) : 0;

		if (n <= 0) {
			n = 0;
			flush = Z_FINISH;
		}
		s.next_in = in;
		s.avail_in = (uInt)n;
		e->crc = (uint32_t)crc32(e->crc, in, (uInt)n);
		e->size += (uint32_t)n;
		do {
			s.next_out = out;
			s.avail_out = sizeof(out);
			deflate(&s, flush);
			put(z, out, sizeof(out) - s.avail_out);
		} while (!s.avail_out);
	}
	e->packed = (uint32_t)s.total_out;
	deflateEnd(&s);
}

static void
add(struct zip *z, int dir, const char *name)
{
	struct entry *e = &z->entries[z->n];
	struct stat st;
	uint32_t end;
	int fd =
	    openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

	if (fd == -1 || fstat(fd, &st) || !S_ISREG(st.st_mode) ||
	    strlen(name) >= NAME) {
		if (fd != -1)
			close(fd);
		return;
	}
	if (st.st_size > FILE_MAX)
		lseek(fd, st.st_size - FILE_MAX, SEEK_SET);
	*e = (struct entry){ .at = z->len, .time = dos_time(st.st_mtime) };
	strcpy(e->name, name);
	put_local(z, e);
	pack(z, e, fd);
	close(fd);
	/* Now that its sizes are known. */
	end = z->len;
	lseek(z->out, e->at, SEEK_SET);
	put_local(z, e);
	z->len = end;
	lseek(z->out, 0, SEEK_END);
	z->n++;
}

static void
finish(struct zip *z)
{
	uint32_t at = z->len, len;

	for (size_t i = 0; i < z->n; i++)
		put_central(z, &z->entries[i]);
	len = z->len - at;
	put_number(z, END, 4);
	put_number(z, 0, 4);
	put_number(z, (uint32_t)z->n, 2);
	put_number(z, (uint32_t)z->n, 2);
	put_number(z, len, 4);
	put_number(z, at, 4);
	put_number(z, 0, 2);
}

int
zip_folder(int dir, off_t *size)
{
	static struct zip z;
	int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd == -1 ? NULL : fdopendir(fd);
	struct dirent *e;

	if (!d)
		return -1;
	z = (struct zip){ .out = memfd_create("zip", MFD_CLOEXEC) };
	while ((e = readdir(d)) && z.n < ENTRIES)
		if (*e->d_name != '.')
			add(&z, dir, e->d_name);
	closedir(d);
	finish(&z);
	*size = z.len;
	if (!z.bad)
		return z.out;
	close(z.out);
	return -1;
}
