import { createHash } from "node:crypto";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { applyEdits, buildSides } from "@sync/testkit";
import { bytesOf } from "../observe/sides.ts";
import { SIDES } from "../scenario.ts";
import type { Scenario, Side } from "../scenario.ts";

/** The bytes of each file of a pair, as hashes. */
export type Trace = Readonly<Record<Side | "state", string>>;

/** Two real database files with a state folder, and a user at each. */
export interface World {
  /** Holds everything of the pair, and nothing else. */
  readonly folder: string;
  readonly files: Readonly<Record<Side, string>>;
  readonly stateDir: string;
  /** @returns whether the database took it */
  edit(side: Side, sql: readonly string[]): boolean;
  maintain(side: Side, sql: string): void;
  /** Somebody's application has the side open from now on. */
  hold(side: Side): void;
  release(): void;
  loseState(): void;
  /** Copies both sides, where the scenario puts one back. */
  keepCopies(): void;
  /** Does nothing where there is no copy, or somebody has a side open. */
  putBack(side: Side): void;
  /** `null` while somebody has a side open. */
  trace(): Trace | null;
  /** Files beside the sides that are neither databases nor their logs and journals. */
  strayFiles(): string[];
  remove(): void;
}

/** Makes the files of a scenario in a temporary folder. */
export function createWorld(scenario: Scenario): World {
  const folder = mkdtempSync(join(tmpdir(), "torture-"));
  const place = join(folder, "pair");
  mkdirSync(place);
  const { a, b, base } = buildSides({ ...scenario, editsA: [], editsB: [], features: [] }, place);
  rmSync(base);
  const files = { a, b };
  const stateDir = join(folder, "state");
  const held: Database.Database[] = [];
  const needsCopies = scenario.steps.some((step) => step.do === "put-back");
  const copyOf = (side: Side): string => join(folder, `${side}.copy`);
  const release = (): void => {
    for (const db of held.splice(0)) db.close();
  };
  return {
    folder,
    files,
    stateDir,
    edit: (side, sql) => applyEdits(files[side], [{ kind: "update", table: "", sql }]).length > 0,
    maintain: (side, sql) => maintain(files[side], sql),
    hold: (side) => held.push(openAsUser(files[side])),
    release,
    loseState: () => rmSync(stateDir, { recursive: true, force: true }),
    keepCopies: () => {
      if (!needsCopies || held.length > 0) return;
      for (const side of SIDES) copyFileSync(files[side], copyOf(side));
    },
    putBack: (side) => {
      if (held.length === 0 && existsSync(copyOf(side))) renameSync(copyOf(side), files[side]);
    },
    trace: () => (held.length > 0 ? null : traceOf(files, stateDir)),
    strayFiles: () =>
      readdirSync(place).filter((name) => !/^[ab]\.db(-wal|-shm|-journal)?$/.test(name)),
    remove: () => {
      release();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Refused where somebody has the file open: VACUUM and a change of the journal mode want it alone. */
function maintain(path: string, sql: string): void {
  const db = new Database(path, { timeout: 0 });
  try {
    db.exec(sql);
  } catch (error) {
    if (!(error instanceof Database.SqliteError) || error.code !== "SQLITE_BUSY") throw error;
  } finally {
    db.close();
  }
}

/** Having read once, a connection keeps the log of a database in WAL mode from being folded in at other closes. */
function openAsUser(path: string): Database.Database {
  const db = new Database(path);
  db.prepare("SELECT count(*) FROM sqlite_schema").get();
  return db;
}

function traceOf(files: World["files"], stateDir: string): Trace {
  return { a: bytesOf(files.a), b: bytesOf(files.b), state: hashOfFolder(stateDir) };
}

function hashOfFolder(folder: string): string {
  if (!existsSync(folder)) return "none";
  const hash = createHash("sha256");
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" }).toSorted();
  for (const entry of names.filter((name) => /\.sqlite(-wal|-journal)?$/.test(name))) {
    const bytes = readFileSync(join(folder, entry));
    // An empty log is none (DESIGN §3.15).
    if (bytes.length > 0) hash.update(entry).update(bytes);
  }
  return hash.digest("hex");
}
