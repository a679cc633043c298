// SPDX-License-Identifier: GPL-2.0-or-later
/* rehost completion: bash completion, printed from the tables. */
#include "config.h"

#include <stdio.h>

#include "cmd/command.h"

static int run(const struct command *cmd, int argc, const char **argv, struct error *err)
{
	struct strv args CLEANUP_STRV = STRV_INIT;
	const struct poptOption options[] = { POPT_TABLEEND };
	int rc = command_parse(cmd, options, 0, 0, argc, argv, &args, err);

	if (rc <= 0)
		return rc;
	/* The options of a command are asked from its own --help, so that they cannot drift. */
	puts("_rehost()\n"
	     "{\n"
	     "\tlocal word=${COMP_WORDS[COMP_CWORD]} words=\n"
	     "\tif [ \"$COMP_CWORD\" -eq 1 ]; then\n"
	     "\t\twords='--help --version'");
	for (size_t i = 0; commands[i]; i++)
		printf("\t\twords+=' %s'\n", commands[i]->name);
	puts("\telif [[ $word == -* ]]; then\n"
	     "\t\twords=$(\"${COMP_WORDS[0]}\" \"${COMP_WORDS[1]}\" --help 2>/dev/null |\n"
	     "\t\t\tgrep -Eo -- '^  (-., )?--[a-z-]+' | grep -Eo -- '--[a-z-]+')\n"
	     "\tfi\n"
	     "\tif [ -n \"$words\" ]; then\n"
	     "\t\tmapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$word\")\n"
	     "\telse\n"
	     "\t\tmapfile -t COMPREPLY < <(compgen -f -- \"$word\")\n"
	     "\tfi\n"
	     "}\n"
	     "complete -o filenames -F _rehost rehost");
	return 0;
}

const struct command command_completion = {
	.name = "completion",
	.synopsis = "",
	.summary = "print completion for bash",
	.text = "Load it in a running shell, or for good:\n"
		"    source <(rehost completion)\n"
		"    rehost completion > /etc/bash_completion.d/rehost",
	.run = run,
};
