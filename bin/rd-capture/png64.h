/*
 * png64.h - small pictures as text: PNG in base64
 */
#ifndef PNG64_H
#define PNG64_H

#include <stddef.h>
#include <stdint.h>

#include "frames/frames.h"

/* What a line of rd-frames(5) has room for beside its other words. */
enum { PNG64_MAX = FRAMES_LINE_MAX - 512 };

/*
 * Write width x height pixels, with alpha that is not multiplied in, to out,
 * PNG64_MAX bytes.  The length of the text, not terminated; 0 when it would
 * be longer.
 */
size_t png64(
    const uint32_t *argb, unsigned int width, unsigned int height, char *out);

#endif
