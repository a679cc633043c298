// SPDX-License-Identifier: GPL-2.0-or-later
/* Images that say that a part of them is in another file: only pieces beside them are read. */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/alloc.h"
#include "lib/base/bytes.h"
#include "lib/base/path.h"
#include "lib/source.h"

enum { SECTOR = 512, DESCRIPTOR_MAX = 64 << 10, VHD_DIFFERENCING = 4 };

/*
 * Bytes 8 to 15 of a qcow2 name its backing file, bit 2 of bytes 72 to 79 says that its data lies in
 * another one (qcow2 specification, "Header").
 */
static bool qcow2_needs_another(const uint8_t *head)
{
	for (size_t i = 8; i < 16; i++)
		if (head[i])
			return true;
	return head[7] >= 3 && (head[79] & 4);
}

/* Microsoft, "Virtual Hard Disk Image Format Specification": the footer, and its copy in front. */
static bool vhd_is_differencing(const struct source *s, const uint8_t *head)
{
	uint8_t tail[SECTOR] = { 0 };

	if (memcmp(head, "conectix", 8) == 0 && get_be32(head + 60) == VHD_DIFFERENCING)
		return true;
	return s->data_size >= SECTOR &&
	       pread(s->fd, tail, sizeof(tail), (off_t)(s->data_size - SECTOR)) == SECTOR &&
	       memcmp(tail, "conectix", 8) == 0 && get_be32(tail + 60) == VHD_DIFFERENCING;
}

/* The descriptor is the file itself, or a part of a sparse one (VMware, "Virtual Disk Format 5.0"). */
static char *vmdk_descriptor(const struct source *s, const uint8_t *head)
{
	bool sparse = memcmp(head, "KDMV", 4) == 0;
	uint64_t start = sparse ? get_le64(head + 28) : 0;
	char *text = xcalloc(DESCRIPTOR_MAX + 1, 1);

	if (memcmp(head, "COWD", 4) == 0 || start > (uint64_t)INT64_MAX / SECTOR - DESCRIPTOR_MAX ||
	    (sparse && start == 0) || pread(s->fd, text, DESCRIPTOR_MAX, (off_t)(start * SECTOR)) < 0)
		text[0] = '\0';
	return text;
}

/* A piece of a disk has a plain name, and is a plain file. */
static bool is_beside(const struct source *s, const char *name)
{
	CLEANUP_FREE char *dir = path_dirname(s->name), *path = path_join(dir, name);
	struct stat st;

	return !strchr(name, '/') && (lstat(path, &st) < 0 || S_ISREG(st.st_mode));
}

static bool vmdk_leads_away(const struct source *s, const uint8_t *head)
{
	CLEANUP_FREE char *text = vmdk_descriptor(s, head);
	char *save = NULL;

	for (char *line = strtok_r(text, "\r\n", &save); line; line = strtok_r(NULL, "\r\n", &save)) {
		char *name = strchr(line, '"'), *end = name ? strchr(name + 1, '"') : NULL;

		if (strncasecmp(line, "parentFileNameHint", 18) == 0 ||
		    (strncasecmp(line, "parentCID=", 10) == 0 && strcasecmp(line + 10, "ffffffff") != 0))
			return true;
		if (!end || (strncmp(line, "RW ", 3) != 0 && strncmp(line, "RDONLY ", 7) != 0))
			continue;
		*end = '\0';
		if (!is_beside(s, name + 1))
			return true;
	}
	return false;
}

int source_refuse_foreign(const struct source *s, struct error *err)
{
	uint8_t head[SECTOR] = { 0 };
	bool away = false;

	if (pread(s->fd, head, sizeof(head), 0) < 0)
		return error_sys(err, errno, "read '%s'", s->name);
	if (strcmp(s->format, "qcow2") == 0)
		away = qcow2_needs_another(head);
	else if (strcmp(s->format, "vpc") == 0)
		away = vhd_is_differencing(s, head);
	else if (strcmp(s->format, "vmdk") == 0)
		away = vmdk_leads_away(s, head);
	if (!away)
		return 0;
	error_set(err, ERR_REFUSED, "'%s' needs another file: it is no whole disk", s->name);
	return error_hint(err, "make it stand alone first: qemu-img convert -O qcow2 '%s' whole.qcow2, "
			  "or merge the snapshots where it was made", s->name);
}
