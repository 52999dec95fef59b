/* Which channels there are, and when. */
#include <freerdp/channels/wtsvc.h>

#include "session.h"

static BOOL
answered(void *arg, UINT32 id, INT32 status)
{
	struct session *s = arg;

	if (!channel_answered(&s->pipeline, id, status >= 0))
		channel_answered(&s->display, id, status >= 0);
	return TRUE;
}

static void
open_static(struct session *s)
{
	if (s->opened_static || !s->active)
		return;
	s->opened_static = true;
	session_open_sound(s);
	session_open_clipboard(s);
}

/*
 * They can be asked for as soon as the client has said that there are some.
 * The display's size is to be known before there are pictures.
 */
static void
open_dynamic(struct session *s)
{
	if (s->opened || !s->active ||
	    WTSVirtualChannelManagerGetDrdynvcState(s->manager) !=
		DRDYNVC_STATE_READY)
		return;
	s->opened = true;
	WTSVirtualChannelManagerSetDVCCreationCallback(s->manager, answered, s);
	session_open_display(s);
	session_open_pipeline(s);
}

bool
session_serve_channels(struct session *s)
{
	if (!WTSVirtualChannelManagerCheckFileDescriptor(s->manager))
		return false;
	open_static(s);
	open_dynamic(s);
	return WTSVirtualChannelManagerCheckFileDescriptor(s->manager);
}
