#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "http/field.h"
#include "server.h"

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

/* Send the open file; takes it over. */
static int
send_file(struct conn *c, struct lws *wsi, const struct request *r, int fd,
    const struct stat *st, const char *name)
{
	char etag[64], extra[96], match[512];

	snprintf(etag, sizeof(etag), "\"%llx-%llx%08lx\"",
	    (unsigned long long)st->st_size,
	    (unsigned long long)st->st_mtim.tv_sec,
	    (unsigned long)st->st_mtim.tv_nsec);
	snprintf(extra, sizeof(extra), "etag: %s\r\n", etag);
	if (field_has_etag(request_field(wsi, WSI_TOKEN_HTTP_IF_NONE_MATCH,
			       match, sizeof(match)),
		etag)) {
		close(fd);
		return reply_status(wsi, 304, extra);
	}
	if (reply_head(wsi, extra, type_of(name), (size_t)st->st_size)) {
		close(fd);
		return -1;
	}
	if (r->method == METHOD_HEAD || st->st_size == 0) {
		close(fd);
		return lws_http_transaction_completed(wsi) ? -1 : 0;
	}
	c->file = fd;
	c->file_left = (size_t)st->st_size;
	return files_writable(c, wsi);
}

int
files_serve(struct conn *c, struct lws *wsi, const struct request *r)
{
	char path[PATH_SIZE + sizeof("index.html")];
	char extra[PATH_SIZE + 32];
	struct stat st;
	size_t len = strlen(c->rest);
	int fd;

	if (r->method == METHOD_OPTIONS)
		return reply_status(wsi, 204, "allow: GET, HEAD, OPTIONS\r\n");
	if (r->method != METHOD_GET && r->method != METHOD_HEAD)
		return reply_status(wsi, 405, "allow: GET, HEAD, OPTIONS\r\n");
	if (len == 0) {
		snprintf(
		    extra, sizeof(extra), "location: %s/\r\n", c->route->path);
		return reply_status(wsi, 308, extra);
	}
	snprintf(path, sizeof(path), "%s%s", c->rest + 1,
	    c->rest[len - 1] == '/' ? "index.html" : "");
	fd = open_below(c->route->dir, path, &st);
	if (fd < 0)
		return reply_text(wsi, 404, "Not found.\n");
	return send_file(c, wsi, r, fd, &st, path);
}

int
files_writable(struct conn *c, struct lws *wsi)
{
	static unsigned char buf[LWS_PRE + PIECE];
	ssize_t n = read(c->file, buf + LWS_PRE,
	    c->file_left < PIECE ? c->file_left : PIECE);

	if (n <= 0 ||
	    lws_write(wsi, buf + LWS_PRE, (size_t)n, LWS_WRITE_HTTP) < 0)
		return -1;
	c->file_left -= (size_t)n;
	if (c->file_left) {
		lws_set_timeout(wsi, PENDING_TIMEOUT_HTTP_CONTENT, SEND_S);
		lws_callback_on_writable(wsi);
		return 0;
	}
	close(c->file);
	return lws_http_transaction_completed(wsi) ? -1 : 0;
}

void
files_close(struct conn *c)
{
	if (c->file_left)
		close(c->file);
	c->file_left = 0;
}
