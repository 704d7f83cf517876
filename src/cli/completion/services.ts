/**
 * Shell command that prints the names of all services, one a line, and nothing where no daemon runs. `--json` keeps
 * this independent of the table for people.
 */
export const LIST_SERVICES = `teal status --json 2>/dev/null | sed -n 's/^ *"service": "\\(.*\\)",$/\\1/p'`;
