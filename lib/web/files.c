#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "http/field.h"
#include "web/web.h"

enum { PIECE = 65536 };

static const char *
type_of(const char *name)
{
	static const struct {
		const char *suffix, *type;
	} types[] = {
		{ "css", "text/css; charset=utf-8" },
		{ "html", "text/html; charset=utf-8" },
		{ "ico", "image/x-icon" },
		{ "jpg", "image/jpeg" },
		{ "js", "text/javascript; charset=utf-8" },
		{ "json", "application/json" },
		{ "mjs", "text/javascript; charset=utf-8" },
		{ "png", "image/png" },
		{ "svg", "image/svg+xml" },
		{ "txt", "text/plain; charset=utf-8" },
		{ "wasm", "application/wasm" },
		{ "webmanifest", "application/manifest+json" },
		{ "woff2", "font/woff2" },
	};
	const char *dot = strrchr(name, '.');

	for (size_t i = 0; dot && i < sizeof(types) / sizeof(*types); i++)
		if (strcmp(dot + 1, types[i].suffix) == 0)
			return types[i].type;
	return "application/octet-stream";
}

/*
 * A regular file below dir, whatever the path says and wherever links lead;
 * hidden files are not for others.
 */
static int
open_below(int dir, const char *path, struct stat *st)
{
	struct open_how how = {
		.flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS,
	};
	int fd;

	if (*path == '.' || strstr(path, "/.") || strstr(path, "//"))
		return -ENOENT;
	fd = (int)syscall(SYS_openat2, dir, path, &how, sizeof(how));
	if (fd == -1)
		return -errno;
	if (fstat(fd, st) || !S_ISREG(st->st_mode)) {
		close(fd);
		return -ENOENT;
	}
	return fd;
}

/* RFC 9110 section 13.1.5: a range of another version is of no use. */
static int
wanted_range(
    struct lws *wsi, const char *etag, int64_t size, int64_t *from, int64_t *to)
{
	char range[128], match[128];
	bool same = lws_hdr_total_length(wsi, WSI_TOKEN_HTTP_IF_RANGE) <= 0 ||
	    field_has_etag(request_field(wsi, WSI_TOKEN_HTTP_IF_RANGE, match,
			       sizeof(match)),
		etag);

	return field_range(same
		? request_field(wsi, WSI_TOKEN_HTTP_RANGE, range, sizeof(range))
		: NULL,
	    size, from, to);
}

int
files_send(struct sending *f, struct lws *wsi, const struct request *r, int fd,
    const struct stat *st, const char *type, const char *more)
{
	char etag[64], range[96] = "", extra[320], match[512];
	int64_t from, to;
	unsigned status = 200;

	snprintf(etag, sizeof(etag), "\"%llx-%llx%08lx\"",
	    (unsigned long long)st->st_size,
	    (unsigned long long)st->st_mtim.tv_sec,
	    (unsigned long)st->st_mtim.tv_nsec);
	if (wanted_range(wsi, etag, st->st_size, &from, &to))
		status = 416;
	else if (to - from < st->st_size)
		status = 206;
	if (field_has_etag(request_field(wsi, WSI_TOKEN_HTTP_IF_NONE_MATCH,
			       match, sizeof(match)),
		etag))
		status = 304;
	if (status == 206)
		snprintf(range, sizeof(range),
		    "content-range: bytes %lld-%lld/%lld\r\n", (long long)from,
		    (long long)to - 1, (long long)st->st_size);
	snprintf(extra, sizeof(extra),
	    "etag: %s\r\naccept-ranges: bytes\r\n%s%s", etag, range, more);
	if (status > 206) {
		close(fd);
		return reply_status(wsi, status, extra);
	}
	if (reply_head(wsi, status, extra, type, (size_t)(to - from)) ||
	    lseek(fd, from, SEEK_SET) == -1) {
		close(fd);
		return -1;
	}
	if (r->method == METHOD_HEAD || from == to) {
		close(fd);
		return lws_http_transaction_completed(wsi) ? -1 : 0;
	}
	f->fd = fd;
	f->left = (size_t)(to - from);
	return files_writable(f, wsi);
}

/* As files_send(), gzipped where that pays and the browser takes it. */
static int
send_packed(struct sending *f, struct lws *wsi, const struct request *r, int fd,
    struct stat *st, const char *type)
{
	char codings[128];
	int packed;

	if (!gzip_pays(type, st->st_size))
		return files_send(f, wsi, r, fd, st, type, "");
	if (!field_has_coding(request_field(wsi, WSI_TOKEN_HTTP_ACCEPT_ENCODING,
				  codings, sizeof(codings)),
		"gzip") ||
	    (packed = gzip_file(fd, &st->st_size)) == -1)
		return files_send(
		    f, wsi, r, fd, st, type, "vary: accept-encoding\r\n");
	close(fd);
	return files_send(f, wsi, r, packed, st, type,
	    "vary: accept-encoding\r\ncontent-encoding: gzip\r\n");
}

int
files_serve(struct sending *f, struct lws *wsi, const struct request *r,
    int dir, const char *base, const char *path)
{
	char name[PATH_SIZE + sizeof("index.html")];
	char extra[PATH_SIZE + 32];
	struct stat st;
	size_t len = strlen(path);
	int fd;

	if (r->method == METHOD_OPTIONS)
		return reply_status(wsi, 204, "allow: GET, HEAD, OPTIONS\r\n");
	if (r->method != METHOD_GET && r->method != METHOD_HEAD)
		return reply_status(wsi, 405, "allow: GET, HEAD, OPTIONS\r\n");
	if (len == 0) {
		snprintf(extra, sizeof(extra), "location: %s/\r\n", base);
		return reply_status(wsi, 308, extra);
	}
	snprintf(name, sizeof(name), "%s%s", path + 1,
	    path[len - 1] == '/' ? "index.html" : "");
	fd = open_below(dir, name, &st);
	if (fd < 0)
		return reply_text(wsi, 404, "Not found.\n");
	return send_packed(f, wsi, r, fd, &st, type_of(name));
}

bool
files_at_mark(const struct sending *f)
{
	return f->left / PIECE % 16 == 0;
}

int
files_writable(struct sending *f, struct lws *wsi)
{
	static unsigned char buf[LWS_PRE + PIECE];
	ssize_t n =
	    read(f->fd, buf + LWS_PRE, f->left < PIECE ? f->left : PIECE);

	if (n <= 0 ||
	    lws_write(wsi, buf + LWS_PRE, (size_t)n, LWS_WRITE_HTTP) < 0)
		return -1;
	f->left -= (size_t)n;
	if (f->left) {
		lws_set_timeout(wsi, PENDING_TIMEOUT_HTTP_CONTENT, SEND_S);
		lws_callback_on_writable(wsi);
		return 0;
	}
	close(f->fd);
	return lws_http_transaction_completed(wsi) ? -1 : 0;
}

void
files_close(struct sending *f)
{
	if (f->left)
		close(f->fd);
	f->left = 0;
}
