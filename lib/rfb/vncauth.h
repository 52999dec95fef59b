/*
 * vncauth.h - proof of a password of eight characters
 *
 * RFC 6143 section 7.2.2.  Weak: for a link that is safe anyway.
 */
#ifndef RFB_VNCAUTH_H
#define RFB_VNCAUTH_H

#include <stdbool.h>
#include <stdint.h>

#include "rfb/handshake.h"

enum { VNCAUTH_PASSWORD = 8 }; /* bytes of a password that count */

/*
 * What password, of any length, makes of the challenge; false when the
 * machine's libcrypto has no DES.
 */
bool vncauth_response(uint8_t response[RFB_CHALLENGE],
    const uint8_t challenge[RFB_CHALLENGE], const char *password);

#endif
