// SPDX-License-Identifier: GPL-2.0-or-later
/* Judge from serial lines and pictures whether a guest lives. */
#include "config.h"

#include <regex.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/alloc.h"
#include "lib/life.h"

/* Lines that only a guest writes that will not come up, and what they mean. Plain text, no patterns. */
static const struct {
	const char *text, *why;
} deaths[] = {
	{ "Kernel panic - not syncing", "the kernel stopped" },
	{ "not syncing: ", "the kernel stopped" },
	{ "VFS: Unable to mount root fs", "the kernel has no driver for the disk with its root" },
	{ "ALERT!", "the initramfs did not find the root device" },
	{ "Gave up waiting for root", "the initramfs did not find the root device" },
	{ "(initramfs)", "the initramfs stopped in its own shell" },
	{ "dracut-emergency", "the initramfs stopped in its own shell" },
	{ "Entering emergency mode", "the initramfs stopped in its own shell" },
	{ "You are in emergency mode", "the system stopped in its emergency shell" },
	{ "grub rescue>", "GRUB did not find its own files" },
	{ "error: no such device", "GRUB did not find its own files" },
	{ "error: unknown filesystem", "GRUB did not find its own files" },
	{ "No bootable device", "the firmware found nothing to boot" },
	{ "Boot failed: not a bootable disk", "the firmware found no boot sector on the disk" },
	{ "Boot failed: could not read the boot disk", "the firmware could not read the disk" },
	{ "No boot device", "the boot loader found nothing to boot" },
	{ "BOOTMGR is missing", "the Windows boot sector did not find the boot manager" },
	{ "NTLDR is missing", "the Windows boot sector did not find its loader" },
	{ "Missing operating system", "the boot record found no active partition" },
	{ "Operating System not found", "the boot record found no active partition" },
};

/* Length of the escape sequence at @p, which starts with ESC; ECMA-48, 5.4 and 5.6. */
static size_t escape_len(const unsigned char *p, size_t left)
{
	size_t n = 2;

	if (left < 2)
		return left;
	if (p[1] == ']') {	/* operating system command: up to BEL or ESC */
		while (n < left && p[n] != '\a' && p[n] != 0x1b && p[n] != '\n')
			n++;
		return n < left && p[n] == '\a' ? n + 1 : n;
	}
	if (p[1] != '[')	/* one more character, or a character set */
		return strchr("()*+#%", p[1]) && p[1] && left > 2 ? 3 : 2;
	while (n < left && (p[n] < 0x40 || p[n] > 0x7e) && p[n] != '\n')
		n++;
	return n < left && p[n] != '\n' ? n + 1 : n;
}

char *console_text(const void *data, size_t len)
{
	const unsigned char *p = data;
	char *text = xmalloc(len + 1), *out = text;

	for (size_t i = 0; i < len;) {
		if (p[i] == 0x1b) {
			i += escape_len(p + i, len - i);
			continue;
		}
		if (p[i] == '\n' || p[i] == '\t' || (p[i] >= 0x20 && p[i] < 0x7f))
			*out++ = (char)p[i];
		else if (p[i] >= 0x80)
			*out++ = '?';
		i++;
	}
	*out = '\0';
	return text;
}

char *console_last_lines(const char *text, size_t n)
{
	size_t end = strlen(text), start;

	while (end && strchr("\n\t ", text[end - 1]))
		end--;
	start = end;
	while (start && n) {
		if (text[start - 1] == '\n' && (start == end || text[start] != '\n') && --n == 0)
			break;
		start--;
	}
	while (start < end && text[start] == '\n')
		start++;
	return xstrndup(text + start, end - start);
}

static const char *find_death(const char *line)
{
	for (size_t i = 0; i < ARRAY_SIZE(deaths); i++)
		if (strstr(line, deaths[i].text))
			return deaths[i].why;
	return NULL;
}

static int compile(regex_t *ret, const char *pattern, struct error *err)
{
	char reason[128];
	int rc;

	if (strlen(pattern) > LIFE_PATTERN_MAX)
		return error_set(err, ERR_FORMAT, "the pattern of life is longer than %d characters",
				 LIFE_PATTERN_MAX);
	rc = regcomp(ret, pattern, REG_EXTENDED | REG_NOSUB);
	if (rc == 0)
		return 0;
	regerror(rc, ret, reason, sizeof(reason));
	return error_set(err, ERR_FORMAT, "'%s' is no pattern: %s", pattern, reason);
}

static void judge_lines(const char *text, const regex_t *alive, struct life_verdict *ret)
{
	while (*text) {
		size_t len = strcspn(text, "\n");
		CLEANUP_FREE char *line = xstrndup(text, MIN(len, (size_t)LIFE_LINE_MAX));

		ret->why = find_death(line);
		if (ret->why)
			ret->sign = LIFE_DEAD;
		else if (alive && regexec(alive, line, 0, NULL, 0) == 0)
			ret->sign = LIFE_ALIVE;
		if (ret->sign != LIFE_UNKNOWN) {
			ret->line = STEAL(line);
			return;
		}
		text += len + (text[len] == '\n');
	}
}

int life_judge(const char *text, const char *pattern, struct life_verdict *ret, struct error *err)
{
	regex_t alive;

	*ret = (struct life_verdict)LIFE_VERDICT_INIT;
	if (!pattern || !*pattern) {
		judge_lines(text, NULL, ret);
		return 0;
	}
	if (compile(&alive, pattern, err) < 0)
		return -1;
	judge_lines(text, &alive, ret);
	regfree(&alive);
	return 0;
}

void life_verdict_clear(struct life_verdict *v)
{
	free(v->line);
	*v = (struct life_verdict)LIFE_VERDICT_INIT;
}

uint64_t life_seconds(const struct guest_life *life, enum accel accel)
{
	uint64_t scaled = life->seconds * accel_slowdown(accel) / accel_slowdown(ACCEL_TCG);

	return MAX(scaled, MIN(life->seconds, (uint64_t)LIFE_LEAST_SECONDS));
}

void life_screens_add(struct life_screens *s, const char digest[DIGEST_HEX_SIZE], uint64_t read)
{
	memcpy(s->digest[s->n % LIFE_SCREENS], digest, DIGEST_HEX_SIZE);
	s->read[s->n % LIFE_SCREENS] = read;
	s->n++;
}

/* A text screen with a blinking cursor has two faces. */
bool life_screens_settled(const struct life_screens *s)
{
	const char *other = NULL;

	if (s->n < LIFE_SCREENS)
		return false;
	for (size_t i = 1; i < LIFE_SCREENS; i++) {
		if (strcmp(s->digest[i], s->digest[0]) == 0)
			continue;
		if (other && strcmp(s->digest[i], other) != 0)
			return false;
		other = s->digest[i];
	}
	return true;
}

bool life_screens_alive(const struct life_screens *s, double seconds)
{
	uint64_t last, first;

	if (!life_screens_settled(s) || seconds < LIFE_SCREEN_SECONDS)
		return false;
	last = s->read[(s->n - 1) % LIFE_SCREENS];
	first = s->read[s->n % LIFE_SCREENS];
	return last > 0 && last - first < LIFE_CALM_BYTES;
}
