import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { fileIdentity } from "../src/sqlite/files.ts";
import { hashPages } from "../src/sqlite/pages/hash-pages.ts";
import { loadPageHash } from "../src/sqlite/pages/page-hash.ts";
import { createSignerHere } from "../src/sqlite/pages/sign-here.ts";
import { signDatabase } from "../src/sqlite/pages/sign.ts";
import type { SignAnswer, SignRequest } from "../src/sqlite/pages/sign.ts";
import { makeDatabase, temporaryFolder } from "./databases.ts";

const program = new URL("../dist/sqlite/pages/sign-here-thread.js", import.meta.url);
const hash = await loadPageHash();

/** Some thousand leaves, so that what is found about them is moved from thread to thread; and a small table. */
function makeFiles(): [string, string] {
  const folder = temporaryFolder();
  const [a, b] = [join(folder, "a.db"), join(folder, "b.db")];
  makeDatabase(a, (db) =>
    db.exec(`PRAGMA page_size = 512; PRAGMA journal_mode = DELETE;
      CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT); CREATE TABLE u (id INTEGER PRIMARY KEY, v TEXT);
      INSERT INTO u VALUES (1, 'one');
      WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000)
      INSERT INTO t SELECT i, printf('%.300c', 'x') FROM n;`),
  );
  copyFileSync(a, b);
  makeDatabase(b, (db) => db.exec("UPDATE t SET v = 'b' WHERE id % 500 = 0"));
  return [a, b];
}

function requestFor(path: string, remembered: SignAnswer | null): SignRequest {
  const tables = [2, 3].map((root, place) => {
    const table = remembered?.type === "signed" ? remembered.tables[place] : undefined;
    const known = table?.type === "signed" ? table.signature : null;
    return { root, key: null, keyIndex: null, remembered: known, leaves: null, wroteSince: false };
  });
  return { file: { path, identity: fileIdentity(path) }, tables, written: null };
}

test.each([0, Infinity])(
  "databases are signed and hashed as everywhere, with two threads from %d bytes",
  async (worthTwoBytes) => {
    const paths = makeFiles();
    const signer = createSignerHere({ program, worthTwoBytes });
    const [first] = paths;
    const before = signDatabase(requestFor(first, null), hash);
    for (const known of [null, before]) {
      const requests = paths.map((path) => requestFor(path, known));
      const found = await signer.sign(requests);
      // A message makes plain arrays of Node's buffers.
      expect(structuredClone(found)).toEqual(
        structuredClone(requests.map((request) => signDatabase(request, hash))),
      );
      expect(found).toMatchObject([{ type: "signed" }, { type: "signed" }]);
    }
    const noted = paths.map((path) => ({ ...requestFor(path, null), remembered: null }));
    const hashed = (await signer.hash?.(noted)) ?? [];
    expect(hashed).toEqual(noted.map((request) => hashPages(request, hash)));
    const again = hashed.map((one, place) => ({
      file: { path: paths[place] ?? "", identity: fileIdentity(paths[place] ?? "") },
      remembered: one.type === "hashed" ? one.hashes : null,
    }));
    expect(await signer.hash?.(again)).toMatchObject([{ areSame: true }, { areSame: true }]);
    const others = again.map(({ remembered }, place) => ({
      file: again[1 - place]?.file ?? { path: "", identity: "" },
      remembered,
    }));
    expect(await signer.hash?.(others)).toMatchObject([{ areSame: false }, { areSame: false }]);
    signer.close();
  },
);
