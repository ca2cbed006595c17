/** What stands below the options of each command: examples to type. At most 60 characters a line. */
export const HELP = {
  program: `
Examples:
  dbsync diff a.db b.db       what differs
  dbsync sync a.db b.db       bring both to the same state
  dbsync validate a.db        is the file sound?

Exit codes:
  0 clean · 1 findings · 2 wrong usage · 3 failure
  10 database missing · 11 locked · 12 stopped by a guard
  130, 143 ended by a signal`,

  diff: `
Examples:
  dbsync diff a.db b.db             rows per table
  dbsync diff a.db b.db --rows      each row, in a → in b
  dbsync diff a.db b.db --table orders --table lines
  dbsync diff a.db b.db --sql > patch.sql
  dbsync diff a.db b.db --ndjson | jq .key

It writes nothing.
Exit code 0: no difference; 1: they differ.`,

  sync: `
Policies:
  last-write-wins  the later edit, by updated_at or
                   modified_at; where those cannot tell,
                   the row waits for your decision
  first-write-wins the earlier edit
  prefer-a         side A wins; prefer-b: side B
  manual           every conflict waits
  rekey            two new rows under one key: keep both
  max, min, sum, union, text
                   make one value of two, by column
  rekey,last-write-wins
                   the second where the first one waits
  ./mine.mjs       your own, or sync-resolver-NAME

Examples:
  dbsync sync a.db b.db --dry-run   what would happen?
  dbsync sync a.db b.db
  dbsync sync a.db new.db --create  start a second copy
  dbsync sync mine.db theirs.db --base old.db --out new.db
  dbsync sync a.db b.db --quiet     for cron

Exit code 0: both sides are equal; 1: a row waits.`,

  validate: `
Examples:
  dbsync validate a.db              damage, foreign keys
  dbsync validate a.db b.db         do they hold the same?
  dbsync validate a.db b.db --json

It writes nothing.
Exit code 0: all is well; 1: damaged, or they differ.`,

  explain: `
Examples:
  dbsync explain SYNC_LOCKED
  dbsync explain lineage            small letters will do
  dbsync explain                    all of them`,
} as const;
