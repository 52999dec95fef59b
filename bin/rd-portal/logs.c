#include "logs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cjson/cJSON.h>

#include "base/log.h"

enum {
	TAIL = 65536,     /* of a log that is seen for the first time */
	PIECE = 16384,    /* read at a time */
	BEHIND = 1 << 18, /* more than so much is left out */
	BEAT_US = 10000000,
};

struct log_file {
	char name[LOGS_NAME];
	ino_t inode;
	off_t at;
	struct timespec changed;
	struct terminal terminal;
	struct logs *logs;
};

/* Somebody has something to read. */
static void
wake(const struct logs *l)
{
	for (struct log_reader *r = l->readers; r; r = r->following)
		lws_callback_on_writable(r->wsi);
}

/* Again the same message of the same log: only the last of them is kept. */
static bool
replaces(struct logs *l, const struct log_file *f, bool overwrites)
{
	const struct log_message *last =
	    l->end ? &l->ring[(l->end - 1) % LOGS_KEPT] : NULL;

	if (!overwrites || !last || last->file != f || !last->overwrites)
		return false;
	l->end--;
	for (struct log_reader *r = l->readers; r; r = r->following)
		if (r->next > l->end)
			r->next = l->end;
	return true;
}

static void
keep(struct logs *l, const struct log_file *f, cJSON *json, bool overwrites)
{
	char *text = cJSON_PrintUnformatted(json);
	size_t len = text ? strlen(text) : 0;
	struct log_message *m;

	cJSON_Delete(json);
	replaces(l, f, overwrites);
	m = &l->ring[l->end % LOGS_KEPT];
	free(m->text);
	*m = (struct log_message){ .file = f, .overwrites = overwrites };
	m->text = text ? malloc(LWS_PRE + len) : NULL;
	if (m->text) {
		memcpy(m->text + LWS_PRE, text, len);
		m->len = len;
	}
	free(text);
	l->end++;
}

static cJSON *
html(const char *line)
{
	static char out[8 * TERMINAL_LINE_MAX];

	terminal_html(line, out, sizeof(out));
	return cJSON_CreateString(out);
}

static void
say_line(struct log_file *f, const char *line, bool overwrites)
{
	cJSON *json = cJSON_CreateObject();

	cJSON_AddStringToObject(
	    json, "type", overwrites ? "overwrite" : "append");
	cJSON_AddItemToObject(json, "html", html(line));
	cJSON_AddStringToObject(json, "text", line);
	cJSON_AddStringToObject(json, "file", f->name);
	keep(f->logs, f, json, overwrites);
}

static void
say_block(struct log_file *f, size_t old, char *const *lines, size_t n)
{
	cJSON *json = cJSON_CreateObject(), *texts, *htmls;

	cJSON_AddStringToObject(json, "type", "overwrite_block");
	htmls = cJSON_AddArrayToObject(json, "lines");
	texts = cJSON_AddArrayToObject(json, "texts");
	for (size_t i = 0; i < n; i++) {
		cJSON_AddItemToArray(htmls, html(lines[i]));
		cJSON_AddItemToArray(texts, cJSON_CreateString(lines[i]));
	}
	cJSON_AddNumberToObject(json, "rows", (double)old);
	cJSON_AddStringToObject(json, "file", f->name);
	keep(f->logs, f, json, false);
}

static void
tell(void *arg, size_t old, char *const *lines, size_t n)
{
	struct log_file *f = arg;

	if (old > 1 || n == 0) {
		say_block(f, old, lines, n);
		return;
	}
	for (size_t i = 0; i < n; i++)
		say_line(f, lines[i], i < old);
}

/* Begin somewhere in the middle, at the begin of a line. */
static void
skip_to(struct log_file *f, int fd, off_t at)
{
	char piece[PIECE], *end;
	ssize_t n = pread(fd, piece, sizeof(piece), at);

	terminal_clear(&f->terminal);
	end = n > 0 ? memchr(piece, '\n', (size_t)n) : NULL;
	f->at = at + (end ? end + 1 - piece : 0);
}

static void
read_more(struct log_file *f, int fd)
{
	char piece[PIECE];
	struct stat st;
	ssize_t n;

	if (fstat(fd, &st) || !S_ISREG(st.st_mode))
		return;
	if (st.st_ino != f->inode || st.st_size < f->at) {
		terminal_clear(&f->terminal);
		f->at = 0;
		if (!f->inode && st.st_size > TAIL)
			skip_to(f, fd, st.st_size - TAIL);
		f->inode = st.st_ino;
	}
	if (st.st_size - f->at > BEHIND)
		skip_to(f, fd, st.st_size - TAIL);
	while ((n = pread(fd, piece, sizeof(piece), f->at)) > 0) {
		f->at += n;
		terminal_feed(&f->terminal, piece, (size_t)n, tell, f);
	}
}

static void
read_file(struct logs *l, struct log_file *f)
{
	int fd = openat(
	    l->dir, f->name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

	if (fd == -1)
		return;
	read_more(f, fd);
	close(fd);
}

static struct log_file *
find(struct logs *l, const char *name)
{
	size_t len = strlen(name);
	struct log_file *f;

	if (*name == '.' || len < 5 || len >= LOGS_NAME ||
	    strcmp(name + len - 4, ".log") != 0)
		return NULL;
	for (size_t i = 0; i < l->nfiles; i++)
		if (strcmp(l->files[i].name, name) == 0)
			return &l->files[i];
	if (l->nfiles == LOGS_FILES)
		return NULL;
	f = &l->files[l->nfiles++];
	*f = (struct log_file){ .logs = l };
	strcpy(f->name, name);
	return f;
}

static int
by_time(const void *a, const void *b)
{
	const struct log_file *const *x = a, *const *y = b;
	const struct timespec *s = &(*x)->changed, *t = &(*y)->changed;

	if (s->tv_sec != t->tv_sec)
		return s->tv_sec < t->tv_sec ? -1 : 1;
	return s->tv_nsec < t->tv_nsec ? -1 : s->tv_nsec > t->tv_nsec;
}

/* All that there are, the one that was written to last at the end. */
static void
read_all(struct logs *l)
{
	struct log_file *order[LOGS_FILES];
	int fd = openat(l->dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd == -1 ? NULL : fdopendir(fd);
	struct dirent *e;
	struct stat st;

	if (!d)
		return;
	while ((e = readdir(d)))
		find(l, e->d_name);
	closedir(d);
	for (size_t i = 0; i < l->nfiles; i++) {
		order[i] = &l->files[i];
		if (!fstatat(l->dir, order[i]->name, &st, AT_SYMLINK_NOFOLLOW))
			order[i]->changed = st.st_mtim;
	}
	qsort(order, l->nfiles, sizeof(*order), by_time);
	for (size_t i = 0; i < l->nfiles; i++)
		read_file(l, order[i]);
}

static void
changes_ready(struct loop_watch *w, uint32_t events)
{
	_Alignas(struct inotify_event) char buf[4096];
	struct logs *l = w->arg;
	const struct inotify_event *e;
	struct log_file *f;
	ssize_t n = read(w->fd, buf, sizeof(buf));

	(void)events;
	for (char *p = buf; n > 0 && p < buf + n; p += sizeof(*e) + e->len) {
		e = (const void *)p;
		if (e->mask & IN_Q_OVERFLOW)
			read_all(l);
		else if (e->len && (f = find(l, e->name)))
			read_file(l, f);
	}
	wake(l);
}

static void
beat(struct loop_timer *t)
{
	struct logs *l = t->arg;

	for (struct log_reader *r = l->readers; r; r = r->following)
		r->beat = true;
	wake(l);
	loop_timer_set(l->loop, t, clock_us() + BEAT_US);
}

int
logs_open(struct logs *l, struct loop *loop, const char *dir)
{
	*l = (struct logs){ .loop = loop };
	l->changes =
	    (struct loop_watch){ .fd = -1, .ready = changes_ready, .arg = l };
	l->beat = (struct loop_timer){ .expired = beat, .arg = l };
	l->files = calloc(LOGS_FILES, sizeof(*l->files));
	l->dir = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (l->dir == -1 && errno != ENOENT)
		return -errno;
	return l->files ? 0 : -ENOMEM;
}

void
logs_close(struct logs *l)
{
	for (size_t i = 0; i < l->nfiles; i++)
		terminal_clear(&l->files[i].terminal);
	for (size_t i = 0; i < LOGS_KEPT; i++)
		free(l->ring[i].text);
	free(l->files);
	if (l->dir != -1)
		close(l->dir);
}

static void
sleep_again(struct logs *l)
{
	loop_timer_stop(l->loop, &l->beat);
	if (l->changes.fd == -1)
		return;
	loop_unwatch(l->loop, &l->changes);
	close(l->changes.fd);
	l->changes.fd = -1;
}

/* The first reader has come. */
static int
awake(struct logs *l)
{
	char path[32];

	loop_timer_set(l->loop, &l->beat, clock_us() + BEAT_US);
	if (l->dir == -1)
		return 0;
	l->changes.fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (l->changes.fd == -1)
		return -errno;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", l->dir);
	if (inotify_add_watch(
		l->changes.fd, path, IN_MODIFY | IN_CREATE | IN_MOVED_TO) == -1)
		return -errno;
	read_all(l);
	return loop_watch(l->loop, &l->changes, EPOLLIN);
}

int
logs_join(struct logs *l, struct log_reader *r, struct lws *wsi)
{
	int err = l->readers ? 0 : awake(l);

	if (err) {
		sleep_again(l);
		return err;
	}
	r->wsi = wsi;
	r->following = l->readers;
	l->readers = r;
	lws_callback_on_writable(wsi);
	return 0;
}

void
logs_leave(struct logs *l, struct log_reader *r)
{
	struct log_reader **at = &l->readers;

	if (!r->wsi)
		return;
	while (*at != r)
		at = &(*at)->following;
	*at = r->following;
	r->wsi = NULL;
	if (!l->readers)
		sleep_again(l);
}

void
logs_receive(struct log_reader *r, const void *p, size_t len)
{
	if (len != 4 || memcmp(p, "ping", 4) != 0)
		return;
	r->pong = true;
	lws_callback_on_writable(r->wsi);
}

static int
send_word(struct log_reader *r, const char *word)
{
	unsigned char buf[LWS_PRE + 16];
	size_t len = strlen(word);

	memcpy(buf + LWS_PRE, word, len);
	return lws_write(r->wsi, buf + LWS_PRE, len, LWS_WRITE_TEXT) < 0 ? -1
									 : 0;
}

static int
send_next(struct logs *l, struct log_reader *r)
{
	const struct log_message *m;

	if (r->pong) {
		r->pong = false;
		return send_word(r, "pong");
	}
	if (r->beat) {
		r->beat = false;
		return send_word(r, "heartbeat");
	}
	if (l->end > LOGS_KEPT && r->next < l->end - LOGS_KEPT)
		r->next = l->end - LOGS_KEPT;
	m = &l->ring[r->next++ % LOGS_KEPT];
	if (!m->text)
		return 0;
	return lws_write(r->wsi, (unsigned char *)m->text + LWS_PRE, m->len,
		   LWS_WRITE_TEXT) < 0
	    ? -1
	    : 0;
}

int
logs_writable(struct logs *l, struct log_reader *r)
{
	if (r->pong || r->beat || r->next < l->end) {
		if (send_next(l, r))
			return -1;
		if (r->pong || r->beat || r->next < l->end)
			lws_callback_on_writable(r->wsi);
	}
	return 0;
}
