/*
 * ROUTE_STORE: files are put, listed and fetched, by who is in control.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#include "http/field.h"
#include "server.h"

#define ALLOW "allow: DELETE, GET, HEAD, OPTIONS, PUT\r\n"

enum {
	LIST_MAX = 400, /* entries, which fit in a reply however named */
	SPARE_BYTES = 64 << 20, /* of the disk, left to the session */
	SWALLOW_MAX = 8 << 20,  /* of a refused body, so that it is answered */
	CHECK_EVERY = 1 << 20,  /* bytes: may they still? */
};

static const char id_field[] = "upload-id:";
static const char taken[] = "There is such a file already.\n";
static const char no_space[] = "There is not enough space.\n";

/* May they still do what they were let in for? */
bool
store_may(struct server *s, struct conn *c)
{
	struct auth_pass pass;

	return !s->grants.on ||
	    (auth_session(&s->grants.auth, c->grant.session, time(NULL),
		 &pass) == c->grant.pass.role &&
		grant_role(&s->grants, &c->grant) == AUTH_CONTROL);
}

/* What went wrong, for a person. */
static unsigned
explain(int err, const char **text)
{
	switch (-err) {
	case EEXIST:
		*text = taken;
		return 412;
	case EISDIR:
	case ENOTDIR:
	case ELOOP:
		*text = "There is a folder, or a link, of that name.\n";
		return 409;
	case ENOSPC:
	case EDQUOT:
		*text = no_space;
		return 507;
	case EFBIG:
		*text = "The file is too large for this system.\n";
		return 413;
	case EINVAL:
	case ENAMETOOLONG:
		*text = "That is no name for a file here.\n";
		return 400;
	case EACCES:
	case EPERM:
	case EROFS:
		*text = "Files cannot be written there.\n";
		return 403;
	default:
		*text = "The file could not be written.\n";
		return 500;
	}
}

static unsigned
check_space(int dir, int64_t more, const char **text)
{
	struct statvfs fs;

	*text = no_space;
	if (fstatvfs(dir, &fs))
		return 0;
	return (uint64_t)fs.f_bavail * fs.f_frsize <
		(uint64_t)more + SPARE_BYTES
	    ? 507
	    : 0;
}

static bool
read_id(struct lws *wsi, char id[FOLDER_ID_MAX + 1])
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-";
	int n = lws_hdr_custom_length(wsi, id_field, 10);

	id[0] = '\0';
	if (n <= 0)
		return true;
	return n <= FOLDER_ID_MAX &&
	    lws_hdr_custom_copy(wsi, id, FOLDER_ID_MAX + 1, id_field, 10) > 0 &&
	    !id[strspn(id, plain)];
}

/* What the head says of the body: its place in the file. */
static unsigned
read_head(struct upload *u, struct lws *wsi, const char **text)
{
	char buf[128];
	const char *range =
	    request_field(wsi, WSI_TOKEN_HTTP_CONTENT_RANGE, buf, sizeof(buf));
	char number[32];

	*text = "Content-Length is needed.\n";
	if (lws_hdr_total_length(wsi, WSI_TOKEN_HTTP_TRANSFER_ENCODING) > 0)
		return 411;
	u->left = field_length(request_field(wsi, WSI_TOKEN_HTTP_CONTENT_LENGTH,
				   number, sizeof(number)),
	    FIELD_RANGE_MAX);
	if (u->left < 0)
		return 411;
	*text = "The Content-Range is not right.\n";
	if (lws_hdr_total_length(wsi, WSI_TOKEN_HTTP_CONTENT_RANGE) <= 0) {
		u->at = 0;
		u->total = u->left;
		u->whole = true;
		return 0;
	}
	if (!field_content_range(range, &u->at, &u->end, &u->total))
		return 400;
	u->asks = u->at == -1;
	return u->left == (u->asks ? 0 : u->end - u->at) ? 0 : 400;
}

/* Find the file; everything that can be known before its bytes come. */
static unsigned
prepare(
    struct upload *u, const struct conn *c, struct lws *wsi, const char **text)
{
	char id[FOLDER_ID_MAX + 1], match[8];
	unsigned status = read_head(u, wsi, text);
	int err;

	if (status)
		return status;
	*text = "The Upload-Id is not right.\n";
	if (!read_id(wsi, id))
		return 400;
	u->replace = field_has_etag(
	    request_field(wsi, WSI_TOKEN_HTTP_IF_MATCH, match, sizeof(match)),
	    "*");
	err = folder_find(&u->file, c->route->dir, c->rest + 1, id, !u->asks);
	if (!err)
		err = -folder_taken(&u->file);
	if (err == -EEXIST && u->replace)
		err = 0;
	if (err)
		return explain(err, text);
	u->have = folder_partial_size(&u->file);
	return check_space(
	    c->route->dir, u->total > u->have ? u->total - u->have : 0, text);
}

static int
answer(struct upload *u, struct lws *wsi, unsigned status, const char *text)
{
	char extra[64];

	snprintf(extra, sizeof(extra), "upload-offset: %lld\r\n",
	    (long long)u->have);
	upload_close(u);
	return reply(wsi, status, extra, "text/plain; charset=utf-8", text,
	    strlen(text));
}

/* All that was announced is there. */
int
upload_done(struct server *s, struct conn *c, struct lws *wsi)
{
	struct upload *u = &c->upload;
	const char *text = u->text;
	unsigned status = u->status;
	int err;

	if (!status && !store_may(s, c)) {
		status = 401;
		text = "Logged out, or no longer in control.\n";
	}
	if (status)
		return answer(u, wsi, status, text);
	if (u->have < u->total)
		return answer(u, wsi, 200, "");
	err = folder_commit(&u->file, u->replace);
	if (err)
		return answer(u, wsi, explain(err, &text), text);
	return answer(u, wsi, 201, "");
}

/* A refused body is read to its end where that is near, to be answered. */
static int
refuse(struct upload *u, struct lws *wsi, unsigned status, const char *text)
{
	if (u->left == 0 || u->left > SWALLOW_MAX)
		return answer(u, wsi, status, text);
	u->status = status;
	u->text = text;
	return 0;
}

static int
put(struct server *s, struct conn *c, struct lws *wsi)
{
	struct upload *u = &c->upload;
	const char *text;
	unsigned status;
	int err;

	*u =
	    (struct upload){ .open = true, .file = { .parent = -1, .fd = -1 } };
	status = prepare(u, c, wsi, &text);
	if (status)
		return refuse(u, wsi, status, text);
	if (u->asks)
		return answer(u, wsi, 200, "");
	if (u->whole)
		u->have = 0;
	if (u->at != u->have)
		return refuse(u, wsi, 409, "Go on where Upload-Offset says.\n");
	err = folder_begin(&u->file, u->have == 0);
	if (err)
		return refuse(u, wsi, explain(err, &text), text);
	return u->left ? 0 : upload_done(s, c, wsi);
}

static int
write_all(struct upload *u, const char *p, size_t len)
{
	while (len) {
		ssize_t n = pwrite(u->file.fd, p, len, u->have);

		if (n <= 0)
			return n ? -errno : -EIO;
		p += n;
		len -= (size_t)n;
		u->have += n;
	}
	return 0;
}

int
upload_piece(struct server *s, struct conn *c, struct lws *wsi, const void *p,
    size_t len)
{
	struct upload *u = &c->upload;
	int err;

	if ((int64_t)len > u->left)
		return -1;
	lws_set_timeout(wsi, PENDING_TIMEOUT_HTTP_CONTENT, SEND_S);
	u->left -= (int64_t)len;
	if (u->status)
		return 0;
	if (u->have / CHECK_EVERY != (u->have + (int64_t)len) / CHECK_EVERY &&
	    !store_may(s, c))
		return -1;
	err = write_all(u, p, len);
	if (err)
		u->status = explain(err, &u->text);
	return u->status && u->left > SWALLOW_MAX
	    ? answer(u, wsi, u->status, u->text)
	    : 0;
}

void
upload_close(struct upload *u)
{
	if (u->open)
		folder_close(&u->file);
	u->open = false;
}

/* The user does not want it after all. */
static int
cancel(struct conn *c, struct lws *wsi)
{
	char id[FOLDER_ID_MAX + 1];
	struct folder_file f;

	if (!read_id(wsi, id) ||
	    folder_find(&f, c->route->dir, c->rest + 1, id, false))
		return reply_text(wsi, 404, "Not found.\n");
	folder_discard(&f);
	folder_close(&f);
	return reply_status(wsi, 204, "");
}

struct entry {
	char name[FOLDER_NAME_MAX + 1];
	bool folder;
	long long size, changed;
};

static int
newest_first(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	return (x->changed < y->changed) - (x->changed > y->changed);
}

/* Where to note one more: instead of the oldest when there is no room. */
static struct entry *
room_for(const struct entry *e, struct entry *entries, size_t *n)
{
	struct entry *oldest = entries;

	if (*n < LIST_MAX)
		return &entries[(*n)++];
	for (size_t i = 1; i < *n; i++)
		if (entries[i].changed < oldest->changed)
			oldest = &entries[i];
	return e->changed > oldest->changed ? oldest : NULL;
}

/* Hidden files, and what is neither file nor folder, are left out. */
static size_t
read_entries(DIR *d, struct entry *entries)
{
	struct dirent *found;
	size_t n = 0;

	while ((found = readdir(d))) {
		struct entry e, *room;
		struct stat st;

		if (*found->d_name == '.' || !folder_is_path(found->d_name) ||
		    fstatat(
			dirfd(d), found->d_name, &st, AT_SYMLINK_NOFOLLOW) ||
		    (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode)))
			continue;
		snprintf(e.name, sizeof(e.name), "%s", found->d_name);
		e.folder = S_ISDIR(st.st_mode);
		e.size = st.st_size;
		e.changed = st.st_mtim.tv_sec;
		room = room_for(&e, entries, &n);
		if (room)
			*room = e;
	}
	qsort(entries, n, sizeof(*entries), newest_first);
	return n;
}

/* Names have no control characters. */
static void
print_string(FILE *f, const char *p)
{
	putc('"', f);
	for (; *p; p++) {
		if (*p == '"' || *p == '\\')
			putc('\\', f);
		putc(*p, f);
	}
	putc('"', f);
}

static int
list(struct conn *c, struct lws *wsi)
{
	static struct entry entries[LIST_MAX];
	static char json[REPLY_MAX];
	char path[PATH_SIZE];
	size_t len = strlen(c->rest), n;
	FILE *f;
	DIR *d;
	int fd;

	snprintf(path, sizeof(path), "%.*s", len < 2 ? 0 : (int)len - 2,
	    c->rest + 1);
	fd = folder_open_list(c->route->dir, path);
	d = fd < 0 ? NULL : fdopendir(fd);
	if (!d) {
		if (fd >= 0)
			close(fd);
		return reply_text(wsi, 404, "Not found.\n");
	}
	n = read_entries(d, entries);
	closedir(d);
	f = fmemopen(json, sizeof(json), "w");
	if (!f)
		return reply_text(wsi, 500, "Out of memory.\n");
	for (size_t i = 0; i < n; i++) {
		fprintf(f, "%s{\"name\":", i ? "," : "[");
		print_string(f, entries[i].name);
		fprintf(f, ",\"folder\":%s,\"size\":%lld,\"changed\":%lld}",
		    entries[i].folder ? "true" : "false", entries[i].size,
		    entries[i].changed);
	}
	fprintf(f, n ? "]" : "[]");
	len = (size_t)ftell(f);
	fclose(f);
	return reply(wsi, 200, "", "application/json", json, len);
}

/* Never shown as a page of this server: only to be saved. */
static int
fetch(struct conn *c, struct lws *wsi, const struct request *r)
{
	struct stat st;
	int fd = folder_open_file(c->route->dir, c->rest + 1, &st);

	if (fd < 0)
		return reply_text(wsi, 404, "Not found.\n");
	return files_send(&c->file, wsi, r, fd, &st, "application/octet-stream",
	    "content-disposition: attachment\r\n");
}

int
store_request(
    struct server *s, struct conn *c, struct lws *wsi, const struct request *r)
{
	size_t len = strlen(c->rest);

	if (r->method == METHOD_OPTIONS)
		return reply_status(wsi, 204, ALLOW);
	if (grant_role(&s->grants, &c->grant) != AUTH_CONTROL)
		return reply_text(wsi, 403, "Only for who is in control.\n");
	if (len == 0)
		return reply_text(wsi, 404, "Not found.\n");
	switch (r->method) {
	case METHOD_PUT:
		return put(s, c, wsi);
	case METHOD_DELETE:
		return cancel(c, wsi);
	case METHOD_GET:
	case METHOD_HEAD:
		return c->rest[len - 1] == '/' ? list(c, wsi)
					       : fetch(c, wsi, r);
	default:
		return reply_status(wsi, 405, ALLOW);
	}
}
