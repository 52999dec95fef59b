/*
 * session.h - a client's process, whose parts these are
 */
#ifndef RD_RDP_SESSION_H
#define RD_RDP_SESSION_H

#include "channel.h"
#include "clipboard.h"
#include "input.h"
#include "paint.h"
#include "screen.h"
#include "server.h"
#include "sound.h"
#include "video.h"

enum { HANDLES = 8 };

struct session {
	struct loop loop;
	const struct config *config;
	const struct origin *from;
	bool proven, controls;

	/* The library's connection. */
	freerdp_peer *peer;
	psPeerReceiveChannelData library_receive;
	HANDLE manager; /* of channels */
	struct loop_watch wire, others[HANDLES];
	bool active;     /* it may be sent pictures, */
	bool suppressed; /* but does not want any */
	bool busy;       /* the connection takes no more now */
	struct loop_timer patience;

	/* Its channels, which can be there only when it says so. */
	struct channel pipeline, display;
	struct clipboard clipboard;
	bool opened_static, opened;
	struct loop_timer fit; /* set: the display is to get another size */

	/* What it is shown, and what it may do. */
	struct screen screen;
	struct paint paint;
	struct video video;
	bool watching; /* video was asked for */
	struct sound sound;
	struct input input;
	bool layout_asked;
	struct loop_watch control; /* the parent */
	struct loop_timer retry;
};

/* client.c: it is over, for people. */
void session_over(struct session *s, const char *why);

/* links.c: what the parent opens.  Negative errno on failure. */
int session_open_links(struct session *s, int control);
void session_close_links(struct session *s);
/* Ask for frames, and for what takes events. */
void session_ask_links(struct session *s);
/* The channel of sound, for which there is to be a link when it is open. */
void session_open_sound(struct session *s);
/* Likewise, of what is copied. */
void session_open_clipboard(struct session *s);
/* Ask for the keymap of the client's layout, once. */
void session_ask_layout(struct session *s);
/* Ask for video, once, if it may have some. */
void session_ask_video(struct session *s);
void session_tell(
    struct session *s, enum control_kind kind, const void *p, size_t len);

/* show.c: send a picture if there is a newer one and it can take it. */
void session_show(struct session *s);
bool session_may_show(struct session *s);
/* Something long was sent: call session_show() when there is room again. */
void session_await_room(struct session *s);
/* An access unit, before which there was a key picture. */
void session_show_unit(struct session *s, const struct packet *p);
/* The connection has room again, or a frame was acknowledged. */
void session_forgive(struct session *s);
void session_out_of_patience(struct loop_timer *t);

/* proof.c: who it is. */
/* The library's ComputeNtlmHash: non-zero is success, whatever it says. */
SECURITY_STATUS session_hash(void *arg, const SEC_WINNT_AUTH_IDENTITY *who,
    const SecBuffer *value, const BYTE *key, const BYTE *mic,
    const SecBuffer *messages, BYTE *hash);
/* Without NLA the password is there just before the picture would be. */
bool session_check_password(struct session *s);

/* channels.c: false when the connection is broken. */
bool session_serve_channels(struct session *s);

/* pipeline.c and display.c: those channels. */
void session_open_pipeline(struct session *s);
void session_open_display(struct session *s);

/* peer.c: negative errno on failure. */
int session_open_peer(struct session *s, int fd);

/* actions.c: what it does, to the library's callbacks. */
void session_take_input(struct session *s);

#endif
