import type Database from "better-sqlite3";
import type { SyncFiles } from "../sqlite/durable.ts";
import { createFileSyncer } from "../sqlite/file-syncer.ts";
import { createLazySigner } from "../sqlite/pages/page-signer.ts";
import type { LazySigner, PageSource } from "../sqlite/pages/page-signer.ts";
import { readSchema } from "../sqlite/schema/read-schema.ts";
import type { Schema } from "../sqlite/schema/types.ts";
import type { StateLocation } from "../state/location.ts";
import { lockPair } from "../state/lock.ts";
import type { PairLock } from "../state/lock.ts";
import { connectForDryRun, connectForRun } from "./connect.ts";
import type { RunRequest } from "./request.ts";

/** What a run saw of the sides when it read them: what changes later is not in its result. */
export type Seen = Readonly<Record<"a" | "b", { readonly data: number }>>;

/** The schemas of both sides, and the cookies that stood in the files before they were read. */
export interface KnownSchemas {
  readonly schemas: Readonly<Record<"a" | "b", Schema>>;
  readonly cookies: Readonly<Record<"a" | "b", number>>;
}

/**
 * What a run works with that may outlive it: the pair's lock, the connection, the process that syncs
 * files. A single run has its own; the runs of a held pair share theirs. The run must not notice.
 */
export interface RunFacilities {
  lock(location: StateLocation, timeoutMs: number): Promise<PairLock>;
  /** Both sides and the state attached, as if they had just been opened. */
  connect(request: RunRequest, location: StateLocation): Database.Database;
  schemas(db: Database.Database): KnownSchemas;
  /** The run before, with the same tables, left the state ready for this one, and nobody wrote to it since. */
  isReady(db: Database.Database, request: RunRequest): boolean;
  /** The run ended well; `null`: it did not look at everything. */
  keep(db: Database.Database, seen: Seen | null): void;
  /** The run failed, or has to begin anew: what the connection knows is not worth guessing. */
  discard(db: Database.Database): void;
  readonly syncFiles: SyncFiles;
  /** Has pages read to find what changed, by a process of its own. */
  readonly pages: PageSource;
}

/**
 * Everything for one run, and nothing left after it.
 *
 * @param signer - what is asked about pages; it is closed with the rest
 */
export function createOwnFacilities(signer: LazySigner = createLazySigner()): RunFacilities {
  const close = (db: Database.Database): void => {
    signer.close();
    db.close();
  };
  return {
    lock: (location, timeoutMs) => Promise.resolve(lockPair(location, timeoutMs)),
    connect: (request, location) =>
      request.dryRun ? connectForDryRun(request, location) : connectForRun(request, location),
    schemas: readSchemas,
    isReady: () => false,
    keep: close,
    discard: close,
    pages: { sign: signer.sign, hash: signer.hash, follows: false, expect: signer.start },
    syncFiles: async (paths) => {
      // A process less to start; where it cannot, the other one says why.
      if (await signer.syncIfStarted(paths)) return;
      const syncer = createFileSyncer();
      try {
        await syncer.sync(paths);
      } finally {
        syncer.close();
      }
    },
  };
}

/** Reads both schemas. The cookies come first: what changes meanwhile is noticed when they are compared. */
export function readSchemas(db: Database.Database): KnownSchemas {
  const cookies = { a: schemaCookie(db, "a"), b: schemaCookie(db, "b") };
  return { cookies, schemas: { a: readSchema(db, "a"), b: readSchema(db, "b") } };
}

/** Moves with every change of a side's schema. */
export function schemaCookie(db: Database.Database, side: "a" | "b"): number {
  return db.pragma(`${side}.schema_version`, { simple: true }) as number;
}
