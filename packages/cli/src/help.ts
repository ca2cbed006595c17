/** What stands below the options of each command: examples to type. At most 60 characters a line. */
export const HELP = {
  program: `
Examples:
  dbsync diff a.db b.db       what differs
  dbsync sync a.db b.db       bring both to the same state
  dbsync init                 give a pair a name
  dbsync sync shop            then its name will do
  dbsync conflicts a.db b.db  what waits for a decision?
  dbsync ledger a.db b.db     what lost, and to whom?
  dbsync undo last a.db b.db  give it back
  dbsync watch --detach       sync whenever one changes
  dbsync validate a.db        is the file sound?
  dbsync schema a.db b.db     do they define the same?
  dbsync doctor               does anything stand in the way?

Exit codes:
  0 clean · 1 findings · 2 wrong usage · 3 failure
  10 database missing · 11 locked · 12 stopped by a guard
  130, 143 ended by a signal`,

  diff: `
Examples:
  dbsync diff a.db b.db             rows per table
  dbsync diff a.db b.db --rows      each row, in a → in b
  dbsync diff a.db b.db --table orders --table lines
  dbsync diff a.db b.db --html diff.html
                                    a page to read or send
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

Directions:
  two-way          the changes of both
  a-to-b, b-to-a   those of one side; what the other
                   changed itself stays there
  mirror           B becomes what A is, exactly; it asks,
                   or needs --yes. To make A what B is,
                   name them the other way round.

Examples:
  dbsync sync a.db b.db --dry-run   what would happen?
  dbsync sync a.db b.db
  dbsync sync shop notes            pairs of the config
  dbsync sync                       every pair of it
  dbsync sync a.db new.db --create  start a second copy
  dbsync sync mine.db theirs.db --base old.db --out new.db
  dbsync sync a.db b.db --quiet     for cron
  dbsync sync a.db b.db --direction a-to-b
  dbsync sync a.db b.db --html run.html

Exit code 0: both sides are equal; 1: a row waits.`,

  validate: `
Examples:
  dbsync validate a.db              damage, foreign keys
  dbsync validate a.db b.db         do they hold the same?
  dbsync validate a.db b.db --json

It writes nothing.
Exit code 0: all is well; 1: damaged, or they differ.`,

  schema: `
Tables, columns, types, keys, constraints, indexes, views
and triggers are compared. The order of columns and the
names of indexes are no difference.

--apply runs what only adds, in one transaction, after a
backup of that side. It never changes or drops anything;
a rebuild is printed for you to run.

Examples:
  dbsync schema a.db b.db
  dbsync schema a.db b.db --apply b   b gets what it lacks
  dbsync schema shop --table orders --json

Exit code 0: the same; 1: they differ.`,

  backup: `
It goes to SYNC_BACKUP_ROOT (or GH_COPILOT_BACKUP_ROOT, or
backup.root of the config), else into the state folder.
SYNC_MAX_BACKUPS are kept of each kind; 5 without it. The
newest that is sound never goes.

Examples:
  dbsync backup a.db
  SYNC_BACKUP_ROOT=/mnt/backups dbsync backup a.db

Exit code 0: it is sound; 1: the database is damaged.`,

  backups: `
Examples:
  dbsync backups                    of all databases
  dbsync backups a.db
  dbsync backups --json | jq .databases

It writes nothing.
Exit code 0: all are whole; 1: one is not.`,

  restore: `
The backup is looked through first, and a copy of what it
replaces is kept. Programs that have the database open see
the restored rows. The next run of its pairs brings it
forward again.

Examples:
  dbsync restore a.db --latest
  dbsync restore a.db --from 20260102T100500123Z
  dbsync restore a.db --from /mnt/old.db --yes

Stop a watcher first: dbsync stop`,

  doctor: `
Looks at Node, SQLite, permissions, file systems, locks,
logs left by a crash, schemas, folders that are copied
between machines, disk space, the clock and the limits of
watching. Each finding comes with its cure.

Examples:
  dbsync doctor                 every pair of the config
  dbsync doctor a.db b.db
  dbsync doctor shop --json

It writes nothing.
Exit code 0: all is well; 1: there are findings.`,

  state: `
What is remembered about a pair (what both sides agreed on,
the inbox, the ledger) lies in a folder of its own and
belongs to this machine. Plain SQLite files: look into them.

Examples:
  dbsync state list
  dbsync state move old/a.db new/a.db
                      after a database was moved
  dbsync state export a.db b.db pair.state
  dbsync state import pair.state x/a.db x/b.db
                      both databases went elsewhere
  dbsync state forget a.db b.db --yes
                      the next run is a first run: both
                      sides come together

An exported file holds rows of the databases: keep it safe.`,

  conflicts: `
Examples:
  dbsync conflicts a.db b.db        what waits
  dbsync conflicts list a.db b.db --json
  dbsync conflicts show 12 a.db b.db
  dbsync conflicts resolve 12 a.db b.db --take a
  dbsync conflicts resolve a.db b.db
                                    ask for each of them

Exit code 0: nothing waits; 1: something does.`,

  show: `
Example:
  dbsync conflicts show 12 a.db b.db

* marks what is in dispute. It writes nothing.`,

  resolve: `
A decision takes effect at once, on both sides, for that
row alone. What it overwrites is kept in the ledger.
--take decides what is in dispute; what only one side
changed stays. Without id and decision, you are asked.

Values of --set are written as in SQL: 12, 12.5, 'text',
x'00ff', NULL. In a TEXT column the quotes of a text may
be left out. --take beside --set: the other columns.

Examples:
  dbsync conflicts resolve a.db b.db
  dbsync conflicts resolve 12 a.db b.db --take b
  dbsync conflicts resolve 12 a.db b.db --set price=12.5
  dbsync conflicts resolve 12 a.db b.db --take a \\
    --set "note='both of us'"
  dbsync conflicts resolve a.db b.db --from decisions.json

The file: [{"id": 12, "take": "a"},
  {"id": 13, "set": {"price": 12.5}, "take": "b"},
  {"id": 14, "delete": true}, {"id": 15, "keepBoth": true}]

Exit code 0: nothing waits any more; 1: something does,
or a decision was refused.`,

  ledger: `
Examples:
  dbsync ledger a.db b.db           the newest 50
  dbsync ledger a.db b.db --since "2 hours ago"
  dbsync ledger a.db b.db --table orders --limit 500
  dbsync ledger a.db b.db --run 019b2c --json

It writes nothing. Entries are kept for 90 days.`,

  undo: `
What lost comes back on both sides, as an edit that can be
undone in turn. A row that was changed again since is left
alone, unless you say --yes.

Examples:
  dbsync undo 7 a.db b.db           one entry of the ledger
  dbsync undo last a.db b.db --dry-run
  dbsync undo 019b2c5e-7e37 a.db b.db --side a
                                    all that a run lost

Exit code 0: all is back; 1: some could not be given back.`,

  watch: `
One line for each run that did something, and each trouble
once. Ctrl-C finishes the run at hand and ends it.

Examples:
  dbsync watch a.db b.db
  dbsync watch                      every pair of the config
  dbsync watch shop notes --detach  in the background
  dbsync status                     how it goes
  dbsync stop                       end it
  dbsync watch --print-service > \\
    ~/.config/systemd/user/dbsync.service

A pair has one watcher at a time; a second one exits 11.`,

  status: `
Examples:
  dbsync status
  dbsync status --json | jq .watchers

Exit code 0: all is well; 1: no watcher runs, a pair fails
or is paused, or a conflict waits.`,

  stop: `
Examples:
  dbsync stop
  dbsync stop --timeout 5

It returns when they are gone.`,

  resume: `
A pair is paused where a person must decide: see dbsync
status. It goes on by itself when its files change, and
after a dbsync sync of the pair.

Examples:
  dbsync resume shop
  dbsync resume                     every pair`,

  log: `
Examples:
  dbsync log --since "2 hours ago"
  dbsync log --event sync_error,conflict_skip
  dbsync log --pair shop --follow
  dbsync log --pair a.db b.db
  dbsync log --json | jq .entries

Also in files that were put aside, the oldest first.`,

  config: `
Examples:
  dbsync config print
  dbsync config print --json
  dbsync --config other.yaml config print

First an option of the command line, then SYNC_… of the
environment, the project's config, your own, the default.`,

  initResolver: `
It writes sync-resolver-NAME where you stand: TypeScript,
tests, a README, what publishing needs. Installed, it is
found by its name: --policy NAME, or in a config.

Examples:
  dbsync init resolver stock
  dbsync init resolver @acme/stock --json`,

  init: `
Examples:
  dbsync init                       asks
  dbsync init office.db field.db --name shop --yes

It writes sync.config.yaml where you stand.`,

  completion: `
Examples:
  dbsync completion bash > \\
    ~/.local/share/bash-completion/completions/dbsync
  dbsync completion fish > \\
    ~/.config/fish/completions/dbsync.fish
  dbsync completion zsh > _dbsync
                      in a folder of $fpath

It knows commands, options and their words; everything
else is completed as a file. A new version of dbsync may
know more: write the script anew.`,

  explain: `
Examples:
  dbsync explain SYNC_LOCKED
  dbsync explain lineage            small letters will do
  dbsync explain                    all of them`,
} as const;
