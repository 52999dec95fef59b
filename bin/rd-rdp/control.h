/*
 * control.h - what a client's process and its parent have to say to each other
 *
 * The parent alone knows the passwords and opens what the client is shown and
 * may do; the process that reads what a stranger sends has neither.
 */
#ifndef RD_RDP_CONTROL_H
#define RD_RDP_CONTROL_H

#include "guest/control.h"

enum control_kind {
	/* From the client's process: */
	CONTROL_PROOF = 'p',    /* an ntlm_proof, its lengths before it */
	CONTROL_PASSWORD = 'c', /* in full */
	CONTROL_LINKS = 'l',    /* open frames, and events */
	CONTROL_WATCH = 'h',    /* open video, */
	CONTROL_LISTEN = 's',   /* or sound */
	CONTROL_LAYOUT = 'k',   /* its keyboard's, by Windows' number, a u32 */
	/* From the parent: */
	CONTROL_YES = 'y',    /* a byte: whether it controls; the NTLM hash */
	CONTROL_NO = 'n',     /* it is not to be let in */
	CONTROL_VIDEO = 'v',  /* it, */
	CONTROL_SOUND = 'a',  /* or sound */
	CONTROL_KEYMAP = 'm', /* of that layout, if there is one */
	CONTROL_OPENED = 'o', /* frames, and events if it may control */
};

enum { CONTROL_MAX = 8192 }; /* bytes after the kind */

#endif
