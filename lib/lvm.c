// SPDX-License-Identifier: GPL-2.0-or-later
/* LVM2: which logical volumes lie on a physical volume, and what of it is free. */
#include "config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/alloc.h"
#include "lib/base/bytes.h"
#include "lib/base/size.h"
#include "lib/lvm_text.h"
#include "lib/containers.h"

/* LVM2 source, lib/format_text/layout.h and lib/label/label.h. */
enum {
	SECTOR = 512, LABEL_SECTORS = 4, MDA_HEADER = 512, ID_LEN = 32, AREAS_MAX = 16,
	RAW_LOCN_IGNORED = 1,
};

struct lvm {
	const struct volume *v;
	const uint8_t *label;		/* its sector                            */
	struct volume_list *list;
	struct lvm_node text;
	char *pv;			/* what the metadata calls this one      */
	uint64_t extent, pe_start, pe_count;	/* [bytes], [bytes], number      */
	struct ranges taken;		/* by logical volumes            [bytes] */
	struct strv named;		/* all that segments name, sorted        */
};

static int broken(struct error *err, const char *what)
{
	return error_set(err, ERR_FORMAT, "LVM: %s", what);
}

/* The CRC of IEEE 802.3 with another start and without the last step. */
static uint32_t lvm_crc(const uint8_t *data, size_t len)
{
	uint32_t crc = 0xf597a6cf;

	while (len--) {
		crc ^= *data++;
		for (int i = 0; i < 8; i++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
	}
	return crc;
}

static const uint8_t *find_label(const uint8_t *head)
{
	for (size_t i = 0; i < LABEL_SECTORS; i++)
		if (memcmp(head + i * SECTOR, "LABELONE", 8) == 0 &&
		    memcmp(head + i * SECTOR + 24, "LVM2 001", 8) == 0)
			return head + i * SECTOR;
	return NULL;
}

/* The first metadata area: behind the list of data areas, both end with zeros. */
static int find_area(const struct lvm *l, uint64_t *ret_start, uint64_t *ret_size,
		     struct error *err)
{
	size_t pos = get_le32(l->label + 20) + ID_LEN + 8, lists = 0;

	if (lvm_crc(l->label + 20, SECTOR - 20) != get_le32(l->label + 16))
		return broken(err, "the checksum of its label is wrong");
	for (size_t i = 0; i < AREAS_MAX && pos + 16 <= SECTOR; i++, pos += 16) {
		uint64_t start = get_le64(l->label + pos), size = get_le64(l->label + pos + 8);

		if (start == 0) {
			lists++;
			continue;
		}
		if (lists == 1) {
			*ret_start = start;
			*ret_size = size;
			return 0;
		}
	}
	return broken(err, "no metadata area");
}

/* The text can run over the end of the area and then goes on behind its header. */
static int read_text(const struct lvm *l, uint64_t start, uint64_t size, uint64_t offset,
		     char *text, size_t len, struct error *err)
{
	size_t first = (size_t)MIN((uint64_t)len, size - offset);

	if (volume_read(l->v, start + offset, text, first, err) < 0)
		return -1;
	return len == first ? 0 : volume_read(l->v, start + MDA_HEADER, text + first, len - first, err);
}

static int read_metadata(struct lvm *l, struct error *err)
{
	static const char magic[] = " LVM2 x[5A%r0N*>";
	uint64_t start = 0, size = 0, offset, len;
	CLEANUP_FREE char *text = NULL;
	uint8_t h[MDA_HEADER];

	if (find_area(l, &start, &size, err) < 0 ||
	    volume_read(l->v, start, h, sizeof(h), err) < 0)
		return -1;
	offset = get_le64(h + 40);
	len = get_le64(h + 48);
	if (memcmp(h + 4, magic, 16) != 0 || lvm_crc(h + 4, MDA_HEADER - 4) != get_le32(h) ||
	    get_le64(h + 24) != start || get_le64(h + 32) != size)
		return broken(err, "the header of its metadata is damaged");
	/* pvchange --metadataignore: what stands there is of some day before */
	if (get_le32(h + 60) & RAW_LOCN_IGNORED)
		return broken(err, "its metadata is kept on other volumes");
	if (len == 0 || len > LVM_TEXT_MAX || offset < MDA_HEADER || offset >= size ||
	    len > size - MDA_HEADER)
		return broken(err, "its metadata has an impossible size");
	text = xcalloc(len + 1, 1);
	if (read_text(l, start, size, offset, text, (size_t)len, err) < 0)
		return -1;
	if (lvm_crc((const uint8_t *)text, (size_t)len) != get_le32(h + 56))
		return broken(err, "the checksum of its metadata is wrong");
	return lvm_text_parse(&l->text, text, err);
}

/* An identity is written with dashes in the text and without on the disk. */
static bool same_id(const char *text, const uint8_t *id)
{
	size_t n = 0;

	for (; *text; text++) {
		if (*text == '-')
			continue;
		if (n >= ID_LEN || (uint8_t)*text != id[n])
			return false;
		n++;
	}
	return n == ID_LEN;
}

/* The group is the only section on the top. */
static const struct lvm_node *find_group(const struct lvm *l)
{
	for (size_t i = 0; i < l->text.n_children; i++)
		if (l->text.children[i].n_children)
			return &l->text.children[i];
	return NULL;
}

static int find_self(struct lvm *l, const struct lvm_node *group, struct error *err)
{
	const struct lvm_node *pvs = lvm_find_node(group, "physical_volumes");
	const uint8_t *id = l->label + get_le32(l->label + 20);
	uint64_t sectors, start;

	if (lvm_get_number(group, "extent_size", 1, UINT32_MAX, &sectors, err) < 0)
		return -1;
	l->extent = sectors * SECTOR;
	for (size_t i = 0; pvs && i < pvs->n_children; i++) {
		const struct lvm_node *pv = &pvs->children[i];

		if (!same_id(lvm_get_string(pv, "id"), id))
			continue;
		if (lvm_get_number(pv, "pe_start", 1, UINT32_MAX, &start, err) < 0 ||
		    lvm_get_number(pv, "pe_count", 0, UINT32_MAX, &l->pe_count, err) < 0)
			return -1;
		l->pe_start = start * SECTOR;
		l->pv = xstrdup(pv->name);
		if (l->pe_start > l->v->size ||
		    l->pe_count > (l->v->size - l->pe_start) / l->extent)
			return broken(err, "its extents leave the volume");
		return 0;
	}
	return broken(err, "its metadata does not know it");
}

/* Extents of a segment that lie here. */
static int take_extents(struct lvm *l, struct volume *lv, const char *text, uint64_t count, struct error *err)
{
	uint64_t first;

	if (parse_u64(text, 0, l->pe_count, &first, err) < 0)
		return -1;
	if (count > l->pe_count - first)
		return broken(err, "a logical volume leaves it");
	ranges_add(&l->taken, l->pe_start + first * l->extent, l->pe_start + (first + count) * l->extent);
	return volume_add(lv, l->v, l->pe_start + first * l->extent, count * l->extent, err);
}

/*
 * One segment. Whatever its type, and whatever the list is called ("stripes", "mirrors" while pvmove is
 * at work), all pairs of volume and extent that name us are noted; only a plain one is interpreted.
 */
static int add_segment(struct lvm *l, const struct lvm_node *segment, struct volume *lv,
		       struct error *err)
{
	const struct lvm_node *stripes = lvm_find_node(segment, "stripes");
	bool plain = strcmp(lvm_get_string(segment, "type"), "striped") == 0 && stripes &&
		     stripes->values.n == 2 && strcmp(stripes->values.v[0], l->pv) == 0;
	uint64_t count, at;

	if (lvm_get_number(segment, "start_extent", 0, UINT32_MAX, &at, err) < 0 ||
	    lvm_get_number(segment, "extent_count", 1, UINT32_MAX, &count, err) < 0)
		return -1;
	if (!plain || at * l->extent != lv->size)
		lv->opaque = "a logical volume in many parts";
	for (size_t k = 0; k < segment->n_children; k++) {
		const struct strv *list = &segment->children[k].values;

		for (size_t i = 0; i + 1 < list->n; i++)
			if (strcmp(list->v[i], l->pv) == 0 &&
			    take_extents(l, lv, list->v[i + 1], count, err) < 0)
				return -1;
	}
	return 0;
}

/* Names of volumes among them: the origin of a snapshot, what is a part of another volume. */
static void note_named(struct lvm *l, const struct lvm_node *lvs)
{
	for (size_t i = 0; i < lvs->n_children; i++)
		for (size_t k = 0; k < lvs->children[i].n_children; k++) {
			const struct lvm_node *segment = &lvs->children[i].children[k];

			for (size_t c = 0; c < segment->n_children; c++)
				for (size_t n = 0; n < segment->children[c].values.n; n++)
					strv_add(&l->named, segment->children[c].values.v[n]);
		}
	strv_sort(&l->named);
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(a, *(char *const *)b);
}

static bool is_named(const struct lvm *l, const char *name)
{
	return l->named.n && bsearch(name, l->named.v, l->named.n, sizeof(l->named.v[0]), compare_names);
}

static bool is_visible(const struct lvm_node *lv)
{
	const struct lvm_node *status = lvm_find_node(lv, "status");

	return status && strv_has(&status->values, "VISIBLE");
}

static int add_logical(struct lvm *l, const struct lvm_node *group, const struct lvm_node *node,
		       struct error *err)
{
	CLEANUP_FREE char *name = xasprintf("%s/%s", group->name, node->name);
	struct volume *lv = APPEND(l->list->v, l->list->n);
	uint64_t segments;

	volume_begin(lv, l->v->source, name);
	/* what was deleted in the origin of a snapshot is still in use by the snapshot */
	if (!is_visible(node) || is_named(l, node->name))
		lv->opaque = "a part or the origin of another logical volume";
	if (lvm_get_number(node, "segment_count", 0, 65536, &segments, err) < 0)
		return -1;
	for (uint64_t i = 1; i <= segments; i++) {
		CLEANUP_FREE char *key = xasprintf("segment%" PRIu64, i);
		const struct lvm_node *segment = lvm_find_node(node, key);

		if (!segment)
			return broken(err, "a segment is missing");
		if (add_segment(l, segment, lv, err) < 0)
			return -1;
	}
	if (lv->n == 0)
		volume_clear(&l->list->v[--l->list->n]);
	return 0;
}

/* What the group gave to nobody. */
static int add_free(struct lvm *l, struct error *err)
{
	struct volume *rest = APPEND(l->list->v, l->list->n);
	uint64_t pos = l->pe_start, end = l->pe_start + l->pe_count * l->extent;

	volume_begin(rest, l->v->source, "free extents");
	rest->unused = true;
	for (size_t i = 0; i < l->taken.n; i++) {
		if (l->taken.v[i].start > pos &&
		    volume_add(rest, l->v, pos, l->taken.v[i].start - pos, err) < 0)
			return -1;
		pos = MAX(pos, l->taken.v[i].end);
	}
	return end > pos ? volume_add(rest, l->v, pos, end - pos, err) : 0;
}

static int read_group(struct lvm *l, struct error *err)
{
	const struct lvm_node *group, *lvs;

	if (read_metadata(l, err) < 0)
		return -1;
	group = find_group(l);
	if (!group)
		return broken(err, "belongs to no group");
	if (find_self(l, group, err) < 0)
		return -1;
	lvs = lvm_find_node(group, "logical_volumes");
	if (lvs)
		note_named(l, lvs);
	for (size_t i = 0; lvs && i < lvs->n_children; i++)
		if (add_logical(l, group, &lvs->children[i], err) < 0)
			return -1;
	return add_free(l, err);
}

int lvm_find(const struct volume *v, const uint8_t *head, struct volume_list *ret,
	     struct error *err)
{
	struct lvm l = { .v = v, .label = find_label(head), .list = ret };
	int rc;

	if (!l.label)
		return 0;
	ret->found = true;
	if (get_le32(l.label + 20) > SECTOR - ID_LEN)
		return broken(err, "its label is damaged");
	rc = read_group(&l, err);
	lvm_node_clear(&l.text);
	ranges_clear(&l.taken);
	strv_clear(&l.named);
	free(l.pv);
	return rc;
}
