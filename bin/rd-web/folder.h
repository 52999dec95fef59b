/*
 * folder.h - files below a folder, whatever a path says: never outside it
 *
 * No link is followed.  A file that is being written has a hidden name beside
 * the one it will get, by which it is found again to go on.
 */
#ifndef FOLDER_H
#define FOLDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

enum { FOLDER_NAME_MAX = 255, FOLDER_ID_MAX = 64 };

/* A file to be, from folder_find() to folder_close(). */
struct folder_file {
	int parent; /* -1: closed, or not there yet */
	int fd;     /* -1: not open */
	char name[FOLDER_NAME_MAX + 1], partial[64];
};

/*
 * Is path the name of a file below a folder: no empty part, "." or "..", no
 * control character and none of the hidden names?
 */
bool folder_is_path(const char *path);

/*
 * Open a regular file to be read, or a folder to be listed: path "" is dir
 * itself.  -ENOENT also for all else.
 */
int folder_open_file(int dir, const char *path, struct stat *st);
int folder_open_list(int dir, const char *path);

/*
 * Find where path is, or would be; with make its folders are made.  The
 * partial file is that of path and id.  Negative errno on failure; without
 * make missing folders are none.
 */
int folder_find(struct folder_file *f, int dir, const char *path,
    const char *id, bool make);
void folder_close(struct folder_file *f);

/* Bytes of the partial file; 0 when there is none. */
int64_t folder_partial_size(const struct folder_file *f);
/* Is there something by the file's own name?  As errno: EISDIR a folder. */
int folder_taken(const struct folder_file *f);
/* Open the partial file to be written; with anew it is emptied. */
int folder_begin(struct folder_file *f, bool anew);
/* It is whole: give it its name.  -EEXIST when that is taken. */
int folder_commit(struct folder_file *f, bool replace);
/* Remove the partial file. */
void folder_discard(struct folder_file *f);

#endif
