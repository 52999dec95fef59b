/* The channel of the graphics pipeline. */
#include <errno.h>
#include <string.h>

#include <freerdp/channels/wtsvc.h>
#include <winpr/synch.h>

#include "base/log.h"
#include "session.h"

enum { GFX_BYTES = 65536 }; /* of a message from it */

/* Message by message; one that is not there is the channel's end. */
static int
read_messages(struct session *s)
{
	static uint8_t bytes[GFX_BYTES];
	HANDLE channel = s->paint.channel;
	bool any = false;
	ULONG n = 0;
	int err = 0;

	while (!err && WTSVirtualChannelRead(channel, 0, NULL, 0, &n)) {
		any = true;
		if (n > sizeof(bytes) ||
		    !WTSVirtualChannelRead(
			channel, 0, (PCHAR)bytes, sizeof(bytes), &n))
			err = -EMSGSIZE;
		else
			err = paint_message(&s->paint, bytes, n);
	}
	if (!any ||
	    (!err && !WTSVirtualChannelManagerCheckFileDescriptor(s->manager)))
		err = -EPIPE;
	return err;
}

static void
pipeline_ready(struct loop_watch *w, uint32_t events)
{
	struct session *s = w->arg;
	int err = read_messages(s);

	(void)events;
	if (err)
		session_over(s, strerror(-err));
	session_forgive(s);
	session_show(s);
}

static BOOL
channel_made(void *arg, UINT32 id, INT32 status)
{
	struct session *s = arg;

	(void)id;
	if (status < 0) {
		log_info("it has no graphics pipeline after all");
		s->paint.way = PAINT_BITMAPS;
	}
	return TRUE;
}

static void
watch_channel(struct session *s)
{
	HANDLE *event = NULL;
	DWORD n;

	if (!s->paint.channel ||
	    !WTSVirtualChannelQuery(
		s->paint.channel, WTSVirtualEventHandle, (PVOID *)&event, &n)) {
		s->paint.way = PAINT_BITMAPS;
		return;
	}
	s->pipeline = (struct loop_watch){ .fd = GetEventFileDescriptor(*event),
		.ready = pipeline_ready,
		.arg = s };
	WTSFreeMemory(event);
	if (loop_watch(&s->loop, &s->pipeline, EPOLLIN))
		session_over(s, "cannot watch a channel");
}

/* It can be asked for as soon as the client has said that there are others. */
void
session_open_pipeline(struct session *s)
{
	static char name[] = "Microsoft::Windows::RDS::Graphics";
	ULONG *session = NULL;
	DWORD n;

	if (s->opened || !s->active || s->paint.way != PAINT_NOT ||
	    WTSVirtualChannelManagerGetDrdynvcState(s->manager) !=
		DRDYNVC_STATE_READY)
		return;
	s->opened = true;
	WTSVirtualChannelManagerSetDVCCreationCallback(
	    s->manager, channel_made, s);
	if (WTSQuerySessionInformationA(s->manager, WTS_CURRENT_SESSION,
		WTSSessionId, (LPSTR *)&session, &n))
		s->paint.channel = WTSVirtualChannelOpenEx(
		    (DWORD)*session, name, WTS_CHANNEL_OPTION_DYNAMIC);
	WTSFreeMemory(session);
	watch_channel(s);
}
