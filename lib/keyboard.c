// SPDX-License-Identifier: GPL-2.0-or-later
/* From characters to keys: names of QEMU's keys, with Shift where a US keyboard wants it. */
#include "config.h"

#include <ctype.h>
#include <string.h>
#include <time.h>

#include "lib/base/alloc.h"
#include "lib/base/strv.h"
#include "lib/keyboard.h"

enum { HOLD_MS = 20, PAUSE_MS = 60 };	/* an emulated machine loses keys that come faster */

static const struct {
	char plain, shifted;
	const char *name;
} keys[] = {
	{ ' ', 0, "spc" }, { '1', '!', "1" }, { '2', '@', "2" }, { '3', '#', "3" },
	{ '4', '$', "4" }, { '5', '%', "5" }, { '6', '^', "6" }, { '7', '&', "7" },
	{ '8', '*', "8" }, { '9', '(', "9" }, { '0', ')', "0" }, { '-', '_', "minus" },
	{ '=', '+', "equal" }, { '[', '{', "bracket_left" }, { ']', '}', "bracket_right" },
	{ '\\', '|', "backslash" }, { ';', ':', "semicolon" }, { '\'', '"', "apostrophe" },
	{ '`', '~', "grave_accent" }, { ',', '<', "comma" }, { '.', '>', "dot" },
	{ '/', '?', "slash" }, { '\n', 0, "ret" },
};

/* The name of the key in @ret, or false. */
static bool key_of(char c, char *ret, size_t room, bool *ret_shift)
{
	const char letter[] = { (char)tolower((unsigned char)c), '\0' }, *name = NULL;

	*ret_shift = false;
	if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) {
		name = letter;
		*ret_shift = c <= 'Z';
	}
	for (size_t i = 0; i < ARRAY_SIZE(keys) && !name && c; i++) {
		if (keys[i].plain == c || keys[i].shifted == c) {
			name = keys[i].name;
			*ret_shift = keys[i].shifted == c;
		}
	}
	if (!name || strlen(name) >= room)
		return false;
	memcpy(ret, name, strlen(name) + 1);
	return true;
}

bool keyboard_can_type(const char *text)
{
	char name[32];
	bool shift;

	for (; *text; text++)
		if (*text == '\n' || !key_of(*text, name, sizeof(name), &shift))
			return false;
	return true;
}

static struct json_object *key(const char *name)
{
	struct json_object *o = json_object_new_object();

	json_object_object_add(o, "type", json_object_new_string("qcode"));
	json_object_object_add(o, "data", json_object_new_string(name));
	return o;
}

static int press(struct qmp *q, char c, struct error *err)
{
	struct json_object *args = json_object_new_object(), *list = json_object_new_array();
	const struct timespec pause = { .tv_nsec = PAUSE_MS * 1000000L };
	char name[32] = "";
	bool shift = false;

	key_of(c, name, sizeof(name), &shift);
	if (shift)
		json_object_array_add(list, key("shift"));
	json_object_array_add(list, key(name));
	json_object_object_add(args, "keys", list);
	json_object_object_add(args, "hold-time", json_object_new_int(HOLD_MS));
	if (qmp_command(q, "send-key", args, NULL, err) < 0)
		return -1;
	nanosleep(&pause, NULL);
	return 0;
}

int keyboard_type(struct qmp *q, const char *text, struct error *err)
{
	for (; *text; text++)
		if (press(q, *text, err) < 0)
			return -1;
	return press(q, '\n', err);
}

struct json_object *keyboard_chord(const char *names)
{
	struct json_object *args = json_object_new_object(), *list = json_object_new_array();
	struct strv held CLEANUP_STRV = STRV_INIT;

	strv_split(&held, names, "-");
	for (size_t i = 0; i < held.n; i++)
		json_object_array_add(list, key(held.v[i]));
	json_object_object_add(args, "keys", list);
	return args;
}
