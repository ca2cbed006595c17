import type {
  BackupKind,
  BackupList,
  BackupReport,
  FoundBackup,
  RestoreReport,
  RestoredPair,
} from "@sync/core";
import { relative, resolve } from "node:path";
import { pathForShell } from "@sync/model";
import type { Terminal } from "./terminal.ts";
import { count, listText, printableName, sentence, wrap } from "./text.ts";
import { timeText } from "./time-text.ts";

const KINDS: Readonly<Record<BackupKind, string>> = {
  backup: "backup",
  "before-sync": "before a run",
  replaced: "replaced by a restore",
};

/** What was taken, where it is, and how to have it back. */
export function backupText(
  { backup, root, manifest, removed }: BackupReport,
  { database, isDefaultRoot }: { readonly database: string; readonly isDefaultRoot: boolean },
  { colors, width }: Terminal,
): string {
  const { tables, problems } = manifest;
  const rows = tables.reduce((sum, table) => sum + (table.rows ?? 0), 0);
  const size = `${count(tables.length, "table")}, ${count(rows, "row")}, ${bytesText(manifest.bytes)}`;
  const lines = [`${printableName(database)}: ${size}.`, `  ${backup}`];
  for (const problem of problems)
    lines.push(colors.red(wrap(`  damaged: ${printableName(problem)}`, width)));
  if (removed.length > 0) lines.push(`${count(removed.length, "older backup")} went.`);
  if (isDefaultRoot) {
    const where = `Backups go to ${root}, since no other folder is named. SYNC_BACKUP_ROOT names one, best on another disk.`;
    lines.push(colors.dim(wrap(where, width)));
  }
  if (problems.length > 0) {
    const what = "The database is damaged: this copy is kept, and is no good to go back to.";
    return [...lines, "", wrap(what, width), `  dbsync backups ${pathForShell(database)}`].join(
      "\n",
    );
  }
  const next = `  dbsync restore ${pathForShell(database)} --latest`;
  return [...lines, "", "To put it back:", next].join("\n");
}

/** Each database with its backups, the newest first. */
export function backupsText(
  lists: readonly BackupList[],
  database: string | null,
  terminal: Terminal,
): string {
  const filled = lists.filter(({ backups }) => backups.length > 0);
  if (filled.length === 0) {
    const folder = lists[0]?.folder;
    const where = database === null || folder === undefined ? "" : ` of ${database} in ${folder}`;
    return wrap(`There is no backup${where}. \`dbsync backup DB\` takes one.`, terminal.width);
  }
  return filled.map((list) => listOf(list, terminal)).join("\n\n");
}

function listOf({ database, folder, backups }: BackupList, terminal: Terminal): string {
  const { colors } = terminal;
  const title = `${colors.bold(printableName(database))}  ${colors.dim(folder)}`;
  return [title, ...backups.map((one) => backupLine(one, terminal))].join("\n");
}

function backupLine(
  { path, manifest, problems }: FoundBackup,
  { colors, width }: Terminal,
): string {
  const name = path.slice(path.lastIndexOf("/") + 1, -".sqlite".length);
  const about =
    manifest === null
      ? name
      : [
          name,
          timeText(Date.parse(manifest.time)),
          bytesText(manifest.bytes),
          KINDS[manifest.kind],
        ].join("  ");
  if (problems.length === 0) return `  ${colors.green("ok     ")}  ${about}`;
  const [first = ""] = problems;
  const more = problems.length > 1 ? ` (and ${problems.length - 1} more)` : "";
  return `  ${colors.red("damaged")}  ${about}\n${wrap(printableName(`${first}${more}`), width, "           ")}`;
}

/** What holds now, where the rest is, and what the next run of each pair will do. */
export function restoreText(
  report: RestoreReport,
  database: string,
  { colors, width }: Terminal,
): string {
  const { from, manifest, replaced, how, setAside, pairs, notices } = report;
  const name = printableName(database);
  const when =
    manifest === null
      ? "the file again"
      : `the backup of ${timeText(Date.parse(manifest.time))} again`;
  const lines = [colors.green(`${name} holds ${when}.`), `  from      ${from}`];
  if (replaced !== null) lines.push(`  replaced  ${replaced}`);
  for (const file of setAside) lines.push(`  set aside ${file}`);
  if (how === "new-file" && replaced !== null) {
    const what =
      "SQLite could not open the old file, so that another one took its place: programs that had it open must be started again.";
    lines.push(wrap(what, width));
  }
  lines.push(...notices.map((notice) => wrap(notice, width)));
  for (const pair of pairs) lines.push("", ...pairLines(pair, database, width));
  if (replaced !== null) {
    const lost = `What was changed in ${name} after the backup and never reached another database stands only in the copy of what was replaced. To look at it:`;
    lines.push(
      "",
      wrap(lost, width),
      `  dbsync diff ${pathForShell(database)} ${pathForShell(replaced)} --rows`,
    );
  }
  return lines.join("\n");
}

function pairLines({ a, b, tables }: RestoredPair, database: string, width: number): string[] {
  const other = shortPath(resolve(database) === b ? a : b);
  const rebased = tables.filter(({ outcome }) => outcome === "rebased");
  const anew = tables.filter(({ outcome }) => outcome === "anew");
  const rows = rebased.reduce((sum, table) => sum + table.rows, 0);
  const lines = [
    rows === 0
      ? `With ${other}: no run went on from the backup.`
      : `With ${other}: ${count(rows, "row")} of ${tableNames(rebased)} went on since, and will be brought forward.`,
  ];
  if (anew.length > 0) {
    lines.push(
      sentence(
        `What happened since to ${tableNames(anew)} is not known row by row: both sides come together there, and nothing is deleted`,
      ),
    );
  }
  return [
    ...lines.map((line) => wrap(line, width)),
    `  dbsync sync ${pathForShell(shortPath(a))} ${pathForShell(shortPath(b))}`,
  ];
}

/** Relative to where the user stands, where that is shorter. */
function shortPath(path: string): string {
  const short = relative(process.cwd(), path);
  return short.startsWith("..") || short === "" ? path : short;
}

function tableNames(tables: readonly { readonly table: string }[]): string {
  return listText(tables.map(({ table }) => printableName(table)));
}

function bytesText(bytes: number): string {
  if (bytes < 1000) return count(bytes, "byte");
  const [unit, size] = bytes < 1e6 ? ["kB", 1e3] : bytes < 1e9 ? ["MB", 1e6] : ["GB", 1e9];
  return `${(bytes / size).toFixed(1)} ${unit}`;
}
