import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Command } from "commander";
import { describe, expect, it } from "vitest";
import { createProgram } from "../src/program.ts";
import type { Session } from "../src/session.ts";
import { nameOf, shownOptions } from "./command-text.ts";
import { createDesk, SHOP } from "./desk.ts";
import { DOCUMENTS, publishedSchema } from "./documents.ts";
import { jsonPage } from "./json-page.ts";

const SCHEMAS = fileURLToPath(new URL("../schemas", import.meta.url));
const PAGE = fileURLToPath(new URL("../../../docs/json.md", import.meta.url));

// `SYNC_WRITE_DOCS=1` writes schemas and page instead of comparing them.
const WRITES = process.env["SYNC_WRITE_DOCS"] === "1";

/** Of these, `--json` is not wanted: a script for a shell, and what never ends. */
const WITHOUT: readonly string[] = ["completion", "watch"];

describe("documents of --json", () => {
  it("are printed by every command", () => {
    // Building the tree asks nothing of a session.
    const tree = createProgram({} as Session, "0", () => undefined);
    const ends = [tree, ...below(tree)].filter(
      // One with arguments does something itself, also where it has commands below it.
      ({ commands, parent, registeredArguments }) =>
        parent !== null && (commands.length === 0 || registeredArguments.length > 0),
    );
    const withJson = ends.filter((one) => shownOptions(one).some(({ long }) => long === "--json"));
    const names = (some: readonly Command[]): string[] =>
      some.map((one) => nameOf(one).split(" ").slice(1).join("-")).toSorted();
    expect(names(ends.filter((one) => !withJson.includes(one)))).toEqual(WITHOUT);
    const others = ["diff-row", "error", "sync-pairs"];
    expect([...names(withJson), ...others].toSorted()).toEqual(Object.keys(DOCUMENTS).toSorted());
  });

  it.each(Object.keys(DOCUMENTS))("%s is published as a JSON Schema", (name) => {
    const text = `${JSON.stringify(publishedSchema(name), null, 2)}\n`;
    const file = `${SCHEMAS}/${name}.schema.json`;
    if (WRITES) writeFileSync(file, text);
    else expect(readFileSync(file, "utf8")).toBe(text);
  });

  it("are all that is published, and stand on a page", () => {
    const files = readdirSync(SCHEMAS).map((name) => name.replace(".schema.json", ""));
    expect(files.toSorted()).toEqual(Object.keys(DOCUMENTS).toSorted());
    const text = jsonPage(Object.fromEntries(files.map((name) => [name, publishedSchema(name)])));
    if (WRITES) writeFileSync(PAGE, text);
    else expect(withoutAlignment(readFileSync(PAGE, "utf8"))).toBe(withoutAlignment(text));
  });
});

// Whatever JSON a test of the command gets is held against these, in the desk; what no other test prints is here.
describe("what is printed", () => {
  it("is as documented: init, explain, sync of all pairs, state", async () => {
    const desk = createDesk();
    desk.database("a.db", SHOP);
    desk.database("b.db", SHOP);
    desk.database("c.db", SHOP);
    const lines: readonly (readonly string[])[] = [
      ["init", "a.db", "b.db", "--name", "shop", "--json"],
      ["init", "resolver", "stock", "--json"],
      ["sync", "--json"],
      ["explain", "--json"],
      ["state", "export", "shop", "pair.state", "--json"],
      ["state", "forget", "shop", "--yes", "--json"],
      ["state", "import", "pair.state", "a.db", "b.db", "--json"],
      ["state", "move", "a.db", "c.db", "--json"],
      ["state", "list", "--json"],
    ];
    for (const line of lines) {
      const { exitCode, stdout } = await desk.dbsync(line);
      expect({ line, exitCode }).toEqual({ line, exitCode: 0 });
      expect(JSON.parse(stdout)).toMatchObject({ schemaVersion: 1, command: line[0] });
    }
  });

  it("is one document also where the command fails", async () => {
    const { stdout } = await createDesk().dbsync(["state", "forget", "a.db", "b.db", "--json"]);
    expect(JSON.parse(stdout)).toMatchObject({ command: "state", error: { code: "SYNC_USAGE" } });
  });
});

function below(command: Command): Command[] {
  return command.commands.flatMap((one) => [one, ...below(one)]);
}

function withoutAlignment(text: string): string {
  return text.replaceAll(/ {2,}/g, " ").replaceAll(/-{3,}/g, "---");
}
