/*
 * density.h - dots per inch, as programs that start at the display learn it
 */
#ifndef RD_INPUT_DENSITY_H
#define RD_INPUT_DENSITY_H

#include "display.h"

/* Say it in the X resource Xft.dpi; the other resources stay. */
void density_set(struct display *d, int dpi);

#endif
