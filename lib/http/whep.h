/*
 * whep.h - WHEP's bodies as signalling lines
 *
 * draft-ietf-wish-whep: an SDP offer comes by POST (application/sdp),
 * candidates by PATCH (application/trickle-ice-sdpfrag, RFC 8840).  Both
 * become JSON objects, one per line, for a command that speaks signalling.
 * Pure functions; nothing is allocated.
 */
#ifndef HTTP_WHEP_H
#define HTTP_WHEP_H

#include <stddef.h>
#include <sys/types.h>

enum { WHEP_UFRAG_SIZE = 257 }; /* RFC 8839 section 5.4: at most 256 */

/* Room for the lines of a body of so many bytes. */
#define WHEP_LINES_SIZE(body) (6 * (body) + 128)

/*
 * Write the line of an offer, which asks for an answer that holds all
 * candidates; copies the ICE user fragment.  Returns its length; -EBADMSG
 * when sdp is not SDP with a media section; -ENOSPC.
 */
ssize_t whep_offer(char *out, size_t size, char ufrag[WHEP_UFRAG_SIZE],
    const char *sdp, size_t len);

/*
 * Write a line per candidate of an SDP fragment; the end of candidates is an
 * empty one.  Returns their length, 0 for none; -EBADMSG when it is not an
 * SDP fragment; -ESTALE when it is for other ICE credentials than ufrag (an
 * ICE restart); -ENOSPC.
 */
ssize_t whep_fragment(
    char *out, size_t size, const char *ufrag, const char *frag, size_t len);

#endif
