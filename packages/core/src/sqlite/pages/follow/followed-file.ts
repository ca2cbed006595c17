import { randomBytes } from "node:crypto";
import { createKeyList, createRowidList, limited } from "../candidate-list.ts";
import type { Image } from "../image.ts";
import { NotKnown, reasonOf } from "../not-known.ts";
import type { PageHash } from "../page-hash.ts";
import { readPage } from "../page-reader.ts";
import { signTable } from "../sign.ts";
import type { Following, SignAnswer, SignRequest, TableSigned, TableToSign } from "../sign.ts";
import { TOKEN_BYTES, isToken } from "../signature.ts";
import { readLogTail } from "./log-tail.ts";
import type { Log, LogFiles, LogTail } from "./log-tail.ts";
import { Marks } from "./marks.ts";
import type { OpenFile } from "./open-file.ts";
import { PageHashes } from "./page-hashes.ts";
import { PageRoles } from "./page-roles.ts";
import { surveyTree } from "./tree.ts";
import type { Tree } from "./tree.ts";
import { enterPresent, findTreeChange, leaveFormer } from "./tree-change.ts";
import type { FollowedTree } from "./tree-change.ts";
import { rowsOn } from "./tree-pages.ts";

interface Question extends Pick<SignRequest, "tables"> {
  readonly following: Following;
}

interface MarkedTree {
  readonly tree: Tree;
  /** Of an index b-tree: so many fields of its rows are the key. */
  readonly keyParts: number;
  readonly marks: Marks;
  /** A moment at which the table was as a signature says. */
  namesake: { readonly hash: bigint; readonly token: Buffer } | null;
}

/** The tree of a table's rows, and that of its key's index, if it has one. */
interface FollowedTable {
  readonly rows: MarkedTree;
  readonly keys: MarkedTree | null;
}

/**
 * What is known of one database, kept up by what is written to its log (DESIGN §9.3): the cost of a question
 * follows what was written since the last one, not the size of the database. Where there is no log, or it does
 * not tell, all pages are read, and compared with what they were.
 */
export class FollowedFile {
  #log: Log | null = null;
  #hashes = new PageHashes();
  #roles = new PageRoles();
  /** By root page. */
  readonly #trees = new Map<number, MarkedTree>();

  /** Which file it is. */
  readonly identity: string;

  constructor(identity: string) {
    this.identity = identity;
  }

  /**
   * Tells which rows of each table may have changed since the moment that the asker knows by its token, and
   * gives the present moment a new one.
   *
   * @throws NotKnown where the file cannot be read; then nothing is known of it any more
   */
  ask(open: OpenFile, { tables, following }: Question, hash: PageHash): SignAnswer {
    let isWhole = false;
    try {
      const tail = open.log === null ? null : this.#readTail(open.log, following);
      const image = open.imageAt(tail?.log ?? null);
      const written = this.#readWritten(image, tail?.pages ?? null, hash);
      this.#log = tail?.log ?? null;
      this.#follow(image, written);
      const isTail = tail !== null && tail.pages !== null;
      const answers = tables.map((table) => this.#answer(image, table, { hash, isTail }));
      image.verify();
      isWhole = true;
      const pages = isTail ? written.size : image.pageCount;
      return { type: "signed", pages, isTail, tables: answers };
    } finally {
      if (!isWhole) this.#forget();
    }
  }

  /** A log that does not carry on from what was read tells nothing, and is read from its beginning. */
  #readTail(log: LogFiles, following: Following): LogTail {
    try {
      return readLogTail(this.#log, log, following);
    } catch (error) {
      if (!(error instanceof NotKnown)) throw error;
      return readLogTail(null, log, following);
    }
  }

  /** Nothing half done may be believed. */
  #forget(): void {
    this.#log = null;
    this.#hashes = new PageHashes();
    this.#trees.clear();
    this.#roles = new PageRoles();
  }

  /** @param logged - what the log says; `null`: nothing */
  #readWritten(
    image: Image,
    logged: ReadonlySet<number> | null,
    hash: PageHash,
  ): ReadonlySet<number> {
    if (logged === null || this.#hashes.isEmpty) return this.#hashes.scan(image, hash);
    this.#hashes.note(image, hash, logged);
    return logged;
  }

  /** Brings all trees up to date; one that does not make sense any more is read anew when it is asked for. */
  #follow(image: Image, written: ReadonlySet<number>): void {
    const roles = this.#roles;
    const changes = [...this.#trees.values()].flatMap(({ tree, keyParts, marks }) => {
      const change = this.#changeOf(image, { tree, roles, keyParts }, written);
      return change === null ? [] : [{ tree, marks, change }];
    });
    for (const { tree, change } of changes) leaveFormer({ tree, roles }, change);
    for (const { tree, marks, change } of changes) {
      enterPresent({ tree, roles }, change);
      // A rowid table has its rows on its leaves.
      marks.note(change, ({ interior }) => interior === null || tree.kind === "index");
    }
  }

  #changeOf(
    image: Image,
    followed: FollowedTree,
    written: ReadonlySet<number>,
  ): ReturnType<typeof findTreeChange> {
    const { tree } = followed;
    try {
      return findTreeChange(image, followed, written);
    } catch (error) {
      reasonOf(error);
      this.#roles.clearTree(tree.id);
      this.#trees.delete(tree.root);
      return null;
    }
  }

  #answer(
    image: Image,
    table: TableToSign,
    { hash, isTail }: { readonly hash: PageHash; readonly isTail: boolean },
  ): TableSigned {
    try {
      const { root, key, keyIndex, remembered } = table;
      const rows = this.#treeOf(
        image,
        { root, kind: key === null ? "table" : "index" },
        key?.length,
      );
      const keys =
        keyIndex && this.#treeOf(image, { root: keyIndex.root, kind: "index" }, keyIndex.parts);
      const isTold = isTail || !table.wroteSince;
      const signed = remembered === null || isToken(remembered) ? null : hash.of(remembered);
      const moment = signed === null ? remembered : momentOf(rows, signed, isTold);
      const found =
        signed === null || moment !== null
          ? this.#sinceMoment(image, { key, remembered: isTold ? moment : null }, { rows, keys })
          : signTable(image, table, { hash, written: null });
      if (found.type === "not-known") return found;
      const token = randomBytes(TOKEN_BYTES);
      for (const followed of [rows, keys])
        followed?.marks.begin(token.toString("hex"), followed.tree.rows);
      const isAsSigned = signed !== null && found.type === "signed" && found.isUnchanged;
      if (isAsSigned && moment === null) rows.namesake = { hash: signed, token };
      return { ...found, signature: token };
    } catch (error) {
      return { type: "not-known", reason: reasonOf(error) };
    }
  }

  #treeOf(image: Image, { root, kind }: Pick<Tree, "root" | "kind">, keyParts = 0): MarkedTree {
    const known = this.#trees.get(root);
    if (known?.tree.kind === kind && known.keyParts === keyParts) return known;
    if (known !== undefined) this.#roles.clearTree(known.tree.id);
    const tree = surveyTree(image, { id: this.#freeId(), root, kind }, this.#roles);
    const followed: MarkedTree = { tree, keyParts, marks: new Marks(), namesake: null };
    this.#trees.set(root, followed);
    return followed;
  }

  #freeId(): number {
    const taken = new Set([...this.#trees.values()].map(({ tree }) => tree.id));
    for (let id = 0; id < PageRoles.mostTrees; id++) if (!taken.has(id)) return id;
    throw new NotKnown("it has more tables than can be followed");
  }

  #sinceMoment(
    image: Image,
    { key, remembered }: Pick<TableToSign, "key" | "remembered">,
    followed: FollowedTable,
  ): TableSigned & { readonly type: "signed" } {
    const token = remembered === null ? null : Buffer.from(remembered).toString("hex");
    const { tree, marks } = followed.rows;
    const since = marks.since(token);
    const keysSince = followed.keys === null ? since : followed.keys.marks.since(token);
    const { rows, kind } = tree;
    const found = { type: "signed", signature: NONE, leaves: NOWHERE, rows } as const;
    if (since === null)
      return {
        ...found,
        cleanRows: 0,
        rowsBefore: null,
        isUnchanged: false,
        gaps: [],
        keyGaps: null,
        changed: null,
      };
    const dirtyRows = [...since.dirty].reduce((sum, page) => sum + this.#roles.rows(page), 0);
    const list = limited(key === null ? createRowidList() : createKeyList(key.length), rows);
    for (const page of since.dirty) {
      if (list.areTooMany) break;
      for (const row of rowsOn(image, readPage(image, page), kind)) list.add(row);
    }
    const { rowsBefore, isUnchanged, gaps } = since;
    return {
      ...found,
      cleanRows: rows - dirtyRows,
      rowsBefore,
      isUnchanged,
      // The lists go on to grow.
      gaps: [...gaps],
      keyGaps: keysSince && [...keysSince.keyGaps],
      changed: list.rows(),
    };
  }
}

/**
 * Whoever starts to watch a pair has signatures of it. Going through the tables by these once tells whether they are
 * as signed, and from then on what was written since does: a first edit of 4 GB would wait ten seconds otherwise.
 *
 * @returns the name of a moment at which the table was as signed, if what happened since is known
 */
function momentOf({ namesake, marks }: MarkedTree, signed: bigint, isTold: boolean): Buffer | null {
  if (!isTold || namesake?.hash !== signed) return null;
  return marks.since(namesake.token.toString("hex")) === null ? null : namesake.token;
}

/** Until the present moment has a name. */
const NONE = new Uint8Array(0);

/** Pages stay with whoever follows them. */
const NOWHERE = new Uint32Array(0);
