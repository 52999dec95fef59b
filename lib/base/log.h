/*
 * log.h - one line per message on stderr: "prog: warning: text"
 *
 * Errors and warnings are always printed, info with -v, debug with -vv.
 * Nothing per frame or packet below debug.  Keeps errno.  Control bytes in
 * the text are replaced, so that data from a peer cannot forge lines.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

enum log_level {
	LOG_ERROR,
	LOG_WARN,
	LOG_INFO,
	LOG_DEBUG,
};

/* Highest level printed; starts at LOG_WARN, each -v adds one. */
extern enum log_level log_level;

void log_print(enum log_level level, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

#define log_at(level, ...)                                                     \
	((level) <= log_level ? log_print(level, __VA_ARGS__) : (void)0)
#define log_error(...) log_at(LOG_ERROR, __VA_ARGS__)
#define log_warn(...) log_at(LOG_WARN, __VA_ARGS__)
#define log_info(...) log_at(LOG_INFO, __VA_ARGS__)
#define log_debug(...) log_at(LOG_DEBUG, __VA_ARGS__)

#endif
