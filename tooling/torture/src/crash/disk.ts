import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Change } from "./disk-log.ts";

/** A file, or a folder without content, by the inode that a log names. */
export interface Entry {
  readonly path: string;
  readonly inode: string;
  readonly content: Buffer | null;
}

/** All that lies in a folder now, itself included. */
export function entriesOf(path: string): Entry[] {
  const status = statSync(path, { bigint: true });
  const inode = String(status.ino);
  if (!status.isDirectory()) return [{ path, inode, content: readFileSync(path) }];
  const inside = readdirSync(path).flatMap((name) => entriesOf(join(path, name)));
  return [{ path, inode, content: null }, ...inside];
}

/**
 * A file system in memory: what has reached the disk, and what has not. Without a power loss all of it is
 * there; after one, of what was not synced anything may be there or not, sector by sector.
 *
 * A sync of a file makes its content durable, and that it exists; a sync of a folder makes durable what
 * was created, renamed and deleted in it, in order (what journaling file systems and SQLite agree on).
 */
export class Disk {
  readonly #files = new Map<string, DiskFile>();
  /** Which file a number stands for now: those of deleted files are given out again. */
  readonly #keys = new Map<string, string>();
  /** By path; a folder too. */
  #names = new Map<string, string>();
  #durableNames = new Map<string, string>();
  #pendingNames: Change[] = [];

  /** @param entries - all of it durable */
  constructor(entries: readonly Entry[]) {
    for (const { path, inode, content } of entries) {
      this.#names.set(path, inode);
      if (content !== null) this.#files.set(inode, new DiskFile(content));
    }
    this.#durableNames = new Map(this.#names);
  }

  apply(logged: Change): void {
    const change = this.#identify(logged);
    switch (change.type) {
      case "write":
        this.#files.get(change.inode)?.write(change.offset, change.bytes);
        return;
      case "truncate":
        this.#files.get(change.inode)?.truncate(change.size);
        return;
      case "sync":
        this.#sync(change.inode);
        return;
      case "none":
        return;
      case "create":
        this.#files.set(change.inode, new DiskFile(Buffer.of()));
        this.#rename(change);
        return;
      case "mkdir":
      case "unlink":
      case "rename":
        this.#rename(change);
    }
  }

  #identify(change: Change): Change {
    if (!("inode" in change)) return change;
    const { inode } = change;
    if (change.type === "create") this.#keys.set(inode, `${inode}, ${this.#files.size}`);
    return { ...change, inode: this.#keys.get(inode) ?? inode };
  }

  #rename(change: Change): void {
    applyToNames(this.#names, change);
    this.#pendingNames.push(change);
  }

  #sync(inode: string): void {
    const file = this.#files.get(inode);
    file?.sync();
    const path = [...this.#names].find(([, one]) => one === inode)?.[0];
    if (path === undefined) return;
    const isDurableNow = (change: Change): boolean =>
      file === undefined ? folderOf(change) === path : concerns(change, path);
    for (const change of this.#pendingNames.filter(isDurableNow)) {
      applyToNames(this.#durableNames, change);
    }
    this.#pendingNames = this.#pendingNames.filter((change) => !isDurableNow(change));
  }

  /** Writes out, in place of what lies there, what is there without a power loss: everything. */
  saveAll(): void {
    save(this.#names, (inode) => this.#files.get(inode)?.content ?? null);
  }

  /** Writes out, in place of what lies there, what may be there after a power loss. */
  saveDurable(chance: Chance): void {
    const names = new Map(this.#durableNames);
    const survived = Math.floor(chance.share() * (this.#pendingNames.length + 1));
    for (const change of this.#pendingNames.slice(0, survived)) applyToNames(names, change);
    save(names, (inode) => this.#files.get(inode)?.afterPowerLoss(chance) ?? null);
  }
}

/** Where the choices of a power loss come from. */
export interface Chance {
  /** A number in [0, 1). */
  readonly share: () => number;
  /** How much of what was not synced survives, between 0 (nothing) and 1 (everything). */
  readonly survival: number;
}

/** What a disk writes at once. */
const SECTOR_BYTES = 512;

/** A file's content, and its history since it was last synced. */
class DiskFile {
  content: Buffer;
  #durable: Buffer;
  /** The whole content after each change since the last sync. Small files: what a pair of a test needs. */
  #versions: Buffer[] = [];

  constructor(content: Buffer) {
    this.content = content;
    this.#durable = content;
  }

  write(offset: number, bytes: Buffer): void {
    const size = Math.max(this.content.length, offset + bytes.length);
    const next = Buffer.alloc(size);
    this.content.copy(next);
    bytes.copy(next, offset);
    this.#become(next);
  }

  truncate(size: number): void {
    const next = Buffer.alloc(size);
    this.content.copy(next, 0, 0, size);
    this.#become(next);
  }

  #become(content: Buffer): void {
    this.content = content;
    this.#versions.push(content);
  }

  sync(): void {
    this.#durable = this.content;
    this.#versions = [];
  }

  /** Each sector holds what it held at some moment since the last sync; so does the size. */
  afterPowerLoss({ share, survival }: Chance): Buffer {
    const versions = [this.#durable, ...this.#versions];
    const newest = versions.length - 1;
    const pick = (): Buffer => {
      const chosen = share() < survival ? newest : Math.floor(share() * versions.length);
      return versions[survival === 0 ? 0 : chosen] ?? this.#durable;
    };
    const result = Buffer.alloc(pick().length);
    for (let at = 0; at < result.length; at += SECTOR_BYTES) {
      const sector = pick().subarray(at, at + SECTOR_BYTES);
      sector.copy(result, at, 0, Math.min(sector.length, result.length - at));
    }
    return result;
  }
}

function applyToNames(names: Map<string, string>, change: Change): void {
  if (change.type === "create" || change.type === "mkdir") names.set(change.path, change.inode);
  if (change.type === "unlink") names.delete(change.path);
  if (change.type === "rename") {
    const inode = names.get(change.path);
    names.delete(change.path);
    if (inode !== undefined) names.set(change.to, inode);
  }
}

function folderOf(change: Change): string | null {
  return "path" in change ? dirname(change.path) : null;
}

/** The change is about the file's name, or makes a folder above it. Earlier ones of the name come with it. */
function concerns(change: Change, path: string): boolean {
  switch (change.type) {
    case "create":
    case "unlink":
      return change.path === path;
    case "rename":
      return change.path === path || change.to === path;
    case "mkdir":
      return path.startsWith(`${change.path}/`);
    case "write":
    case "truncate":
    case "sync":
    case "none":
      return false;
  }
}

/** Folders first: a file below one that did not survive is lost with it. */
function save(
  names: ReadonlyMap<string, string>,
  contentOf: (inode: string) => Buffer | null,
): void {
  for (const [path, inode] of [...names].toSorted(([x], [y]) => x.length - y.length)) {
    const content = contentOf(inode);
    if (content === null) mkdirSync(path, { recursive: true });
    else if (names.has(dirname(path))) writeFileSync(path, content);
  }
}
