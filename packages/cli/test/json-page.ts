import type { z } from "zod";

type Schema = z.core.JSONSchema.BaseSchema;

/** The page about what `--json` prints, made from the published schemas. */
export function jsonPage(schemas: Readonly<Record<string, Schema>>): string {
  return `${HEAD}

${Object.entries(schemas)
  .toSorted(([one], [other]) => (one < other ? -1 : 1))
  .map(([name, schema]) => section(name, schema))
  .join("\n\n")}
`;
}

const HEAD = `# What \`--json\` prints

<!-- Written by packages/cli/test/json.test.ts: change documents.ts, then SYNC_WRITE_DOCS=1 npm test -- packages/cli, and npm run format. -->

With \`--json\`, stdout is one document, also where the command fails; messages go to stderr. Documents only grow: a field that is there stays, and means the same. Each has a JSON Schema (draft 2020-12) in the package: \`@sync/cli/schemas/diff.schema.json\`.

\`dbsync diff --ndjson\` and \`dbsync log --follow --json\` print a document a line. \`dbsync watch\` has no JSON: \`dbsync status --json\` says how it goes, and the log has every run.

A row is an object of values by column. NULL, texts, integers that a double holds and reals with a fraction stand as themselves; everything else says what it is: \`{"integer": "9007199254740993"}\`, \`{"real": "1.0"}\`, \`{"real": "-Inf"}\`, \`{"blob": "00ff"}\`.

\`[]\` stands for each element of a list; \`?\` after a name: it may be missing.`;

function section(name: string, schema: Schema): string {
  const rows = fieldsOf(schema, "").map(
    ({ path, type, text }) => `| \`${path}\` | ${type} | ${text} |`,
  );
  const about = schema.description === undefined ? [] : [schema.description];
  return [
    `## ${name}`,
    ...about,
    ["| field | is | |", "| --- | --- | --- |", ...rows].join("\n"),
  ].join("\n\n");
}

interface Field {
  readonly path: string;
  readonly type: string;
  readonly text: string;
}

function fieldsOf(schema: Schema, prefix: string): Field[] {
  const required = schema.required ?? [];
  const fields: Field[] = [];
  for (const [name, inner] of Object.entries(schema.properties ?? {})) {
    // Every schema of ours is an object; `true` would allow anything.
    const field = inner as Schema;
    const path = `${prefix}${name}${required.includes(name) ? "" : "?"}`;
    fields.push({ path, type: typeOf(field), text: field.description ?? "" });
    fields.push(...innerFields(field, path));
  }
  return fields;
}

function innerFields(schema: Schema, path: string): Field[] {
  if (schema.properties !== undefined) return fieldsOf(schema, `${path}.`);
  if (schema.items !== undefined) return innerFields(schema.items as Schema, `${path}[]`);
  return (schema.anyOf ?? []).flatMap((one) => innerFields(one, path));
}

function typeOf(schema: Schema): string {
  if (schema.$ref !== undefined) return schema.$ref.replace(/^.*\//, "").toLowerCase();
  if (schema.const !== undefined) return `\`${JSON.stringify(schema.const)}\``;
  if (schema.enum !== undefined && schema.enum.length > 10) return "one of many words";
  if (schema.enum !== undefined) {
    return schema.enum.map((word) => `\`${JSON.stringify(word)}\``).join(", ");
  }
  if (schema.anyOf !== undefined) {
    return schema.anyOf.map((one) => typeOf(one)).join(" or ");
  }
  if (schema.type === "array") return `list of ${typeOf(schema.items as Schema)}`;
  if (schema.format === "date-time") return "time, ISO 8601";
  return String(schema.type ?? "anything");
}
