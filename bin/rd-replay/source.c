#include "source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { READ_MAX = 1 << 20 }; /* bytes that do not hold up the loop */

/* Room for the largest item, the unfinished one at the front. */
static int
make_room(struct source *s)
{
	size_t size =
	    recording_item_max(s->recording.width, s->recording.height);
	uint8_t *grown;

	if (s->start) {
		s->end -= s->start;
		memmove(s->buf, s->buf + s->start, s->end);
		s->start = 0;
	}
	if (size > s->size) {
		grown = realloc(s->buf, size);
		if (!grown)
			return -ENOMEM;
		s->buf = grown;
		s->size = size;
	}
	return 0;
}

int
source_open(struct source *s, const char *path)
{
	if (strcmp(path, "-") == 0)
		s->fd = STDIN_FILENO;
	else
		s->fd = open(path, O_RDONLY | O_CLOEXEC);
	return s->fd == -1 ? -errno : make_room(s);
}

void
source_close(struct source *s)
{
	close(s->fd);
	free(s->buf);
}

int
source_next(struct source *s, struct recording_item *i)
{
	ssize_t n;

	do {
		n = recording_next(
		    &s->recording, i, s->buf + s->start, s->end - s->start);
		if (n > 0)
			s->start += (size_t)n;
	} while (n > 0 &&
	    (i->line.kind == FRAMES_UNKNOWN || i->line.kind == FRAMES_HELLO));
	if (n > 0)
		return 1;
	if (n == 0 && s->ended)
		n = recording_end(&s->recording, s->end - s->start) ? -EBADMSG
								    : -ENODATA;
	return (int)n;
}

int
source_fill(struct source *s)
{
	int err = make_room(s);
	size_t room = s->size - s->end;
	ssize_t n;

	if (err)
		return err;
	n = read(s->fd, s->buf + s->end, room < READ_MAX ? room : READ_MAX);
	if (n == -1)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	s->ended = n == 0;
	s->end += (size_t)n;
	return 0;
}
