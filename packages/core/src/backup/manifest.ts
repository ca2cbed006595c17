import { lstatSync, readFileSync } from "node:fs";
import * as z from "zod";
import type { StateMark } from "../state/epoch.ts";

/** Why a backup was taken: asked for, before a run, or of what a restore was about to replace. */
export type BackupKind = "backup" | "before-sync" | "replaced";

/** What is known about a backup, kept beside it as JSON. It names no other file: it is found by its own name. */
export interface Manifest {
  readonly schemaVersion: 1;
  readonly tool: "dbsync";
  readonly kind: BackupKind;
  /** When the copy was begun, ISO 8601 in UTC. */
  readonly time: string;
  /** The database, by its canonical path. */
  readonly source: string;
  readonly bytes: number;
  readonly sha256: string;
  /** 0, like `pages`, where SQLite could not read the database. */
  readonly pageSize: number;
  readonly pages: number;
  readonly encoding: string;
  /** Of the database; a backup itself is always in rollback mode, one file. */
  readonly journalMode: string;
  /** SHA-256 of the definitions of all tables, indexes, views and triggers. */
  readonly schemaDigest: string;
  /** `rows` is `null` where a table cannot be counted here. */
  readonly tables: readonly { readonly table: string; readonly rows: number | null }[];
  /** What SQLite's integrity check said; empty: sound. */
  readonly problems: readonly string[];
  /** Where the state of each pair of the database stood. */
  readonly marks: readonly StateMark[];
}

const hex = (digits: number): z.ZodString => z.string().regex(new RegExp(`^[0-9a-f]{${digits}}$`));
const size = z.int().min(0);

const shape: z.ZodType<Manifest> = z.object({
  schemaVersion: z.literal(1),
  tool: z.literal("dbsync"),
  kind: z.enum(["backup", "before-sync", "replaced"]),
  time: z.iso.datetime(),
  source: z.string().min(1).max(4096),
  bytes: size,
  sha256: hex(64),
  pageSize: size,
  pages: size,
  encoding: z.string().max(20),
  journalMode: z.string().max(20),
  schemaDigest: z.string().max(64),
  tables: z.array(z.object({ table: z.string(), rows: size.nullable() })),
  problems: z.array(z.string()),
  marks: z.array(z.object({ state: hex(32), epoch: size })),
});

/** A manifest with the row counts of 10,000 tables has about a megabyte. */
const MOST_BYTES = 16 << 20;

export function manifestText(value: Manifest): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

/** Reads what stands beside a backup; anybody may have written it. @returns `null` where it is none of ours */
export function readManifest(path: string): Manifest | null {
  try {
    const stats = lstatSync(path);
    // A link would let the folder speak for files elsewhere.
    if (!stats.isFile() || stats.size > MOST_BYTES) return null;
    const { data } = shape.safeParse(JSON.parse(readFileSync(path, "utf8")));
    return data ?? null;
  } catch {
    // Not there, not to be read, or not JSON: no manifest of ours.
    return null;
  }
}
