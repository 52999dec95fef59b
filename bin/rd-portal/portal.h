/*
 * portal.h - what the parts of rd-portal share
 */
#ifndef PORTAL_H
#define PORTAL_H

#include <stdbool.h>

#include "portal/apps.h"

/*
 * list.c: read the applications of file or of PORTAL_CONFIG, with warnings
 * about what is wrong.  False when neither names any.
 */
bool list_load(struct apps *as, const char *file);
/* One per line on stdout; dies when that fails. */
void list_print(const struct apps *as);

#endif
