// SPDX-License-Identifier: GPL-2.0-or-later
/* Serial ports: which UART, at which address, with which interrupt. */
#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "lib/base/alloc.h"
#include "lib/base/size.h"
#include "lib/probe.h"

#define TTY "sys/class/tty"

/* Source: Linux, include/uapi/linux/serial_core.h; names as in /proc/tty/driver/serial. */
static const char *const uart_names[] = {
	NULL, "8250", "16450", "16550", "16550A", "Cirrus", "16650", "16650V2", "16750", "Startech",
	"16C950/954", "16654", "16850", "RSA", "NS16550A", "XScale",
};

enum { IO_MEM = 2 };

/* "0: uart:16550A port:000003F8 irq:4 tx:0 rx:0": for kernels whose sysfs does not tell. */
static char *driver_line(const struct facts *f, const char *number)
{
	CLEANUP_FREE char *text = facts_read(f, "proc/tty/driver/serial", NULL);

	return text ? probe_key(text, number) : NULL;
}

static char *word_behind(const char *line, const char *key)
{
	const char *at = line ? strstr(line, key) : NULL;

	at = at ? at + strlen(key) : NULL;
	return at ? xstrndup(at, strcspn(at, " ")) : NULL;
}

static uint64_t number_behind(const char *line, const char *key, const char *prefix)
{
	CLEANUP_FREE char *word = word_behind(line, key);
	CLEANUP_FREE char *text = word ? xasprintf("%s%s", prefix, word) : NULL;
	struct error err CLEANUP_ERROR = ERROR_INIT;
	uint64_t value = 0;

	if (!text || parse_u64(text, 0, UINT64_MAX, &value, &err) < 0)
		return 0;
	return value;
}

static char *uart_of(const struct facts *f, const char *name, const char *line)
{
	uint32_t type = probe_u32(f, UINT32_MAX, TTY "/%s/type", name);
	char *word;

	if (type > 0 && type < ARRAY_SIZE(uart_names))
		return xstrdup(uart_names[type]);
	if (type != UINT32_MAX && type > 0)
		return xasprintf("type-%" PRIu32, type);
	word = word_behind(line, "uart:");
	if (word && strcmp(word, "unknown") != 0)
		return word;
	free(word);
	return NULL;
}

/* The host talks through the port that its kernel uses as console. */
static bool is_console(const struct machine *m, const char *name)
{
	struct strv words CLEANUP_STRV = STRV_INIT;
	CLEANUP_FREE char *option = xasprintf("console=%s", name);

	if (m->cmdline)
		strv_split(&words, m->cmdline, " ");
	for (size_t i = 0; i < words.n; i++) {
		words.v[i][strcspn(words.v[i], ",")] = '\0';
		if (strcmp(words.v[i], option) == 0)
			return true;
	}
	return false;
}

static void add_serial(const struct facts *f, const char *name, struct machine *m)
{
	CLEANUP_FREE char *line = driver_line(f, name + strcspn(name, "0123456789"));
	CLEANUP_FREE char *uart = uart_of(f, name, line);
	struct machine_serial *s;

	if (!uart)
		return;			/* a name without a UART behind it */
	s = APPEND(m->serials, m->n_serials);
	s->name = xstrdup(name);
	s->uart = STEAL(uart);
	s->port = probe_u64(f, number_behind(line, "port:", "0x"), TTY "/%s/port", name);
	if (probe_u32(f, 0, TTY "/%s/io_type", name) == IO_MEM)
		s->mmio = probe_u64(f, 0, TTY "/%s/iomem_base", name);
	s->irq = probe_u64(f, number_behind(line, "irq:", ""), TTY "/%s/irq", name);
	s->bdf = probe_bdf(f, TTY "/%s/device", name);
	if (is_console(m, name))
		s->usage = xstrdup("host");
}

static bool is_serial_name(const char *name)
{
	static const char *const prefixes[] = { "ttyS", "ttyAMA", "ttymxc", "ttyPS" };

	for (size_t i = 0; i < ARRAY_SIZE(prefixes); i++)
		if (strncmp(name, prefixes[i], strlen(prefixes[i])) == 0)
			return strspn(name + strlen(prefixes[i]), "0123456789") ==
			       strlen(name + strlen(prefixes[i]));
	return false;
}

void probe_serials(const struct facts *f, struct machine *m)
{
	struct strv names CLEANUP_STRV = STRV_INIT;

	probe_list(f, &names, TTY);
	for (size_t i = 0; i < names.n; i++)
		if (is_serial_name(names.v[i]))
			add_serial(f, names.v[i], m);
	if (!facts_has(f, TTY))
		machine_miss(m, "serials", "no folder " TTY);
}
