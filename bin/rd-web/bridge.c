#include "bridge.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "child.h"
#include "link/unix.h"

/* The stream has something: wait until the WebSocket takes it. */
static void
from_ready(struct loop_watch *w, uint32_t events)
{
	struct bridge *b = w->arg;

	(void)events;
	loop_unwatch(b->loop, w);
	lws_callback_on_writable(b->wsi);
}

/*
 * lws does not read while the viewer has to wait, and so would not see that
 * it has gone.
 */
static void
viewer_gone(struct loop_watch *w, uint32_t events)
{
	struct bridge *b = w->arg;

	(void)events;
	bridge_close(b);
	lws_set_timeout(b->wsi, PENDING_TIMEOUT_CLOSE_SEND, LWS_TO_KILL_ASYNC);
}

static int
hold_viewer(struct bridge *b)
{
	lws_rx_flow_control(b->wsi, 0);
	return loop_watch(b->loop, &b->viewer, EPOLLRDHUP);
}

static void
let_viewer_on(struct bridge *b)
{
	loop_unwatch(b->loop, &b->viewer);
	if (b->wsi)
		lws_rx_flow_control(b->wsi, 1);
}

/* A command that stops reading may still have something to say. */
static void
stop_writing(struct bridge *b)
{
	loop_unwatch(b->loop, &b->to);
	close(b->to.fd);
	b->to.fd = -1;
	free(b->rest);
	b->rest = NULL;
	b->rest_len = 0;
}

/* Close both sides; the viewer is told why. */
static int
refuse(struct bridge *b, enum lws_close_status status, const char *why)
{
	lws_close_reason(b->wsi, status, (unsigned char *)why, strlen(why));
	bridge_close(b);
	return -1;
}

/* How much of p the stream takes now. */
static size_t
write_some(struct bridge *b, const void *p, size_t len)
{
	ssize_t n = write(b->to.fd, p, len);

	if (n >= 0)
		return (size_t)n;
	if (errno == EAGAIN || errno == EINTR)
		return 0;
	stop_writing(b);
	return len;
}

static void
to_ready(struct loop_watch *w, uint32_t events)
{
	struct bridge *b = w->arg;
	size_t n = write_some(b, b->rest, b->rest_len);

	(void)events;
	if (n < b->rest_len) {
		b->rest_len -= n;
		memmove(b->rest, b->rest + n, b->rest_len);
		return;
	}
	b->rest_len = 0;
	loop_unwatch(b->loop, w);
	let_viewer_on(b);
}

/* Write p, and keep what does not go in while the viewer has to wait. */
static int
pass_on(struct bridge *b, const void *p, size_t len)
{
	size_t n = 0;
	uint8_t *rest;

	if (b->to.fd == -1)
		return 0;
	if (!b->rest_len)
		n = write_some(b, p, len);
	if (n == len)
		return 0;
	rest = realloc(b->rest, b->rest_len + len - n);
	if (!rest)
		return refuse(
		    b, LWS_CLOSE_STATUS_UNEXPECTED_CONDITION, "out of memory");
	memcpy(rest + b->rest_len, (const char *)p + n, len - n);
	b->rest = rest;
	b->rest_len += len - n;
	return hold_viewer(b) || loop_watch(b->loop, &b->to, EPOLLOUT) ? -1 : 0;
}

static int
receive_line(struct bridge *b, const void *p, size_t len)
{
	b->message_len += len;
	if (b->message_len > BRIDGE_MESSAGE)
		return refuse(b, LWS_CLOSE_STATUS_MESSAGE_TOO_LARGE,
		    "message above 1 MiB");
	if (memchr(p, '\n', len))
		return refuse(b, LWS_CLOSE_STATUS_POLICY_VIOLATION,
		    "newline in a message");
	if (pass_on(b, p, len))
		return -1;
	if (!lws_is_final_fragment(b->wsi) ||
	    lws_remaining_packet_payload(b->wsi))
		return 0;
	b->message_len = 0;
	return pass_on(b, "\n", 1);
}

int
bridge_receive(struct bridge *b, const void *p, size_t len)
{
	if (!b->open)
		return -1;
	if (b->lines == !!lws_frame_is_binary(b->wsi))
		return refuse(b, LWS_CLOSE_STATUS_UNACCEPTABLE_OPCODE,
		    b->lines ? "text only" : "binary only");
	return b->lines ? receive_line(b, p, len) : pass_on(b, p, len);
}

/*
 * Send a piece of a line.  The bytes before p are overwritten, which are
 * gone already.
 */
static int
send_text(struct bridge *b, uint8_t *p, size_t len, bool last)
{
	int flags = b->in_message ? LWS_WRITE_CONTINUATION : LWS_WRITE_TEXT;

	if (!last)
		flags |= LWS_WRITE_NO_FIN;
	b->in_message = !last;
	return lws_write(b->wsi, p, len, (enum lws_write_protocol)flags) < 0;
}

static int
send_lines(struct bridge *b, uint8_t *p, size_t len)
{
	while (len) {
		uint8_t *nl = memchr(p, '\n', len);
		size_t n = nl ? (size_t)(nl - p) : len;

		if (send_text(b, p, n, nl != NULL))
			return -1;
		n += nl != NULL;
		p += n;
		len -= n;
	}
	return 0;
}

int
bridge_writable(struct bridge *b)
{
	static uint8_t buf[LWS_PRE + BRIDGE_PIECE];
	uint8_t *p = buf + LWS_PRE;
	ssize_t n;

	if (!b->open)
		return -1;
	n = read(b->from.fd, p, BRIDGE_PIECE);
	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return loop_watch(b->loop, &b->from, EPOLLIN);
	if (n <= 0) {
		if (b->in_message && send_text(b, p, 0, true))
			return -1;
		return refuse(b, LWS_CLOSE_STATUS_NORMAL, "");
	}
	if (b->lines ? send_lines(b, p, (size_t)n)
		     : lws_write(b->wsi, p, (size_t)n, LWS_WRITE_BINARY) < 0)
		return -1;
	return loop_watch(b->loop, &b->from, EPOLLIN);
}

static int
bridge_open(
    struct bridge *b, struct lws *wsi, struct loop *loop, int rfd, int wfd)
{
	b->wsi = wsi;
	b->loop = loop;
	b->open = true;
	b->from =
	    (struct loop_watch){ .fd = rfd, .ready = from_ready, .arg = b };
	b->to = (struct loop_watch){ .fd = wfd, .ready = to_ready, .arg = b };
	b->viewer = (struct loop_watch){
		.fd = lws_get_socket_fd(wsi),
		.ready = viewer_gone,
		.arg = b,
	};
	return loop_watch(loop, &b->from, EPOLLIN);
}

int
bridge_socket(
    struct bridge *b, struct lws *wsi, struct loop *loop, const char *path)
{
	int wfd, fd = unix_connect(path);

	*b = (struct bridge){ 0 };
	if (fd < 0)
		return fd;
	wfd = fcntl(fd, F_DUPFD_CLOEXEC, 0); /* a watch for each direction */
	if (wfd == -1) {
		close(fd);
		return -errno;
	}
	return bridge_open(b, wsi, loop, fd, wfd);
}

int
bridge_exec(struct bridge *b, struct lws *wsi, struct loop *loop,
    const char *command, const char *role, bool lines)
{
	int rfd, wfd;
	int err;

	*b = (struct bridge){ .lines = lines };
	err = child_start(&b->child, loop, command, role, &rfd, &wfd);
	return err ? err : bridge_open(b, wsi, loop, rfd, wfd);
}

bool
bridge_move(struct bridge *to, struct bridge *from, struct lws *wsi)
{
	if (!from->open || from->in_message || from->message_len)
		return false;
	loop_unwatch(from->loop, &from->viewer);
	loop_unwatch(from->loop, &from->from);
	loop_unwatch(from->loop, &from->to);
	*to = *from;
	*from = (struct bridge){ 0 };
	to->wsi = wsi;
	to->from.arg = to->to.arg = to->viewer.arg = to;
	if (to->rest_len)
		loop_watch(to->loop, &to->to, EPOLLOUT);
	if (!wsi)
		return true;
	to->viewer.fd = lws_get_socket_fd(wsi);
	loop_watch(to->loop, &to->from, EPOLLIN);
	if (to->rest_len)
		hold_viewer(to);
	return true;
}

void
bridge_tell(struct bridge *b, const char *line, size_t len)
{
	if (b->to.fd != -1 && !b->rest_len)
		write_some(b, line, len);
}

void
bridge_close(struct bridge *b)
{
	if (!b->open)
		return;
	b->open = false;
	loop_unwatch(b->loop, &b->viewer);
	loop_unwatch(b->loop, &b->from);
	close(b->from.fd);
	if (b->to.fd != -1)
		stop_writing(b);
	child_end(b->child);
	b->child = NULL;
}
