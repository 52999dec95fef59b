/* What a client does, as the library says it. */
#include "session.h"

static struct session *
session_of(const rdpContext *c)
{
	return c->peer->ContextExtra;
}

static BOOL
on_scancode(rdpInput *in, UINT16 flags, UINT16 code)
{
	input_scancode(&session_of(in->context)->input, flags, (uint8_t)code);
	return TRUE;
}

static BOOL
on_unicode(rdpInput *in, UINT16 flags, UINT16 unit)
{
	input_unicode(&session_of(in->context)->input, flags, unit);
	return TRUE;
}

static BOOL
on_mouse(rdpInput *in, UINT16 flags, UINT16 x, UINT16 y)
{
	input_mouse(&session_of(in->context)->input, flags, x, y);
	return TRUE;
}

static BOOL
on_mouse_extra(rdpInput *in, UINT16 flags, UINT16 x, UINT16 y)
{
	input_mouse_extra(&session_of(in->context)->input, flags, x, y);
	return TRUE;
}

static BOOL
on_sync(rdpInput *in, UINT32 flags)
{
	input_sync(&session_of(in->context)->input, flags);
	return TRUE;
}

static BOOL
on_refresh(rdpContext *c, BYTE n, const RECTANGLE_16 *areas)
{
	struct session *s = session_of(c);

	(void)n;
	(void)areas;
	screen_forget(&s->screen);
	session_show(s);
	return TRUE;
}

static BOOL
on_suppress(rdpContext *c, BYTE allow, const RECTANGLE_16 *area)
{
	struct session *s = session_of(c);

	(void)area;
	s->suppressed = !allow;
	session_show(s);
	return TRUE;
}

void
session_take_input(struct session *s)
{
	rdpInput *in = s->peer->input;
	rdpUpdate *update = s->peer->update;

	in->SynchronizeEvent = on_sync;
	in->KeyboardEvent = on_scancode;
	in->UnicodeKeyboardEvent = on_unicode;
	in->MouseEvent = on_mouse;
	in->ExtendedMouseEvent = on_mouse_extra;
	update->RefreshRect = on_refresh;
	update->SuppressOutput = on_suppress;
}
