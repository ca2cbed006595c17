import { randomUUID } from "node:crypto";
import type Database from "better-sqlite3";
import { quoteName } from "../../sqlite/identifier.ts";
import { fileIdentity } from "../../sqlite/files.ts";
import { SIDES } from "../../sqlite/shape.ts";
import type { StateLocation } from "../../state/location.ts";
import { setStateModes } from "../connect.ts";
import { readSchemas, schemaCookie } from "../facilities.ts";
import type { KnownSchemas, Seen } from "../facilities.ts";
import type { RunRequest } from "../request.ts";
import { SeenScopes } from "./seen-scopes.ts";
import type { Scope } from "./seen-scopes.ts";

/**
 * The connection of a held pair: a, b and the state attached, over many runs. It writes, too, so that
 * only other people's commits move its `data_version` (SQLITE_NOTES 8).
 */
export class HeldConnection {
  readonly db: Database.Database;
  readonly seen: SeenScopes = new SeenScopes();
  /** Tells it from all others. */
  readonly name: string = randomUUID();
  /** When a run used it last, in milliseconds since the epoch. */
  usedMs = 0;
  readonly #request: Pick<RunRequest, "files" | "identities">;
  readonly #stateFile: string;
  readonly #stateIdentity: string;
  readonly #versions: Readonly<Record<"a" | "b", Database.Statement>>;
  #known: KnownSchemas | null = null;
  /** For what the state is ready since the last run, and its version then. */
  #ready: { readonly purpose: string; readonly state: number } | null = null;
  /** For what the present run made it ready. */
  #purpose = "";
  #areLogsEmptied = false;

  /** @param db - just opened for this request */
  constructor(db: Database.Database, { files, identities }: RunRequest, location: StateLocation) {
    this.db = db;
    this.#request = { files, identities };
    this.#stateFile = location.stateFile;
    this.#stateIdentity = fileIdentity(location.stateFile);
    this.#versions = {
      a: db.prepare("PRAGMA a.data_version").pluck(),
      b: db.prepare("PRAGMA b.data_version").pluck(),
    };
  }

  /**
   * Makes it as if it had just been opened for a request.
   *
   * @returns false where it has to be opened anew: other files stand at the paths, or it cannot be cleaned
   */
  renew(request: RunRequest, location: StateLocation): boolean {
    if (!this.#isFor(request, location)) return false;
    try {
      this.db.pragma(`busy_timeout = ${request.settings.busyTimeoutMs}`);
      dropTemporary(this.db);
      setStateModes(this.db);
    } catch {
      return false;
    }
    return !this.db.inTransaction;
  }

  /** The schemas of both sides; read again where a cookie moved. */
  schemas(): KnownSchemas {
    const known = this.#known;
    const isKnown =
      known !== null &&
      SIDES.every(({ side }) => schemaCookie(this.db, side) === known.cookies[side]);
    this.#known = isKnown ? known : readSchemas(this.db);
    return this.#known;
  }

  /**
   * The last run ended well and was about the same tables, in the same way; neither schema changed since, and nobody
   * else wrote to the state. Called once for each run.
   */
  isReady(request: RunRequest): boolean {
    const { tables, view, swapped, writable, lineage } = request;
    const { cookies } = this.schemas();
    const purpose = JSON.stringify([tables, view, swapped, writable, cookies]);
    const ready = this.#ready;
    this.#ready = null;
    this.#purpose = purpose;
    return lineage === null && ready?.purpose === purpose && ready.state === this.#stateVersion();
  }

  #stateVersion(): number {
    return this.db.pragma("state.data_version", { simple: true }) as number;
  }

  /** A run ended well; nobody waits here from now on, and its pages are given back. */
  rest(nowMs: number, scope: Scope, seen: Seen | null): void {
    this.usedMs = nowMs;
    this.#areLogsEmptied = false;
    this.#ready = { purpose: this.#purpose, state: this.#stateVersion() };
    if (seen !== null) this.seen.note(scope, seen);
    this.db.pragma("busy_timeout = 0");
    this.db.pragma("shrink_memory");
  }

  /** Of both sides, by their canonical paths. */
  get files(): readonly { readonly path: string; readonly identity: string }[] {
    const { files, identities } = this.#request;
    return SIDES.map(({ side }) => ({ path: files[side].path, identity: identities[side] }));
  }

  /** Calls while what both sides hold now cannot be overwritten. */
  async whileReading<Result>(work: () => Promise<Result>): Promise<Result> {
    this.db.exec("BEGIN");
    try {
      for (const { side } of SIDES) this.db.prepare(`SELECT 1 FROM ${side}.sqlite_schema`).get();
      return await work();
    } finally {
      this.db.exec("COMMIT");
    }
  }

  /** Has SQLite carry the logs of the sides over into the databases, as far as nobody reads them; once after each run. */
  emptyLogs(): void {
    // What stands at the path now may have a log by the same name; it must not go into the former file.
    if (this.#areLogsEmptied || this.#isReplaced()) return;
    this.#areLogsEmptied = true;
    try {
      for (const { side } of SIDES) this.db.pragma(`${side}.wal_checkpoint(PASSIVE)`);
    } catch {
      // Somebody else is at it.
    }
  }

  /** Somebody else changed a side since these tables were last seen, or it cannot be told. */
  hasChanged(scope: Scope): boolean {
    const seen = this.seen.of(scope);
    return seen === null || this.#differsFrom([seen]);
  }

  /** The same, for anything that was seen. */
  isMoved(): boolean {
    return this.#differsFrom(this.seen.all());
  }

  /** Idempotent. */
  close(): void {
    this.db.close();
  }

  #differsFrom(seen: readonly Seen[]): boolean {
    if (this.#isReplaced()) return true;
    try {
      const now = { a: this.#versions.a.get(), b: this.#versions.b.get() };
      return seen.some(({ a, b }) => a.data !== now.a || b.data !== now.b);
    } catch {
      // Locked, or gone: the run will say.
      return true;
    }
  }

  #isReplaced(): boolean {
    const { files, identities } = this.#request;
    return SIDES.some(({ side }) => fileIdentity(files[side].given) !== identities[side]);
  }

  #isFor({ files, identities }: RunRequest, { stateFile }: StateLocation): boolean {
    const own = this.#request;
    return (
      SIDES.every(
        ({ side }) =>
          files[side].path === own.files[side].path && identities[side] === own.identities[side],
      ) &&
      stateFile === this.#stateFile &&
      fileIdentity(stateFile) === this.#stateIdentity
    );
  }
}

/** What an earlier run left in `temp` would be taken for this one's. */
function dropTemporary(db: Database.Database): void {
  const names = db
    .prepare("SELECT type, name FROM temp.sqlite_schema WHERE type IN ('table', 'view')")
    .raw()
    .all() as [type: "table" | "view", name: string][];
  for (const [type, name] of names) db.exec(`DROP ${type} temp.${quoteName(name)}`);
}
