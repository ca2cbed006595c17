import type Database from "better-sqlite3";
import { openAlone } from "../connection.ts";
import { fileIdentity } from "../files.ts";
import type { DatabaseFile } from "../files.ts";
import type { DigestAnswer, DigestRequest } from "../pages/digest-request.ts";
import { startAnswering } from "../pages/answering-process.ts";
import type { Schema, Table } from "../schema/types.ts";
import type { ContentDigest } from "./content-digest.ts";
import { planDigest } from "./plan-digest.ts";

/** Digests somewhere; the answer never rejects, it may be that nothing is known. */
export type DigestPages = (request: DigestRequest) => Promise<DigestAnswer>;

/** A database on which `db` has a read transaction, begun by reading its schema. */
export interface DigestTask {
  readonly db: Database.Database;
  readonly schemaName: string;
  readonly file: DatabaseFile;
  /** Which file it was before it was opened. */
  readonly identity: string;
  readonly schema: Schema;
  readonly tables: readonly Table[];
  /** Moves when another connection commits; asked once before the transaction began. */
  readonly watch: CommitWatch;
  readonly digestPages: DigestPages;
}

/** Tells whether somebody committed since it was made. */
export interface CommitWatch {
  isStill(): boolean;
  close(): void;
}

/**
 * Digests of tables by reading the file's pages in another process, by table name; empty where the pages
 * tell nothing. What is read there is the newest commit; it is what `db` shows only if that has not changed
 * since before its transaction began, and another connection is asked for that.
 */
export async function pageDigests(task: DigestTask): Promise<ReadonlyMap<string, ContentDigest>> {
  const { db, schemaName, file, identity, schema, watch } = task;
  const plans = task.tables.flatMap((table) => {
    const plan = planDigest(db, schemaName, table, schema.encoding);
    return plan === null ? [] : [{ name: table.name, plan }];
  });
  if (plans.length === 0 || fileIdentity(file.path) !== identity) return new Map();
  const answer = await task.digestPages({
    file: { path: file.path, identity },
    tables: plans.map(({ plan }) => plan),
  });
  if (answer.type === "not-known" || !watch.isStill()) return new Map();
  return new Map(
    plans.flatMap(({ name }, at) => {
      const found = answer.tables[at];
      return found?.type === "digest" ? [[name, { rows: found.rows, digest: found.digest }]] : [];
    }),
  );
}

/** Watches a database's commits by a connection of its own, which has no transaction. */
export function watchCommits(file: DatabaseFile, busyTimeoutMs: number): CommitWatch {
  const db = openAlone(file, { readonly: true, busyTimeoutMs });
  const version = (): unknown => db.pragma("data_version", { simple: true });
  const before = version();
  return { isStill: () => version() === before, close: () => void db.close() };
}

/**
 * Has a process of its own digest.
 *
 * @param program - the built `digest-child.js`
 */
export function digestElsewhere(
  program: URL = new URL("../pages/digest-child.js", import.meta.url),
): DigestPages {
  return async (request) => {
    const digester = startAnswering(program, "once");
    try {
      // The child sends nothing but what digestFile returned.
      const answer = (await digester.ask(request)) as DigestAnswer | null;
      return answer ?? { type: "not-known", reason: "the process that reads pages failed" };
    } finally {
      digester.close();
    }
  };
}
