#include "channel.h"

#include <errno.h>
#include <stdlib.h>

#include <freerdp/channels/wtsvc.h>
#include <winpr/synch.h>

void
channel_drop(struct channel *c)
{
	channel_close(c);
	c->ops->gone(c);
}

/* The next message, which stays until the next call; NULL: it cannot be. */
static const uint8_t *
read_message(struct channel *c, ULONG len)
{
	static uint8_t *bytes;
	static size_t size;
	uint8_t *more;

	if (len > c->ops->max)
		return NULL;
	if (len > size) {
		more = realloc(bytes, len);
		if (!more)
			return NULL;
		bytes = more;
		size = len;
	}
	return WTSVirtualChannelRead(c->handle, 0, (PCHAR)bytes, len, &len)
	    ? bytes
	    : NULL;
}

/* A message that is not there is the channel's end. */
static void
channel_ready(struct loop_watch *w, uint32_t events)
{
	struct channel *c = w->arg;
	const uint8_t *bytes = NULL;
	ULONG n = 0;

	(void)events;
	while (c->handle && WTSVirtualChannelRead(c->handle, 0, NULL, 0, &n)) {
		bytes = read_message(c, n);
		if (!bytes)
			break;
		c->ops->message(c, bytes, n);
	}
	if (c->handle && !bytes)
		channel_drop(c);
}

static int
watch_channel(struct channel *c)
{
	HANDLE *event = NULL;
	DWORD n;

	if (!WTSVirtualChannelQuery(
		c->handle, WTSVirtualEventHandle, (PVOID *)&event, &n))
		return -EPIPE;
	c->watch = (struct loop_watch){ .fd = GetEventFileDescriptor(*event),
		.ready = channel_ready,
		.arg = c };
	WTSFreeMemory(event);
	return loop_watch(c->loop, &c->watch, EPOLLIN);
}

int
channel_open_dynamic(struct channel *c, struct loop *loop, void *manager,
    const char *name, const struct channel_ops *ops, void *arg)
{
	ULONG *session = NULL;
	DWORD n;
	int err;

	c->arg = arg;
	c->ops = ops;
	c->loop = loop;
	if (WTSQuerySessionInformationA(manager, WTS_CURRENT_SESSION,
		WTSSessionId, (LPSTR *)&session, &n))
		c->handle = WTSVirtualChannelOpenEx((DWORD)*session,
		    (LPSTR)(uintptr_t)name, WTS_CHANNEL_OPTION_DYNAMIC);
	WTSFreeMemory(session);
	err = c->handle ? watch_channel(c) : -EPIPE;
	if (err)
		channel_close(c);
	return err;
}

int
channel_open_static(struct channel *c, struct loop *loop, void *manager,
    const char *name, const struct channel_ops *ops, void *arg)
{
	LPSTR called = (LPSTR)(uintptr_t)name;
	int err;

	c->arg = arg;
	c->ops = ops;
	c->loop = loop;
	if (!WTSVirtualChannelManagerIsChannelJoined(manager, name))
		return -ENOENT;
	c->handle = WTSVirtualChannelOpen(manager, WTS_CURRENT_SESSION, called);
	err = c->handle ? watch_channel(c) : -EPIPE;
	if (err)
		channel_close(c);
	return err;
}

void
channel_close(struct channel *c)
{
	if (!c->handle)
		return;
	loop_unwatch(c->loop, &c->watch);
	WTSVirtualChannelClose(c->handle);
	c->handle = NULL;
}

bool
channel_answered(struct channel *c, uint32_t id, bool good)
{
	if (!c->handle || WTSChannelGetIdByHandle(c->handle) != id)
		return false;
	if (good)
		c->ops->made(c);
	else
		channel_drop(c);
	return true;
}

int
channel_write(struct channel *c, const void *data, size_t len)
{
	ULONG written;

	return c->handle &&
		WTSVirtualChannelWrite(
		    c->handle, (PCHAR)(uintptr_t)data, (ULONG)len, &written)
	    ? 0
	    : -EPIPE;
}
