// SPDX-License-Identifier: GPL-2.0-or-later
/* HTML: escaping, tables, and a style that reads well on screen and paper. */
#include "config.h"

#include <sodium.h>
#include <stdarg.h>
#include <stdlib.h>

#include "lib/base/alloc.h"
#include "lib/html.h"

static const char style[] =
	"*{box-sizing:border-box}"
	"body{font:16px/1.5 'DejaVu Sans',Verdana,sans-serif;color:#1b1f24;background:#fff;"
	"max-width:60rem;margin:0 auto;padding:1.5rem}"
	"h1{font-size:1.7rem;line-height:1.2;margin:0 0 .3rem}"
	"h2{font-size:1.3rem;margin:2.5rem 0 .6rem;border-bottom:2px solid #1f4e79;color:#1f4e79}"
	"h3{font-size:1.05rem;margin:1.6rem 0 .4rem}"
	"p{margin:.5rem 0}"
	".lead{color:#48515b}"
	".wide{overflow-x:auto;margin:.5rem 0}"
	"table{border-collapse:collapse;width:100%;font-size:.9rem}"
	"th,td{text-align:left;vertical-align:top;padding:.35rem .6rem;border-bottom:1px solid #d5dae0;"
	"overflow-wrap:break-word}"
	"thead th{background:#eef2f6;border-bottom:2px solid #9aa7b5}"
	"tbody th{font-weight:normal;color:#48515b;width:13rem}"
	"tbody th[colspan]{padding-top:.7rem;color:#1b1f24}th.hive{font-weight:bold;background:#eef2f6}"
	"svg.plan{width:100%;min-width:40rem;height:auto;border:1px solid #9aa7b5}"
	"code,pre{font-family:'DejaVu Sans Mono',monospace;font-size:.8rem}"
	"code,.path{overflow-wrap:anywhere}td.path{min-width:9rem}"
	"pre{background:#f4f6f8;border:1px solid #d5dae0;padding:.7rem;white-space:pre-wrap;"
	"overflow-wrap:anywhere;margin:.5rem 0}"
	"img{max-width:100%;height:auto;border:1px solid #9aa7b5;display:block;margin:.5rem 0}"
	".good{color:#1b6e2d;font-weight:bold}.bad{color:#a11616;font-weight:bold}"
	".note{color:#48515b}.warning{color:#8a5a00;font-weight:bold}"
	"@media(max-width:40rem){body{padding:.8rem;font-size:15px}tbody th{width:8rem}"
	"table{font-size:.82rem}th,td{padding:.3rem .35rem}td.path{min-width:6.5rem}}"
	"@media print{body{max-width:none;padding:0;font-size:10pt}.wide{overflow:visible}"
	"h2,h3,h3+p,.over{break-after:avoid}tr,li,img,svg{break-inside:avoid}"
	"svg.plan{min-width:0;max-height:12.5cm}.guest{break-before:page}"
	"*{print-color-adjust:exact;-webkit-print-color-adjust:exact}img{max-width:70%}"
	"@page{size:A4;margin:18mm}}";

static void escape(FILE *out, const char *text)
{
	for (; *text; text++) {
		switch (*text) {
		case '<':
			fputs("&lt;", out);
			break;
		case '>':
			fputs("&gt;", out);
			break;
		case '&':
			fputs("&amp;", out);
			break;
		case '"':
			fputs("&quot;", out);
			break;
		default:
			putc((unsigned char)*text < 0x20 && *text != '\n' ? ' ' : *text, out);
		}
	}
}

void html_begin(FILE *out, const char *title)
{
	fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
	      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>", out);
	escape(out, title);
	fprintf(out, "</title>\n<style>%s</style>\n</head>\n<body>\n", style);
}

void html_end(FILE *out)
{
	fputs("</body>\n</html>\n", out);
}

void html_put(FILE *out, const char *fmt, ...)
{
	CLEANUP_FREE char *text = NULL;
	va_list ap;

	va_start(ap, fmt);
	text = xvasprintf(fmt, ap);
	va_end(ap);
	escape(out, text);
}

/* Bytes that a terminal would obey: ESC [ parameters letter. */
static size_t control_len(const char *text, size_t len)
{
	size_t n = 2;

	if (len < 2 || text[0] != 0x1b || text[1] != '[')
		return 0;
	while (n < len && text[n] >= 0x20 && text[n] < 0x40)
		n++;
	return n < len ? n + 1 : len;
}

void html_put_log(FILE *out, const char *text, size_t len)
{
	CLEANUP_FREE char *copy = xmalloc(len + 1);
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		unsigned char c;

		i += control_len(text + i, len - i);
		if (i == len)
			break;
		c = (unsigned char)text[i];
		if (c == '\r')
			continue;
		copy[n++] = c == '\n' || (c >= 0x20 && c < 0x7f) ? (char)c : '.';
	}
	copy[n] = '\0';
	escape(out, copy);
}

void html_cell(FILE *out, const char *text)
{
	fputs("<td>", out);
	escape(out, text && *text ? text : "-");
	fputs("</td>", out);
}

void html_path(FILE *out, const char *text)
{
	fputs("<td class=\"path\">", out);
	escape(out, text && *text ? text : "-");
	fputs("</td>", out);
}

void html_fact(FILE *out, const char *what, const char *value)
{
	if (!value || !*value)
		return;
	fputs("<tr><th>", out);
	escape(out, what);
	fputs("</th>", out);
	html_cell(out, value);
	fputs("</tr>\n", out);
}

void html_head(FILE *out, const char *first, ...)
{
	va_list ap;

	fputs("<thead><tr>", out);
	va_start(ap, first);
	for (const char *text = first; text; text = va_arg(ap, const char *)) {
		fputs("<th>", out);
		escape(out, text);
		fputs("</th>", out);
	}
	va_end(ap);
	fputs("</tr></thead>\n", out);
}

void html_image(FILE *out, const void *png, size_t len, const char *description)
{
	size_t room = sodium_base64_encoded_len(len, sodium_base64_VARIANT_ORIGINAL);
	CLEANUP_FREE char *text = xmalloc(room);

	sodium_bin2base64(text, room, png, len, sodium_base64_VARIANT_ORIGINAL);
	fprintf(out, "<img src=\"data:image/png;base64,%s\" alt=\"", text);
	escape(out, description);
	fputs("\">\n", out);
}
