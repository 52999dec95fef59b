/*
 * answer.h - what a gamepad's device says to ioctl(2)
 *
 * Of where its sticks are it says that they rest: whoever opens it is told
 * the truth by the first events.
 */
#ifndef RD_INPUT_ANSWER_H
#define RD_INPUT_ANSWER_H

enum pad_kind { PAD_EVENT, PAD_JS };

/* As ioctl(2): what it returns, or negative errno. */
int pad_answer(enum pad_kind kind, unsigned long request, void *arg);

#endif
