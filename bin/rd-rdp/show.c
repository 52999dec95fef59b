/* Pictures: when the connection, and the client, can take one. */
#include <errno.h>
#include <string.h>

#include <freerdp/channels/wtsvc.h>

#include "session.h"

enum { PATIENCE_US = 30000000 }; /* for a client that does not read */

void
session_out_of_patience(struct loop_timer *t)
{
	session_over(t->arg, "it does not read what it is sent");
}

void
session_forgive(struct session *s)
{
	if (!s->busy && paint_ready(&s->paint))
		loop_timer_stop(&s->loop, &s->patience);
}

/* Whether the connection takes more is told when it has room. */
void
session_await_room(struct session *s)
{
	s->busy = true;
	loop_watch(&s->loop, &s->wire, EPOLLIN | EPOLLOUT);
	if (!s->patience.set)
		loop_timer_set(
		    &s->loop, &s->patience, clock_us() + PATIENCE_US);
}

/* Bitmaps have the size that was agreed on, which is to be so anew. */
static bool
is_resized(struct session *s)
{
	rdpSettings *set = s->peer->settings;
	rdpUpdate *update = s->peer->update;

	if (set->DesktopWidth == s->screen.width &&
	    set->DesktopHeight == s->screen.height)
		return true;
	set->DesktopWidth = s->screen.width;
	set->DesktopHeight = s->screen.height;
	if (s->paint.way == PAINT_PIPELINE)
		return true;
	s->active = false;
	if (!update->DesktopResize(update->context))
		session_over(s, "it cannot follow the size of the display");
	return false;
}

bool
session_may_show(struct session *s)
{
	return s->active && !s->busy && !s->suppressed && !s->fit.set &&
	    s->screen.width && paint_ready(&s->paint) && is_resized(s);
}

static void
shown(struct session *s, int err)
{
	if (!err && !WTSVirtualChannelManagerCheckFileDescriptor(s->manager))
		err = -EPIPE;
	if (err)
		session_over(s, strerror(-err));
	else
		session_await_room(s);
}

void
session_show_unit(struct session *s, const struct packet *p)
{
	if (!(p->flags & PACKET_KEY) && !paint_has_surface(&s->paint)) {
		video_restart(&s->video);
		return;
	}
	shown(s, paint_unit(&s->paint, p->payload, p->len));
}

static void
show_pointer(struct session *s)
{
	if (s->active && !s->busy && s->screen.pointer.changed &&
	    pointer_send(&s->screen.pointer, s->peer))
		session_over(s, "it left");
}

void
session_show(struct session *s)
{
	if (!s->busy && s->clipboard.waits) {
		clipboard_answer(&s->clipboard);
		shown(s, 0);
	}
	show_pointer(s);
	if (!session_may_show(s))
		return;
	if (s->video.attached) {
		video_resume(&s->video);
		return;
	}
	session_ask_video(s);
	if (screen_take(&s->screen) && s->screen.dirty.n)
		shown(s, paint_send(&s->paint));
}
