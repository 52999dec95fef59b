#include "client.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <freerdp/channels/channels.h>
#include <freerdp/channels/wtsvc.h>
#include <freerdp/freerdp.h>
#include <winpr/synch.h>

#include "base/buf.h"
#include "base/die.h"
#include "base/log.h"
#include "input.h"
#include "ntlm.h"
#include "paint.h"
#include "sandbox/sandbox.h"
#include "screen.h"
#include "video.h"

enum {
	RETRY_US = 250000,      /* to open links that were not there */
	PATIENCE_US = 30000000, /* for a client that does not read */
	HANDLES = 8,
	GFX_BYTES = 65536, /* of a message from the pipeline */
};

static struct loop loop;
static const struct config *config;
static const struct origin *from;
static freerdp_peer *peer;
static psPeerReceiveChannelData library_receive;
static HANDLE manager; /* of channels */
static struct screen screen;
static struct input input;
static struct paint paint;
static struct video video;
static struct loop_watch control, wire, others[HANDLES], pipeline;
static struct loop_timer retry, patience;
static bool proven, controls, active, suppressed, busy, opened, watching;

static void
over(const char *why)
{
	if (!loop.stopped)
		log_info("%s: %s", from->text, why);
	loop_stop(&loop);
}

static void
tell(enum control_kind kind, const void *p, size_t len)
{
	if (control_send(control.fd, kind, p, len, NULL, 0))
		over("the server is gone");
}

/* --- pictures */

static void
out_of_patience(struct loop_timer *t)
{
	(void)t;
	over("it does not read what it is sent");
}

/* Whether the connection takes more is told when it has room. */
static void
await_room(void)
{
	busy = true;
	loop_watch(&loop, &wire, EPOLLIN | EPOLLOUT);
	if (!patience.set)
		loop_timer_set(&loop, &patience, clock_us() + PATIENCE_US);
}

/* Bitmaps have the size that was agreed on, which is to be so anew. */
static bool
is_resized(void)
{
	rdpSettings *s = peer->settings;

	if (s->DesktopWidth == screen.width &&
	    s->DesktopHeight == screen.height)
		return true;
	s->DesktopWidth = screen.width;
	s->DesktopHeight = screen.height;
	if (paint.way == PAINT_PIPELINE)
		return true;
	active = false;
	if (!peer->update->DesktopResize(peer->update->context))
		over("it cannot follow the size of the display");
	return false;
}

static bool
may_paint(void)
{
	return active && !busy && !suppressed && screen.width &&
	    paint_ready(&paint) && is_resized();
}

static void
painted(int err)
{
	if (!err && !WTSVirtualChannelManagerCheckFileDescriptor(manager))
		err = -EPIPE;
	if (err)
		over(strerror(-err));
	else
		await_room();
}

static bool
video_wanted(struct video *v)
{
	(void)v;
	return may_paint();
}

static void
video_unit(struct video *v, const struct packet *p)
{
	if (!(p->flags & PACKET_KEY) && !paint_has_surface(&paint)) {
		video_restart(v);
		return;
	}
	painted(paint_unit(&paint, p->payload, p->len));
}

/* Until there is video again, what is shown is exact. */
static void
video_gone(struct video *v)
{
	(void)v;
	screen_forget(&screen);
	if (!retry.set)
		loop_timer_set(&loop, &retry, clock_us() + RETRY_US);
}

static const struct video_ops video_ops = {
	.wanted = video_wanted,
	.unit = video_unit,
	.gone = video_gone,
};

static void
watch_video(int fd)
{
	if (fd != -1 && video.attached)
		close(fd);
	else if (fd == -1)
		video_gone(&video);
	else if (video_attach(&video, &loop, fd, &video_ops))
		over("cannot read video");
	else
		log_info("it gets H.264");
}

static void
ask_video(void)
{
	if (!watching && config->video && paint.avc420) {
		watching = true;
		tell(CONTROL_WATCH, NULL, 0);
	}
}

static void
pump(void)
{
	if (!may_paint())
		return;
	if (video.attached) {
		video_resume(&video);
		return;
	}
	ask_video();
	if (screen_take(&screen) && screen.dirty.n)
		painted(paint_send(&paint));
}

static void
screen_changed(struct screen *s)
{
	(void)s;
	pump();
}

static void
ask_links(void)
{
	if (!retry.set)
		loop_timer_set(&loop, &retry, clock_us() + RETRY_US);
}

static void
screen_gone(struct screen *s)
{
	(void)s;
	ask_links();
}

static void
input_gone(struct input *in)
{
	(void)in;
	ask_links();
}

static void
retry_links(struct loop_timer *t)
{
	(void)t;
	if (!screen.attached || (controls && config->events && !input.attached))
		tell(CONTROL_LINKS, NULL, 0);
	watching = watching && video.attached;
	pump();
}

static const struct screen_ops screen_ops = {
	.size = screen_changed,
	.ready = screen_changed,
	.gone = screen_gone,
};
static const struct input_ops input_ops = { .gone = input_gone };

static void
attach(const int fds[CONTROL_FDS])
{
	int err = 0;

	if (fds[0] != -1 && screen.attached)
		close(fds[0]);
	else if (fds[0] != -1)
		err = screen_attach(&screen, &loop, fds[0], &screen_ops, NULL);
	if (fds[1] != -1 && (err || input.attached))
		close(fds[1]);
	else if (fds[1] != -1)
		err = input_attach(&input, &loop, fds[1], &input_ops, NULL);
	if (err)
		over(strerror(-err));
	else if (!screen.attached ||
	    (controls && config->events && !input.attached))
		ask_links();
}

/* --- the parent */

static void
take_answer(enum control_kind kind, const uint8_t *p, size_t len)
{
	if (kind != CONTROL_YES || len != 1 + NTLM_HASH) {
		over("it is not let in");
		return;
	}
	proven = true;
	controls = p[0];
	log_info("%s: %s", from->text, controls ? "it controls" : "it views");
	tell(CONTROL_LINKS, NULL, 0);
}

/* The library asks in the middle of a handshake and has to be answered. */
static bool
ask_parent(
    enum control_kind kind, const void *p, size_t len, uint8_t hash[NTLM_HASH])
{
	struct pollfd pfd = { .fd = control.fd, .events = POLLIN };
	uint8_t answer[CONTROL_MAX];
	enum control_kind answered = CONTROL_NO;
	int fds[CONTROL_FDS];
	ssize_t n;

	tell(kind, p, len);
	do {
		poll(&pfd, 1, -1);
		n = control_receive(control.fd, &answered, answer, fds);
	} while (n == -EAGAIN);
	take_answer(answered, answer, n < 0 ? 0 : (size_t)n);
	if (proven)
		memcpy(hash, answer + 1, NTLM_HASH);
	explicit_bzero(answer, sizeof(answer));
	return proven;
}

static void
control_ready(struct loop_watch *w, uint32_t events)
{
	enum control_kind kind;
	uint8_t p[CONTROL_MAX];
	int fds[CONTROL_FDS];
	ssize_t n = control_receive(w->fd, &kind, p, fds);

	(void)events;
	if (n == -EAGAIN)
		return;
	if (n < 0)
		over("the server is gone");
	else if (kind == CONTROL_OPENED)
		attach(fds);
	else if (kind == CONTROL_VIDEO)
		watch_video(fds[0]);
}

/* --- who it is */

static void
put_part(struct wbuf *w, const void *p, size_t len)
{
	if (len > UINT16_MAX)
		w->bad = true;
	wbuf_u16(w, (uint16_t)len);
	wbuf_put(w, p, len);
}

/* Non-zero is success here, whatever its type says. */
static SECURITY_STATUS
peer_hash(void *arg, const SEC_WINNT_AUTH_IDENTITY *who, const SecBuffer *value,
    const BYTE *key, const BYTE *mic, const SecBuffer *messages, BYTE *hash)
{
	uint8_t bytes[CONTROL_MAX];
	struct wbuf w = wbuf_of(bytes, sizeof(bytes));

	(void)arg;
	put_part(&w, who->User, who->UserLength * 2);
	put_part(&w, who->Domain, who->DomainLength * 2);
	put_part(&w, value->pvBuffer, value->cbBuffer);
	put_part(&w, messages->pvBuffer, messages->cbBuffer);
	wbuf_put(&w, key, NTLM_HASH);
	wbuf_put(&w, mic, NTLM_HASH);
	return !w.bad && !proven &&
	    ask_parent(CONTROL_PROOF, bytes, wbuf_len(&w), hash);
}

/* Without NLA the password is there just before the picture would be. */
static bool
check_password(void)
{
	const char *password = peer->settings->Password;
	uint8_t hash[NTLM_HASH];

	return proven ||
	    (config->without_nla && password &&
		ask_parent(CONTROL_PASSWORD, password, strlen(password), hash));
}

static BOOL
peer_capabilities(freerdp_peer *p)
{
	rdpSettings *s = p->settings;

	if (!check_password())
		return FALSE;
	if (screen.width) {
		s->DesktopWidth = screen.width;
		s->DesktopHeight = screen.height;
	}
	/* 24 bits gain nothing over 16 that 32 do not. */
	if (s->ColorDepth != 32 && s->ColorDepth != 15)
		s->ColorDepth = 16;
	return TRUE;
}

static BOOL
peer_connected(freerdp_peer *p)
{
	(void)p;
	return proven;
}

static BOOL
peer_activate(freerdp_peer *p)
{
	const rdpSettings *s = p->settings;
	bool dynamic =
	    WTSVirtualChannelManagerIsChannelJoined(manager, "drdynvc");

	active = true;
	if (paint.way != PAINT_PIPELINE) {
		paint.way = s->SupportGraphicsPipeline && dynamic
		    ? PAINT_NOT
		    : PAINT_BITMAPS;
		screen_forget(&screen);
	}
	log_info("%u bits a pixel, %s", s->ColorDepth,
	    paint.way == PAINT_BITMAPS ? "bitmaps" : "graphics pipeline");
	return TRUE;
}

/* --- what it does */

static BOOL
on_scancode(rdpInput *in, UINT16 flags, UINT16 code)
{
	(void)in;
	input_scancode(&input, flags, (uint8_t)code);
	return TRUE;
}

static BOOL
on_unicode(rdpInput *in, UINT16 flags, UINT16 unit)
{
	(void)in;
	input_unicode(&input, flags, unit);
	return TRUE;
}

static BOOL
on_mouse(rdpInput *in, UINT16 flags, UINT16 x, UINT16 y)
{
	(void)in;
	input_mouse(&input, flags, x, y);
	return TRUE;
}

static BOOL
on_mouse_extra(rdpInput *in, UINT16 flags, UINT16 x, UINT16 y)
{
	(void)in;
	input_mouse_extra(&input, flags, x, y);
	return TRUE;
}

static BOOL
on_sync(rdpInput *in, UINT32 flags)
{
	(void)in;
	input_sync(&input, flags);
	return TRUE;
}

static BOOL
on_refresh(rdpContext *c, BYTE n, const RECTANGLE_16 *areas)
{
	(void)c;
	(void)n;
	(void)areas;
	screen_forget(&screen);
	pump();
	return TRUE;
}

static BOOL
on_suppress(rdpContext *c, BYTE allow, const RECTANGLE_16 *area)
{
	(void)c;
	(void)area;
	suppressed = !allow;
	pump();
	return TRUE;
}

/* --- the pipeline's channel */

/* What comes by a channel that nobody has opened is no reason to end. */
static BOOL
receive(freerdp_peer *p, UINT16 id, const BYTE *data, size_t len, UINT32 flags,
    size_t total)
{
	return !WTSChannelGetHandleById(p, id) ||
	    library_receive(p, id, data, len, flags, total);
}

/* Message by message; one that is not there is the channel's end. */
static int
read_pipeline(void)
{
	static uint8_t bytes[GFX_BYTES];
	bool any = false;
	ULONG n = 0;
	int err = 0;

	while (!err && WTSVirtualChannelRead(paint.channel, 0, NULL, 0, &n)) {
		any = true;
		if (n > sizeof(bytes) ||
		    !WTSVirtualChannelRead(
			paint.channel, 0, (PCHAR)bytes, sizeof(bytes), &n))
			err = -EMSGSIZE;
		else
			err = paint_message(&paint, bytes, n);
	}
	if (!any ||
	    (!err && !WTSVirtualChannelManagerCheckFileDescriptor(manager)))
		err = -EPIPE;
	return err;
}

static void
pipeline_ready(struct loop_watch *w, uint32_t events)
{
	int err = read_pipeline();

	(void)w;
	(void)events;
	if (err)
		over(strerror(-err));
	if (paint_ready(&paint) && !busy)
		loop_timer_stop(&loop, &patience);
	pump();
}

static BOOL
channel_made(void *arg, UINT32 id, INT32 status)
{
	(void)arg;
	(void)id;
	if (status < 0) {
		log_info("it has no graphics pipeline after all");
		paint.way = PAINT_BITMAPS;
	}
	return TRUE;
}

static void
watch_channel(void)
{
	HANDLE *event = NULL;
	DWORD n;

	if (!paint.channel ||
	    !WTSVirtualChannelQuery(
		paint.channel, WTSVirtualEventHandle, (PVOID *)&event, &n)) {
		paint.way = PAINT_BITMAPS;
		return;
	}
	pipeline = (struct loop_watch){ .fd = GetEventFileDescriptor(*event),
		.ready = pipeline_ready };
	WTSFreeMemory(event);
	if (loop_watch(&loop, &pipeline, EPOLLIN))
		over("cannot watch a channel");
}

/* It can be asked for as soon as the client has said that there are others. */
static void
open_pipeline(void)
{
	static char name[] = "Microsoft::Windows::RDS::Graphics";
	ULONG *session = NULL;
	DWORD n;

	if (opened || !active || paint.way != PAINT_NOT ||
	    WTSVirtualChannelManagerGetDrdynvcState(manager) !=
		DRDYNVC_STATE_READY)
		return;
	opened = true;
	WTSVirtualChannelManagerSetDVCCreationCallback(
	    manager, channel_made, NULL);
	if (WTSQuerySessionInformationA(manager, WTS_CURRENT_SESSION,
		WTSSessionId, (LPSTR *)&session, &n))
		paint.channel = WTSVirtualChannelOpenEx(
		    (DWORD)*session, name, WTS_CHANNEL_OPTION_DYNAMIC);
	WTSFreeMemory(session);
	watch_channel();
}

/* --- the connection */

static void
serve(void)
{
	if (!peer->CheckFileDescriptor(peer) ||
	    !WTSVirtualChannelManagerCheckFileDescriptor(manager)) {
		over(proven ? "it left" : "it has not proven who it is");
		return;
	}
	open_pipeline();
	WTSVirtualChannelManagerCheckFileDescriptor(manager);
	pump();
}

static void
wire_ready(struct loop_watch *w, uint32_t events)
{
	if (events & EPOLLOUT && busy) {
		if (peer->DrainOutputBuffer(peer) < 0)
			over("it left");
		busy = peer->IsWriteBlocked(peer);
		if (!busy) {
			loop_watch(&loop, w, EPOLLIN);
			if (paint_ready(&paint))
				loop_timer_stop(&loop, &patience);
		}
	}
	if (events & ~(uint32_t)EPOLLOUT)
		serve();
	else
		pump();
}

static void
other_ready(struct loop_watch *w, uint32_t events)
{
	(void)w;
	(void)events;
	serve();
}

static int
watch_all(int fd)
{
	HANDLE handles[HANDLES];
	DWORD n = peer->GetEventHandles(peer, handles, HANDLES - 1);
	int err;

	handles[n++] = WTSVirtualChannelManagerGetEventHandle(manager);
	wire = (struct loop_watch){ .fd = fd, .ready = wire_ready };
	err = loop_watch(&loop, &wire, EPOLLIN);
	for (DWORD i = 0; i < n && !err; i++) {
		int other = GetEventFileDescriptor(handles[i]);

		if (other == fd || other < 0)
			continue;
		others[i] =
		    (struct loop_watch){ .fd = other, .ready = other_ready };
		err = loop_watch(&loop, &others[i], EPOLLIN);
	}
	return err;
}

static bool
set_up(rdpSettings *s)
{
	s->RdpSecurity = FALSE;
	s->TlsSecurity = config->without_nla;
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
		   s, FreeRDP_CertificateContent, config->cert) &&
	    freerdp_settings_set_string(
		s, FreeRDP_PrivateKeyContent, config->key);
}

static void
set_callbacks(void)
{
	peer->ComputeNtlmHash = peer_hash;
	peer->Capabilities = peer_capabilities;
	peer->PostConnect = peer_connected;
	peer->Activate = peer_activate;
	peer->input->SynchronizeEvent = on_sync;
	peer->input->KeyboardEvent = on_scancode;
	peer->input->UnicodeKeyboardEvent = on_unicode;
	peer->input->MouseEvent = on_mouse;
	peer->input->ExtendedMouseEvent = on_mouse_extra;
	peer->update->RefreshRect = on_refresh;
	peer->update->SuppressOutput = on_suppress;
}

static int
open_peer(int fd)
{
	WTSRegisterWtsApiFunctionTable(FreeRDP_InitWtsApi());
	peer = freerdp_peer_new(fd);
	if (!peer || !freerdp_peer_context_new(peer))
		return -ENOMEM;
	set_callbacks();
	if (!set_up(peer->settings) || !peer->Initialize(peer))
		return -ENOMEM;
	manager = WTSOpenServerA((LPSTR)peer->context);
	library_receive = peer->ReceiveChannelData;
	peer->ReceiveChannelData = receive;
	return manager ? 0 : -ENOMEM;
}

void
client_run(
    const struct config *c, const struct origin *origin, int fd, int parent)
{
	int err = loop_init(&loop);

	config = c;
	from = origin;
	control = (struct loop_watch){ .fd = parent, .ready = control_ready };
	retry.expired = retry_links;
	patience.expired = out_of_patience;
	if (!err)
		err = open_peer(fd);
	if (!err)
		err = paint_open(&paint, peer, &screen);
	if (!err)
		err = keys_open(&input.keys);
	if (!err)
		err = loop_watch(&loop, &control, EPOLLIN);
	if (!err)
		err = watch_all(fd);
	if (err)
		die(EXIT_TEMP, err, "cannot serve a client");
	if ((err = sandbox_enter(0)))
		die(EXIT_TEMP, err, "cannot enter the sandbox");
	loop_run(&loop);
	video_close(&video);
	input_close(&input);
	screen_close(&screen);
	paint_close(&paint);
	_exit(0);
}
