import { setTimeout as sleep } from "node:timers/promises";
import type Database from "better-sqlite3";
import { isSyncError } from "@sync/model";
import { fileIdentity } from "../../sqlite/files.ts";
import type { LazySigner, PageSource } from "../../sqlite/pages/page-signer.ts";
import type { SignAnswer, SignRequest } from "../../sqlite/pages/sign.ts";
import type { SyncFiles } from "../../sqlite/durable.ts";
import type { StateLocation } from "../../state/location.ts";
import { openLock } from "../../state/lock.ts";
import type { OpenLock, PairLock } from "../../state/lock.ts";
import { connectForRun } from "../connect.ts";
import type { RunFacilities, Seen } from "../facilities.ts";
import type { Pair } from "../options.ts";
import type { RunRequest } from "../request.ts";
import { HeldConnection } from "./held-connection.ts";
import type { Scope, SeenScopes } from "./seen-scopes.ts";
import { isClosedFrom, isSameSigns, isSettled, readSigns } from "./side-signs.ts";
import type { SideSigns } from "./side-signs.ts";

/** What a held pair shares with others. */
export interface HeldSettings {
  /** Files that nobody changed for so long are closed; 0: never. */
  readonly idleMs: number;
  readonly syncFiles: SyncFiles;
  readonly pages: Pick<LazySigner, "sign" | "start">;
  readonly now: () => number;
  readonly random: () => number;
}

/** The files were closed; while their signs stay, nothing happened to what was seen. */
interface Rest {
  readonly seen: SeenScopes;
  readonly signs: readonly SideSigns[];
}

/** Waiting for another process's run: long enough not to burn, short enough not to be noticed. */
const LOCK_WAIT_MS = 25;

/**
 * A pair whose files stay open between its runs, so that a run does not have to open them and a look
 * whether anything changed costs microseconds. Between runs it holds no lock and no transaction.
 *
 * After a while without changes it closes the files, so that a program's last close tidies up as it
 * always does, and knows by their signs whether they stay as they are (docs/decisions, 025).
 */
export class HeldPair {
  readonly #pair: Pair;
  readonly #settings: HeldSettings;
  #connection: HeldConnection | null = null;
  #lockFile: OpenLock | null = null;
  #lockIdentity = "";
  #rest: Rest | null = null;
  /** The signs of the main files at the last rest, by path, until a run has asked about their pages since. */
  #mainSigns: ReadonlyMap<string, string> = new Map();
  readonly #pages: PageSource;
  /** Somebody follows the files. */
  #isFollowed = false;
  #isGoingToRest = false;
  /** The last of the runs, which take turns: two in one thread would wait for each other for ever. */
  #turn: Promise<unknown> = Promise.resolve();
  #running = 0;

  /** @param pair - with absolute paths, as they were given */
  constructor(pair: Pair, settings: HeldSettings) {
    this.#pair = pair;
    this.#settings = settings;
    const { start } = settings.pages;
    this.#pages = { sign: async (asked) => this.#askPages(asked), follows: true, expect: start };
  }

  /** The files are open. */
  get isOpen(): boolean {
    return this.#connection !== null;
  }

  /**
   * Somebody else committed to a side, replaced or removed it since the last run of these tables that
   * ended well, or nothing is known. When in doubt: yes.
   */
  hasChanged(scope: Scope): boolean {
    if (this.#rest !== null) {
      return !this.#rest.seen.covers(scope) || !this.#isAtRest(this.#rest);
    }
    return this.#connection === null || this.#connection.hasChanged(scope);
  }

  /** Carries out one run, after those that were called before it. */
  async run<Result>(
    scope: Scope,
    work: (facilities: RunFacilities) => Promise<Result>,
  ): Promise<Result> {
    const before = this.#turn;
    this.#running += 1;
    const turn = (async () => {
      await before.catch(() => undefined);
      try {
        return await work(this.#facilities(scope));
      } catch (error) {
        // A file that is gone must not be held on to; and what failed begins anew.
        this.#closeFiles();
        this.#rest = null;
        throw error;
      }
    })();
    this.#turn = turn;
    try {
      return await turn;
    } finally {
      this.#running -= 1;
    }
  }

  /**
   * Closes files that nobody changed for a while. A close that is the last one empties the log into the
   * database and removes it; so as to tell that from a change, the first is done before, some time ahead.
   */
  tidy(): void {
    const { idleMs, now } = this.#settings;
    const connection = this.#connection;
    if (connection === null || this.#running > 0 || this.#isGoingToRest || idleMs === 0) return;
    if (now() - connection.usedMs < idleMs) return;
    connection.emptyLogs();
    // What was written just now could be written again without a trace.
    if (!this.#signs().every((sign) => isSettled(sign, now()))) return;
    if (!this.#isFollowed) this.#goToRest(connection);
    else this.#turn = this.#askAndRest(connection, this.#turn);
  }

  /** Whoever follows the files must have seen all that was committed until they come to rest. */
  async #askAndRest(connection: HeldConnection, before: Promise<unknown>): Promise<void> {
    this.#isGoingToRest = true;
    try {
      await before.catch(() => undefined);
      const requests = connection.files.map((file) => ({ file, tables: [], written: null }));
      await connection.whileReading(async () => this.#askPages(requests));
      if (this.#connection === connection && this.#running === 0) this.#goToRest(connection);
    } catch {
      // Locked, or gone: the next run will say.
    } finally {
      this.#isGoingToRest = false;
    }
  }

  #goToRest(connection: HeldConnection): void {
    const before = this.#signs();
    const { seen, files } = connection;
    const isStill = before.every((sign) => isSettled(sign, this.#settings.now()));
    if (!isStill || connection.isMoved()) return;
    this.#closeFiles();
    const signs = this.#signs();
    const isSame = signs.every((sign, index) => isClosedFrom(before[index] ?? sign, sign));
    const mainSigns = new Map(files.map(({ path }, side) => [path, signs[side]?.main ?? ""]));
    // Else somebody was quick, or could not empty the log before: the next look is a fresh one.
    this.#rest = isSame ? { seen, signs } : null;
    this.#mainSigns = isSame ? mainSigns : new Map();
  }

  async #askPages(requests: readonly SignRequest[]): Promise<readonly SignAnswer[]> {
    this.#isFollowed = true;
    const session = this.#connection?.name ?? "";
    const known = this.#mainSigns;
    return this.#settings.pages.sign(
      requests.map((request) => {
        const restedSigns = known.get(request.file.path) ?? null;
        return { ...request, following: { session, restedSigns } };
      }),
    );
  }

  /** Waits for the present run and closes everything. */
  async close(): Promise<void> {
    await this.#turn.catch(() => undefined);
    this.#closeFiles();
    this.#rest = null;
  }

  #isAtRest({ signs }: Rest): boolean {
    return this.#signs().every((sign, index) => isSameSigns(sign, signs[index] ?? sign));
  }

  #signs(): SideSigns[] {
    return [this.#pair.a, this.#pair.b].map(readSigns);
  }

  #closeFiles(): void {
    this.#connection?.close();
    this.#connection = null;
    this.#lockFile?.close();
    this.#lockFile = null;
  }

  #facilities(scope: Scope): RunFacilities {
    return {
      lock: async (location, timeoutMs) => this.#lock(location, timeoutMs),
      connect: (request, location) => this.#connect(request, location),
      schemas: (db) => this.#connectionOf(db).schemas(),
      isReady: (db, request) => this.#connectionOf(db).isReady(request),
      keep: (db, seen) => this.#keep(db, scope, seen),
      discard: (db) => this.#discard(db),
      syncFiles: this.#settings.syncFiles,
      pages: this.#pages,
    };
  }

  /** Another process's run is waited for with nothing held, so that other pairs go on. */
  async #lock(location: StateLocation, timeoutMs: number): Promise<PairLock> {
    const { random } = this.#settings;
    const deadline = performance.now() + timeoutMs;
    for (;;) {
      try {
        return this.#openLock(location).take(0);
      } catch (error) {
        const isPassing = isSyncError(error) && error.code === "SYNC_PAIR_BUSY";
        if (!isPassing || performance.now() >= deadline) throw error;
      }
      await sleep(LOCK_WAIT_MS * (0.5 + random()));
    }
  }

  #openLock(location: StateLocation): OpenLock {
    const { lockFile: path } = location;
    if (this.#lockFile?.path !== path || fileIdentity(path) !== this.#lockIdentity) {
      this.#lockFile?.close();
      this.#lockFile = openLock(location);
      this.#lockIdentity = fileIdentity(path);
    }
    return this.#lockFile;
  }

  #connect(request: RunRequest, location: StateLocation): Database.Database {
    this.#rest = null;
    if (this.#connection?.renew(request, location) === true) return this.#connection.db;
    this.#connection?.close();
    this.#connection = null;
    const db = connectForRun(request, location);
    this.#connection = new HeldConnection(db, request, location);
    return db;
  }

  #connectionOf(db: Database.Database): HeldConnection {
    if (this.#connection?.db === db) return this.#connection;
    throw new Error("a run of a held pair has another connection");
  }

  #keep(db: Database.Database, scope: Scope, seen: Seen | null): void {
    this.#mainSigns = new Map();
    this.#connectionOf(db).rest(this.#settings.now(), scope, seen);
  }

  #discard(db: Database.Database): void {
    if (this.#connection?.db === db) {
      this.#connection.close();
      this.#connection = null;
    } else db.close();
  }
}
