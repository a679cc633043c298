// SPDX-License-Identifier: GPL-2.0-or-later
/* Passphrases of encrypted partitions, from files: on the command line everybody could read them. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "cmd/keys.h"
#include "lib/base/alloc.h"
#include "lib/base/path.h"

int keys_read(struct keys *k, struct error *err)
{
	enum { PASSPHRASE_MAX = 8192 };

	for (size_t i = 0; k->files && k->files[i]; i++) {
		char *text = NULL;

		if (file_read(k->files[i], PASSPHRASE_MAX, &text, NULL, err) < 0)
			return error_wrap(err, "read the passphrase");
		text[strcspn(text, "\r\n")] = '\0';
		strv_take(&k->values, text);
	}
	return 0;
}

void keys_clear(struct keys *k)
{
	for (size_t i = 0; k->files && k->files[i]; i++)
		free(k->files[i]);
	free(k->files);
	for (size_t i = 0; i < k->values.n; i++)
		explicit_bzero(k->values.v[i], strlen(k->values.v[i]));
	strv_clear(&k->values);
}
