/*
 * alloc.h - let memory run out, for tests that are linked with
 * -Wl,--wrap=malloc,--wrap=calloc
 */
#ifndef TESTS_ALLOC_H
#define TESTS_ALLOC_H

#include <stddef.h>

static int allocations = -1; /* until one fails; -1: none does */

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);

void *
__wrap_malloc(size_t size)
{
	return allocations-- == 0 ? NULL : __real_malloc(size);
}

void *
__wrap_calloc(size_t n, size_t size)
{
	return allocations-- == 0 ? NULL : __real_calloc(n, size);
}

#endif
