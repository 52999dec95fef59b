/* The library's connection, from its first byte on. */
#include <errno.h>

#include <freerdp/channels/channels.h>
#include <freerdp/channels/wtsvc.h>
#include <freerdp/freerdp.h>
#include <winpr/synch.h>

#include "base/log.h"
#include "session.h"

/* --- what a client says it is */

static BOOL
peer_capabilities(freerdp_peer *p)
{
	struct session *s = p->ContextExtra;
	rdpSettings *set = p->settings;

	if (!session_check_password(s))
		return FALSE;
	/* A pipeline can follow the display's size, or the display its. */
	if (s->screen.width && !set->SupportGraphicsPipeline) {
		set->DesktopWidth = s->screen.width;
		set->DesktopHeight = s->screen.height;
	}
	/* 24 bits gain nothing over 16 that 32 do not. */
	if (set->ColorDepth != 32 && set->ColorDepth != 15)
		set->ColorDepth = 16;
	return TRUE;
}

static BOOL
peer_connected(freerdp_peer *p)
{
	const struct session *s = p->ContextExtra;

	return s->proven;
}

static BOOL
peer_activate(freerdp_peer *p)
{
	struct session *s = p->ContextExtra;
	const rdpSettings *set = p->settings;
	bool dynamic =
	    WTSVirtualChannelManagerIsChannelJoined(s->manager, "drdynvc");

	s->active = true;
	session_ask_layout(s);
	s->screen.pointer.changed = s->screen.width;
	if (s->paint.way != PAINT_PIPELINE) {
		s->paint.way = set->SupportGraphicsPipeline && dynamic
		    ? PAINT_NOT
		    : PAINT_BITMAPS;
		screen_forget(&s->screen);
	}
	log_info("%u bits a pixel, %s", set->ColorDepth,
	    s->paint.way == PAINT_BITMAPS ? "bitmaps" : "graphics pipeline");
	return TRUE;
}

/* What comes by a channel that nobody has opened is no reason to end. */
static BOOL
receive(freerdp_peer *p, UINT16 id, const BYTE *data, size_t len, UINT32 flags,
    size_t total)
{
	const struct session *s = p->ContextExtra;

	return !WTSChannelGetHandleById(p, id) ||
	    s->library_receive(p, id, data, len, flags, total);
}

/* --- its bytes */

static void
serve(struct session *s)
{
	if (!s->peer->CheckFileDescriptor(s->peer) ||
	    !session_serve_channels(s)) {
		session_over(
		    s, s->proven ? "it left" : "it has not proven who it is");
		return;
	}
	session_show(s);
}

static void
drain(struct session *s)
{
	if (s->peer->DrainOutputBuffer(s->peer) < 0)
		session_over(s, "it left");
	s->busy = s->peer->IsWriteBlocked(s->peer);
	if (!s->busy) {
		loop_watch(&s->loop, &s->wire, EPOLLIN);
		session_forgive(s);
	}
}

static void
wire_ready(struct loop_watch *w, uint32_t events)
{
	struct session *s = w->arg;

	if (events & EPOLLOUT && s->busy)
		drain(s);
	if (events & ~(uint32_t)EPOLLOUT)
		serve(s);
	else
		session_show(s);
}

static void
other_ready(struct loop_watch *w, uint32_t events)
{
	(void)events;
	serve(w->arg);
}

static int
watch_all(struct session *s, int fd)
{
	HANDLE handles[HANDLES];
	DWORD n = s->peer->GetEventHandles(s->peer, handles, HANDLES - 1);
	int err;

	handles[n++] = WTSVirtualChannelManagerGetEventHandle(s->manager);
	s->wire =
	    (struct loop_watch){ .fd = fd, .ready = wire_ready, .arg = s };
	err = loop_watch(&s->loop, &s->wire, EPOLLIN);
	for (DWORD i = 0; i < n && !err; i++) {
		int other = GetEventFileDescriptor(handles[i]);

		if (other == fd || other < 0)
			continue;
		s->others[i] = (struct loop_watch){
			.fd = other, .ready = other_ready, .arg = s
		};
		err = loop_watch(&s->loop, &s->others[i], EPOLLIN);
	}
	return err;
}

/* --- what the server says it is */

static bool
set_up(rdpSettings *s, const struct config *c)
{
	s->RdpSecurity = FALSE;
	s->TlsSecurity = c->without_nla;
	s->NlaSecurity = TRUE;
	s->OsMajorType = OSMAJORTYPE_UNIX;
	s->OsMinorType = OSMINORTYPE_PSEUDO_XSERVER;
	s->ColorDepth = 32;
	s->SupportGraphicsPipeline = TRUE;
	s->UnicodeInput = TRUE;
	s->HasExtendedMouseEvent = TRUE;
	s->HasHorizontalWheel = TRUE;
	s->RefreshRect = TRUE;
	s->SuppressOutput = TRUE;
	s->DrawAllowSkipAlpha = TRUE;
	s->WaitForOutputBufferFlush = FALSE;
	return freerdp_settings_set_string(
		   s, FreeRDP_CertificateContent, c->cert) &&
	    freerdp_settings_set_string(s, FreeRDP_PrivateKeyContent, c->key);
}

int
session_open_peer(struct session *s, int fd)
{
	freerdp_peer *p;

	WTSRegisterWtsApiFunctionTable(FreeRDP_InitWtsApi());
	s->patience =
	    (struct loop_timer){ .expired = session_out_of_patience, .arg = s };
	p = s->peer = freerdp_peer_new(fd);
	if (!p || !freerdp_peer_context_new(p))
		return -ENOMEM;
	p->ContextExtra = s;
	p->ComputeNtlmHash = session_hash;
	p->Capabilities = peer_capabilities;
	p->PostConnect = peer_connected;
	p->Activate = peer_activate;
	session_take_input(s);
	if (!set_up(p->settings, s->config) || !p->Initialize(p))
		return -ENOMEM;
	s->manager = WTSOpenServerA((LPSTR)p->context);
	s->library_receive = p->ReceiveChannelData;
	p->ReceiveChannelData = receive;
	return s->manager ? watch_all(s, fd) : -ENOMEM;
}
