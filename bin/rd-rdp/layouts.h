/*
 * layouts.h - keyboard layouts, by the numbers that Windows has for them
 */
#ifndef RD_RDP_LAYOUTS_H
#define RD_RDP_LAYOUTS_H

#include <stdint.h>

/*
 * The keymap of layout id, as a file with its text: a descriptor, the
 * caller's.  -ENOENT when there is none but that of the United States; else
 * another negative errno.  Reads files.
 */
int layout_open(uint32_t id);

#endif
