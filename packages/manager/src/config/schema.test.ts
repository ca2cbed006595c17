import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { configJsonSchema, issuesOf } from "./schema.ts";

const root = new URL("../../../../", import.meta.url);

it("is the schema that is published", async () => {
  // A change of it is one that users see: look at it, then write it with `vitest -u`.
  const published = fileURLToPath(new URL("packages/manager/sync.config.schema.json", root));
  const text = `${JSON.stringify(configJsonSchema(), null, 2)}\n`;
  await expect(text).toMatchFileSnapshot(published);
});

const PAGE = readFileSync(new URL("docs/configuration.md", root), "utf8");

it("has each of its keys on the page about it, and no other", () => {
  const onPage = [...PAGE.matchAll(/^\| `([\w$.*]+)` /gm)].map(([, key = ""]) => key);
  expect(onPage.toSorted()).toEqual(keysOf(configJsonSchema()).toSorted());
});

it("takes every example of that page", async () => {
  const { parse: parseYaml } = await import("yaml");
  const { parse: parseJson } = await import("jsonc-parser");
  const examples = [...PAGE.matchAll(/^```(yaml|jsonc)\n(.*?)^```/gms)];
  expect(examples).toHaveLength(4);
  for (const [text, language, code = ""] of examples) {
    const value: unknown = language === "yaml" ? parseYaml(code) : parseJson(code);
    expect({ text, issues: issuesOf(value) }).toEqual({ text, issues: [] });
  }
});

interface JsonSchema {
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: JsonSchema | boolean;
  readonly items?: JsonSchema;
}

/** `log.level`, `pairs.*.rules.*.use`: where something is said, not what only holds it. */
function keysOf(schema: JsonSchema, prefix = ""): string[] {
  const { properties = {}, additionalProperties, items } = schema;
  const named = Object.entries(properties).flatMap(([name, inner]) =>
    inner.properties === undefined &&
    inner.items?.properties === undefined &&
    typeof inner.additionalProperties !== "object"
      ? [`${prefix}${name}`]
      : keysOf(inner, `${prefix}${name}.`),
  );
  const rest = items ?? (typeof additionalProperties === "object" ? additionalProperties : {});
  return [...named, ...(rest.properties === undefined ? [] : keysOf(rest, `${prefix}*.`))];
}
