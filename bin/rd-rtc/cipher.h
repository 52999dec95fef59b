/*
 * cipher.h - the cipher and the authentication of SRTP, for libsrtp2
 *
 * AES_CM_128 and HMAC_SHA1, RFC 3711 sections 4.1.1 and 4.2.1, by Nettle: the
 * NSS that Debian's libsrtp2 goes through takes longer to find out how to do
 * it than to do it.
 */
#ifndef RD_RTC_CIPHER_H
#define RD_RTC_CIPHER_H

/*
 * Use them in sessions made from now on, after srtp_init().  -EIO when they
 * fail libsrtp2's tests.
 */
int cipher_install(void);

#endif
