/*
 * parser.h - an offer while it is read: private to lib/sdp
 *
 * Everything borrowed is of the offer's text.
 */
#ifndef SDP_PARSER_H
#define SDP_PARSER_H

#include "sdp/sdp.h"
#include "sdp/text.h"

enum codec {
	CODEC_OTHER,
	CODEC_H264,
	CODEC_OPUS,
	CODEC_RTX,
	CODEC_FLEXFEC,
	CODEC_RED,
};

/* A payload type of the present m-line. */
struct format {
	unsigned int place; /* in the m-line, from 1; 0: not in it */
	enum codec codec;
	unsigned int feedback;
	struct words fmtp;
};

enum { FORMATS = 128 };

/* The session, or an m-line, which inherits from the session. */
struct section {
	const char *text; /* from its m-line on */
	struct words ufrag, pwd;
	bool passive;  /* the viewer can be DTLS server */
	bool receives; /* the viewer wants to */
	bool sends;    /* or may do that */
	bool mux;      /* RTCP on the port of RTP */
	bool offered;  /* not refused by the viewer itself */
	bool trickle, complete;
};

struct parser {
	struct sdp_offer *o;
	struct section session, sections[SDP_MEDIA_MAX];
	struct section *section; /* present */
	struct sdp_media *media; /* present; NULL at session level */
	struct format formats[FORMATS];
	unsigned int feedback; /* of all formats: a=rtcp-fb:* */
	struct words bundle;
	bool has_bundle, has_fingerprint;
};

/* The next word as a payload type. */
static inline struct format *
sdp_read_format(struct parser *p, struct words *w)
{
	return &p->formats[words_int(w, 0, FORMATS - 1)];
}

/* Read "NAME:VALUE" or "NAME" of an a= line.  -EBADMSG with o->reason. */
int sdp_read_attribute(struct parser *p, const char *line, size_t len);

/* Choose a format of the present m-line.  False when none will do. */
bool sdp_choose_h264(struct parser *p);
bool sdp_choose_opus(struct parser *p);

#endif
