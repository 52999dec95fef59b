/*
 * rpc.h - a call of Supervisor by XML-RPC over its Unix socket
 *
 * One connection each; does not block.  Values are read as text.
 */
#ifndef RPC_H
#define RPC_H

#include <stdbool.h>
#include <stddef.h>

#include "base/loop.h"

enum { RPC_ANSWER_MAX = 1 << 20 };

struct rpc;

/* It is over: the answer's XML, or NULL and a negative errno. */
typedef void rpc_done(void *arg, const char *xml, int err);

/*
 * Call method, with a name if that is not NULL and then false (do not wait).
 * done is called later, once, unless rpc_end() comes first; the call is freed
 * after it.  Negative errno when it cannot begin.
 */
int rpc_call(struct rpc **out, struct loop *loop, const char *socket,
    const char *method, const char *name, rpc_done *done, void *arg);
void rpc_end(struct rpc *r);

/* The text of a fault, or false: it is none. */
bool rpc_fault(const char *xml, char *out, size_t size);

/*
 * Go to the next member of a struct: *p moves on, and out is its value as
 * text.  False at the end of the struct, which *p is behind, or of all.
 */
bool rpc_member(
    const char **p, char *name, size_t name_size, char *out, size_t size);

#endif
