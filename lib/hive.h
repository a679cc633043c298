/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_HIVE_H
#define REHOST_HIVE_H

/*
 * Registry hives of Windows, in memory, through hivex, which reads and writes the format. This
 * wrapper adds what an untrusted and precious file needs: the whole hive is walked before it is
 * believed, every length has a bound, a hive whose log was not replayed is known as such, and what
 * was edited is read back from the finished bytes and compared.
 *
 *	struct hive h CLEANUP_HIVE = HIVE_INIT;
 *
 *	if (hive_open(&h, "SYSTEM", data, len, HIVE_WRITE, err) < 0 ||
 *	    hive_set_number(&h, "ControlSet001\\Services\\atapi", "Start", 0, err) < 0 ||
 *	    hive_finish(&h, &bytes, &n, err) < 0)
 *		return -1;
 *
 * Keys are named by their path from the root, with backslashes; case does not matter. Texts are
 * UTF-8 here. A value's "" is the default value.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/error.h"
#include "lib/base/strv.h"

enum {
	HIVE_MAX = 512 << 20,		/* of a whole hive                 [bytes] */
	HIVE_MAX_KEYS = 4 << 20,
	HIVE_MAX_DEPTH = 512,		/* Windows has the same bound              */
	HIVE_MAX_VALUE = 1 << 20,	/* larger values are not read      [bytes] */
	HIVE_MAX_PLAIN = 16344,		/* larger ones are stored in pieces [bytes] */
};

enum hive_mode { HIVE_READ, HIVE_WRITE };

enum reg_type { REG_NONE, REG_SZ, REG_EXPAND_SZ, REG_BINARY, REG_DWORD, REG_MULTI_SZ = 7, REG_QWORD = 11 };

struct hive_edit;

struct hive {
	void *h;		/* hive_h of hivex */
	char *name;
	struct hive_edit *edits;
	size_t n_edits;
};

#define HIVE_INIT { NULL, NULL, NULL, 0 }

/**
 * hive_state - what the first block of a hive says
 * @data, @len: the hive
 * @ret_dirty:  the last writes are in its log only
 * @err:        ERR_FORMAT if it is no hive, or a part of one
 */
int hive_state(const void *data, size_t len, bool *ret_dirty, struct error *err);

/**
 * hive_open - read a hive
 * @ret:  hive_close() frees it
 * @name: for messages
 * @data: the bytes; not needed any more afterwards
 * @err:  ERR_FORMAT names what is wrong: cut off, keys in a circle, too many, a value that cannot be;
 *        ERR_REFUSED: its log was not replayed, and it would be written without that
 */
int hive_open(struct hive *ret, const char *name, const void *data, size_t len,
	      enum hive_mode mode, struct error *err);

void hive_close(struct hive *h);

#define CLEANUP_HIVE __attribute__((cleanup(hive_close)))

/** hive_has - is there such a key? */
bool hive_has(const struct hive *h, const char *key);

/** hive_keys - names of the keys below a key, sorted; nothing if there is none */
void hive_keys(const struct hive *h, const char *key, struct strv *ret);

/** hive_values - names of the values of a key, sorted */
void hive_values(const struct hive *h, const char *key, struct strv *ret);

/** hive_data - a value as bytes with two 0 bytes behind them, or NULL; the caller frees it */
char *hive_data(const struct hive *h, const char *key, const char *value, enum reg_type *ret_type,
		size_t *ret_len);

/** hive_text - a value that is a text (SZ, EXPAND_SZ) as UTF-8, or NULL; the caller frees it */
char *hive_text(const struct hive *h, const char *key, const char *value);

/** hive_list - a value that is a list of texts (MULTI_SZ; SZ is a list of one) */
void hive_list(const struct hive *h, const char *key, const char *value, struct strv *ret);

/** hive_number - a value that is a number (DWORD; QWORD if it fits), or @otherwise */
uint32_t hive_number(const struct hive *h, const char *key, const char *value, uint32_t otherwise);

/**
 * hive_set - give a value; keys on the way to it are made
 * @h:     opened for writing
 * @key:   its key
 * @value: its name; an existing value keeps the case of its name
 * @err:   ERR_UNSUPPORTED if the key has values that would suffer
 */
int hive_set(struct hive *h, const char *key, const char *value, enum reg_type type,
	     const void *data, size_t len, struct error *err);
int hive_set_text(struct hive *h, const char *key, const char *value, enum reg_type type,
		  const char *text, struct error *err);
int hive_set_number(struct hive *h, const char *key, const char *value, uint32_t number,
		    struct error *err);
int hive_set_list(struct hive *h, const char *key, const char *value, const struct strv *list,
		  struct error *err);

/** hive_make - a key without values, if there is none */
int hive_make(struct hive *h, const char *key, struct error *err);

/** hive_drop_value, hive_drop_key - remove; it is no error if it is not there */
int hive_drop_value(struct hive *h, const char *key, const char *value, struct error *err);
int hive_drop_key(struct hive *h, const char *key, struct error *err);

/* @value NULL: the key itself; @before, @after NULL: it was not there, it is not there any more */
typedef void (*hive_edit_fn)(void *arg, const char *key, const char *value, const char *before,
			     const char *after);

/** hive_each_edit - everything that was given and was not so before, in words */
void hive_each_edit(const struct hive *h, hive_edit_fn each, void *arg);

/** hive_changed - was anything given that was not so before? */
bool hive_changed(const struct hive *h);

/**
 * hive_finish - the bytes of the edited hive, after they were read back and compared
 * @ret: the caller frees it
 * @err: ERR_INTEGRITY if an edit is not in them
 */
int hive_finish(struct hive *h, char **ret, size_t *ret_len, struct error *err);

#endif
